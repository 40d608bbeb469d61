/** One vector for every status (SPEC 12), told in the words of its table. */
import { simulatedKey } from "../../../host-sim/authority/keys.js";
import { hostImports } from "../../../host-sim/device/host.js";
import { Device } from "../../../host-sim/device/device.js";
import { Gate } from "../../../host-sim/gate/gate.js";
import { LOCAL_ACTION, SENSOR } from "../../../host-sim/gate/names.js";
import type { Verdict } from "../../../host-sim/gate/records.js";
import { STATUS, type StatusName } from "../../../host-sim/gate/status.js";
import {
  bolus,
  done,
  drug,
  drugOf,
  libraryOf,
  limits,
  MG,
  ML,
  MODULE,
  profile,
  send,
  start,
  startBody,
  titrate,
  permitted,
} from "../../../test/support/ward.js";
import {
  ALARMED,
  BARE,
  BLANK,
  DEMAND,
  EMPTY_BED,
  holder,
  hospitalWith,
  IDLE,
  OFF,
  PATIENT,
  PAUSED,
  RANGED,
  RANGED_HOURLY,
  RUNNING,
  SOFT,
  SOFT_BED,
  UNBOOTED,
  WAITING,
  watched,
} from "./places.js";
import { barePlace, bedPlace, type BedScene, type Draft, type Place, type Scene, vector } from "./scene.js";
import { faultVector } from "./fault.js";

type Act<S extends Scene> = Parameters<typeof vector<S>>[3];

/** A status by itself: its comment is its name's. */
function one<S extends Scene>(
  name: StatusName,
  flag: string,
  place: Place<S>,
  act: Act<S>,
  more: object = {},
): Draft {
  return vector(place, name, flag, act, { status: name, ...more });
}

const NESTED = barePlace("a host that calls back", "A host whose flashGeometry calls an export of the gate.");

/** As the hospital's nurse, but the message names the older identifier of the algorithm. */
const eddsaNurse = simulatedKey("ward", {
  name: "nurse",
  holder: "nurse",
  duty: "author",
  roles: ["bedside"],
  algorithm: -8,
});
const onlyStop = simulatedKey("vectors", {
  name: "only stop",
  holder: "only stop",
  duty: "author",
  roles: ["bedside"],
  kinds: ["stop"],
});
const secondCard = simulatedKey("vectors", {
  name: "second card",
  holder: "prescriber",
  duty: "approver",
  roles: ["override"],
});

const LIMITED_KEY = bedPlace(
  "a key for stop only",
  "The root document has a bedside key whose mask is stop.",
  (recorder) => watched(recorder, { hospital: hospitalWith(onlyStop) }),
);
const TWO_CARDS = bedPlace(
  "a prescriber who may override",
  "The prescriber holds an override key too.",
  (recorder) =>
    watched(recorder, { models: SOFT, hospital: hospitalWith(secondCard), library: libraryOf(SOFT) }),
);
/** The verdict of what waits goes with the scene. */
const WAITING_VERDICT: Place<BedScene & { readonly verdict: Verdict }> = {
  name: "override needed, verdict known",
  comment: "As `override needed`.",
  make: (recorder) => {
    let verdict: Verdict | null = null;
    const scene = bedPlace("", "", (watching) => {
      const bed = watched(watching, { models: SOFT });
      verdict = start(bed).verdict;
      return bed;
    }).make(recorder);
    return Object.assign(scene, { verdict: verdict! });
  },
};
const NO_LOCAL = bedPlace(
  "no override at the panel",
  "The root policy leaves overrides to signed approvals.",
  (recorder) => {
    const bed = watched(recorder, { models: SOFT, hospital: { localOverride: false } });
    start(bed);
    return bed;
  },
);
const OTHER_AREA = bedPlace(
  "patient of area 2",
  "The patient's area is 2, the library has area 1.",
  (recorder) => watched(recorder, { patient: { ...PATIENT, area: 2 } }),
);
const WEIGHED = bedPlace(
  "weight unknown",
  "The drug has a weight range, the patient's weight is not known.",
  (recorder) =>
    watched(recorder, {
      models: [profile(), drug({ weightG: { min: 1, max: 100_000 } })],
      patient: { ...PATIENT, weightG: 0 },
    }),
);
const HARD = bedPlace("hard limit", "The drug has a hard maximum of 1 mg/h.", (recorder) =>
  watched(recorder, { models: [profile(), drug({ continuous: limits("mg/h", { hardMax: MG }) })] }),
);
const WINDOWED = [1, 2, 3, 4].map((n) =>
  drug({
    drug: 10 * n,
    ingredient: 8 * n,
    name: `drug ${n}`,
    windows: { unit: limits("mg").unit, limits: { "1h": { hardMax: 100 * MG } } },
  }),
);
const FULL_LEDGER = bedPlace(
  "three drugs counted",
  "Three drugs with windows were given: every account is taken.",
  (recorder) => {
    const bed = watched(recorder, { models: [profile(), ...WINDOWED] });
    for (const { drug: code } of WINDOWED.slice(0, 3)) {
      permitted(start(bed, { of: drugOf(bed, code) }));
      bed.pump.runFor(3_000);
      bed.pump.panel("STOP");
    }
    return bed;
  },
);
const SMALL = barePlace("seven sectors", "A flash of seven sectors of 4 KiB: one too few.", {
  geometry: { unitBytes: 8, sectorBytes: 4096, sectorCount: 7, eraseMsMax: 40 },
});
const HELD = bedPlace("interlock", "The monitor says stop; restored since, and no tick came.", (recorder) => {
  const bed = DEMAND.make(recorder).bed;
  bed.pump.setSensor(SENSOR.INTERLOCK, true);
  bed.pump.runFor(2_000);
  const { gate } = bed.pump;
  done(gate.confirm(gate.local({ action: LOCAL_ACTION.RESTORE }).result!.nonce));
  return bed;
});

export function flowStatuses(): Draft[] {
  return [
    one("OK", "Flow", IDLE, ({ gate }) => gate.inspect().status),
    one("WORKING", "Flow", IDLE, ({ gate }) => gate.instance.call("attest")),
    one("DONE", "Flow", IDLE, ({ gate }) => (gate.instance.call("attest"), gate.work(100))),
    one("CONFIRM_NEEDED", "Panel", PAUSED, ({ bed }) => bed.pump.panel("RESTORE", { confirm: false }).status),
    one("NOTHING", "Flow", IDLE, ({ gate }) => gate.cancel()),
    one(
      "BUSY",
      "OutOfPlace",
      IDLE,
      ({ gate }) => (gate.instance.call("attest"), gate.instance.call("attest")),
    ),
    one("NESTED", "OutOfPlace", NESTED, ({ recorder, use }) => nested(recorder, use)),
    one("NOT_BOOTED", "OutOfPlace", UNBOOTED, ({ gate }) => gate.inspect().status),
    one("NOT_PROVISIONED", "OutOfPlace", UNBOOTED, ({ gate }) => gate.boot(0)),
    one("ALREADY_PROVISIONED", "OutOfPlace", IDLE, ({ bed }) => bed.pump.provision(bed.issued.block)),
    one("BAD_ARGUMENT", "BadArgument", IDLE, ({ gate }) => gate.logRead(2, 1).status),
    one("BAD_RECORD", "BadRecord", IDLE, ({ bed }) => bed.pump.submit(new Uint8Array(40))),
    one("BAD_LENGTH", "BadRecord", IDLE, ({ gate }) => gate.instance.call("submit", 0)),
    one("BAD_PORT", "BadArgument", IDLE, ({ bed }) => bed.pump.openSession(3).status),
    one("CANCELLED", "Flow", IDLE, ({ gate }) => (gate.instance.call("attest"), gate.cancel())),
    one("TAMPERED", "Rollback", UNBOOTED, ({ gate, device }) => (device.counter.advance(), gate.boot(0))),
    one("OPENING", "OutOfPlace", OFF, ({ device, recorder, use }) => {
      const gate = use(new Gate(MODULE, device, recorder));
      gate.boot(0);
      return gate.sessionOpen(1).status;
    }),
    one("DECOMMISSIONED", "Trust", IDLE, ({ bed }) => {
      const { counter } = bed.pump.inspect();
      done(bed.pump.decommission(bed.hospital.decommission(bed.issued.deviceId, counter).bytes));
      return bed.pump.powerCycle();
    }),
  ];
}

export function refusalStatuses(): Draft[] {
  const stranger = holder("stranger", ["bedside"]);
  return [
    one("CBOR", "MalformedCbor", BLANK, ({ gate }) => gate.provision(new Uint8Array([0xff]))),
    one("SCHEMA", "MalformedField", IDLE, ({ bed }) => start(bed, { setId: 0 })),
    one("ENVELOPE", "MalformedEnvelope", IDLE, ({ gate }) => gate.libraryBegin(new Uint8Array(100))),
    one("ALGORITHM", "Signer", IDLE, ({ bed }) => send(bed, { kind: "stop" }, { key: eddsaNurse })),
    one("KID_UNKNOWN", "Signer", IDLE, ({ bed }) => send(bed, { kind: "stop" }, { key: stranger })),
    one("ROLE", "Signer", IDLE, ({ bed }) => start(bed, {}, { key: bed.hospital.keys.nurse })),
    one("KIND_MASK", "Signer", LIMITED_KEY, ({ bed }) => send(bed, { kind: "pause" }, { key: onlyStop })),
    one("SIGNATURE", "Forgery", IDLE, ({ bed }) =>
      send(bed, { kind: "pause" }, { receiver: { challenge: new Uint8Array(32) } }),
    ),
    one("PROOF", "Forgery", IDLE, ({ bed }) =>
      start(bed, {}, { library: libraryOf([profile(), drug({ name: "other" })]) }),
    ),
    one("INSTALL_NONE", "OutOfPlace", IDLE, ({ gate }) => gate.libraryAbort()),
    one("LIBRARY_NONE", "LibraryState", BARE, ({ bed }) => {
      permitted(bed.associate(PATIENT));
      return start(bed);
    }),
    one("LIBRARY_REFERENCE", "LibraryState", IDLE, ({ bed }) =>
      start(bed, { drug: { ...startBody(bed).drug, version: 9 } }),
    ),
    one("SESSION", "Replay", IDLE, ({ bed }) =>
      send(bed, { kind: "stop" }, { sessionId: new Uint8Array(8) }),
    ),
    one("SEQUENCE", "Replay", IDLE, ({ bed }) => send(bed, { kind: "stop" }, { sequence: 999 })),
    one("COMMAND_EXPIRED", "Replay", IDLE, ({ bed, device }) => {
      device.clock.advanceMs(100_000);
      return send(bed, { kind: "stop" }, { lifeS: 1 });
    }),
    one("THROTTLED", "Flood", IDLE, ({ bed }) => {
      const forged = () =>
        send(bed, { kind: "pause" }, { sequence: 99, receiver: { challenge: new Uint8Array(32) } });
      for (let i = 0; i < 9; i++) if (forged().status !== STATUS.SIGNATURE) return -1;
      return forged();
    }),
    one("KIND", "MalformedField", IDLE, ({ bed }) => {
      const { record } = bed.desk.prepare(bed.hospital.keys.nurse, PATIENT.token, bed.orderId, {
        kind: "stop",
      });
      // Kind 10 (stop) stands behind key 0 of the payload's map of seven.
      record[Buffer.from(record).indexOf(Buffer.from([0xa7, 0x00, 0x0a])) + 2] = 0x10;
      return bed.pump.submit(record);
    }),
    one("PENDING_NONE", "Override", IDLE, ({ bed }) => bed.pump.panel("OVERRIDE")),
    one("PENDING_BUSY", "Override", WAITING, ({ bed }) => start(bed)),
    one("APPROVER_SAME", "Override", TWO_CARDS, ({ bed }) => bed.approve(start(bed), 1, secondCard)),
    one("APPROVAL_MISMATCH", "Override", WAITING_VERDICT, ({ bed, verdict }) =>
      bed.desk.approve(bed.hospital.keys.supervisor, verdict, 1, { mask: 1 }),
    ),
    one("OVERRIDE_NOT_ALLOWED", "Override", NO_LOCAL, ({ bed }) =>
      bed.pump.panel("OVERRIDE", { mask: bed.pump.inspect().pendingMask, reasonCode: 1 }),
    ),
    one("EMERGENCY_NOT_ALLOWED", "Emergency", IDLE, ({ bed }) =>
      bed.emergencyStart(drugOf(bed), { dose: "5 mg/h", vtbi: "5 mL" }),
    ),
  ];
}

export function judgementStatuses(): Draft[] {
  return [
    one("PATIENT", "Patient", IDLE, ({ bed }) => start(bed, {}, { token: new Uint8Array(16) })),
    one("ASSOCIATED", "Patient", IDLE, ({ bed }) => bed.associate({ ...PATIENT, token: new Uint8Array(16) })),
    one("AREA", "Patient", OTHER_AREA, ({ bed }) => start(bed)),
    one("UNIT", "Dose", IDLE, ({ bed }) => start(bed, { unit: 0x201 })),
    one("WEIGHT_UNKNOWN", "Patient", WEIGHED, ({ bed }) => start(bed)),
    one("SET", "Dose", IDLE, ({ bed }) => start(bed, { setId: 9 })),
    one("RATE_MISMATCH", "Dose", IDLE, ({ bed }) => start(bed, { rateNlPerH: ML })),
    one("RATE_TOO_COARSE", "Dose", IDLE, ({ bed }) => start(bed, { dose: 5_000_000, rateNlPerH: 10_000 })),
    one("LIMIT_CEILING", "Limit", IDLE, ({ bed }) => start(bed, { totalNl: 50_000 * ML }), { limit: 14 }),
    one("LIMIT_PROFILE", "Limit", IDLE, ({ bed }) => start(bed, { dose: 501 * MG }), { limit: 13 }),
    one("LIMIT_HARD", "Limit", HARD, ({ bed }) => start(bed), { limit: 2 }),
    one("LIMIT_SOFT", "Limit", SOFT_BED, ({ bed }) => start(bed), { verdict: "NEEDS_OVERRIDE", limit: 2 }),
    one("ORDER", "OutOfPlace", RUNNING, ({ bed }) => titrate(bed, {}, { orderId: new Uint8Array(16) })),
    one("LOCKOUT", "Limit", DEMAND, ({ bed }) => {
      done(bed.pump.panel("DEMAND"));
      bed.pump.runFor(62_000);
      return bed.pump.panel("DEMAND").status;
    }),
    one("LEDGER_FULL", "Limit", FULL_LEDGER, ({ bed }) => start(bed, { of: drugOf(bed, 40) })),
    one("MEASURES", "Patient", RUNNING, ({ bed }) => {
      permitted(bed.associate({ ...PATIENT, weightG: 60_000 }));
      return bolus(bed);
    }),
    faultVector(),
  ];
}

export function deliveryStatuses(): Draft[] {
  const titrated = (place: typeof RANGED, name: StatusName, mg: number) =>
    one(name, "Panel", place, ({ bed }) => bed.pump.panel("TITRATE", { value: BigInt(mg * MG) }).status);
  return [
    one("PHASE", "OutOfPlace", RUNNING, ({ bed }) => start(bed)),
    one("BOLUS_ACTIVE", "OutOfPlace", RUNNING, ({ bed }) => (permitted(bolus(bed)), bolus(bed))),
    titrated(RANGED, "RANGE", 10),
    titrated(RANGED, "RANGE_STEP", 7),
    titrated(RANGED_HOURLY, "RANGE_INTERVAL", 6),
    one(
      "NOT_REDUCED",
      "Panel",
      RUNNING,
      ({ bed }) => bed.pump.panel("REDUCE", { value: BigInt(5 * ML) }).status,
    ),
    one("CONFIRM_STALE", "Panel", IDLE, ({ bed }) => bed.pump.confirm(1).status),
    one("RESUME_TOO_LATE", "Reset", RUNNING, ({ bed }) => {
      bed.pump.powerCycle();
      return bed.pump.panel("RESTORE", { patientToken: PATIENT.token }).status;
    }),
    one(
      "TOTAL",
      "Panel",
      RUNNING,
      ({ bed }) => bed.pump.panel("NEW_BAG", { value: BigInt(101 * ML) }).status,
    ),
    one("ALARM_ACTIVE", "Alarm", ALARMED, ({ bed }) => bolus(bed)),
    one("INTERLOCK", "Alarm", HELD, ({ gate }) => gate.local({ action: LOCAL_ACTION.DEMAND }).status),
    one("FLASH_GEOMETRY", "HostFault", SMALL, ({ gate }) => gate.boot(0)),
    one("FLASH_FAILED", "HostFault", EMPTY_BED, ({ bed }) => {
      bed.device.flash.inject({ effect: "program-error" });
      return bed.associate(PATIENT);
    }),
    one("STORE_BUSY", "HostFault", RUNNING, ({ gate }) => {
      for (let rate = 499; rate > 0; rate--) {
        const { status } = gate.local({ action: LOCAL_ACTION.REDUCE, value: BigInt(rate * 10_000) });
        if (status !== STATUS.OK) return status;
      }
      return STATUS.OK;
    }),
    one("STORE_CORRUPT", "HostFault", OFF, ({ device, recorder, use }) => {
      device.flash.flipBit(128, 3);
      return use(new Gate(MODULE, device, recorder)).boot(0);
    }),
    one("COUNTER", "HostFault", UNBOOTED, ({ gate, device }) => {
      device.counter.readOutage.begin();
      return gate.boot(0);
    }),
    one("ENTROPY", "HostFault", IDLE, ({ bed }) => {
      bed.pump.powerCycle();
      bed.device.entropy.outage.begin();
      return bed.pump.openSession(1).status;
    }),
    one("CLOCK", "HostFault", IDLE, ({ bed }) => {
      bed.device.clock.uptimeOutage.begin();
      return bed.pump.openSession(1).status;
    }),
  ];
}

/** An import that calls an export. */
function nested(recorder: Scene["recorder"], use: Scene["use"]): number {
  const device = new Device({ seed: "vectors" });
  let answer = -1;
  const gate: Gate = new Gate(
    MODULE,
    {
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
    },
    recorder,
  );
  use(gate).boot(0);
  return answer;
}
