/** Every kind of object, spoilt in every field: signed by those who may, so that nothing but the field speaks against it. */
import { sign, sign1 } from "../../../host-sim/authority/cose.js";
import { approvalAad, encodeApproval } from "../../../host-sim/authority/approval.js";
import { commandAad, encodeCommandUnchecked } from "../../../host-sim/authority/command.js";
import { decommissionAad, encodeDecommissioning } from "../../../host-sim/authority/decommission.js";
import type { KeyPair } from "../../../host-sim/authority/keys.js";
import { encodeEntry } from "../../../host-sim/authority/library/entry.js";
import { encodeManifest, LIBRARY_AAD } from "../../../host-sim/authority/manifest.js";
import { encodeRootUnchecked, ROOT_AAD } from "../../../host-sim/authority/root.js";
import { COMMAND_KINDS } from "../../../host-sim/authority/roles.js";
import { approveRecord, submitRecord } from "../../../host-sim/authority/submission.js";
import type { CommandBody } from "../../../host-sim/authority/command.js";
import type { Verdict } from "../../../host-sim/gate/records.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { Hospital } from "../../../host-sim/ward/hospital.js";
import {
  bolusBody,
  done,
  drugOf,
  libraryOf,
  MG,
  ML,
  NOW_S,
  profile,
  start,
  startBody,
  titrateBody,
} from "../../../test/support/ward.js";
import { liquid } from "../../../test/support/programs.js";
import { Recorder } from "../../../host-sim/conformance/recorder.js";
import { detailOf, everyField, NO_TYPE, NOT_CBOR, replaced, type Spoilt, values } from "./malform.js";
import { BLANK, IDLE, PATIENT, RUNNING, SOFT, watched } from "./places.js";
import { bedPlace, type BedScene, type Came, type Draft, type Scene, type Place, vector } from "./scene.js";

const FIELD = "MalformedField";

/** A recorder that nobody asks. */
const silent = (): Recorder => new Recorder();

/** A vector for each spoilt payload: SCHEMA, and where. */
function spoilt<S extends Scene>(
  place: Place<S>,
  object: string,
  cases: readonly Spoilt[],
  hand: (scene: S, payload: Uint8Array) => Came,
  status: StatusName = "SCHEMA",
): Draft[] {
  return cases.map(({ what, bytes, path }) =>
    vector(place, `${object}: ${what}`, FIELD, (scene) => hand(scene, bytes), {
      status,
      detail: detailOf(path),
    }),
  );
}

function notCbor<S extends Scene>(
  place: Place<S>,
  object: string,
  hand: (scene: S, payload: Uint8Array) => Came,
): Draft[] {
  return [
    ...NOT_CBOR.map(([what, bytes]) =>
      vector(place, `${object}: ${what}`, "MalformedCbor", (scene) => hand(scene, bytes), "CBOR"),
    ),
    ...NO_TYPE.map(([what, bytes]) =>
      vector(place, `${object}: ${what}`, "MalformedCbor", (scene) => hand(scene, bytes), "SCHEMA"),
    ),
  ];
}

// --- provisioning -------------------------------------------------------------------------------------------------

const WORKSHOP = new Hospital({ seed: "ward", library: libraryOf(), nowS: NOW_S });

export function provisioningDrafts(): Draft[] {
  const { block } = WORKSHOP.issuePump("bed");
  const hand = ({ gate }: Scene, payload: Uint8Array): Came => gate.provision(payload);
  const cases = [
    ...everyField(block, [], { extra: 6 }),
    ...values(block, [
      [[0], new Uint8Array(15), "a byte short"],
      [[0], new Uint8Array(17), "a byte long"],
      [[1], new Uint8Array(31), "a byte short"],
      [[1], new Uint8Array(33), "a byte long"],
      [[2], new Uint8Array(31), "a byte short"],
      [[2], new Uint8Array(33), "a byte long"],
      [[3], 0, "0"],
      [[3], 4, "4"],
      [[4, 0, 0], 0, "set 0"],
      [[4, 0, 0], 2 ** 32, "set 2^32"],
      [[4, 0, 1], 0, "0 pL"],
      [[4, 0, 1], 1_000_000_001, "10^9 pL and one"],
    ]),
  ];
  return [...spoilt(BLANK, "provisioning", cases, hand), ...notCbor(BLANK, "provisioning", hand).slice(1)];
}

// --- root document ------------------------------------------------------------------------------------------------

export function rootDrafts(): Draft[] {
  const { root } = WORKSHOP;
  const next = encodeRootUnchecked({ ...root, version: 2, issuedS: NOW_S + 1 });
  const hand = ({ bed }: BedScene, payload: Uint8Array): Came => {
    const { rootAuthor, rootApprover } = bed.hospital.keys;
    return bed.pump.trustUpdate(sign(payload, ROOT_AAD, [rootAuthor, rootApprover]).bytes);
  };
  const cases = [
    ...everyField(next, [], { extra: 9 }),
    ...everyField(next, [6, 0], { extra: 6 }),
    ...everyField(next, [8], { extra: 5 }),
    ...values(next, [
      [[0], "", "empty"],
      [[0], "x".repeat(33), "of 33 bytes"],
      [[1], 0, "0"],
      [[1], 2 ** 32, "2^32"],
      [[4], new Uint8Array(15), "a byte short"],
      [[5], 2 ** 32, "2^32"],
      [[6], [], "without keys"],
      [[6, 0, 1], new Uint8Array(31), "a byte short"],
      [[6, 0, 2], new Uint8Array(7), "a byte short"],
      [[6, 0, 3], 0, "0"],
      [[6, 0, 3], 3, "3"],
      [[6, 0, 4], 0, "no role"],
      [[6, 0, 4], 128, "of a role that is not there"],
      [[6, 0, 5], 0x10000, "of a kind that is not there"],
      [[7, 0], 17, "17"],
      [[8, 0], 86_400 * 30 + 1, "30 days and a second"],
      [[8, 1], 0, "0"],
      [[8, 1], 3601, "an hour and a second"],
      [[8, 2], 4, "of an unknown flag"],
    ]),
  ];
  return [...spoilt(IDLE, "root document", cases, hand), ...notCbor(IDLE, "root document", hand)];
}

// --- manifest and entries -----------------------------------------------------------------------------------------

const NEXT_LIBRARY = libraryOf(undefined, { version: 2 });

export function manifestDrafts(): Draft[] {
  const good = encodeManifest(NEXT_LIBRARY.manifest());
  const hand = ({ bed, gate }: BedScene, payload: Uint8Array): Came => {
    const { pharmacist, pharmacyChief } = bed.hospital.keys;
    return gate.libraryBegin(sign(payload, LIBRARY_AAD, [pharmacist, pharmacyChief]).bytes);
  };
  const cases = [
    ...everyField(good, [], { extra: 11 }),
    ...values(good, [
      [[0], new Uint8Array(15), "a byte short"],
      [[0], new Uint8Array(17), "a byte long"],
      [[1], 2 ** 32, "2^32"],
      [[2], 0, "0"],
      [[2], 2 ** 32, "2^32"],
      [[6], 0, "0"],
      [[6], 65_537, "65,537"],
      [[7], new Uint8Array(31), "a byte short"],
      [[8], 2 ** 32, "2^32"],
      [[9], 2 ** 32, "2^32"],
      [[10], 2_592_001, "30 days and a second"],
    ]),
  ];
  return [...spoilt(IDLE, "manifest", cases, hand), ...notCbor(IDLE, "manifest", hand)];
}

const BEGUN = bedPlace(
  "install begun",
  "A manifest of five entries was accepted, none came yet.",
  (recorder) => {
    const bed = watched(recorder);
    const { bytes } = bed.hospital.publishLibrary(NEXT_LIBRARY, { entryCount: 5 });
    done(bed.pump.gate.libraryBegin(bytes));
    return bed;
  },
);
export const PROFILE_TAKEN = bedPlace(
  "install, profile taken",
  "The area's profile was accepted.",
  (recorder) => {
    const bed = BEGUN.make(recorder).bed;
    done(bed.pump.gate.libraryEntry(encodeEntry(profile())));
    return bed;
  },
);
export { BEGUN };

export function entryDrafts(): Draft[] {
  const hand = ({ gate }: BedScene, entry: Uint8Array): Came => gate.libraryEntry(entry);
  const area = encodeEntry(profile({ airUl: 50, occlusionMmHg: 300 }));
  const rich = encodeEntry(
    liquid({
      vtbi: { hardMax: 100 * ML },
      weightG: { min: 1000, max: 100_000 },
      bsaCm2: { min: 1000, max: 30_000 },
      titrationStep: { intervalS: 60, bounds: { hardMax: ML } },
      windows: { unit: liquid().bolusDose!.unit, limits: { "1h": { hardMax: 100 * ML } } },
    }),
  );
  const profileCases = [
    ...everyField(area, [], { optional: [10, 11], extra: 12 }),
    ...values(area, [
      [[0], 0, "0"],
      [[0], 65_536, "65,536"],
      [[3], "", "empty"],
      [[3], "x".repeat(49), "of 49 bytes"],
      [[4], 0, "0"],
      [[4], 4, "4"],
      [[5], 0, "0"],
      [[6], 0, "0"],
    ]),
  ];
  const drugCases = [
    ...everyField(rich, [], { optional: [5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20], extra: 22 }),
    ...everyField(rich, [7], { extra: 2 }),
    ...everyField(rich, [19], { extra: 2 }),
    ...everyField(rich, [20], { optional: [1, 2, 3, 4], extra: 5 }),
    ...everyField(rich, [10], { optional: [0, 1, 2, 3], extra: 4 }),
    ...values(rich, [
      [[1], 2 ** 32, "2^32"],
      [[2], 65_536, "65,536"],
      [[3], "", "empty"],
      [[3], "x".repeat(49), "of 49 bytes"],
      [[4], 0, "0"],
      [[19, 0], 0, "0"],
      [[19, 0], 86_401, "a day and a second"],
    ]),
  ];
  return [
    ...spoilt(BEGUN, "profile", profileCases, hand),
    ...spoilt(PROFILE_TAKEN, "drug", drugCases, hand),
    ...notCbor(PROFILE_TAKEN, "drug", hand).slice(1),
  ];
}

// --- commands -----------------------------------------------------------------------------------------------------

/** Signs a payload for the port's session and hands it over, with the proofs of the bed's only drug where the kind needs them. */
function submitPayload(bed: Bed, key: KeyPair, payload: Uint8Array, proven: boolean): Came {
  const { challenge } = bed.desk.session();
  const signed = sign1(payload, commandAad({ deviceId: bed.issued.deviceId, challenge }), key);
  const of = drugOf(bed);
  const proofs = proven ? bed.library.proofs(of.area, of.drug, of.variant) : undefined;
  return bed.pump.submit(submitRecord(1, signed, proofs).record);
}

/** The payload of a command as a bed's people would sign it. */
function payloadOf(bed: Bed, body: CommandBody): Uint8Array {
  return encodeCommandUnchecked({
    sessionId: bed.desk.session().sessionId,
    sequence: 2,
    lifeS: 300,
    patientToken: PATIENT.token,
    orderId: bed.orderId,
    body,
  });
}

interface Kind {
  readonly body: (bed: Bed) => CommandBody;
  /** Keys of the body that may be left out. */
  readonly optional?: readonly number[];
  readonly bad?: readonly (readonly [readonly number[], number | readonly number[], string])[];
}

const RANGE = { min: MG, max: 9 * MG, stepMax: MG, intervalS: 0 };

const KINDS: Readonly<Record<string, Kind>> = {
  associate: {
    body: () => ({ kind: "associate", weightG: 70_000, bsaCm2: 18_000, area: 1 }),
    bad: [
      [[6, 12], 0, "0"],
      [[6, 12], 65_536, "65,536"],
    ],
  },
  start: {
    body: (bed) => startBody(bed, { range: RANGE, loading: { ...bolusLike(bed) } }),
    optional: [9, 15],
    bad: [
      [[6, 0], 0, "mode 0"],
      [[6, 0], 5, "mode 5"],
      [[6, 3], 0, "0"],
      [[6, 4], 0, "0"],
      [[6, 4], 2 ** 32, "2^32"],
      [[6, 5], 0, "0"],
      [[6, 6, 0], 0, "0"],
      [[6, 6, 1], 0, "0"],
      [[6, 6, 1], 2 ** 37, "2^37"],
      [[6, 7], 0, "0"],
      [[6, 8], 0, "0"],
      [[6, 9, 1], 0, "0"],
      [[6, 9, 2], 0, "0"],
      [[6, 9, 3], 86_401, "a day and a second"],
      [[6, 15, 1], 0, "0"],
      [[6, 15, 2], 0, "0"],
      [[6, 15, 3], 0, "0"],
    ],
  },
  titrate: { body: (bed) => titrateBody(bed), bad: [[[6, 3], 0, "0"]] },
  bolus: { body: (bed) => bolusBody(bed), bad: [[[6, 5], 0, "0"]] },
  "new bag": { body: () => ({ kind: "new bag", vtbiNl: ML }), bad: [[[6, 5], 0, "0"]] },
  stop: { body: () => ({ kind: "stop" }) },
  calibrate: {
    body: () => ({ kind: "calibrate", setId: 2, plPerStep: 1000 }),
    bad: [
      [[6, 7], 0, "0"],
      [[6, 19], 0, "0"],
      [[6, 19], 1_000_000_001, "10^9 and one"],
    ],
  },
  configure: {
    body: () => ({ kind: "configure", configuration: { nearEndS: 60, pausedLongS: 60, kvoSMax: 0 } }),
    bad: [
      [[6, 20, 0], 59, "59 s"],
      [[6, 20, 0], 3601, "3,601 s"],
      [[6, 20, 1], 59, "59 s"],
      [[6, 20, 1], 3601, "3,601 s"],
      [[6, 20, 2], 14_401, "14,401 s"],
    ],
  },
  "log-ack": {
    body: () => ({ kind: "log-ack", stream: 0, acknowledged: 1 }),
    bad: [[[6, 13], 2, "stream 2"]],
  },
  time: { body: () => ({ kind: "time", timeS: NOW_S + 10 }) },
};

const bolusLike = (bed: Bed) => {
  const { unit, dose, rateNlPerH, volumeNl } = bolusBody(bed);
  return { unit, dose, rateNlPerH, volumeNl };
};

export function commandDrafts(): Draft[] {
  return Object.entries(KINDS).flatMap(([name, kind]) => kindDrafts(name, kind));
}

function kindDrafts(name: string, { body, optional = [], bad = [] }: Kind): Draft[] {
  const { role } = COMMAND_KINDS[name as CommandBody["kind"]];
  const proven = role === "order";
  const place = name === "titrate" || name === "bolus" ? RUNNING : IDLE;
  // The paths of a model payload: the one that is signed is made at the bed.
  const model = modelPayload(place, body);
  const act =
    (spoil: (payload: Uint8Array) => Uint8Array) =>
    ({ bed }: BedScene): Came => {
      const keys = {
        order: bed.hospital.keys.prescriber,
        bedside: bed.hospital.keys.nurse,
        service: bed.hospital.keys.engineer,
        time: bed.hospital.keys.timekeeper,
      };
      return submitPayload(bed, keys[role], spoil(payloadOf(bed, body(bed))), proven);
    };
  const inBody = everyField(model, [6], { optional, extra: 22 });
  const inReference = proven ? everyField(model, [6, 1], { extra: 7 }) : [];
  const fields = [...inBody, ...inReference].map(({ what, path }) => ({
    what,
    path,
    spoil: spoilerOf(model, what, path),
  }));
  const ranges = bad.map(([path, value, what]) => ({
    what: `key ${path.join(".")} ${what}`,
    path,
    spoil: (payload: Uint8Array) => replaced(payload, path, value),
  }));
  return [...fields, ...ranges].map(({ what, path, spoil }) =>
    vector(place, `${name}: ${what}`, FIELD, act(spoil), { status: "SCHEMA", ...whereOf(what, path) }),
  );
}

/** A key of the body that is missing makes a combination of keys that no kind has: there is no one place to name (SPEC 4.2). */
function whereOf(what: string, path: readonly number[]): { readonly detail?: number } {
  if (what.endsWith("missing") && path.length === 2 && path[0] === 6) return { detail: 0 };
  return what.endsWith(" 59 s") ? {} : { detail: detailOf(path) };
}

/** The same damage as to the model, done to another payload. */
function spoilerOf(
  model: Uint8Array,
  what: string,
  path: readonly number[],
): (payload: Uint8Array) => Uint8Array {
  if (what.endsWith("missing")) return (payload) => replaced(payload, path, undefined);
  if (what.endsWith("unknown")) return (payload) => replaced(payload, path, 7);
  return (payload) => {
    const found = everyField(payload, path.slice(0, -1)).find((one) => one.what === what);
    if (found === undefined) throw new Error(`${what} is not in this payload of ${model.length} bytes`);
    return found.bytes;
  };
}

function modelPayload(place: typeof IDLE, body: (bed: Bed) => CommandBody): Uint8Array {
  const { bed } = place.make(silent());
  return payloadOf(bed, body(bed));
}

export function commandHeadDrafts(): Draft[] {
  const stop: CommandBody = { kind: "stop" };
  const model = modelPayload(IDLE, () => stop);
  const act =
    (spoil: (payload: Uint8Array) => Uint8Array) =>
    ({ bed }: BedScene): Came =>
      submitPayload(bed, bed.hospital.keys.nurse, spoil(payloadOf(bed, stop)), false);
  const fields = everyField(model, [], { extra: 7 }).map(({ what, path }) => ({
    what,
    path,
    spoil: spoilerOf(model, what, path),
  }));
  const ranges: (readonly [number, number | Uint8Array, string])[] = [
    [1, new Uint8Array(7), "a byte short"],
    [1, new Uint8Array(9), "a byte long"],
    [2, 0, "0"],
    [2, 2 ** 32, "2^32"],
    [3, 0, "0"],
    [3, 3601, "an hour and a second"],
    [4, new Uint8Array(15), "a byte short"],
    [4, new Uint8Array(17), "a byte long"],
    [5, new Uint8Array(15), "a byte short"],
    [5, new Uint8Array(17), "a byte long"],
  ];
  return [
    ...[
      ...fields,
      ...ranges.map(([key, value, what]) => ({
        what: `key ${key} ${what}`,
        path: [key],
        spoil: (payload: Uint8Array) => replaced(payload, [key], value),
      })),
    ].map(({ what, path, spoil }) =>
      vector(IDLE, `command: ${what}`, FIELD, act(spoil), { status: "SCHEMA", detail: detailOf(path) }),
    ),
    ...NOT_CBOR.map(([what, bytes]) =>
      vector(
        IDLE,
        `command: ${what}`,
        "MalformedCbor",
        act(() => bytes),
        { status: "CBOR" },
      ),
    ),
  ];
}

// --- approval, decommissioning ------------------------------------------------------------------------------------

const WAITS = bedPlace("order waits", "An order waits for its approval.", (recorder) => {
  const bed = watched(recorder, { models: SOFT });
  start(bed);
  return bed;
});

export function approvalDrafts(): Draft[] {
  const payload = (bed: Bed, waiting: Pick<Verdict, "digest" | "softMask" | "nonce">) =>
    encodeApproval({
      sessionId: bed.desk.session().sessionId,
      sequence: 1,
      lifeS: 300,
      commandDigest: waiting.digest,
      mask: waiting.softMask,
      nonce: waiting.nonce,
      reasonCode: 1,
    });
  // Malformed, it is not compared with what waits.
  const waiting = { digest: new Uint8Array(32), softMask: 4, nonce: new Uint8Array(8) };
  const hand = ({ bed }: BedScene, object: Uint8Array): Came => {
    const receiver = { deviceId: bed.issued.deviceId, challenge: bed.desk.session().challenge };
    const signed = sign1(object, approvalAad(receiver), bed.hospital.keys.supervisor);
    return bed.pump.approve(approveRecord(1, signed).record);
  };
  const model = payload(WAITS.make(silent()).bed, waiting);
  const ranges: (readonly [number, number | Uint8Array, string])[] = [
    [0, new Uint8Array(7), "a byte short"],
    [1, 0, "0"],
    [2, 0, "0"],
    [2, 3601, "an hour and a second"],
    [3, new Uint8Array(31), "a byte short"],
    [4, 0, "0"],
    [4, 0x8000_0000, "2^31"],
    [5, new Uint8Array(7), "a byte short"],
    [6, 0, "0"],
    [6, 256, "256"],
  ];
  const cases = [
    ...everyField(model, [], { extra: 7 }),
    ...values(
      model,
      ranges.map(([key, value, what]) => [[key], value, what] as const),
    ),
  ];
  return [...spoilt(WAITS, "approval", cases, hand), ...notCbor(WAITS, "approval", hand)];
}

export function decommissionDrafts(): Draft[] {
  const hand = ({ bed }: BedScene, object: Uint8Array): Came => {
    const { rootAuthor, rootApprover } = bed.hospital.keys;
    return bed.pump.gate.decommission(
      sign(object, decommissionAad(bed.issued.deviceId), [rootAuthor, rootApprover]).bytes,
    );
  };
  return spoilt(
    IDLE,
    "decommissioning",
    everyField(encodeDecommissioning({ counter: 3 }), [], { extra: 1 }),
    hand,
  );
}
