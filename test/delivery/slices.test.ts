import { describe, expect, it } from "vitest";
import { LOCAL_ACTION, type LocalActionName, PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { Gate } from "../../host-sim/gate/gate.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  MODULE,
  permitted,
  profile,
  start,
  titrateBody,
  ward,
} from "../support/ward.js";

/** Two entries, one with a soft maximum, so that something can wait for an approval. */
const MODELS = [profile(), drug({ continuous: limits("mg/h", { softMax: 7 * MG }) })];
const RANGE = { min: MG, max: 7 * MG, stepMax: 9 * MG, intervalS: 0 };

function infusing(): Bed {
  const bed = ward({ models: MODELS });
  permitted(start(bed, { totalNl: 1000 * ML, range: RANGE }));
  bed.pump.runFor(5_000);
  return bed;
}

const prescribed = (bed: Bed, dose: number) =>
  bed.desk.prepare(bed.hospital.keys.prescriber, bed.patient.token, bed.orderId, titrateBody(bed, { dose }))
    .record;

/** Every staged verb: what comes before it, how it is staged, and how it ends if nothing comes between. */
interface Verb {
  readonly name: string;
  readonly prepare?: (bed: Bed) => void;
  readonly stage: (bed: Bed) => number;
}

const next = libraryOf(MODELS, { version: 2 });
const begin = (bed: Bed) => void bed.pump.gate.libraryBegin(bed.hospital.publishLibrary(next).bytes);

const VERBS: readonly Verb[] = [
  { name: "submit", stage: (bed) => bed.pump.gate.stage("submit", prescribed(bed, 6 * MG)) },
  {
    name: "approve",
    stage: (bed) => {
      const { gate } = bed.pump;
      const waits = gate.submit(prescribed(bed, 8 * MG));
      const { supervisor } = bed.hospital.keys;
      let staged: number = STATUS.NOTHING;
      // The desk signs; what it would relay is staged instead.
      const relay = bed.pump.approve.bind(bed.pump);
      bed.pump.approve = (approval) => {
        staged = gate.stage("approve", approval as Uint8Array);
        return { status: staged, calls: 0, outcome: null, verdict: null };
      };
      bed.desk.approve(supervisor, waits.verdict!, 1);
      bed.pump.approve = relay;
      return staged;
    },
  },
  {
    name: "trustUpdate",
    stage: (bed) => {
      const { root } = bed.hospital;
      const newer = { ...root, version: 2, issuedS: root.issuedS + 1 };
      return bed.pump.gate.stage("trustUpdate", bed.hospital.publishRoot(newer).bytes);
    },
  },
  {
    name: "libraryBegin",
    stage: (bed) => bed.pump.gate.stage("libraryBegin", bed.hospital.publishLibrary(next).bytes),
  },
  {
    name: "libraryEntry",
    prepare: begin,
    stage: (bed) => bed.pump.gate.stage("libraryEntry", next.entries[0]!.bytes),
  },
  {
    name: "libraryCommit",
    prepare: (bed) => {
      begin(bed);
      for (const { bytes } of next.entries) bed.pump.gate.libraryEntry(bytes);
    },
    stage: (bed) => bed.pump.gate.instance.call("libraryCommit"),
  },
  { name: "attest", stage: (bed) => bed.pump.gate.instance.call("attest") },
];

function staged(verb: Verb): Bed {
  const bed = infusing();
  verb.prepare?.(bed);
  expect(statusName(verb.stage(bed))).toBe("WORKING");
  return bed;
}

function slices(verb: Verb): number {
  return staged(verb).pump.gate.finish({ units: 1 }).calls;
}

/** Up to eight places between slices, the first and the last among them. */
function places(count: number): number[] {
  const last = count - 1;
  return [...new Set(Array.from({ length: 8 }, (_, i) => Math.round((i * last) / 7)))];
}

/** What a person at the panel does, and what is to be seen of it at once. */
const ACTIONS: readonly { action: LocalActionName; value?: bigint; phase: number; rate: number }[] = [
  { action: "STOP", phase: PHASE.IDLE, rate: 0 },
  { action: "PAUSE", phase: PHASE.PAUSED, rate: 5 * ML },
  { action: "REDUCE", value: BigInt(4 * ML), phase: PHASE.RUNNING, rate: 4 * ML },
  { action: "TITRATE", value: BigInt(7 * MG), phase: PHASE.RUNNING, rate: 7 * ML },
  { action: "NEW_BAG", value: BigInt(9 * ML), phase: PHASE.RUNNING, rate: 5 * ML },
];

function act(gate: Gate, action: LocalActionName, value = 0n): void {
  const first = gate.local({ action: LOCAL_ACTION[action], value });
  const answer = first.status === STATUS.CONFIRM_NEEDED ? gate.confirm(first.result!.nonce) : first;
  expect(statusName(answer.status)).toBe("OK");
}

/** SPEC 10 */
describe.each(VERBS)("between the slices of $name", (verb) => {
  const count = slices(verb);

  it("tick, local and inspect are legal, every other verb is BUSY", () => {
    for (const place of places(count)) {
      const { gate } = staged(verb).pump;
      if (place > 0) expect(gate.work(place)).toBe(STATUS.WORKING);
      expect(gate.inspect().status).toBe(STATUS.OK);
      expect(gate.tick({ steps: 0n, stepEpoch: 2, sensors: 0 }).status).toBe(STATUS.OK);
      for (const name of ["submit", "approve", "trustUpdate", "libraryBegin", "libraryEntry"] as const) {
        expect(statusName(gate.stage(name, new Uint8Array(1)))).toBe("BUSY");
      }
      expect(statusName(gate.instance.call("libraryCommit"))).toBe("BUSY");
      expect(statusName(gate.libraryAbort())).toBe("BUSY");
      expect(statusName(gate.sessionOpen(0).status)).toBe("BUSY");
      expect(statusName(gate.instance.call("attest"))).toBe("BUSY");
      expect(statusName(gate.logRead(0, 1).status)).toBe("BUSY");
      expect(statusName(gate.finish({ units: 1 }).status)).toBe("OK");
    }
  });

  it.each(ACTIONS)("$action acts at once, and neither undoes the other", ({ action, value, phase, rate }) => {
    for (const place of places(count)) {
      const bed = staged(verb);
      const { gate } = bed.pump;
      if (place > 0) gate.work(place);
      act(gate, action, value);
      expect(gate.inspect().state).toMatchObject({ phase, rateNlPerH: BigInt(rate) });
      const ended = gate.finish({ units: 1 });
      const state = gate.inspect().state!;
      expect(state.phase).toBe(phase);
      const judges = verb.name === "submit" || verb.name === "approve";
      if (!judges) {
        expect(statusName(ended.status)).toBe("OK");
        expect(state.rateNlPerH).toBe(BigInt(rate));
      } else if (action === "STOP") {
        expect(["PHASE", "PENDING_NONE"]).toContain(statusName(ended.status));
        expect(state.rateNlPerH).toBe(0n);
      } else {
        // The dose that was ordered last is in force; to 6 mg/h it may have become a reduction.
        expect(statusName(ended.status)).toBe("OK");
        expect(state.rateNlPerH).toBe(BigInt((verb.name === "submit" ? 6 : 8) * ML));
      }
    }
  });

  it("cancel drops it without a trace", () => {
    for (const place of places(count)) {
      const { gate } = staged(verb).pump;
      if (place > 0) gate.work(place);
      const before = gate.inspect().state;
      expect(statusName(gate.cancel())).toBe("CANCELLED");
      expect(statusName(gate.cancel())).toBe("NOTHING");
      expect(gate.inspect().state).toEqual(before);
      expect(gate.libraryAbort()).not.toBe(STATUS.BUSY);
    }
  });
});

/** SPEC 2.6, 10 */
describe("while storage is being opened after a boot", () => {
  /** The gate of a pump that lost its power in an infusion, so many slices into its opening; undefined once it is open. */
  function opening(slices: number): { gate: Gate } | undefined {
    const bed = infusing();
    bed.pump.powerOff();
    bed.device.powerCycle();
    const gate = new Gate(MODULE, bed.device);
    expect(gate.boot(0, 1000)).toBe(STATUS.OK);
    if (slices > 0 && gate.work(slices) !== STATUS.WORKING) return undefined;
    return { gate };
  }

  it("nothing is granted and nothing is accepted, and a stop holds from then on", () => {
    let slices = 0;
    for (let found = opening(0); found !== undefined; found = opening(++slices)) {
      const { gate } = found;
      if ((gate.inspect().state!.flags & STATE_FLAG.OPENING) === 0) break;
      const tick = () => gate.tick({ steps: 0n, stepEpoch: 7, sensors: 0 });
      expect(tick()).toMatchObject({ status: STATUS.OPENING, grant: { generation: 0, rateMaxNlPerH: 0 } });
      expect(statusName(gate.sessionOpen(1).status)).toBe("OPENING");
      expect(statusName(gate.stage("submit", new Uint8Array(40)))).toBe("OPENING");
      // It could not be written yet; a second press will do.
      const stop = gate.local({ action: LOCAL_ACTION.STOP }).status;
      expect(["STORE_BUSY", "OK"]).toContain(statusName(stop));
      expect(gate.settle()).toBe(STATUS.NOTHING);
      expect(tick().grant).toMatchObject({ generation: 0, rateMaxNlPerH: 0 });
      const { phase } = gate.inspect().state!;
      expect(phase).toBe(stop === STATUS.OK ? PHASE.IDLE : PHASE.PAUSED);
      if (stop !== STATUS.OK) expect(gate.local({ action: LOCAL_ACTION.STOP }).status).toBe(STATUS.OK);
      expect(gate.inspect().state!.phase).toBe(PHASE.IDLE);
    }
    expect(slices).toBeGreaterThan(4);
  });
});
