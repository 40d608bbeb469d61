/** Commands of every kind, spoilt in every field of head and body: signed by those who may, for the session in force. */
import { sign1 } from "../../../host-sim/authority/cose.js";
import { type CommandBody, commandAad, encodeCommandUnchecked } from "../../../host-sim/authority/command.js";
import type { KeyPair } from "../../../host-sim/authority/keys.js";
import { COMMAND_KINDS } from "../../../host-sim/authority/roles.js";
import { submitRecord } from "../../../host-sim/authority/submission.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { bolusBody, drugOf, MG, ML, NOW_S, startBody, titrateBody } from "../../../test/support/ward.js";
import { detailOf, everyField, NOT_CBOR, replaced } from "./malform.js";
import { IDLE, PATIENT, RUNNING } from "./places.js";
import { type BedScene, type Came, type Draft, vector } from "./scene.js";
import { FIELD, silent } from "./spoilt.js";

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
