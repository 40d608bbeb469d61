/**
 * The second opinion alone (SPEC 4.4): in a gate whose judgement by branches finds nothing wrong with anything, an order that breaks
 * a rule which matters for a dose must still come to nothing, as a fault.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import { type Drug, FLAG_OVERRIDE } from "../../host-sim/authority/library/model.js";
import { SENSOR } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import type { Sent } from "../../host-sim/ward/desk.js";
import {
  bolus,
  bolusBody,
  customDrug,
  libraryOf,
  limits,
  MG,
  ML,
  outcome,
  PATIENT,
  permitted,
  profile,
  send,
  start,
  startBody,
  titrate,
  titrateBody,
  ward,
} from "../support/ward.js";
import { weakenedGate } from "../support/weakened.js";
import {
  basal,
  begin,
  intermittentBody,
  loadingBody,
  OTHER,
  pcaBody,
  secondary,
  step,
  therapy,
  underWay,
  whole,
} from "./therapies.js";

let gate: WebAssembly.Module;
beforeAll(async () => {
  gate = await weakenedGate("branches");
}, 120_000);

const on = (entry: Drug, options: Parameters<typeof ward>[0] = {}): Bed =>
  ward({ models: [profile(), entry, OTHER], module: gate, ...options });

interface Rule {
  readonly what: string;
  /** The drug, if the rule is one of its entry. */
  readonly entry?: Partial<Drug>;
  /** What breaks it; `broken` is false for the same order that does not. */
  readonly order: (bed: Bed, broken: boolean) => Sent;
}

const window = (hardMax: number): Partial<Drug> => ({
  windows: { unit: parseDoseUnit("mg"), limits: { "1h": { hardMax } } },
});
const range = (max: number) => ({ min: MG, max, stepMax: MG, intervalS: 0 });
const TOKEN = new Uint8Array(16).fill(9);

/** Of the entry. */
const LIMITS: readonly Rule[] = [
  {
    what: "a dose above its hard maximum",
    entry: { continuous: limits("mg/h", { hardMax: 6 * MG }) },
    order: (bed, broken) => start(bed, { dose: 6 * MG + Number(broken) }),
  },
  {
    what: "a dose below its hard minimum",
    entry: { continuous: limits("mg/h", { hardMin: 6 * MG }) },
    order: (bed, broken) => start(bed, { dose: 6 * MG - Number(broken) }),
  },
  {
    what: "a dose above its soft maximum",
    entry: { continuous: limits("mg/h", { softMax: 6 * MG }) },
    order: (bed, broken) => start(bed, { dose: 6 * MG + Number(broken) }),
  },
  {
    what: "a dose below its soft minimum",
    entry: { continuous: limits("mg/h", { softMin: 6 * MG }) },
    order: (bed, broken) => start(bed, { dose: 6 * MG - Number(broken) }),
  },
  {
    what: "a range above the maximum",
    entry: { continuous: limits("mg/h", { hardMax: 6 * MG }) },
    order: (bed, broken) => start(bed, { range: range(6 * MG + Number(broken)) }),
  },
  {
    what: "a later step above the maximum",
    entry: { continuous: limits("mg/h", { hardMax: 6 * MG }) },
    order: (bed, broken) => start(bed, { steps: [step(bed, ML, 6 * MG + Number(broken))] }),
  },
  {
    what: "an increase above the maximum",
    entry: { continuous: limits("mg/h", { hardMax: 6 * MG }) },
    order: (bed, broken) => titrate(underWay(bed), { dose: 6 * MG + Number(broken) }),
  },
  {
    what: "a PCA order's basal dose above the maximum",
    entry: { continuous: limits("mg/h", { hardMax: MG }) },
    order: (bed, broken) => begin(bed, pcaBody(bed, { basal: basal(bed, MG + Number(broken)) })),
  },
  {
    what: "a loading dose above the maximum",
    entry: { loading: limits("mg", { hardMax: 3 * MG }) },
    order: (bed, broken) => start(bed, { loading: whole(bed, { dose: 3 * MG + Number(broken) }) }),
  },
  {
    what: "a loading dose beside the rate, above the maximum",
    entry: { loading: limits("mg", { hardMax: 3 * MG }) },
    order: (bed, broken) => send(underWay(bed), loadingBody(bed, { dose: 3 * MG + Number(broken) })),
  },
  {
    what: "a bolus above the maximum",
    entry: { bolusDose: limits("mg", { hardMax: 3 * MG }) },
    order: (bed, broken) => bolus(underWay(bed), { dose: 3 * MG + Number(broken) }),
  },
  {
    what: "a bolus faster than the maximum",
    entry: { bolusRate: limits("mL/h", { hardMax: 60 * ML }) },
    order: (bed, broken) => bolus(underWay(bed), { rateNlPerH: 60 * ML + 100_000 * Number(broken) }),
  },
  {
    what: "a bolus slower than the minimum",
    entry: { bolusRate: limits("mg/min", { hardMin: MG }) },
    order: (bed, broken) => bolus(underWay(bed), { rateNlPerH: 60 * ML - 100_000 * Number(broken) }),
  },
  {
    what: "a PCA dose above the maximum",
    entry: { pcaDose: limits("mg", { hardMax: 3 * MG }) },
    order: (bed, broken) =>
      begin(bed, pcaBody(bed, { pca: { ...whole(bed, { dose: 3 * MG + Number(broken) }), lockoutS: 600 } })),
  },
  {
    what: "a lockout below the minimum",
    entry: { lockout: { hardMin: 600 } },
    order: (bed, broken) =>
      begin(bed, pcaBody(bed, { pca: { ...whole(bed), lockoutS: 600 - Number(broken) } })),
  },
  {
    what: "an intermittent dose above the maximum",
    entry: { intermittent: limits("mg", { hardMax: 36 * MG }) },
    order: (bed, broken) => begin(bed, intermittentBody(bed, { dose: 36 * MG + Number(broken) })),
  },
  {
    what: "a duration below the minimum",
    entry: { duration: { hardMin: 3600 } },
    order: (bed, broken) => begin(bed, intermittentBody(bed, { durationS: 3600 - Number(broken) })),
  },
  {
    what: "a VTBI above the maximum",
    entry: { vtbi: { hardMax: 40 * ML } },
    order: (bed, broken) => start(bed, { vtbiNl: 40 * ML + Number(broken) }),
  },
  {
    what: "an increase above the titration step",
    entry: { titrationStep: { intervalS: 600, bounds: { hardMax: MG } } },
    order: (bed, broken) => titrate(underWay(bed), { dose: 6 * MG + Number(broken) }),
  },
  {
    what: "a start beyond a window",
    entry: window(6 * MG),
    order: (bed, broken) => start(bed, { dose: 6 * MG + 10_000_000 * Number(broken) }),
  },
  {
    what: "a bolus beyond a window",
    entry: window(7 * MG),
    order: (bed, broken) => bolus(underWay(bed), { dose: 2 * MG + 1000 * Number(broken) }),
  },
  {
    what: "an increase beyond a window",
    entry: window(6 * MG),
    order: (bed, broken) => titrate(underWay(bed), { dose: 6 * MG + 10_000_000 * Number(broken) }),
  },
  {
    what: "a concentration that is not the entry's",
    order: (bed, broken) =>
      start(bed, { concentrated: { amount: { value: MG + Number(broken), dimension: 0 }, volumeNl: ML } }),
  },
];

/** Of figures that do not follow from each other, and of compiled-in ceilings and the area. */
const FIGURES: readonly Rule[] = [
  {
    what: "a rate above its dose",
    order: (bed, broken) => start(bed, { rateNlPerH: 5 * ML + 10_000 * Number(broken) }),
  },
  {
    what: "a later step's rate above its dose",
    order: (bed, broken) =>
      start(bed, { steps: [{ ...step(bed, ML, 5 * MG), rateNlPerH: 5 * ML + 10_000 * Number(broken) }] }),
  },
  {
    what: "a bolus volume above its dose",
    order: (bed, broken) => bolus(underWay(bed), { volumeNl: 2 * ML + Number(broken) }),
  },
  {
    what: "a loading volume above its dose",
    order: (bed, broken) => start(bed, { loading: whole(bed, { volumeNl: 2 * ML + Number(broken) }) }),
  },
  {
    what: "a PCA volume above its dose",
    order: (bed, broken) =>
      begin(
        bed,
        pcaBody(bed, { pca: { ...whole(bed, { volumeNl: 2 * ML + Number(broken) }), lockoutS: 600 } }),
      ),
  },
  {
    what: "an intermittent volume above its dose",
    order: (bed, broken) =>
      begin(bed, intermittentBody(bed, { vtbiNl: 36 * ML + Number(broken), totalNl: 40 * ML })),
  },
  {
    what: "an intermittent rate above its duration's",
    order: (bed, broken) =>
      begin(bed, intermittentBody(bed, { rateNlPerH: 36 * ML + 100_000 * Number(broken) })),
  },
  {
    what: "a rate above the area's",
    order: (bed, broken) => start(bed, { dose: (500 + Number(broken)) * MG }),
  },
  {
    what: "a loading rate above the area's",
    order: (bed, broken) => start(bed, { loading: whole(bed, { rateNlPerH: (500 + Number(broken)) * ML }) }),
  },
  {
    what: "a later step above the area's rate",
    order: (bed, broken) => start(bed, { steps: [step(bed, ML, (500 + Number(broken)) * MG)] }),
  },
  {
    what: "a range above the area's rate",
    order: (bed, broken) => start(bed, { range: range((500 + Number(broken)) * MG) }),
  },
  {
    what: "a bolus beside the rate, above the area's",
    order: (bed, broken) => bolus(underWay(bed), { rateNlPerH: (495 + Number(broken)) * ML }),
  },
  {
    what: "PCA beside its basal rate, above the area's",
    order: (bed, broken) =>
      begin(
        bed,
        pcaBody(bed, {
          basal: basal(bed, 5 * MG),
          pca: { ...whole(bed, { rateNlPerH: (495 + Number(broken)) * ML }), lockoutS: 600 },
        }),
      ),
  },
  {
    what: "a bolus above the ceiling",
    order: (bed, broken) => bolus(startedLong(bed), { dose: 250 * MG + 1000 * Number(broken) }),
  },
  {
    what: "a VTBI above the area's",
    order: (bed, broken) => start(bed, { vtbiNl: 5000 * ML + Number(broken), totalNl: 6000 * ML }),
  },
  {
    what: "a total above the ceiling",
    order: (bed, broken) => start(bed, { totalNl: 49_995 * ML + Number(broken) }),
  },
  {
    what: "a VTBI above the total",
    order: (bed, broken) => start(bed, { vtbiNl: 200 * ML + Number(broken), totalNl: 200 * ML }),
  },
  {
    what: "steps as large as the bag",
    order: (bed, broken) =>
      start(bed, { vtbiNl: 2 * ML + 1, steps: [step(bed, 2 * ML + Number(broken), MG)] }),
  },
  {
    what: "a new bag above the total",
    order: (bed, broken) => send(underWay(bed), { kind: "new bag", vtbiNl: 100 * ML + Number(broken) }),
  },
  { what: "another unit", order: (bed, broken) => start(bed, broken ? { unit: 0x201 } : {}) },
  { what: "an unknown set", order: (bed, broken) => start(bed, { setId: broken ? 99 : 1 }) },
];

/** Of whom it is for, what it refers to, and what the program allows. */
const PLACES: readonly Rule[] = [
  {
    what: "a start for another patient",
    order: (bed, broken) => start(bed, {}, broken ? { token: TOKEN } : {}),
  },
  {
    what: "a stop for another patient",
    order: (bed, broken) => send(underWay(bed), { kind: "stop" }, broken ? { token: TOKEN } : {}),
  },
  {
    what: "an increase of another order",
    order: (bed, broken) => titrate(underWay(bed), { dose: 6 * MG }, broken ? { orderId: TOKEN } : {}),
  },
  {
    what: "an increase of another drug",
    order: (bed, broken) =>
      send(underWay(bed), {
        ...titrateBody(bed, { dose: 6 * MG }),
        ...(broken && { drug: bed.library.reference(1, 20, 1) }),
      }),
  },
  {
    what: "another library version",
    order: (bed, broken) => {
      const { drug } = startBody(bed);
      return start(bed, { drug: { ...drug, version: drug.version + Number(broken) } });
    },
  },
  { what: "a start while a program runs", order: (bed, broken) => start(broken ? underWay(bed) : bed) },
  { what: "a secondary of nothing", order: (bed, broken) => secondary(broken ? bed : underWay(bed)) },
  {
    what: "a secondary of the primary's ingredient",
    order: (bed, broken) =>
      broken ? start(underWay(bed), { mode: "secondary", vtbiNl: ML }) : secondary(underWay(bed)),
  },
  {
    what: "a secondary through another set",
    order: (bed, broken) => secondary(underWay(bed), { setId: broken ? 2 : 1 }),
  },
  {
    what: "a bolus beside a bolus",
    order: (bed, broken) => {
      underWay(bed);
      if (broken) permitted(bolus(bed));
      return bolus(bed);
    },
  },
  {
    what: "a bolus while paused",
    order: (bed, broken) => {
      underWay(bed);
      if (broken) permitted(send(bed, { kind: "pause" }));
      return bolus(bed);
    },
  },
  {
    what: "an increase while measures wait",
    order: (bed, broken) => {
      underWay(bed);
      if (broken) permitted(bed.associate({ ...PATIENT, weightG: 60_000 }));
      return titrate(bed, { dose: 6 * MG });
    },
  },
];

describe.each([
  ["the limits of an entry", LIMITS],
  ["figures and ceilings", FIGURES],
  ["patient, library and program", PLACES],
] as const)("the witness alone keeps %s:", (_group, rules) => {
  it.each(rules)("$what is a fault", ({ entry, order }) => {
    expect(outcome(order(on(therapy(entry)), false))).toBe("PERMIT");
    expect(outcome(order(on(therapy(entry)), true))).toBe("FAULT");
  });
});

function startedLong(bed: Bed): Bed {
  permitted(start(bed, { vtbiNl: 900 * ML }));
  return bed;
}

describe("the witness alone", () => {
  it("refuses a custom concentration above its maximum", () => {
    const entry = customDrug({ customConcentration: { hardMax: MG }, flags: FLAG_OVERRIDE });
    const at = (value: number) =>
      outcome(start(on(entry), { concentrated: { amount: { value, dimension: 0 }, volumeNl: ML } }));
    expect(at(MG)).toBe("PERMIT");
    expect(at(MG + 1)).toBe("FAULT");
  });

  it("refuses an entry that is not the library's", () => {
    const bed = on(therapy());
    const library = libraryOf([profile(), therapy({ name: "other" }), OTHER]);
    expect(outcome(start(bed, {}, { library }))).toBe("FAULT");
  });

  it("refuses a bolus beside the loading dose of a start", () => {
    const bed = on(therapy());
    permitted(start(bed, { loading: whole(bed) }));
    expect(outcome(bolus(bed))).toBe("FAULT");
  });

  it("refuses a bolus while an alarm stands", () => {
    const bed = underWay(on(therapy()));
    bed.pump.setSensor(SENSOR.AIR, true);
    bed.pump.tick();
    expect(outcome(send(bed, bolusBody(bed)))).toBe("FAULT");
  });
});
