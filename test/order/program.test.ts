import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { FLAG_KVO, FLAG_OVERRIDE } from "../../host-sim/authority/library/model.js";
import { PHASE, phaseName } from "../../host-sim/gate/names.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolusBody,
  done,
  drug,
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
import { loadingBody, OTHER, pcaBody, therapy, whole } from "./therapies.js";

const MODELS = [profile(), therapy(), OTHER];
const WITH_KVO = [profile({ kvoRateNlPerH: ML }), therapy({ flags: FLAG_OVERRIDE | FLAG_KVO }), OTHER];

/** A bed in each phase. */
const IN_PHASE: Readonly<Record<number, () => Bed>> = {
  [PHASE.IDLE]: () => ward({ models: MODELS }),
  [PHASE.RUNNING]: () => {
    const bed = ward({ models: MODELS });
    permitted(start(bed, { totalNl: 1000 * ML }));
    bed.pump.runFor(5_000);
    return bed;
  },
  [PHASE.PAUSED]: () => {
    const bed = IN_PHASE[PHASE.RUNNING]!();
    done(bed.pump.panel("PAUSE"));
    return bed;
  },
  [PHASE.COMPLETE]: () => {
    const bed = ward({ models: MODELS });
    permitted(start(bed, { vtbiNl: 10_000, totalNl: 1000 * ML }));
    bed.pump.runFor(20_000);
    return bed;
  },
  [PHASE.KVO]: () => {
    const bed = ward({ models: WITH_KVO });
    permitted(start(bed, { vtbiNl: 10_000, totalNl: 1000 * ML }));
    bed.pump.runFor(20_000);
    return bed;
  },
};

const BODIES: Readonly<Record<string, (bed: Bed) => CommandBody>> = {
  associate: ({ patient: { weightG, bsaCm2, area } }) => ({ kind: "associate", weightG, bsaCm2, area }),
  start: (bed) => startBody(bed),
  "titrate up": (bed) => titrateBody(bed, { dose: 6 * MG }),
  "titrate down": (bed) => titrateBody(bed, { dose: 4 * MG }),
  bolus: (bed) => bolusBody(bed),
  loading: (bed) => loadingBody(bed),
  PCA: (bed) => pcaBody(bed),
  secondary: (bed) => startBody(bed, { of: OTHER, mode: "secondary" }),
  "new bag": () => ({ kind: "new bag", vtbiNl: 10 * ML }),
  pause: () => ({ kind: "pause" }),
  resume: () => ({ kind: "resume" }),
  stop: () => ({ kind: "stop" }),
  disassociate: () => ({ kind: "disassociate" }),
  "log-ack": () => ({ kind: "log-ack", stream: 0, acknowledged: 1 }),
};

const PERMIT = "PERMIT";
// prettier-ignore
const WANTED: Readonly<Record<string, readonly [idle: string, running: string, paused: string, complete: string, kvo: string]>> = {
  associate:      [PERMIT,  PERMIT,       PERMIT,       PERMIT,         PERMIT],
  start:          [PERMIT,  "PHASE",      "PHASE",      "PHASE",        "PHASE"],
  PCA:            [PERMIT,  "PHASE",      "PHASE",      "PHASE",        "PHASE"],
  secondary:      ["PHASE", PERMIT,       PERMIT,       "PHASE",        "PHASE"],
  "titrate up":   ["PHASE", PERMIT,       PERMIT,       "PHASE",        "PHASE"],
  "titrate down": ["PHASE", PERMIT,       PERMIT,       "PHASE",        "PHASE"],
  bolus:          ["PHASE", PERMIT,       "PHASE",      "ALARM_ACTIVE", "ALARM_ACTIVE"],
  loading:        ["PHASE", PERMIT,       "PHASE",      "ALARM_ACTIVE", "ALARM_ACTIVE"],
  "new bag":      ["PHASE", PERMIT,       PERMIT,       PERMIT,         PERMIT],
  pause:          ["PHASE", PERMIT,       "PHASE",      "PHASE",        PERMIT],
  resume:         ["PHASE", "PHASE",      PERMIT,       "PHASE",        "PHASE"],
  stop:           ["PHASE", PERMIT,       PERMIT,       PERMIT,         PERMIT],
  disassociate:   [PERMIT,  "PHASE",      "PHASE",      "PHASE",        "PHASE"],
  "log-ack":      [PERMIT,  PERMIT,       PERMIT,       PERMIT,         PERMIT],
};

/** SPEC 4.4, step 9 */
describe.each(Object.entries(BODIES))("%s", (kind, body) => {
  const phases = [PHASE.IDLE, PHASE.RUNNING, PHASE.PAUSED, PHASE.COMPLETE, PHASE.KVO];

  it.each(phases.map((phase) => [phaseName(phase)!, phase, WANTED[kind]![phase]] as const))(
    "in %s",
    (_name, phase, wanted) => {
      const bed = IN_PHASE[phase]!();
      expect(bed.pump.inspect().phase).toBe(phase);
      const before = bed.pump.inspect();
      expect(outcome(send(bed, body(bed)))).toBe(wanted);
      if (wanted !== PERMIT) {
        const after = bed.pump.inspect();
        expect(after).toMatchObject({ phase, generation: before.generation, rateNlPerH: before.rateNlPerH });
      }
    },
  );

  const other = kind === "associate" ? "ASSOCIATED" : kind === "log-ack" ? PERMIT : "PATIENT";

  it(`for another patient: ${other}`, () => {
    const phase = phases.find((candidate) => WANTED[kind]![candidate] === PERMIT)!;
    const bed = IN_PHASE[phase]!();
    const token = new Uint8Array(16).fill(9);
    expect(outcome(send(bed, body(bed), { token }))).toBe(other);
  });

  it("with nobody associated", () => {
    const bed = ward({ models: MODELS, patient: null });
    permitted(bed.associate(PATIENT));
    permitted(send(bed, { kind: "disassociate" }));
    const wanted = {
      start: "PATIENT",
      PCA: "PATIENT",
      associate: PERMIT,
      disassociate: "PATIENT",
      "log-ack": PERMIT,
    }[kind];
    expect(outcome(send(bed, body(bed)))).toBe(wanted ?? "PHASE");
  });
});

/** SPEC 4.4, step 10 */
describe.each(["titrate up", "titrate down", "bolus", "loading", "new bag"])("%s", (kind) => {
  it("under another order id is refused", () => {
    const bed = IN_PHASE[PHASE.RUNNING]!();
    const orderId = bed.orderId.map((byte, i) => (i === 15 ? byte ^ 1 : byte));
    expect(outcome(send(bed, BODIES[kind]!(bed), { orderId }))).toBe("ORDER");
  });
});

describe.each(["titrate up", "titrate down", "bolus", "loading"])("%s", (kind) => {
  it("of another drug is refused", () => {
    const bed = IN_PHASE[PHASE.RUNNING]!();
    const body = BODIES[kind]!(bed) as ReturnType<typeof titrateBody>;
    expect(outcome(send(bed, { ...body, drug: bed.library.reference(1, 20, 1) }))).toBe("ORDER");
  });
});

describe("an association", () => {
  it("may be renewed with another weight while nothing runs, and the next dose counts by it", () => {
    const bed = ward();
    permitted(bed.associate({ ...PATIENT, weightG: 3_000 }));
    expect(bed.pump.inspect().weightG).toBe(3_000);
  });

  it("ends with disassociate: the weight goes with it", () => {
    const bed = ward();
    permitted(send(bed, { kind: "disassociate" }));
    expect(bed.pump.inspect()).toMatchObject({ weightG: 0, bsaCm2: 0, area: 0 });
    permitted(bed.associate({ ...PATIENT, token: new Uint8Array(16).fill(3) }));
  });

  it("with another area refuses the order's", () => {
    const models = [profile(), drug(), profile({ area: 2 }), drug({ area: 2 })];
    const bed = ward({ models, patient: { ...PATIENT, area: 2 } });
    expect(outcome(start(bed, { of: drug({ area: 1 }) }))).toBe("AREA");
    expect(outcome(start(bed, { of: drug({ area: 2 }) }))).toBe(PERMIT);
  });
});

describe("a titration", () => {
  it("downward in another unit is refused, whatever the rate", () => {
    const bed = IN_PHASE[PHASE.RUNNING]!();
    const body = { ...titrateBody(bed, { dose: 4 * MG }), unit: 0x201 };
    expect(outcome(send(bed, body))).toBe("UNIT");
  });

  it("beside a bolus goes as far as basal and bolus together may run, and no step further", () => {
    const bed = ward({ models: [profile({ rateNlPerHMax: 100 * ML }), drug()] });
    permitted(start(bed));
    permitted(send(bed, bolusBody(bed, { dose: 20 * MG, rateNlPerH: 80 * ML })));
    expect(outcome(titrate(bed, { dose: 20 * MG + 100_000_000 }))).toBe("BOLUS_ACTIVE");
    expect(outcome(titrate(bed, { dose: 20 * MG }))).toBe(PERMIT);
  });
});

describe("a bolus", () => {
  it("beside another one is refused until that one has ended", () => {
    const bed = IN_PHASE[PHASE.RUNNING]!();
    permitted(send(bed, bolusBody(bed)));
    expect(outcome(send(bed, bolusBody(bed)))).toBe("BOLUS_ACTIVE");
    bed.pump.runFor(180_000);
    expect(outcome(send(bed, bolusBody(bed)))).toBe(PERMIT);
  });
});

describe.each(["bolus", "loading"])("a %s", (kind) => {
  it("beside the loading dose of a start is refused until that one has ended", () => {
    const bed = ward({ models: MODELS });
    permitted(start(bed, { loading: whole(bed) }));
    bed.pump.runFor(60_000);
    expect(outcome(send(bed, BODIES[kind]!(bed)))).toBe("BOLUS_ACTIVE");
    bed.pump.runFor(90_000);
    expect(outcome(send(bed, BODIES[kind]!(bed)))).toBe(PERMIT);
  });
});

/** What one program leaves behind does not count for the next. */
describe("a second program", () => {
  it("takes a new bag by its own volume, even before the first tick", () => {
    const bed = ward();
    permitted(start(bed, { dose: 500 * MG, vtbiNl: 50 * ML }));
    bed.pump.runFor(300_000);
    done(bed.pump.panel("STOP"));
    bed.newOrder(drug());
    const { keys } = bed.hospital;
    const session = (body: CommandBody, key = keys.prescriber) =>
      bed.pump.gate.submit(bed.desk.prepare(key, bed.patient.token, bed.orderId, body).record);
    permitted(session(startBody(bed, { vtbiNl: 5 * ML, totalNl: 90 * ML })));
    permitted(session({ kind: "new bag", vtbiNl: 6 * ML }, keys.nurse));
    bed.pump.tick();
    expect(bed.pump.grant!.bagLeftNl).toBe(BigInt(6 * ML));
  });
});
