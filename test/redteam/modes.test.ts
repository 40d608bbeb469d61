/** Ways in which steps, doses, emergencies, new bags and resets could give more than was judged, or keep somebody from what is. */
import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { FLAG_EMERGENCY, FLAG_OVERRIDE } from "../../host-sim/authority/library/model.js";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import { Gate } from "../../host-sim/gate/gate.js";
import { BOOT_CAUSE, LOCAL_ACTION, PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { STATUS } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  begin,
  demand,
  demandWard,
  dose,
  HOUR_MS,
  liquid,
  movedPl,
  panel,
  pca,
  programWard,
  runUntil,
  state,
  step,
} from "../support/programs.js";
import {
  done,
  limits,
  MG,
  ML,
  MODULE,
  outcome,
  PATIENT,
  permitted,
  profile,
  running,
  send,
  start,
  startBody,
  titrate,
  titrateBody,
  ward,
} from "../support/ward.js";
import { therapy } from "../order/therapies.js";

const MINUTE_MS = 60_000;
const countedPl = (bed: Bed): bigint => state(bed).deliveredNl * 1000n;

/** Does `act`, and returns what later damages the tag of the account's last record: padding to a unit of 8 bytes follows it. */
function lastOfAccount(bed: Bed, act: () => void): () => void {
  const { sectorBytes } = bed.device.flash.geometry;
  let last = 0;
  let before = bed.device.flash.rawBytes().slice();
  const look = (): void => {
    const after = bed.device.flash.rawBytes();
    const changed = [...after.keys()].filter((at) => at < 6 * sectorBytes && after[at] !== before[at]);
    last = changed.at(-1) ?? last;
    before = after.slice();
  };
  act();
  look();
  return () => {
    look();
    bed.device.flash.flipBit(last - 8, 0);
  };
}

/** SPEC 6.2: if the account's last record does not verify, the largest reservation it can have held counts as well. */
describe("a damaged last record of the account", () => {
  it("does not hide a dose on demand that ended since", () => {
    const bed = demandWard();
    bed.pump.runFor(5_000);
    const damage = lastOfAccount(bed, () => expect(demand(bed)).toBe("OK"));
    bed.pump.runFor(2 * MINUTE_MS);
    expect(movedPl(bed)).toBeGreaterThanOrEqual(BigInt(ML) * 999n);
    damage();
    bed.pump.powerCycle();
    expect(countedPl(bed)).toBeGreaterThanOrEqual(movedPl(bed));
  });

  it("does not hide what was reserved before a signed reduction", () => {
    const bed = running({}, { dose: 100 * MG, vtbiNl: 100 * ML });
    bed.pump.runFor(61_000);
    const { meterNextSequence } = state(bed);
    const damage = lastOfAccount(bed, () =>
      runUntil(bed, (now) => now.meterNextSequence !== meterNextSequence),
    );
    bed.pump.runFor(50_000);
    permitted(titrate(bed, { dose: MG }));
    bed.pump.runFor(3_000);
    damage();
    bed.pump.powerCycle();
    expect(countedPl(bed)).toBeGreaterThanOrEqual(movedPl(bed));
  });

  it("does not hide what was reserved in a faster step", () => {
    const bed = programWard();
    permitted(begin(bed, 100 * ML, 50 * ML, { steps: [step(3 * ML, ML)] }));
    bed.pump.runFor(30_000);
    const { meterNextSequence } = state(bed);
    const damage = lastOfAccount(bed, () =>
      runUntil(bed, (now) => now.meterNextSequence !== meterNextSequence),
    );
    runUntil(bed, (now) => now.step === 1);
    bed.pump.runFor(2_000);
    damage();
    bed.pump.powerCycle();
    expect(countedPl(bed)).toBeGreaterThanOrEqual(movedPl(bed));
  });
});

/** SPEC 6.4: STOP and PAUSE act while storage opens; what cannot be written yet is written as a pause as soon as that can be. */
describe.each(["STOP", "PAUSE"] as const)("%s while storage opens after a warm restart", (action) => {
  it("is not undone by the next reset", () => {
    const bed = programWard();
    permitted(begin(bed, 60 * ML, 10 * ML));
    bed.pump.runFor(10_000);
    bed.pump.powerOff();
    const again = (): Gate => {
      bed.device.powerCycle();
      const gate = new Gate(MODULE, bed.device);
      expect(gate.boot(BOOT_CAUSE.WARM, 0)).toBe(STATUS.OK);
      return gate;
    };
    const gate = again();
    expect(gate.inspect().state!.flags & STATE_FLAG.OPENING).not.toBe(0);
    gate.local({ action: LOCAL_ACTION[action] });
    gate.settle();
    const next = again();
    next.settle();
    expect(next.inspect().state!.phase).toBe(PHASE.PAUSED);
  });
});

const FLAGS = FLAG_OVERRIDE | FLAG_EMERGENCY;
const emergencies = (hospital = {}): Bed =>
  ward({ models: [profile(), therapy({ flags: FLAGS })], hospital: { emergencySMax: 600, ...hospital } });
const press = (bed: Bed, body: Extract<CommandBody, { kind: "start" | "titrate" }>): string =>
  outcome(bed.desk.emergency(bed.patient.token, bed.orderId, body));
const answer = (bed: Bed, mask = 0): string => panel(bed, "OVERRIDE", { mask, reasonCode: 9 });
const WAITS = "NEEDS_OVERRIDE with CONFIRM_NEEDED";

/** SPEC 6.6: an increase goes back to the rate before it. */
describe("an emergency increase of a program that somebody has reduced", () => {
  it("goes back to the reduced rate, from which RESTORE leads to the permitted one", () => {
    const bed = emergencies();
    permitted(start(bed, { dose: 10 * MG }));
    done(bed.pump.panel("REDUCE", { value: BigInt(2 * ML) }));
    expect(press(bed, titrateBody(bed, { dose: 20 * MG }))).toBe(WAITS);
    expect(answer(bed)).toBe("OK");
    bed.pump.runFor(5 * MINUTE_MS);
    expect(state(bed).rateNlPerH).toBe(BigInt(20 * ML));
    bed.pump.runFor(6 * MINUTE_MS);
    expect(state(bed)).toMatchObject({ rateNlPerH: BigInt(2 * ML), permittedRateNlPerH: BigInt(10 * ML) });
    expect(panel(bed, "RESTORE")).toBe("OK");
    expect(state(bed).rateNlPerH).toBe(BigInt(10 * ML));
  });
});

/** SPEC 6.6: whoever stands at the patient is kept waiting by nothing that waits itself. */
describe("an emergency order", () => {
  it("takes the place of one that waits for a signed approval", () => {
    const entry = therapy({ flags: FLAGS, continuous: limits("mg/h", { softMax: 5 * MG }) });
    const bed = ward({ models: [profile(), entry], hospital: { emergencySMax: 600 } });
    expect(outcome(start(bed, { dose: 6 * MG }))).toBe("NEEDS_OVERRIDE");
    expect(press(bed, startBody(bed, { dose: 5 * MG, vtbiNl: ML / 2, totalNl: ML / 2 }))).toBe(WAITS);
    expect(answer(bed)).toBe("OK");
    expect(state(bed)).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(5 * ML) });
  });

  it("that was mistyped is corrected at once", () => {
    const bed = emergencies();
    const short = { vtbiNl: ML / 2, totalNl: ML / 2 };
    expect(press(bed, startBody(bed, { dose: 9 * MG, ...short }))).toBe(WAITS);
    expect(press(bed, startBody(bed, { dose: 6 * MG, ...short }))).toBe(WAITS);
    expect(answer(bed)).toBe("OK");
    expect(state(bed).rateNlPerH).toBe(BigInt(6 * ML));
    expect(answer(bed)).toBe("PENDING_NONE");
  });

  it("is kept waiting for by a signed one", () => {
    const entry = therapy({ flags: FLAGS, continuous: limits("mg/h", { softMax: 5 * MG }) });
    const bed = ward({ models: [profile(), entry], hospital: { emergencySMax: 600 } });
    expect(press(bed, startBody(bed, { dose: 5 * MG, vtbiNl: ML / 2, totalNl: ML / 2 }))).toBe(WAITS);
    expect(outcome(start(bed, { dose: 6 * MG }))).toBe("PENDING_BUSY");
  });
});

/** SPEC 4.2: an intermittent order's dose is the whole dose of the bag, and that is what its limits judged. */
describe("a new bag of an intermittent order", () => {
  const infused = (): Bed => {
    const bed = programWard({ intermittent: limits("mL", { hardMax: 5 * ML }) });
    const whole = { mode: "intermittent", unit: dose(1, 1).unit, dose: 5 * ML, durationS: 300 } as const;
    permitted(begin(bed, 60 * ML, 5 * ML, { ...whole, totalNl: 20 * ML }));
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE);
    return bed;
  };
  const ways: readonly (readonly [string, (bed: Bed, vtbiNl: number) => string])[] = [
    ["at the panel", (bed, vtbiNl) => panel(bed, "NEW_BAG", { value: BigInt(vtbiNl) })],
    ["signed", (bed, vtbiNl) => outcome(send(bed, { kind: "new bag", vtbiNl })).replace("PERMIT", "OK")],
  ];

  it.each(ways)("%s is no larger than the dose that was judged", (_way, hang) => {
    expect(hang(infused(), 5 * ML + 1)).toBe("TOTAL");
    expect(hang(infused(), 15 * ML)).toBe("TOTAL");
    expect(hang(infused(), 5 * ML)).toBe("OK");
    expect(hang(infused(), 5 * ML - 1)).toBe("OK");
  });

  it("is bounded by the total alone where the dose is a rate", () => {
    const bed = programWard();
    permitted(begin(bed, 60 * ML, 5 * ML, { totalNl: 20 * ML }));
    runUntil(bed, ({ phase }) => phase === PHASE.COMPLETE);
    expect(panel(bed, "NEW_BAG", { value: BigInt(14 * ML) })).toBe("OK");
  });
});

/** SPEC 6.3: a lockout is one account's. */
describe("a dose that is dropped by a stop", () => {
  it("locks out its own drug, not the next program's", () => {
    const bed = ward({ models: [profile(), liquid(), liquid({}, 20)] });
    permitted(pca(bed, { doseNl: 5 * ML }));
    bed.pump.runFor(2_000);
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(10_000);
    const first = bed.library.areas[0]!.drugs.find(({ drug }) => drug === 10)!;
    const second = bed.library.areas[0]!.drugs.find(({ drug }) => drug === 20)!;
    const order = (of: typeof first) => {
      bed.newOrder(of);
      return bed.desk.prepare(bed.hospital.keys.prescriber, PATIENT.token, bed.orderId, {
        kind: "PCA",
        drug: bed.library.reference(of.area, of.drug, of.variant),
        vtbiNl: 50 * ML,
        totalNl: 50 * ML,
        concentration: { amount: ML, volumeNl: ML },
        setId: 1,
        pca: { ...dose(ML, 60 * ML), lockoutS: 600 },
      }).record;
    };
    // No tick lies between the stop and the next program's start.
    bed.pump.gate.local({ action: LOCAL_ACTION.STOP });
    permitted(bed.pump.gate.submit(order(second)));
    expect(demand(bed)).toBe("OK");
    bed.pump.runFor(2 * MINUTE_MS);
    done(bed.pump.panel("STOP"));
    bed.pump.runFor(5_000);
    permitted(bed.pump.submit(order(first)));
    expect(demand(bed)).toBe("LOCKOUT");
    expect(state(bed).lockoutLeftS).toBeGreaterThan(600 - 10 - 3 * 60);
  });
});

/** SPEC 6.3: an account gives way once it is empty, and it is not while its program's last grant is not charged. */
describe("an account that nothing was charged to for a day", () => {
  it("does not give way, with what flowed in its program's last seconds, to the next program", () => {
    const windows = { unit: parseDoseUnit("mL"), limits: { "24h": { hardMax: 500 * ML } } };
    const codes = [10, 20, 30, 40];
    const bed = ward({ models: [profile(), ...codes.map((code) => liquid({ windows }, code))] });
    permitted(begin(bed, 100 * ML, 50 * ML));
    const first = bed.orderId;
    bed.pump.runFor(MINUTE_MS);
    done(bed.pump.panel("PAUSE"));
    bed.pump.runFor(5_000);
    bed.pump.powerCycle({}, { offMs: 25 * HOUR_MS, trusted: true });
    bed.desk.open();
    for (const code of [20, 30]) {
      permitted(begin(bed, 10 * ML, 5 * ML, { mode: "secondary", code }));
      bed.pump.runFor(MINUTE_MS);
      done(bed.pump.panel("STOP"));
      bed.pump.runFor(5_000);
    }
    permitted(send(bed, { kind: "resume" }, { orderId: first }));
    bed.pump.runFor(30_000);
    // No tick lies between the stop and the next program's start.
    const { prescriber } = bed.hospital.keys;
    const last = bed.library.areas[0]!.drugs.find(({ drug }) => drug === 40)!;
    bed.newOrder(last);
    const body = { ...startBody(bed, { of: last, dose: ML, vtbiNl: ML, totalNl: ML }), rateNlPerH: ML };
    const { record } = bed.desk.prepare(prescriber, PATIENT.token, bed.orderId, body);
    bed.pump.gate.local({ action: LOCAL_ACTION.STOP });
    expect(outcome(bed.pump.gate.submit(record))).toBe("LEDGER_FULL");
  });
});
