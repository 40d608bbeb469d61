import { describe, expect, it } from "vitest";
import type { Bounds, Drug } from "../../host-sim/authority/library/model.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { limits, MG, ML, outcome, profile, running, send, start, startBody, ward } from "../support/ward.js";
import { describeLimited, type Limited } from "./boundary.js";
import { basal, begin, intermittentBody, loadingBody, pcaBody, step, therapy, whole } from "./therapies.js";

const on = (entry: Drug): Bed => ward({ models: [profile(), entry] });
const onRunning = (entry: Drug): Bed => running({ models: [profile(), entry] });
/** A lockout always has a minimum (SPEC 3.2). */
const lockout = (bounds: Bounds): Bounds => ({
  ...(bounds.softMin === undefined && { hardMin: 1 }),
  ...bounds,
});

const LIMITED: readonly Limited[] = [
  {
    what: "the dose of a later step",
    number: 1,
    at: 5 * MG,
    entry: (bounds) => therapy({ continuous: limits("mg/h", bounds) }),
    order: (entry, dose) => {
      const bed = on(entry);
      return start(bed, { steps: [step(bed, ML, 5 * MG), step(bed, ML, dose)] });
    },
    dose: true,
  },
  {
    what: "the basal dose of a PCA order",
    number: 1,
    at: 5 * MG,
    entry: (bounds) => therapy({ continuous: limits("mg/h", bounds) }),
    order: (entry, dose) => {
      const bed = on(entry);
      return begin(bed, pcaBody(bed, { basal: basal(bed, dose) }));
    },
    dose: true,
  },
  {
    what: "the loading dose of a start",
    number: 16,
    at: 3 * MG,
    entry: (bounds) => therapy({ loading: limits("mg", bounds) }),
    order: (entry, dose) => {
      const bed = on(entry);
      return start(bed, { loading: whole(bed, { dose }) });
    },
    dose: true,
  },
  {
    what: "the loading dose of a PCA order",
    number: 16,
    at: 3 * MG,
    entry: (bounds) => therapy({ loading: limits("mg", bounds) }),
    order: (entry, dose) => {
      const bed = on(entry);
      return begin(bed, pcaBody(bed, { loading: whole(bed, { dose }) }));
    },
    dose: true,
  },
  {
    what: "a loading dose beside the basal rate",
    number: 16,
    at: 3 * MG,
    entry: (bounds) => therapy({ loading: limits("mg", bounds) }),
    order: (entry, dose) => {
      const bed = onRunning(entry);
      return send(bed, loadingBody(bed, { dose }));
    },
    dose: true,
  },
  {
    what: "a PCA dose",
    number: 18,
    at: 3 * MG,
    entry: (bounds) => therapy({ pcaDose: limits("mg", bounds) }),
    order: (entry, dose) => {
      const bed = on(entry);
      return begin(bed, pcaBody(bed, { pca: { ...whole(bed, { dose }), lockoutS: 600 } }));
    },
    dose: true,
  },
  {
    what: "a lockout",
    number: 20,
    at: 600,
    entry: (bounds) => therapy({ lockout: lockout(bounds) }),
    order: (entry, lockoutS) => {
      const bed = on(entry);
      return begin(bed, pcaBody(bed, { pca: { ...whole(bed), lockoutS } }));
    },
    dose: false,
  },
  {
    what: "the duration of an intermittent dose",
    number: 22,
    at: 3600,
    entry: (duration) => therapy({ duration }),
    order: (entry, durationS) => {
      const bed = on(entry);
      return begin(bed, intermittentBody(bed, { durationS }));
    },
    dose: false,
  },
  {
    what: "an intermittent dose",
    number: 24,
    at: 36 * MG,
    entry: (bounds) => therapy({ intermittent: limits("mg", bounds) }),
    order: (entry, dose) => {
      const bed = on(entry);
      return begin(bed, intermittentBody(bed, { dose }));
    },
    dose: true,
  },
  {
    what: "the rate of a loading dose",
    number: 5,
    at: 100,
    entry: (bounds) => therapy({ bolusRate: limits("mL/h", bounds) }),
    order: (entry, steps) => {
      const bed = on(entry);
      return start(bed, { loading: whole(bed, { rateNlPerH: steps * 100_000 }) });
    },
    dose: false,
    scale: 100_000,
  },
  {
    what: "the rate of a loading dose beside the basal rate",
    number: 5,
    at: 100,
    entry: (bounds) => therapy({ bolusRate: limits("mL/h", bounds) }),
    order: (entry, steps) => {
      const bed = onRunning(entry);
      return send(bed, loadingBody(bed, { rateNlPerH: steps * 100_000 }));
    },
    dose: false,
    scale: 100_000,
  },
  {
    what: "the rate of a PCA dose",
    number: 5,
    at: 100,
    entry: (bounds) => therapy({ bolusRate: limits("mL/h", bounds) }),
    order: (entry, steps) => {
      const bed = on(entry);
      const pca = { ...whole(bed, { rateNlPerH: steps * 100_000 }), lockoutS: 600 };
      return begin(bed, pcaBody(bed, { pca }));
    },
    dose: false,
    scale: 100_000,
  },
  {
    what: "the VTBI of a PCA order",
    number: 7,
    at: 40 * ML,
    entry: (vtbi) => therapy({ vtbi }),
    order: (entry, vtbiNl) => {
      const bed = on(entry);
      return begin(bed, pcaBody(bed, { vtbiNl }));
    },
    dose: false,
  },
];

describeLimited(LIMITED);

/** SPEC 4.4, step 14: the entry has no such way of giving the drug, or counts it otherwise. */
describe("an entry", () => {
  const lacking = (...fields: (keyof Drug)[]): Drug =>
    Object.fromEntries(
      Object.entries(therapy()).filter(([field]) => !fields.some((gone) => gone === field)),
    ) as unknown as Drug;
  const PARTS = {
    "a continuous dose": [lacking("continuous"), (bed: Bed) => startBody(bed)],
    "an intermittent dose": [lacking("intermittent", "duration"), (bed: Bed) => intermittentBody(bed)],
    "a loading dose": [lacking("loading"), (bed: Bed) => startBody(bed, { loading: whole(bed) })],
    "a PCA dose": [lacking("pcaDose", "lockout"), (bed: Bed) => pcaBody(bed)],
    "a PCA order's basal dose": [
      lacking("continuous"),
      (bed: Bed) => pcaBody(bed, { basal: basal(bed, MG) }),
    ],
  } as const;

  it.each(Object.entries(PARTS))("without %s refuses it", (_what, [entry, body]) => {
    const refusing = on(entry);
    expect(outcome(begin(refusing, body(refusing)))).toBe("UNIT");
    const taking = on(therapy());
    expect(outcome(begin(taking, body(taking)))).toBe("PERMIT");
  });

  const MCG = 1;
  const OTHERWISE = {
    "an intermittent dose": (bed: Bed) => ({ ...intermittentBody(bed), unit: MCG }),
    "a loading dose": (bed: Bed) => startBody(bed, { loading: whole(bed, { unit: MCG }) }),
    "a PCA dose": (bed: Bed) => pcaBody(bed, { pca: { ...whole(bed, { unit: MCG }), lockoutS: 600 } }),
    "a PCA order's basal dose": (bed: Bed) => pcaBody(bed, { basal: { ...basal(bed, MG), unit: 0x201 } }),
  };

  it.each(Object.entries(OTHERWISE))("that counts %s in another unit refuses it", (_what, body) => {
    const bed = on(therapy());
    expect(outcome(begin(bed, body(bed)))).toBe("UNIT");
  });

  it.each([
    ["loading", (bed: Bed) => startBody(bed, { loading: whole(bed, { unit: 0x12, volumeNl: 1 }) })],
    ["pcaDose", (bed: Bed) => pcaBody(bed, { pca: { ...whole(bed, { unit: 0x12 }), lockoutS: 600 } })],
    ["intermittent", (bed: Bed) => ({ ...intermittentBody(bed), unit: 0x12 })],
    ["bolusRate", (bed: Bed) => startBody(bed, { loading: whole(bed) })],
  ] as const)("that counts by weight (%s) refuses a patient whose weight is unknown", (field, body) => {
    const unit = field === "bolusRate" ? "mg/kg/h" : "mg/kg";
    const bed = ward({
      models: [profile(), therapy({ [field]: limits(unit) })],
      patient: { token: new Uint8Array(16).fill(1), weightG: 0, bsaCm2: 0, area: 1 },
    });
    expect(outcome(begin(bed, body(bed)))).toBe("WEIGHT_UNKNOWN");
  });
});
