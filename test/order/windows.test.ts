import { describe, expect, it } from "vitest";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import {
  type Bounds,
  type Drug,
  FLAG_BOLUS_APART,
  FLAG_OVERRIDE,
  WINDOWS,
  type WindowName,
} from "../../host-sim/authority/library/model.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import type { Sent } from "../../host-sim/ward/desk.js";
import {
  bolus,
  done,
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
  titrate,
  ward,
} from "../support/ward.js";
import { basal, begin, intermittentBody, loadingBody, pcaBody, step, therapy, whole } from "./therapies.js";

const SUMS = WINDOWS.map(({ name, hours }, i) => ({ name, hours, limit: 27 + i }));

/** The drug with one window. */
function windowed(name: WindowName, bounds: Bounds, change: Partial<Drug> = {}, unit = "mg"): Drug {
  return therapy({ windows: { unit: parseDoseUnit(unit), limits: { [name]: bounds } }, ...change });
}
const on = (entry: Drug): Bed => ward({ models: [profile(), entry] });

/** What an order would come to have in a window of so many hours, pg, on a patient who has had nothing. */
interface Way {
  readonly what: string;
  readonly sum: (hours: number) => number;
  readonly order: (entry: Drug) => Sent;
}

const WAYS: readonly Way[] = [
  {
    what: "a start of 5 mg/h and 100 mL",
    sum: (hours) => Math.min(5 * hours, 100) * MG,
    order: (entry) => start(on(entry)),
  },
  {
    what: "a start whose later step is faster",
    sum: (hours) => Math.min(8 * hours, 100) * MG,
    order: (entry) => {
      const bed = on(entry);
      return start(bed, { steps: [step(bed, 90 * ML, 8 * MG)] });
    },
  },
  {
    what: "a start with a loading dose, that leaves the bag so much less",
    sum: (hours) => Math.min(3 + 5 * hours, 100) * MG,
    order: (entry) => {
      const bed = on(entry);
      return start(bed, { loading: whole(bed, { dose: 3 * MG }) });
    },
  },
  {
    what: "an intermittent dose of 36 mg in an hour",
    sum: () => 36 * MG,
    order: (entry) => {
      const bed = on(entry);
      return begin(bed, intermittentBody(bed));
    },
  },
  {
    what: "PCA of 2 mg/h with one demand of 1 mg",
    sum: (hours) => (1 + 2 * hours) * MG,
    order: (entry) => {
      const bed = on(entry);
      return begin(bed, pcaBody(bed, { basal: basal(bed, 2 * MG) }));
    },
  },
  {
    what: "a bolus of 2 mg beside 5 mg/h",
    sum: (hours) => (2 + 5 * hours) * MG,
    order: (entry) => bolus(started(entry)),
  },
  {
    what: "a loading dose of 2 mg beside 5 mg/h",
    sum: (hours) => (2 + 5 * hours) * MG,
    order: (entry) => {
      const bed = started(entry);
      return send(bed, loadingBody(bed));
    },
  },
  {
    what: "an increase to 6 mg/h",
    sum: (hours) => 6 * hours * MG,
    order: (entry) => titrate(started(entry), { dose: 6 * MG }),
  },
];

/** 5 mg/h from a bag for longer than a day, of which nothing has been given yet. */
function started(entry: Drug): Bed {
  const bed = on(entry);
  permitted(start(bed, { vtbiNl: 200 * ML }));
  return bed;
}

/** A program that began under a library without windows, so that only the order that follows meets them. */
function startedUnlimited(entry: Drug): Bed {
  const free: { -readonly [K in keyof Drug]: Drug[K] } = { ...entry };
  delete free.windows;
  const bed = ward({ models: [profile(), free] });
  permitted(start(bed));
  done(bed.install(libraryOf([profile(), entry], { version: 2 })));
  return bed;
}

/** SPEC 6.3: no pause, reduction or end may make a window fuller than it was judged to be. */
describe.each(SUMS)("the window of $hours h", ({ name, hours, limit }) => {
  it.each(WAYS)("judges $what to the base unit, by its hard maximum", ({ sum, order }) => {
    const most = sum(hours);
    expect(outcome(order(windowed(name, { hardMax: most + 1 })))).toBe("PERMIT");
    expect(outcome(order(windowed(name, { hardMax: most })))).toBe("PERMIT");
    const broken = order(windowed(name, { hardMax: most - 1 }));
    expect(outcome(broken)).toBe("LIMIT_HARD");
    expect(broken.verdict).toMatchObject({ limit, bound: BigInt(most - 1), nearestPermittedDose: 0n });
  });

  it("asks for an override above its soft maximum, and then carries the hard one", () => {
    const most = 5 * MG * Math.min(hours, 20);
    const bed = on(windowed(name, { softMax: most - 1, hardMax: most }));
    const waiting = start(bed);
    expect(outcome(waiting)).toBe("NEEDS_OVERRIDE");
    expect(waiting.verdict).toMatchObject({ limit, softMask: 1 << limit, bound: BigInt(most - 1) });
    permitted(bed.approve(waiting));
    expect(bed.pump.inspect()[`cap${name}`]).toBe(BigInt(most));
  });

  it("is carried by its soft maximum as long as nobody has waived it", () => {
    const most = 5 * MG * Math.min(hours, 20);
    const bed = on(windowed(name, { softMax: most, hardMax: 2 * most }));
    permitted(start(bed));
    expect(bed.pump.inspect()[`cap${name}`]).toBe(BigInt(most));
  });

  it("per kg is a maximum for this patient, rounded down", () => {
    const most = 5 * MG * Math.min(hours, 20);
    const perKg = Math.ceil(most / 70.5);
    const patient = { ...PATIENT, weightG: 70_500 };
    const judged = (hardMax: number) =>
      start(ward({ models: [profile(), windowed(name, { hardMax }, {}, "mg/kg")], patient }));
    expect(outcome(judged(perKg))).toBe("PERMIT");
    const broken = judged(perKg - 1);
    expect(outcome(broken)).toBe("LIMIT_HARD");
    expect(broken.verdict).toMatchObject({ limit, bound: BigInt(Math.floor((perKg - 1) * 70.5)) });
  });
});

describe("windows", () => {
  it("per m2 of an unknown surface refuse the order", () => {
    const entry = windowed("4h", { hardMax: 100 * MG }, {}, "mg/m2");
    const bed = ward({ models: [profile(), entry], patient: { ...PATIENT, bsaCm2: 0 } });
    expect(outcome(start(bed))).toBe("WEIGHT_UNKNOWN");
  });

  it("of an entry that takes no override refuse at the soft maximum", () => {
    const entry = windowed("1h", { softMax: 5 * MG - 1 }, { flags: 0 });
    expect(outcome(start(on(entry)))).toBe("LIMIT_HARD");
  });

  it("stand with every other soft limit in one mask", () => {
    const entry = therapy({
      continuous: limits("mg/h", { softMax: MG }),
      windows: {
        unit: parseDoseUnit("mg"),
        limits: Object.fromEntries(WINDOWS.map((window) => [window.name, { softMax: MG }])),
      },
    });
    const mask = (1 << 2) | (1 << 27) | (1 << 28) | (1 << 29) | (1 << 30);
    expect(start(on(entry)).verdict!.softMask).toBe(mask);
  });

  it.each([
    [0, "LIMIT_HARD"],
    [FLAG_BOLUS_APART, "PERMIT"],
  ])("count a bolus unless flags %i leave it out", (flag, wanted) => {
    const entry = windowed("1h", { hardMax: 5 * MG }, { flags: FLAG_OVERRIDE | flag });
    const bed = on(entry);
    permitted(start(bed));
    expect(outcome(bolus(bed))).toBe(wanted);
  });

  it.each([
    [0, 20 * MG, 22 * MG],
    [FLAG_BOLUS_APART, 0, 2 * MG],
  ])("are charged with the loading dose of a start unless flags %i leave it out", (flag, least, most) => {
    const entry = windowed("1h", { hardMax: 100 * MG }, { flags: FLAG_OVERRIDE | flag });
    const bed = on(entry);
    permitted(start(bed, { loading: whole(bed, { dose: 20 * MG }) }));
    bed.pump.runFor(30 * 60_000); // 20 min of loading dose, 10 min at 5 mg/h
    const { window1h, deliveredNl } = bed.pump.inspect();
    expect(Number(deliveredNl)).toBeGreaterThan(20.8 * ML);
    expect(Number(window1h)).toBeGreaterThan(least);
    expect(Number(window1h)).toBeLessThan(most);
  });

  it("do not keep a rate from being reduced, whatever they hold", () => {
    const entry = windowed("1h", { hardMax: MG });
    expect(outcome(titrate(startedUnlimited(entry), { dose: 4 * MG }))).toBe("PERMIT");
    expect(outcome(titrate(startedUnlimited(entry), { dose: 6 * MG }))).toBe("LIMIT_HARD");
  });

  it("remember what a program gave after its end, and of which patient", () => {
    const bed = on(windowed("4h", { hardMax: 20 * MG }));
    permitted(start(bed));
    bed.pump.runFor(60_000);
    permitted(send(bed, { kind: "stop" }));
    const again = start(bed);
    expect(outcome(again)).toBe("LIMIT_HARD");
    expect(again.verdict).toMatchObject({ limit: 29 });
    expect(outcome(start(bed, { dose: 4 * MG }))).toBe("PERMIT");
    permitted(send(bed, { kind: "stop" }));
    permitted(send(bed, { kind: "disassociate" }));
    permitted(bed.associate({ ...PATIENT, token: new Uint8Array(16).fill(7) }));
    expect(outcome(start(bed))).toBe("PERMIT");
  });
});

describe("a new bag", () => {
  const bed = () => {
    const made = on(windowed("24h", { hardMax: 50 * MG }));
    permitted(start(made, { vtbiNl: 10 * ML, totalNl: 200 * ML }));
    return made;
  };

  it("is judged by the cap that the program carries, to the nanolitre", () => {
    expect(outcome(send(bed(), { kind: "new bag", vtbiNl: 50 * ML }))).toBe("PERMIT");
    const broken = send(bed(), { kind: "new bag", vtbiNl: 50 * ML + 1 });
    expect(outcome(broken)).toBe("LIMIT_HARD");
    expect(broken.verdict).toMatchObject({ limit: 30, bound: BigInt(50 * MG) });
  });

  it("beyond the total is refused as such, before any window", () => {
    expect(outcome(send(bed(), { kind: "new bag", vtbiNl: 200 * ML + 1 }))).toBe("TOTAL");
  });
});

/** SPEC 6.3: three accounts. */
describe("a fourth drug within a day", () => {
  const named = (number: number, windows: boolean): Drug => {
    const change = { drug: number, name: `drug ${number}`, ingredient: 8 * number };
    return windows ? windowed("24h", { hardMax: 500 * MG }, change) : therapy(change);
  };
  const after = (fourth: Drug): Bed => {
    const models = [profile(), ...[1, 2, 3].map((number) => named(number, true)), fourth];
    const bed = ward({ models });
    for (const number of [1, 2, 3]) {
      permitted(start(bed, { of: named(number, true) }));
      bed.pump.runFor(20_000);
      permitted(send(bed, { kind: "stop" }));
      bed.pump.runFor(10_000);
    }
    return bed;
  };

  it.each([
    ["with windows", true, "LEDGER_FULL"],
    ["without windows", false, "PERMIT"],
  ] as const)("%s is %s", (_what, windows, wanted) => {
    const fourth = named(4, windows);
    expect(outcome(start(after(fourth), { of: fourth }))).toBe(wanted);
  });

  it("on demand is refused as well: its lockout needs an account", () => {
    const fourth = named(4, false);
    const bed = after(fourth);
    const body = { ...pcaBody(bed), drug: bed.library.reference(1, 4, 1) };
    expect(outcome(begin(bed, body))).toBe("LEDGER_FULL");
  });

  it("is taken when a day has passed", () => {
    const fourth = named(4, true);
    const bed = after(fourth);
    // Quarter hours close record by record, eight at most in each.
    for (let hours = 0; hours < 26; hours += 2) {
      bed.device.clock.advanceMs(2 * 3_600_000);
      bed.pump.tick();
    }
    expect(outcome(start(bed, { of: fourth }))).toBe("PERMIT");
  });
});
