import { describe, expect, it } from "vitest";
import { simulatedKey } from "../../host-sim/authority/keys.js";
import { encodeEntry } from "../../host-sim/authority/library/entry.js";
import type { Drug, Profile } from "../../host-sim/authority/library/model.js";
import { signManifest } from "../../host-sim/authority/manifest.js";
import { encodeRootUnchecked, type Root, ROOT_AAD } from "../../host-sim/authority/root.js";
import { sign } from "../../host-sim/authority/cose.js";
import { Device } from "../../host-sim/device/device.js";
import { hostImports } from "../../host-sim/device/host.js";
import { Gate } from "../../host-sim/gate/gate.js";
import { LOCAL_ACTION, SENSOR } from "../../host-sim/gate/names.js";
import { STATUS, statusName, type StatusName } from "../../host-sim/gate/status.js";
import { Bed } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";
import {
  bolus,
  DAY_S,
  done,
  drug,
  drugOf,
  libraryOf,
  limits,
  MG,
  ML,
  MODULE,
  NOW_S,
  PATIENT,
  permitted,
  profile,
  running,
  send,
  start,
  startBody,
  titrate,
  ward,
} from "../support/ward.js";
import { demandWard } from "../support/programs.js";
import { Snapshot } from "../support/snapshot.js";

// --- the stages on which a status is produced ---------------------------------------------------------------------

const blank = () => new Device({ seed: "coverage" });
const booted = (device = blank()) => {
  const gate = new Gate(MODULE, device);
  return { gate, device, status: gate.boot(0) };
};
const paused = (): Bed => {
  const bed = running();
  done(bed.pump.panel("PAUSE"));
  return bed;
};
const ranged = (intervalS = 0): Bed =>
  running({}, { range: { min: MG, max: 9 * MG, stepMax: MG, intervalS } });
const soft = [profile(), drug({ continuous: limits("mg/h", { softMax: 4 * MG }) })];
const waiting = () => {
  const bed = ward({ models: soft });
  return { bed, verdict: start(bed).verdict! };
};
/** A hospital with one more key in its root document. */
function hospitalWith(key: Root["keys"][number]): Hospital {
  const hospital = new Hospital({ seed: "ward", library: libraryOf(), nowS: NOW_S });
  hospital.publishRoot({ ...hospital.root, keys: [...hospital.root.keys, key] });
  return hospital;
}
const holder = (name: string, roles: Parameters<typeof simulatedKey>[1]["roles"]) =>
  simulatedKey("coverage", { name, holder: name, duty: "author", roles });

const local = (bed: Bed, action: keyof typeof LOCAL_ACTION, value = 0) =>
  bed.pump.panel(action, { value: BigInt(value) }).status;

/** Installs a library whose manifest differs in `change`. */
function manifest(change: Parameters<Hospital["publishLibrary"]>[1], prepare?: (bed: Bed) => void): number {
  const bed = ward();
  prepare?.(bed);
  const next = libraryOf(undefined, { version: 2 });
  return bed.install(next, bed.hospital.publishLibrary(next, change).bytes).status;
}
/** The last of these entries, in an install of five. */
function entry(...models: readonly (Profile | Drug)[]): number {
  const bed = ward();
  const { bytes } = bed.hospital.publishLibrary(libraryOf(undefined, { version: 2 }), { entryCount: 5 });
  done(bed.pump.gate.libraryBegin(bytes));
  return models.map((model) => bed.pump.gate.libraryEntry(encodeEntry(model)).status).at(-1)!;
}
/** Updates to a root document that differs from the present one in `change`. */
function root(change: Partial<Root>, prepare?: (bed: Bed) => void): number {
  const bed = ward();
  prepare?.(bed);
  const { root: present, keys } = bed.hospital;
  const next = { ...present, version: 2, issuedS: NOW_S + 1, ...change };
  const bytes = sign(encodeRootUnchecked(next), ROOT_AAD, [keys.rootAuthor, keys.rootApprover]).bytes;
  return bed.pump.trustUpdate(bytes).status;
}
/** `SIGNATURE` until the bucket is empty. */
function throttled(): number {
  const bed = ward();
  const forged = () =>
    send(bed, { kind: "pause" }, { sequence: 99, receiver: { challenge: new Uint8Array(32) } });
  for (let i = 0; i < 20; i++) if (forged().status === STATUS.THROTTLED) return STATUS.THROTTLED;
  return STATUS.OK;
}
/** An import that calls an export. */
function nested(): number {
  const device = blank();
  let answer = -1;
  const gate: Gate = new Gate(MODULE, {
    imports: (memory) => {
      const imports = hostImports(device, memory);
      return {
        ...imports,
        flashGeometry: (...args) => {
          answer = gate.inspect().status;
          return imports.flashGeometry(...args);
        },
      };
    },
  });
  gate.boot(0);
  return answer;
}
/**
 * A bit flips in memory after the signature was found valid: the two judgements part. The words that say what spoke against it
 * stand somewhere before the R that was received.
 */
function fault(): number {
  const bed = running();
  const { gate } = bed.pump;
  const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, { kind: "pause" });
  const began = new Snapshot(bed.pump);
  expect(gate.stage("submit", record)).toBe(STATUS.WORKING);
  const honest = gate.finish({ units: 1 });
  expect(honest.status).toBe(STATUS.OK);
  const answers: number[] = [];
  for (let before = 4; before <= 64; before += 4) {
    began.restore();
    gate.stage("submit", record);
    gate.work(honest.calls - 1);
    const memory = Buffer.from(gate.instance.memory.buffer);
    const r = record.slice(-64, -32);
    for (let at = memory.indexOf(r); at >= 0; at = memory.indexOf(r, at + 1)) memory[at - before]! ^= 1;
    answers.push(gate.finish().status);
  }
  return answers.includes(STATUS.FAULT) ? STATUS.FAULT : answers[0]!;
}
/** Presses a key until no record fits any more, and nobody calls `work`. */
function full(): number {
  const { gate } = running().pump;
  for (let rate = 499; rate > 0; rate--) {
    const { status } = gate.local({ action: LOCAL_ACTION.REDUCE, value: BigInt(rate * 10_000) });
    if (status !== STATUS.OK) return status;
  }
  return STATUS.OK;
}
/** A bit flips in the objects that the state names. */
function corrupt(): number {
  const bed = ward();
  bed.pump.powerOff();
  bed.device.powerCycle();
  bed.device.flash.flipBit(128, 3);
  return booted(bed.device).status;
}
const olderFlash = () => {
  const device = blank();
  device.counter.advance();
  return booted(device).status;
};
const failing = (): Bed => {
  const bed = ward();
  bed.device.flash.inject({ effect: "program-error" });
  return bed;
};
const finished = (): Bed => {
  const bed = running();
  bed.pump.setSensor(SENSOR.AIR, true);
  bed.pump.runFor(2_000);
  return bed;
};
const eddsaNurse = simulatedKey("ward", {
  name: "nurse",
  holder: "nurse",
  duty: "author",
  roles: ["bedside"],
  algorithm: -8,
});
const onlyStop = simulatedKey("coverage", {
  name: "only stop",
  holder: "only stop",
  duty: "author",
  roles: ["bedside"],
  kinds: ["stop"],
});
const sameHolder = simulatedKey("coverage", {
  name: "second card",
  holder: "prescriber",
  duty: "approver",
  roles: ["override"],
});

// --- one scenario for each status ---------------------------------------------------------------------------------

const SCENARIOS: Readonly<Record<StatusName, () => number>> = {
  OK: () => ward().pump.gate.inspect().status,
  WORKING: () => ward().pump.gate.instance.call("attest"),
  DONE: () => {
    const { gate } = ward().pump;
    gate.instance.call("attest");
    return gate.work(100);
  },
  CONFIRM_NEEDED: () => paused().pump.panel("RESTORE", { confirm: false }).status,
  NOTHING: () => ward().pump.gate.cancel(),
  BUSY: () => {
    const { gate } = ward().pump;
    gate.instance.call("attest");
    return gate.instance.call("attest");
  },
  NESTED: nested,
  NOT_BOOTED: () => new Gate(MODULE, blank()).inspect().status,
  NOT_PROVISIONED: () => booted().status,
  ALREADY_PROVISIONED: () => {
    const bed = ward();
    return bed.pump.provision(bed.issued.block).status;
  },
  BAD_ARGUMENT: () => ward().pump.gate.logRead(2, 1).status,
  BAD_RECORD: () => ward().pump.submit(new Uint8Array(40)).status,
  BAD_LENGTH: () => ward().pump.gate.instance.call("submit", 0),
  BAD_PORT: () => ward().pump.openSession(3).status,
  CANCELLED: () => {
    const { gate } = ward().pump;
    gate.instance.call("attest");
    return gate.cancel();
  },
  TAMPERED: olderFlash,
  OPENING: () => {
    const bed = ward();
    bed.pump.powerOff();
    bed.device.powerCycle();
    return booted(bed.device).gate.sessionOpen(1).status;
  },
  DECOMMISSIONED: () => {
    const bed = ward();
    const { counter } = bed.pump.inspect();
    done(bed.pump.decommission(bed.hospital.decommission(bed.issued.deviceId, counter).bytes));
    return bed.pump.powerCycle();
  },
  CBOR: () => booted().gate.provision(new Uint8Array([0xff])).status,
  SCHEMA: () => start(ward(), { setId: 0 }).status,
  ENVELOPE: () => ward().pump.gate.libraryBegin(new Uint8Array(100)).status,
  ALGORITHM: () => send(ward(), { kind: "stop" }, { key: eddsaNurse }).status,
  KID_UNKNOWN: () => send(ward(), { kind: "stop" }, { key: holder("stranger", ["bedside"]) }).status,
  ROLE: () => {
    const bed = ward();
    return start(bed, {}, { key: bed.hospital.keys.nurse }).status;
  },
  KIND_MASK: () => {
    const bed = ward({ hospital: hospitalWith(onlyStop) });
    return send(bed, { kind: "pause" }, { key: onlyStop }).status;
  },
  SIGNATURE: () => send(ward(), { kind: "pause" }, { receiver: { challenge: new Uint8Array(32) } }).status,
  THRESHOLD: () => {
    const bed = ward();
    const next = libraryOf(undefined, { version: 2 });
    return bed.install(next, signManifest(next.manifest(), [bed.hospital.keys.pharmacist]).bytes).status;
  },
  DUTY: () => {
    const second = holder("second pharmacist", ["library"]);
    const bed = ward({ hospital: hospitalWith(second) });
    const next = libraryOf(undefined, { version: 2 });
    const both = signManifest(next.manifest(), [bed.hospital.keys.pharmacist, second]);
    return bed.install(next, both.bytes).status;
  },
  ROOT_VERSION: () => root({ version: 3 }),
  ROOT_SENSE: () => root({ expiresS: NOW_S }),
  EXPIRED: () => root({}, (bed) => bed.device.clock.setWallTimeS(NOW_S + 1_000 * DAY_S)),
  FUTURE: () => root({ issuedS: NOW_S + 10 * DAY_S }),
  TIME_STEP: () =>
    root({ issuedS: NOW_S + 500 * DAY_S }, (bed) => bed.device.clock.setWallTimeS(NOW_S + 500 * DAY_S)),
  LIBRARY_NONE: () => {
    const library = libraryOf();
    const bed = new Bed({
      name: "bare",
      hospital: new Hospital({ seed: "ward", library, nowS: NOW_S }),
      library,
      module: MODULE,
    });
    bed.pump.powerOn();
    done(bed.pump.provision(bed.issued.block));
    permitted(bed.associate(PATIENT));
    return start(bed).status;
  },
  LIBRARY_ID: () => manifest({ libraryId: new Uint8Array(16) }),
  LIBRARY_ROLLBACK: () => manifest({ version: 1 }),
  LIBRARY_EXPIRED: () => {
    const bed = ward();
    bed.device.clock.setWallTimeS(NOW_S + 365 * DAY_S);
    return start(bed).status;
  },
  LIBRARY_REVOKED: () => {
    const bed = ward();
    const { root: present, keys } = bed.hospital;
    const others = present.keys.map((key) =>
      key === keys.pharmacist ? holder("new author", ["library"]) : key,
    );
    const next = { ...present, version: 2, issuedS: NOW_S + 1, keys: others };
    done(bed.pump.trustUpdate(bed.hospital.publishRoot(next).bytes));
    bed.desk.open();
    return start(bed).status;
  },
  LIBRARY_NEEDS_ROOT: () => manifest({ rootVersionMin: 2 }),
  LIBRARY_NEEDS_ABI: () => manifest({ abiMin: 2 << 16 }),
  ENTRY_ORDER: () => entry(profile(), profile()),
  ENTRY_PROFILE: () => entry(drug()),
  ENTRY_SENSE: () => entry(profile(), drug({ vtbi: { softMax: 2, hardMax: 1 } })),
  ENTRY_CEILING: () => entry(profile({ rateNlPerHMax: 1000 * ML })),
  ENTRY_COUNT: () => manifest({ entryCount: 1 }),
  LIBRARY_ROOT: () => manifest({ merkleRoot: new Uint8Array(32) }),
  PROOF: () => start(ward(), {}, { library: libraryOf([profile(), drug({ name: "other" })]) }).status,
  INSTALL_NONE: () => ward().pump.gate.libraryAbort(),
  LIBRARY_REFERENCE: () => {
    const bed = ward();
    return start(bed, { drug: { ...startBody(bed).drug, version: 9 } }).status;
  },
  SESSION: () => send(ward(), { kind: "stop" }, { sessionId: new Uint8Array(8) }).status,
  SEQUENCE: () => send(ward(), { kind: "stop" }, { sequence: 999 }).status,
  COMMAND_EXPIRED: () => {
    const bed = ward();
    bed.pump.runFor(100_000);
    return send(bed, { kind: "stop" }, { lifeS: 1 }).status;
  },
  THROTTLED: throttled,
  KIND: () => {
    const bed = ward();
    const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, {
      kind: "stop",
    });
    // Kind 10 (stop) stands behind key 0 of the payload's map of seven.
    record[Buffer.from(record).indexOf(Buffer.from([0xa7, 0x00, 0x0a])) + 2] = 0x10;
    return bed.pump.submit(record).status;
  },
  PENDING_NONE: () => local(ward(), "OVERRIDE"),
  PENDING_BUSY: () => start(waiting().bed).status,
  APPROVER_SAME: () => {
    const bed = ward({ models: soft, hospital: hospitalWith(sameHolder), library: libraryOf(soft) });
    return bed.approve(start(bed), 1, sameHolder).status;
  },
  APPROVAL_MISMATCH: () => {
    const { bed, verdict } = waiting();
    return bed.desk.approve(bed.hospital.keys.supervisor, verdict, 1, { mask: 1 }).status;
  },
  OVERRIDE_NOT_ALLOWED: () => {
    const bed = ward({ models: soft, hospital: { localOverride: false } });
    const { softMask } = start(bed).verdict!;
    return bed.pump.panel("OVERRIDE", { mask: softMask, reasonCode: 1 }).status;
  },
  EMERGENCY_NOT_ALLOWED: () => {
    const bed = ward();
    return bed.emergencyStart(drugOf(bed), { dose: "5 mg/h", vtbi: "5 mL" }).status;
  },
  PATIENT: () => start(ward(), {}, { token: new Uint8Array(16) }).status,
  ASSOCIATED: () => ward().associate({ ...PATIENT, token: new Uint8Array(16) }).status,
  AREA: () => start(ward({ patient: { ...PATIENT, area: 2 } })).status,
  UNIT: () => start(ward(), { unit: 0x201 }).status,
  WEIGHT_UNKNOWN: () => {
    const models = [profile(), drug({ weightG: { min: 1, max: 100_000 } })];
    return start(ward({ models, patient: { ...PATIENT, weightG: 0 } })).status;
  },
  SET: () => start(ward(), { setId: 9 }).status,
  RATE_MISMATCH: () => start(ward(), { rateNlPerH: ML }).status,
  RATE_TOO_COARSE: () => start(ward(), { dose: 5_000_000, rateNlPerH: 10_000 }).status,
  LIMIT_CEILING: () => start(ward(), { totalNl: 50_000 * ML }).status,
  LIMIT_PROFILE: () => start(ward(), { dose: 501 * MG }).status,
  LIMIT_HARD: () =>
    start(ward({ models: [profile(), drug({ continuous: limits("mg/h", { hardMax: MG }) })] })).status,
  LIMIT_SOFT: () => start(ward({ models: soft })).status,
  ORDER: () => titrate(running(), {}, { orderId: new Uint8Array(16) }).status,
  LOCKOUT: () => {
    const bed = demandWard();
    done(bed.pump.panel("DEMAND"));
    bed.pump.runFor(90_000);
    return local(bed, "DEMAND");
  },
  LEDGER_FULL: () => {
    const windows = { unit: limits("mg").unit, limits: { "1h": { hardMax: 100 * MG } } };
    const drugs = [1, 2, 3, 4].map((n) =>
      drug({ drug: 10 * n, ingredient: 8 * n, name: `drug ${n}`, windows }),
    );
    const bed = ward({ models: [profile(), ...drugs] });
    return drugs
      .map(({ drug: code }) => {
        const { status } = start(bed, { of: drugOf(bed, code) });
        bed.pump.runFor(60_000);
        bed.pump.panel("STOP");
        return status;
      })
      .at(-1)!;
  },
  MEASURES: () => {
    const bed = running();
    permitted(bed.associate({ ...PATIENT, weightG: 60_000 }));
    return bolus(bed).status;
  },
  PHASE: () => start(running()).status,
  BOLUS_ACTIVE: () => {
    const bed = running();
    permitted(bolus(bed));
    return bolus(bed).status;
  },
  RANGE: () => local(ranged(), "TITRATE", 10 * MG),
  RANGE_STEP: () => local(ranged(), "TITRATE", 7 * MG),
  RANGE_INTERVAL: () => local(ranged(3600), "TITRATE", 6 * MG),
  NOT_REDUCED: () => local(running(), "REDUCE", 5 * ML),
  CONFIRM_STALE: () => ward().pump.confirm(1).status,
  RESUME_TOO_LATE: () => {
    const bed = running();
    bed.pump.powerCycle();
    return bed.pump.panel("RESTORE", { patientToken: PATIENT.token }).status;
  },
  TOTAL: () => local(running(), "NEW_BAG", 101 * ML),
  ALARM_ACTIVE: () => bolus(finished()).status,
  INTERLOCK: () => {
    const bed = demandWard();
    bed.pump.setSensor(SENSOR.INTERLOCK, true);
    bed.pump.runFor(2_000);
    // Restored while the input still stands, and no tick since.
    const { gate } = bed.pump;
    done(gate.confirm(gate.local({ action: LOCAL_ACTION.RESTORE }).result!.nonce));
    return gate.local({ action: LOCAL_ACTION.DEMAND }).status;
  },
  FLASH_GEOMETRY: () =>
    booted(
      new Device({
        seed: "small",
        geometry: { unitBytes: 8, sectorBytes: 4096, sectorCount: 7, eraseMsMax: 40 },
      }),
    ).status,
  FLASH_FAILED: () => failing().associate(PATIENT).status,
  STORE_BUSY: full,
  STORE_CORRUPT: corrupt,
  COUNTER: () => {
    const device = blank();
    device.counter.readOutage.begin();
    return booted(device).status;
  },
  ENTROPY: () => {
    const bed = ward();
    bed.pump.powerCycle();
    bed.device.entropy.outage.begin();
    return bed.pump.openSession(1).status;
  },
  CLOCK: () => {
    const bed = ward();
    bed.device.clock.uptimeOutage.begin();
    return bed.pump.openSession(1).status;
  },
  FAULT: fault,
};

/** SPEC 12: a status that nothing can produce would be a promise that nobody keeps. */
describe("every status is produced by the module that ships", () => {
  it.each(Object.keys(STATUS) as StatusName[])("%s", (name) => {
    expect(SCENARIOS[name], `${name} has no scenario`).toBeDefined();
    expect(statusName(SCENARIOS[name]())).toBe(name);
  });
});
