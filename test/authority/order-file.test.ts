import { describe, expect, it } from "vitest";
import { checkLibrary } from "../../host-sim/authority/library/load.js";
import { formatProblem } from "../../host-sim/authority/library/problem.js";
import { type OrderFile, type OrderOptions, parseOrderFile } from "../../host-sim/authority/order-file.js";
import { DescriptionError } from "../../host-sim/authority/root-file.js";
import { BOLUS, changed, LIBRARY, START } from "../cli/support.js";
import { hex } from "./support.js";

const checked = checkLibrary([{ name: "library.yaml", text: LIBRARY }]);
const library = checked.library!;
const read = (text: string, options: OrderOptions = { library }): OrderFile =>
  parseOrderFile("order.yaml", text, options);
const warningsOf = (order: OrderFile): string[] => order.warnings.map(formatProblem);
const startWith = (from: string, to: string): string => changed(START, from, to);
const RANGE = /range: .*\n/.exec(START)![0];
const plain = (from: string, to: string): string => changed(startWith(RANGE, ""), from, to);

it("the test's library has no error", () => {
  expect(checked.problems.filter(({ severity }) => severity === "error")).toEqual([]);
});

describe("an order", () => {
  it("to start becomes a command with rate and proofs", () => {
    const order = read(START);
    // 0.05 mcg/kg/min x 70 kg x 60 = 0.21 mg/h of 4 mg in 250 mL: 13.125 mL/h, on a step of 0.1: 13.1
    expect(order.command.body).toMatchObject({
      kind: "start",
      unit: 0x111,
      dose: 50_000,
      rateNlPerH: 13_100_000,
      vtbiNl: 250_000_000,
      totalNl: 500_000_000,
      concentration: { amount: 4_000_000_000, volumeNl: 250_000_000 },
      range: { min: 20_000, max: 200_000, stepMax: 50_000, intervalS: 600 },
      drug: {
        area: 7,
        drug: 1001,
        variant: 1,
        epoch: 2,
        version: 5,
        rootVersionMin: 3,
        rootPrefix: library.root.slice(0, 8),
      },
    });
    expect(order.proofs!.drug).toMatchObject({ index: 1, path: library.tree.path(1) });
    expect(order.proofs!.profile).toMatchObject({ index: 0, path: library.tree.path(0) });
    expect(hex(order.deviceId)).toBe("8f3c0000000000000000000000000001");
    expect(order.warnings).toEqual([]);
  });

  it("for a bolus becomes a volume", () => {
    // 80 mcg of 4 mg in 250 mL: 5 mL
    expect(read(BOLUS).command.body).toMatchObject({
      kind: "bolus",
      dose: 80_000_000,
      volumeNl: 5_000_000,
      rateNlPerH: 120_000_000,
    });
  });

  it("at the bedside needs no library", () => {
    const common = START.split("\n").slice(1, 2).concat(START.split("\n").slice(3, 7)).join("\n");
    const bedside = (kind: string, rest = ""): unknown =>
      read(`kind: ${kind}\n${common}\n${rest}`, {}).command.body;
    expect(bedside("pause")).toEqual({ kind: "pause" });
    expect(bedside("associate", "weight: 70 kg\narea: 7\n")).toEqual({
      kind: "associate",
      weightG: 70_000,
      bsaCm2: 0,
      area: 7,
    });
    expect(bedside("new bag", "vtbi: 100 mL\n")).toEqual({ kind: "new bag", vtbiNl: 100_000_000 });
    expect(bedside("disassociate")).toEqual({ kind: "disassociate" });
    expect(bedside("stop")).toEqual({ kind: "stop" });
  });

  it("to acknowledge the log has no patient", () => {
    const text =
      "kind: log-ack\ndevice: 8f3c0000000000000000000000000001\nsequence: 1\nlife: 1 min\nstream: 1\nacknowledged: 9\n";
    const { command } = read(text, {});
    expect(command.body).toEqual({ kind: "log-ack", stream: 1, acknowledged: 9 });
    expect(command.patientToken).toEqual(new Uint8Array(16));
  });
});

describe("an order is refused with its line, the limit and the next step", () => {
  it.each([
    [
      "a dose above the hard maximum",
      plain("dose: 0.05", "dose: 2.1"),
      /^order.yaml:12: dose: 2.1 mcg\/kg\/min is above the hard maximum; limit 2 mcg\/kg\/min; order within it$/m,
    ],
    [
      "a dose below the hard minimum",
      plain("dose: 0.05", "dose: 0.004"),
      /order.yaml:12: dose: .* below the hard minimum; limit 0.005/,
    ],
    [
      "a dose in another unit",
      plain("dose: 0.05 mcg/kg/min", "dose: 3.5 mcg/min"),
      /order.yaml:12: dose: .* not in the entry's unit; limit: mcg\/kg\/min and no other/,
    ],
    [
      "a dose that the pump's steps cannot give",
      startWith(RANGE, "").replace("0.05 mcg", "0.000004 mcg"),
      /order.yaml:12: dose: .*more than 5 % would be lost/,
    ],
    [
      "a dose per kg of unknown weight",
      plain("weight: 70 kg\n", ""),
      /order.yaml:11: dose: .*weight is not known/,
    ],
    ["a dose with U", plain("dose: 0.05 mcg/kg/min", "dose: 5 U/h"), /write "unit"/],
    ["a dose of 0", plain("dose: 0.05", "dose: 0"), /is 0; limit: above 0/],
    [
      "a weight outside the profile",
      plain("weight: 70 kg", "weight: 29.999 kg"),
      /order.yaml:11: weight: 29.999 kg is outside.*limit 30 kg to 200 kg/,
    ],
    [
      "a VTBI above the hard maximum",
      startWith("vtbi: 250 mL", "vtbi: 501 mL").replace("500 mL", "501 mL"),
      /order.yaml:13: vtbi: 501 mL is above the hard maximum; limit 500 mL/,
    ],
    [
      "a VTBI above the total",
      startWith("total: 500 mL", "total: 249 mL"),
      /order.yaml:13: vtbi: is above total/,
    ],
    [
      "a total above the ceiling",
      startWith("total: 500 mL", "total: 49996 mL"),
      /order.yaml:14: total: .*compiled-in ceiling; limit 49995 mL/,
    ],
    [
      "a rate above the profile",
      plain("dose: 0.05", "dose: 2").replace("weight: 70", "weight: 100"),
      /rate 750 mL\/h exceeds the profile's maximum; limit 500 mL\/h/,
    ],
    [
      "another concentration than the entry's",
      START + "concentration: 8 mg in 250 mL\n",
      /order.yaml:17: concentration: 8 mg in 250 mL is not the entry's; limit: 4 mg in 250 mL exactly/,
    ],
    [
      "a range that leaves the dose out",
      startWith("min: 0.02", "min: 0.06"),
      /order.yaml:12: dose: .*outside the titration range/,
    ],
    [
      "a range above the hard maximum",
      startWith("max: 0.2", "max: 2.5"),
      /order.yaml:16: range.max: 2.5 .*hard maximum/,
    ],
    [
      "a range upside down",
      startWith("min: 0.02", "min: 0.3"),
      /order.yaml:16: range.min: is above range.max/,
    ],
    [
      "a range in another unit",
      startWith("min: 0.02 mcg/kg/min", "min: 1 mcg/min"),
      /order.yaml:16: range.min: is not in the order's unit/,
    ],
    [
      "a drug that the library does not have",
      startWith("drug: 1001", "drug: 999"),
      /order.yaml:9: drug: the library has no drug 999/,
    ],
    [
      "the entry 0, which is the profile",
      startWith("drug: 1001", "drug: 0").replace("variant: 1", "variant: 0"),
      /the library has no drug 0/,
    ],
    [
      "an unknown kind",
      startWith("kind: start", "kind: explode"),
      /order.yaml:1: kind: "explode" is no command kind; write one of: associate/,
    ],
    ["an unknown field", START + "speed: fast\n", /order.yaml:17: unknown key "speed"/],
    ["a field of another kind", START + "rate: 10 mL/h\n", /order.yaml:17: unknown key "rate"/],
    ["no dose", plain("dose: 0.05 mcg/kg/min\n", ""), /order.yaml:1: dose is missing; add/],
    ["a device id of 15 bytes", startWith("0001\n", "00\n"), /order.yaml:2: device: .*32 hexadecimal digits/],
    [
      "a life above an hour",
      startWith("life: 5 min", "life: 61 min"),
      /order.yaml:7: life: 3660 is outside its range; limit 1 to 3600/,
    ],
    ["sequence 0", startWith("sequence: 1", "sequence: 0"), /order.yaml:6: sequence: 0 is outside/],
    [
      "pump class 4",
      startWith("pump_class: 1", "pump_class: 4"),
      /order.yaml:3: pump_class: 4 is no pump class/,
    ],
    [
      "a bolus above the hard maximum",
      changed(BOLUS, "80 mcg", "201 mcg"),
      /order.yaml:11: dose: 201 mcg is above the hard maximum; limit 200 mcg/,
    ],
    [
      "a bolus given faster than the hard maximum",
      changed(BOLUS, "120 mL/h", "188 mL/h"),
      /order.yaml:12: rate: 188 mL\/h is above the hard maximum; limit 50 mcg\/min/,
    ],
    [
      "a bolus between two rate steps",
      changed(BOLUS, "120 mL/h", "120.5 mL/h"),
      /order.yaml:12: rate: 120.5 mL\/h is between two rate steps; limit: steps of 1 mL\/h/,
    ],
    ["a bolus per time", changed(BOLUS, "80 mcg", "80 mcg/min"), /a bolus dose has no time/],
    [
      "a bolus of a drug that has none",
      changed(BOLUS, "drug: 1001", "drug: 1002"),
      /allows no bolus of FUROsemide/,
    ],
    [
      "an unknown weight that the entry needs",
      plain("drug: 1001", "drug: 1002").replace("weight: 70 kg\n", "").replace("0.05 mcg/kg/min", "5 mg/h"),
      /weight: is not known, but the entry needs it; limit 40 kg to 150 kg/,
    ],
    ["an anchor", startWith("dose: 0.05", "dose: &d 0.05"), /anchors and aliases are refused/],
    ["a text that is no YAML", "kind: [", /not usable YAML/],
    ["an empty file", "", /begin with `kind:`/],
  ])("%s", (_name, text, message) => {
    expect(() => read(text)).toThrow(DescriptionError);
    expect(() => read(text)).toThrow(message);
  });

  it("without a library where it needs one", () => {
    expect(() => read(START, {})).toThrow(
      /order.yaml:1: kind: needs the drug library; name it with --library/,
    );
  });

  it("all problems at once", () => {
    const text = startWith("life: 5 min", "life: 0 s")
      .replace("sequence: 1", "sequence: x")
      .replace("set: 1", "set: 0");
    const lines = (() => {
      try {
        read(text);
        return [];
      } catch (error) {
        return (error as Error).message.split("\n");
      }
    })();
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "order.yaml:6:",
      "order.yaml:7:",
      "order.yaml:15:",
    ]);
  });
});

describe("an order within hard and beyond soft limits is signed with a warning", () => {
  it.each([
    [
      "a dose above the soft maximum",
      plain("dose: 0.05", "dose: 1.1"),
      /^order.yaml:12: warning: dose: 1.1 mcg\/kg\/min is above the soft maximum; limit 1 mcg\/kg\/min; the pump will ask for an override$/,
    ],
    [
      "a VTBI above the soft maximum",
      startWith("vtbi: 250 mL", "vtbi: 251 mL"),
      /vtbi: 251 mL is above the soft maximum/,
    ],
    [
      "a bolus above the soft maximum",
      changed(BOLUS, "80 mcg", "101 mcg"),
      /dose: 101 mcg is above the soft maximum/,
    ],
    [
      "a bolus rate above the soft maximum",
      changed(BOLUS, "120 mL/h", "151 mL/h"),
      /rate: 151 mL\/h is above the soft maximum; limit 40 mcg\/min/,
    ],
  ])("%s", (_name, text, message) => {
    const warnings = warningsOf(read(text));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(message);
  });

  it.each([
    ["a dose", plain("dose: 0.05", "dose: 1")],
    ["a VTBI", START],
    ["a bolus", changed(BOLUS, "80 mcg", "100 mcg")],
    ["a bolus rate", changed(BOLUS, "120 mL/h", "150 mL/h")],
  ])("but %s exactly at the limit without one", (_name, text) => {
    expect(warningsOf(read(text))).toEqual([]);
  });

  it("unless the entry forbids overrides: then it is refused", () => {
    const text = plain("drug: 1001", "drug: 1002").replace("0.05 mcg/kg/min", "21 mg/h");
    expect(() => read(text)).toThrow(
      /dose: 21 mg\/h is above the soft maximum; limit 20 mg\/h; order within it/,
    );
  });
});

describe("a free concentration", () => {
  const custom = (text: string): string => startWith("variant: 1", "variant: 3") + `concentration: ${text}\n`;

  it("is accepted within its bounds, on both ends", () => {
    expect(read(custom("8 mg in 1000 mL")).command.body).toMatchObject({
      concentration: { volumeNl: 1_000_000_000 },
    });
    expect(warningsOf(read(custom("64 mg in 1000 mL")))).toEqual([]);
  });

  it("is refused or warned about beyond them", () => {
    expect(() => read(startWith("variant: 1", "variant: 3"))).toThrow(/concentration is missing/);
    expect(() => read(custom("7.9 mg in 1000 mL"))).toThrow(/below the hard minimum/);
    expect(() => read(custom("129 mg in 1000 mL"))).toThrow(/above the hard maximum/);
    expect(warningsOf(read(custom("65 mg in 1000 mL")))).toEqual([
      expect.stringMatching(/above the soft maximum/),
    ]);
  });

  it("may be written in another volume where the ratio is the entry's", () => {
    expect(warningsOf(read(START + "concentration: 8 mg in 500 mL\n"))).toEqual([]);
  });
});

it("unchecked, an order beyond hard limits is made, with warnings, to see the gate refuse", () => {
  const order = read(plain("dose: 0.05", "dose: 2.1"), { library, unchecked: true });
  expect(order.command.body).toMatchObject({ dose: 2_100_000 });
  expect(warningsOf(order).join("\n")).toMatch(/warning: dose: 2.1 .* hard maximum/);
});
