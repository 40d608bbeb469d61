import { describe, expect, it } from "vitest";
import { AREA_NAMES, AREAS, EXPORTS, type ExportName } from "../../host-sim/gate/abi.js";
import { Device } from "../../host-sim/device/device.js";
import { Gate, type StagedVerb } from "../../host-sim/gate/gate.js";
import { LOCAL_ACTION, PHASE, VERDICTS } from "../../host-sim/gate/names.js";
import { encodeApprove, encodeLocal, encodeSubmit, encodeTick } from "../../host-sim/gate/records.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { MODULE, running, startBody, ward } from "../support/ward.js";
import { numbers, randomBytes } from "../support/random.js";
import { LONG, Snapshot } from "../support/snapshot.js";

const ROUNDS = LONG ? 200_000 : 10_000;
const STAGED: readonly StagedVerb[] = [
  "provision",
  "trustUpdate",
  "libraryBegin",
  "libraryEntry",
  "submit",
  "approve",
];
const VERBS = Object.keys(EXPORTS) as ExportName[];
const KNOWN = new Set<number>(Object.values(STATUS));

/** Numbers that are wrong more often than others. */
const EDGES = [
  0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 255, 256, 1024, 1025, 1536, 8191, 8192, 8193, 0x7fff_ffff, -1,
];

function edge(random: () => number): number {
  return random() < 0.5 ? EDGES[Math.floor(random() * EDGES.length)]! : Math.floor(random() * 2 ** 32) | 0;
}

/** No verdict in the result buffer permits, and the program is what it was. */
function unmoved(gate: Gate, bed: Bed, what: string): void {
  const word = new DataView(gate.instance.read("result").buffer).getUint32(8, true);
  expect(word, what).not.toBe(VERDICTS.PERMIT);
  const state = gate.inspect().state!;
  expect(state.generation, what).toBe(1);
  expect(state.rateNlPerH, what).toBeLessThanOrEqual(5_000_000n);
  expect(bed.pump.on).toBe(true);
}

/** SPEC 11: bad input gets a status, and no trap is reachable. A trap throws. */
describe("random calls", () => {
  it("of every export with every buffer full of noise trap nothing and permit nothing", () => {
    const bed = running();
    const { gate } = bed.pump;
    const snapshot = new Snapshot(bed.pump);
    const random = numbers(0xd05e);
    // What an honest command left in the result buffer is not what these calls are about.
    gate.instance.call("attest");
    gate.finish();
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 500 === 499) {
        snapshot.restore();
        gate.instance.call("attest");
        gate.finish();
      }
      for (const area of AREA_NAMES) {
        if (random() < 0.5) gate.instance.write(area, randomBytes(random, Math.min(AREAS[area].bytes, 300)));
      }
      const verb = VERBS[Math.floor(random() * VERBS.length)]!;
      // A buffer's address is no status; a boot of a running gate is refused.
      const args = EXPORTS[verb].map(() => edge(random));
      if (verb === "work") args[0] = Math.floor(random() * 50);
      const answer = gate.instance.call(verb, ...args);
      if (!verb.endsWith("Buffer") && verb !== "abiVersion") {
        expect(KNOWN.has(answer), `${verb}: ${answer}`).toBe(true);
      }
      if (verb === "boot") expect(statusName(answer)).toBe("BAD_ARGUMENT");
      if (round % 50 === 0) gate.finish();
      if (round % 20 === 0) expect(gate.inspect().state!.generation).toBe(1);
    }
    gate.cancel();
  });

  it.each(STAGED)("of %s at every length of noise trap nothing and stage nothing that succeeds", (verb) => {
    const bed = running();
    const { gate } = bed.pump;
    const random = numbers(verb.length);
    for (let length = 0; length <= 8192; length += length < 64 ? 1 : LONG ? 7 : 97) {
      const staged = gate.stage(verb, randomBytes(random, length));
      expect([STATUS.OK, STATUS.WORKING, STATUS.DONE]).not.toContain(staged);
    }
    for (const length of [8193, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000]) {
      expect(["BAD_LENGTH", "INSTALL_NONE", "ALREADY_PROVISIONED"]).toContain(
        statusName(gate.instance.call(verb, length | 0)),
      );
    }
  });

  it("of a blank gate trap nothing", () => {
    const random = numbers(1);
    const gate = new Gate(MODULE, new Device({ seed: "blank" }));
    for (let round = 0; round < ROUNDS / 4; round++) {
      if (round === 100) expect(statusName(gate.boot(0))).toBe("NOT_PROVISIONED");
      const verb = VERBS[Math.floor(random() * VERBS.length)]!;
      if (verb === "boot") continue;
      gate.instance.write("io", randomBytes(random, 200));
      const answer = gate.instance.call(verb, ...EXPORTS[verb].map(() => edge(random)));
      if (verb === "submit") expect(["NOT_BOOTED", "NOT_PROVISIONED"]).toContain(statusName(answer));
    }
  });
});

describe("a well-formed record around noise", () => {
  it("of a submission is refused", () => {
    const bed = running();
    const { gate } = bed.pump;
    const random = numbers(2);
    for (let round = 0; round < ROUNDS / 4; round++) {
      const path = () => Array.from({ length: Math.floor(random() * 17) }, () => randomBytes(random, 32));
      const proven = () => ({
        entry: randomBytes(random, 1 + Math.floor(random() * 512)),
        index: edge(random) >>> 0,
        path: path(),
      });
      const command = randomBytes(random, Math.floor(random() * 400));
      const port = Math.floor(random() * 4);
      const judged = gate.submit(encodeSubmit({ port, command, drug: proven(), profile: proven() }));
      expect(["ENVELOPE", "BAD_PORT"]).toContain(statusName(judged.status));
      expect(statusName(gate.approve(encodeApprove({ port, approval: command })).status)).toBe(
        port === 3 ? "BAD_PORT" : "ENVELOPE",
      );
    }
    unmoved(gate, bed, "submissions");
  });

  it("of a local action moves nothing upward", () => {
    const bed = running();
    const { gate } = bed.pump;
    const snapshot = new Snapshot(bed.pump);
    const random = numbers(3);
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 20 === 19) snapshot.restore();
      const value = BigInt.asUintN(64, BigInt(edge(random)) * BigInt(edge(random)));
      const action = Math.floor(random() * 12);
      const request = {
        action,
        nonce: edge(random) >>> 0,
        value,
        mask: edge(random) >>> 0,
        reasonCode: edge(random) >>> 0,
      };
      const { status, result } = gate.local(request);
      expect(KNOWN.has(status)).toBe(true);
      expect(result!.rateNlPerH).toBeLessThanOrEqual(5_000_000n);
      // Also its second step, if it asks for one, cannot pass what was permitted.
      if (status === STATUS.CONFIRM_NEEDED) gate.confirm(result!.nonce);
      const state = gate.inspect().state!;
      expect(state.rateNlPerH).toBeLessThanOrEqual(5_000_000n);
      expect(state.vtbiNl).toBeLessThanOrEqual(state.totalNl);
      expect(state.generation).toBe(1);
    }
  });

  it("of a tick grants nothing beyond the bag, the rate and what is reserved", () => {
    const bed = running();
    const { gate, device } = bed.pump;
    const snapshot = new Snapshot(bed.pump);
    const random = numbers(4);
    let running_ = 0;
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 10 === 9) snapshot.restore();
      device.clock.advanceMs(Math.floor(random() * 3000));
      const honest = random() < 0.7;
      const steps = honest
        ? BigInt(round % 10) * 5n
        : BigInt.asUintN(64, BigInt(edge(random)) * BigInt(edge(random)));
      const stepEpoch = honest ? 1 : edge(random) >>> 0;
      const { grant } = gate.tick({ steps, stepEpoch, sensors: honest ? 0 : edge(random) >>> 0 });
      if (grant!.generation === 0) continue;
      running_++;
      expect(grant!.rateMaxNlPerH).toBe(5_000_000);
      expect(grant!.untilUptimeMs).toBeLessThanOrEqual(device.clock.uptimeMs() + 5000n);
      expect(grant!.reservedNl).toBeLessThanOrEqual(grant!.deliveredNl + grant!.bagLeftNl);
      // From where the motor says it is, not more than 5 s of flow, a step, and what was due before.
      expect(BigInt.asIntN(64, grant!.reachStep - steps)).toBeLessThanOrEqual(2n * 69n + 4n);
    }
    expect(running_).toBeGreaterThan(ROUNDS / 10);
  });
});

describe("a record of another type, version or length", () => {
  const bed = ward();
  const { gate } = bed.pump;
  bed.newOrder(bed.library.areas[0]!.drugs[0]!);
  const { prescriber } = bed.hospital.keys;
  const { record } = bed.desk.prepare(prescriber, bed.patient.token, bed.orderId, startBody(bed));
  const LOCAL = encodeLocal({ action: LOCAL_ACTION.STOP });
  const TICK = encodeTick({ steps: 0n, stepEpoch: 1, sensors: 0 });

  const wrong = (bytes: Uint8Array): Uint8Array[] =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((at) =>
      [1, 0x80, 0xff].map((bits) => bytes.map((byte, i) => (i === at ? byte ^ bits : byte))),
    );

  it.each([
    ["submit", record],
    ["approve", encodeApprove({ port: 1, approval: new Uint8Array(100) })],
  ] as const)("is BAD_RECORD to %s", (verb, honest) => {
    for (const bytes of wrong(honest)) expect(statusName(gate.stage(verb, bytes))).toBe("BAD_RECORD");
    expect(statusName(gate.instance.call(verb, honest.length - 1))).toBe("BAD_RECORD");
  });

  it("is BAD_RECORD to local, and changes nothing", () => {
    for (const bytes of wrong(LOCAL)) {
      gate.instance.write("local", bytes);
      expect(statusName(gate.instance.call("local"))).toBe("BAD_RECORD");
    }
  });

  it("is BAD_RECORD to tick, which then grants nothing", () => {
    for (const bytes of wrong(TICK)) {
      gate.instance.write("tick", bytes);
      expect(statusName(gate.instance.call("tick"))).toBe("BAD_RECORD");
      const grant = new DataView(gate.instance.read("tick").buffer);
      expect(grant.getUint32(8, true)).toBe(0);
      expect(grant.getUint32(32, true)).toBe(0);
    }
  });

  it("is of no consequence to the honest one after it", () => {
    expect(statusName(gate.submit(record).status)).toBe("OK");
    expect(gate.inspect().state!.phase).toBe(PHASE.RUNNING);
  });
});
