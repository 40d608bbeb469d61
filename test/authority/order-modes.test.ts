import { describe, expect, it } from "vitest";
import { encodeCommand } from "../../host-sim/authority/command.js";
import { checkLibrary } from "../../host-sim/authority/library/load.js";
import { formatProblem } from "../../host-sim/authority/library/problem.js";
import { type OrderFile, parseOrderFile, summarize } from "../../host-sim/authority/order-file.js";
import { changed, LIBRARY_OF_MODES } from "../cli/support.js";
import { fill } from "./support.js";

const checked = checkLibrary([{ name: "library.yaml", text: LIBRARY_OF_MODES }]);
const library = checked.library!;
const read = (text: string): OrderFile => parseOrderFile("order.yaml", text, { library });
const warningsOf = (order: OrderFile): string[] => order.warnings.map(formatProblem);

/** Eight lines; what follows begins at line 9. */
const HEAD = `device: 8f3c0000000000000000000000000001
pump_class: 1
patient: 00112233445566778899aabbccddeeff
order: 0000000000000000000000000000002a
sequence: 1
life: 5 min
area: 7
weight: 70 kg
`;
const ORDER = `${HEAD}drug: 1
dose: 5 mg/h
vtbi: 100 mL
set: 1
kind: start
`;
const LOADED = `${ORDER}loading: { dose: 10 mg, rate: 60 mL/h }
`;
const STEPPED = `${ORDER}steps:
  - { after: 10 mL, dose: 4 mg/h }
  - { after: 20 mL, dose: 3 mg/h }
`;
const BAG = `${HEAD}drug: 2
dose: 1 g
duration: 30 min
set: 1
kind: start
mode: intermittent
`;
const PCA = `${HEAD}drug: 1
pca: { dose: 1 mg, rate: 60 mL/h, lockout: 8 min }
vtbi: 50 mL
set: 1
kind: PCA
`;
const LOADING = `${HEAD}drug: 1
dose: 10 mg
rate: 60 mL/h
kind: loading
`;

it("the test's library has no error", () => {
  expect(checked.problems.filter(({ severity }) => severity === "error")).toEqual([]);
});

describe("an order file", () => {
  it.each([
    ["with a loading dose", LOADED, { loading: { unit: 2, dose: 10 ** 10, rateNlPerH: 6e7, volumeNl: 1e7 } }],
    [
      "with steps",
      STEPPED,
      {
        steps: [
          { afterNl: 1e7, dose: 4e9, rateNlPerH: 4e6 },
          { afterNl: 2e7, dose: 3e9, rateNlPerH: 3e6 },
        ],
      },
    ],
    // 1 g of 2 g in 100 mL are 50 mL, in half an hour 100 mL/h
    [
      "of a whole dose in a time",
      BAG,
      { mode: "intermittent", durationS: 1800, dose: 10 ** 12, vtbiNl: 5e7, totalNl: 5e7, rateNlPerH: 1e8 },
    ],
    [
      "of a secondary",
      changed(BAG, "mode: intermittent", "mode: secondary"),
      { mode: "secondary", durationS: 1800, vtbiNl: 5e7 },
    ],
    [
      "of a secondary without a time",
      `${ORDER}mode: secondary\n`,
      { mode: "secondary", rateNlPerH: 5e6, vtbiNl: 1e8 },
    ],
    [
      "for PCA without basal rate",
      PCA,
      { kind: "PCA", pca: { unit: 2, dose: 1e9, rateNlPerH: 6e7, volumeNl: 1e6, lockoutS: 480 } },
    ],
    [
      "for PCA with basal rate and loading dose",
      `${PCA}dose: 1 mg/h\nloading: { dose: 4 mg, rate: 60 mL/h }\n`,
      { basal: { unit: 0x202, dose: 1e9, rateNlPerH: 1e6 }, loading: { dose: 4e9, volumeNl: 4e6 } },
    ],
    ["for a loading dose", LOADING, { kind: "loading", dose: 10 ** 10, volumeNl: 1e7, rateNlPerH: 6e7 }],
  ])("%s becomes a command that the gate decodes", (_name, text, body) => {
    const order = read(text);
    expect(order.command.body).toMatchObject(body);
    expect(warningsOf(order)).toEqual([]);
    expect(encodeCommand({ ...order.command, sessionId: fill(8, 1) }).length).toBeGreaterThan(50);
    expect(order.proofs).toBeDefined();
  });

  it("says for whom and what it is", () => {
    expect(summarize(read(BAG))).toMatch(/^intermittent start cefTest for patient 0011.* on pump 8f3c/);
    expect(summarize(read(PCA))).toMatch(/^PCA morphTest for patient/);
  });
});

describe("an order file of the pump's service", () => {
  const service = (kind: string, rest: string): OrderFile =>
    parseOrderFile(
      "order.yaml",
      `kind: ${kind}\ndevice: 8f3c0000000000000000000000000001\nsequence: 1\nlife: 1 min\n${rest}`,
      {},
    );

  it.each([
    ["calibrate", "set: 2\npl_per_step: 100000\n", { setId: 2, plPerStep: 100_000 }],
    [
      "configure",
      "near_end: 5 min\npaused_long: 10 min\nkvo: 0 s\n",
      { configuration: { nearEndS: 300, pausedLongS: 600, kvoSMax: 0 } },
    ],
    ["time", "time: 2026-02-01T00:00:00Z\n", { timeS: 1_769_904_000 }],
  ])("%s has no patient, no order and needs no library", (kind, rest, body) => {
    const order = service(kind, rest);
    expect(order.command.body).toEqual({ kind, ...body });
    expect(order.command.patientToken).toEqual(new Uint8Array(16));
    expect(order.command.orderId).toEqual(new Uint8Array(16));
    expect(summarize(order)).toBe(`${kind} on pump 8f3c0000000000000000000000000001`);
    expect(() => service(kind, `${rest}patient: 00112233445566778899aabbccddeeff\n`)).toThrow(
      /unknown key "patient"/,
    );
  });

  it.each([
    ["calibrate", "set: 0\npl_per_step: 1\n", /set: 0 is outside its range; limit 1 to/],
    ["calibrate", "set: 1\npl_per_step: 0\n", /pl_per_step: 0 is outside its range; limit 1 to 1000000000/],
    ["calibrate", "set: 1\npl_per_step: 1000000001\n", /pl_per_step: 1000000001 is outside/],
    ["calibrate", "set: 1\n", /pl_per_step is missing/],
    ["configure", "near_end: 59 s\npaused_long: 60 s\nkvo: 1 h\n", /near_end: 59 is outside.*60 to 3600/],
    ["configure", "near_end: 1 min\npaused_long: 3601 s\nkvo: 1 h\n", /paused_long: 3601 is outside/],
    ["configure", "near_end: 1 min\npaused_long: 1 h\nkvo: 14401 s\n", /kvo: 14401 is outside.*0 to 14400/],
    ["configure", "near_end: 1 min\npaused_long: 1 h\n", /kvo is missing/],
    ["time", "time: tomorrow\n", /"tomorrow" is not a date/],
  ])("%s is refused: %j", (kind, rest, message) => {
    expect(() => service(kind, rest)).toThrow(message);
  });
});

describe("an order file is refused with its line, the limit and the next step", () => {
  it.each([
    [
      "a loading dose above its hard maximum",
      changed(LOADED, "dose: 10 mg", "dose: 21 mg"),
      /order.yaml:14: loading.dose: 21 mg is above the hard maximum; limit 20 mg/,
    ],
    [
      "a loading dose of a drug that has none",
      changed(LOADED, "drug: 1", "drug: 3"),
      /allows no loading dose of plainTest/,
    ],
    [
      "a loading dose faster than the hard maximum",
      changed(LOADED, "rate: 60 mL/h", "rate: 301 mL/h"),
      /order.yaml:14: loading.rate: 301 mL\/h is above the hard maximum; limit 5 mg\/min/,
    ],
    [
      "a loading dose between two rate steps",
      changed(LOADED, "rate: 60 mL/h", "rate: 60.05 mL/h"),
      /loading.rate: 60.05 mL\/h is between two rate steps; limit: steps of 0.1 mL\/h/,
    ],
    [
      "a loading dose as large as the bag",
      changed(changed(LOADED, "vtbi: 100 mL", "vtbi: 10 mL"), "dose: 10 mg", "dose: 10 mg"),
      /loading: the steps before the last take 10 mL; limit: below the VTBI of 10 mL/,
    ],
    [
      "a step above the hard maximum",
      changed(STEPPED, "dose: 4 mg/h", "dose: 11 mg/h"),
      /order.yaml:14: steps\[0\].dose: 11 mg\/h is above the hard maximum; limit 10 mg\/h/,
    ],
    [
      "a step in another unit",
      changed(STEPPED, "dose: 4 mg/h", "dose: 4 mcg/min"),
      /is not in the order's unit/,
    ],
    ["a step of 0", changed(STEPPED, "dose: 4 mg/h", "dose: 0 mg/h"), /is 0; limit: above 0/],
    ["a step that begins at once", changed(STEPPED, "after: 10 mL", "after: 0 mL"), /is 0; limit: above 0/],
    ["a step without its beginning", changed(STEPPED, "after: 10 mL, ", ""), /after is missing/],
    [
      "steps that take the whole bag",
      changed(STEPPED, "after: 20 mL", "after: 90 mL"),
      /order.yaml:14: steps: the steps before the last take 100 mL; limit: below the VTBI of 100 mL/,
    ],
    [
      "ten steps after the first",
      `${ORDER}steps:\n${"  - { after: 1 mL, dose: 4 mg/h }\n".repeat(10)}`,
      /order.yaml:14: steps: there are 10; limit 1..9/,
    ],
    [
      "nine steps after the first and a loading dose",
      `${LOADED}steps:\n${"  - { after: 1 mL, dose: 4 mg/h }\n".repeat(9)}`,
      /steps: there are 9; limit 1..8/,
    ],
    ["no step in the list", `${ORDER}steps: []\n`, /steps: there are 0; limit 1..9/],
    [
      "steps beside a range",
      `${STEPPED}range: { min: 1 mg/h, max: 9 mg/h, step: 1 mg/h, interval: 1 min }\n`,
      /steps: a titration range excludes steps/,
    ],
    [
      "a whole dose above its hard maximum",
      changed(BAG, "dose: 1 g", "dose: 3.1 g"),
      /order.yaml:10: dose: 3.1 g is above the hard maximum; limit 3 g/,
    ],
    [
      "a whole dose in too short a time",
      changed(BAG, "duration: 30 min", "duration: 599 s"),
      /order.yaml:11: duration: 599 s is below the hard minimum; limit 10 min/,
    ],
    [
      "a whole dose of a drug that has none",
      changed(changed(BAG, "drug: 2", "drug: 1"), "dose: 1 g", "dose: 1 mg"),
      /allows no intermittent dose of morphTest/,
    ],
    [
      "a whole dose per time",
      changed(BAG, "dose: 1 g", "dose: 1 g/h"),
      /order.yaml:10: dose: a bolus dose has no time/,
    ],
    ["a whole dose in no time", changed(BAG, "duration: 30 min\n", ""), /duration is missing/],
    ["a duration of a day and a second", changed(BAG, "30 min", "86401 s"), /duration: 86401 is outside/],
    [
      "a whole dose with a total below its volume",
      `${BAG}total: 49 mL\n`,
      /order.yaml:15: total: is below the volume of the dose/,
    ],
    [
      "a VTBI of a secondary in a time, which follows",
      `${changed(BAG, "mode: intermittent", "mode: secondary")}vtbi: 50 mL\n`,
      /order.yaml:15: vtbi: follows from the dose; leave it out/,
    ],
    ["a VTBI of a whole dose", `${BAG}vtbi: 50 mL\n`, /unknown key "vtbi"/],
    ["a range of a whole dose", `${BAG}range: { min: 1 g }\n`, /unknown key "range"/],
    ["a duration of a continuous order", `${ORDER}duration: 1 h\n`, /unknown key "duration"/],
    ["a mode of a titration", changed(LOADING, "kind: loading", "mode: secondary\nkind: titrate"), /"mode"/],
    ["an unknown mode", `${ORDER}mode: epidural\n`, /mode: "epidural" is no mode of a start; write one of/],
    ["the mode of PCA", `${ORDER}mode: PCA\n`, /is no mode of a start/],
    [
      "a PCA dose above its hard maximum",
      changed(PCA, "dose: 1 mg", "dose: 3.1 mg"),
      /order.yaml:10: pca.dose: 3.1 mg is above the hard maximum; limit 3 mg/,
    ],
    [
      "a lockout below its hard minimum",
      changed(PCA, "lockout: 8 min", "lockout: 299 s"),
      /order.yaml:10: pca.lockout: 299 s is below the hard minimum; limit 5 min/,
    ],
    ["no lockout", changed(PCA, ", lockout: 8 min", ""), /pca.lockout is missing/],
    ["a lockout of 0", changed(PCA, "lockout: 8 min", "lockout: 0 s"), /lockout: 0 is outside its range/],
    ["no PCA dose", changed(PCA, /pca: .*\n/.exec(PCA)![0], ""), /pca is missing; add/],
    ["PCA of a drug that has none", changed(PCA, "drug: 1", "drug: 3"), /allows no PCA of plainTest/],
    [
      "a basal rate above its hard maximum",
      `${PCA}dose: 10.1 mg/h\n`,
      /order.yaml:14: dose: 10.1 mg\/h is above the hard maximum/,
    ],
    [
      "more than a window holds",
      changed(LOADED, "dose: 5 mg/h", "dose: 9.9 mg/h"),
      /order.yaml:10: dose: 49.6 mL within 4 h is above the hard maximum; limit 45 mg; order less/,
    ],
    [
      "a loading dose of another drug's order",
      changed(LOADING, "drug: 1", "drug: 3"),
      /allows no loading dose of plainTest/,
    ],
  ])("%s", (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe("beyond soft limits an order file is read with a warning, at the limit without", () => {
  it.each([
    [
      "a loading dose",
      changed(changed(LOADED, "dose: 10 mg", "dose: 15.1 mg"), "dose: 5 mg/h", "dose: 4 mg/h"),
      /loading.dose: 15.1 mg is above the soft/,
    ],
    ["a PCA dose", changed(PCA, "dose: 1 mg", "dose: 2.1 mg"), /pca.dose: 2.1 mg is above the soft maximum/],
    [
      "a lockout",
      changed(PCA, "8 min", "359 s"),
      /pca.lockout: 359 s is below the soft minimum; limit 6 min/,
    ],
    ["a duration", changed(BAG, "30 min", "1199 s").replace("1 g", "0.9 g"), /duration: 1199 s is below/],
    [
      "a window",
      changed(ORDER, "dose: 5 mg/h", "dose: 10 mg/h"),
      /dose: 40 mL within 4 h is above the soft maximum; limit 35 mg; the pump will ask for an override/,
    ],
  ])("%s", (_name, text, message) => {
    const warnings = warningsOf(read(text));
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ["a loading dose", changed(LOADED, "dose: 10 mg", "dose: 15 mg")],
    ["a PCA dose", changed(PCA, "dose: 1 mg", "dose: 2 mg")],
    ["a lockout", changed(PCA, "8 min", "6 min")],
    ["a duration", changed(BAG, "30 min", "20 min")],
    // 8.7 mg/h for four hours are 34.8 mg
    ["a window", changed(ORDER, "dose: 5 mg/h", "dose: 8.7 mg/h")],
    // no more than the bag holds
    ["a window", changed(changed(ORDER, "dose: 5 mg/h", "dose: 10 mg/h"), "vtbi: 100 mL", "vtbi: 35 mL")],
  ])("%s", (_name, text) => {
    expect(warningsOf(read(text))).toEqual([]);
  });
});
