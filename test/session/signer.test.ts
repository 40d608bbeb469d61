import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { commandAad, encodeCommandUnchecked } from "../../host-sim/authority/command.js";
import { approvalAad } from "../../host-sim/authority/approval.js";
import { ALGORITHM, sig1Structure, type Signer } from "../../host-sim/authority/cose.js";
import { encodeCbor, encodeTagged, type Encodable } from "../../host-sim/authority/encoding.js";
import { type KeyPair, simulatedKey } from "../../host-sim/authority/keys.js";
import {
  COMMAND_KIND_NAMES,
  COMMAND_KINDS,
  type CommandKind,
  kindsOfRole,
  type RoleName,
} from "../../host-sim/authority/roles.js";
import { encodeSubmit } from "../../host-sim/gate/records.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { Hospital, type Person } from "../../host-sim/ward/hospital.js";
import {
  bolusBody,
  done,
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  NOW_S,
  outcome,
  permitted,
  profile,
  send,
  start,
  startBody,
  titrateBody,
  ward,
} from "../support/ward.js";

/** The bodies of all kinds, and what the pump must be doing for them. */
const BODIES: Readonly<Record<CommandKind, (bed: Bed) => CommandBody>> = {
  associate: ({ patient: { weightG, bsaCm2, area } }) => ({ kind: "associate", weightG, bsaCm2, area }),
  start: (bed) => startBody(bed),
  titrate: (bed) => titrateBody(bed),
  bolus: (bed) => bolusBody(bed),
  loading: (bed) => ({ ...bolusBody(bed), kind: "loading" }),
  PCA: (bed) => {
    const { drug: meant, vtbiNl, totalNl, setId, concentration } = startBody(bed);
    const pca = { unit: 2, dose: 2 * MG, rateNlPerH: 60 * ML, volumeNl: 2 * ML, lockoutS: 600 };
    return { kind: "PCA", drug: meant, vtbiNl, totalNl, setId, concentration, pca };
  },
  "new bag": () => ({ kind: "new bag", vtbiNl: ML }),
  pause: () => ({ kind: "pause" }),
  resume: () => ({ kind: "resume" }),
  stop: () => ({ kind: "stop" }),
  disassociate: () => ({ kind: "disassociate" }),
  calibrate: () => ({ kind: "calibrate", setId: 1, plPerStep: 90_000 }),
  configure: () => ({
    kind: "configure",
    configuration: { nearEndS: 60, pausedLongS: 60, kvoSMax: 0 },
  }),
  "log-ack": () => ({ kind: "log-ack", stream: 0, acknowledged: 1 }),
  time: () => ({ kind: "time", timeS: NOW_S + 60 }),
};
const IDLE_KINDS: readonly CommandKind[] = [
  ...(["associate", "start", "PCA", "disassociate"] as const),
  ...(["calibrate", "configure", "log-ack", "time"] as const),
];

/** A drug that may be given in the ways that these tests use. */
const MODELS = [profile(), drug({ loading: limits("mg"), pcaDose: limits("mg"), lockout: { hardMin: 600 } })];

function ready(kind: CommandKind, options: Parameters<typeof ward>[0] = {}): Bed {
  const bed = ward({ models: MODELS, ...options });
  if (!IDLE_KINDS.includes(kind)) permitted(start(bed, { totalNl: 1000 * ML }));
  if (kind === "resume") done(bed.pump.panel("PAUSE"));
  return bed;
}

/** A hospital with more keys in its root document. */
function hospitalWith(...more: readonly KeyPair[]): Hospital {
  const hospital = new Hospital({ seed: "ward", library: libraryOf(MODELS), nowS: NOW_S });
  hospital.publishRoot({ ...hospital.root, keys: [...hospital.root.keys, ...more] });
  return hospital;
}

const BY_ROLE: Readonly<Partial<Record<RoleName, Person>>> = {
  root: "rootAuthor",
  library: "pharmacist",
  order: "prescriber",
  bedside: "nurse",
  override: "supervisor",
  service: "engineer",
  time: "timekeeper",
};

/** SPEC 2.1: one role signs each kind. */
describe.each(COMMAND_KIND_NAMES)("a command of kind %s", (kind) => {
  const { role } = COMMAND_KINDS[kind];

  it.each(Object.entries(BY_ROLE))("signed by a key of role %s", (signing, person) => {
    const bed = ready(kind);
    const answer = outcome(send(bed, BODIES[kind](bed), { key: bed.hospital.keys[person] }));
    expect(answer).toBe(signing === role ? "PERMIT" : "ROLE");
  });

  const masked = (name: string, kinds: readonly CommandKind[]) =>
    simulatedKey("mask", { name, holder: name, duty: "author", roles: [role], kinds });

  it("needs its bit in the key's kind mask, and no other", () => {
    const without = masked(
      "all but",
      kindsOfRole(role).filter((other) => other !== kind),
    );
    const only = masked("only", [kind]);
    const bed = ready(kind, { hospital: hospitalWith(without, only) });
    expect(outcome(send(bed, BODIES[kind](bed), { key: without }))).toBe("KIND_MASK");
    expect(outcome(send(bed, BODIES[kind](bed), { key: only }))).toBe("PERMIT");
  });
});

describe("a key", () => {
  it("of two roles signs for both", () => {
    const both = simulatedKey("both", {
      name: "both",
      holder: "both",
      duty: "author",
      roles: ["order", "bedside"],
    });
    const bed = ready("start", { hospital: hospitalWith(both) });
    expect(outcome(send(bed, startBody(bed), { key: both }))).toBe("PERMIT");
    expect(outcome(send(bed, { kind: "stop" }, { key: both }))).toBe("PERMIT");
    expect(outcome(send(bed, BODIES["log-ack"](bed), { key: both }))).toBe("ROLE");
  });
});

/** What stands in a COSE_Sign1, each part as a test wants it. */
interface Parts {
  readonly header?: Encodable;
  readonly rawHeader?: Uint8Array;
  readonly unprotected?: Encodable;
  readonly tag?: number;
  readonly profile?: "command" | "approval";
  readonly signature?: (signature: Uint8Array) => Uint8Array;
  readonly bytes?: (bytes: Uint8Array) => Uint8Array;
}

/** A log-ack signed by hand. */
function signed(bed: Bed, key: Signer, parts: Parts = {}): string {
  const session = bed.desk.session();
  const payload = encodeCommandUnchecked({
    sessionId: session.sessionId,
    sequence: 1,
    lifeS: 300,
    patientToken: new Uint8Array(16),
    orderId: new Uint8Array(16),
    body: { kind: "log-ack", stream: 0, acknowledged: 1 },
  });
  const header = parts.rawHeader ?? encodeCbor(parts.header ?? { 1: key.algorithm, 4: key.kid });
  const receiver = { deviceId: bed.issued.deviceId, challenge: session.challenge };
  const aad = parts.profile === "approval" ? approvalAad(receiver) : commandAad(receiver);
  const signature = key.sign(sig1Structure(header, aad, payload));
  const items = [header, parts.unprotected ?? {}, payload, parts.signature?.(signature) ?? signature];
  const object = encodeTagged(parts.tag ?? 18, items);
  return outcome(bed.pump.submit(encodeSubmit({ port: 1, command: parts.bytes?.(object) ?? object })));
}

/** SPEC 1.2 */
describe("an envelope", () => {
  const bed = () => ward();
  const by = (parts: Parts) => {
    const at = bed();
    return signed(at, at.hospital.keys.engineer, parts);
  };

  it("as SPEC has it is taken", () => expect(by({})).toBe("PERMIT"));

  it.each<[string, Parts, string]>([
    ["an unprotected header", { unprotected: { 1: -19 } }, "ENVELOPE"],
    ["a kid in the unprotected header", { unprotected: { 4: new Uint8Array(8) } }, "ENVELOPE"],
    ["no protected header", { rawHeader: new Uint8Array() }, "ENVELOPE"],
    ["an empty protected map", { header: {} }, "ENVELOPE"],
    ["no kid", { header: { 1: -19 } }, "ENVELOPE"],
    ["no algorithm", { header: { 4: new Uint8Array(8) } }, "ENVELOPE"],
    ["a critical header", { header: { 1: -19, 2: [4], 4: new Uint8Array(8) } }, "ENVELOPE"],
    ["a content type", { header: { 1: -19, 3: 0, 4: new Uint8Array(8) } }, "ENVELOPE"],
    ["a kid of 7 bytes", { header: { 1: -19, 4: new Uint8Array(7) } }, "ENVELOPE"],
    ["the tag of COSE_Sign", { tag: 98 }, "ENVELOPE"],
    ["the tag of COSE_Mac0", { tag: 17 }, "ENVELOPE"],
    ["a signature of 63 bytes", { signature: (bytes) => bytes.slice(1) }, "ENVELOPE"],
    ["a signature of 65 bytes", { signature: (bytes) => new Uint8Array([...bytes, 0]) }, "ENVELOPE"],
    ["a byte behind it", { bytes: (bytes) => new Uint8Array([...bytes, 0]) }, "ENVELOPE"],
    ["a byte missing", { bytes: (bytes) => bytes.slice(0, -1) }, "ENVELOPE"],
    ["no tag", { bytes: (bytes) => bytes.slice(1) }, "ENVELOPE"],
    ["nothing in it", { bytes: () => new Uint8Array() }, "ENVELOPE"],
    ["an unknown algorithm", { header: { 1: -7, 4: new Uint8Array(8) } }, "ENVELOPE"],
    ["a kid nobody has", { header: { 1: -19, 4: new Uint8Array(8) } }, "KID_UNKNOWN"],
    ["the profile of an approval", { profile: "approval" }, "SIGNATURE"],
    ["a flipped bit in R", { signature: (bytes) => flip(bytes, 0) }, "SIGNATURE"],
    ["a flipped bit in S", { signature: (bytes) => flip(bytes, 40) }, "SIGNATURE"],
    ["S + L", { signature: plusL }, "SIGNATURE"],
    ["an empty signature of zeros", { signature: () => new Uint8Array(64) }, "SIGNATURE"],
  ])("with %s is refused", (_what, parts, wanted) => expect(by(parts)).toBe(wanted));

  it("larger than a command may be is refused by its record", () => {
    const at = bed();
    const command = new Uint8Array(1025);
    expect(outcome(at.pump.submit(encodeSubmit({ port: 1, command })))).toBe("BAD_RECORD");
    expect(outcome(at.pump.submit(encodeSubmit({ port: 1, command: command.slice(1) })))).toBe("ENVELOPE");
  });
});

/** SPEC 1.3: the root document says which algorithm a key has. */
describe("the algorithm", () => {
  const eddsa = simulatedKey("alg", {
    name: "old",
    holder: "old",
    duty: "author",
    roles: ["service"],
    algorithm: ALGORITHM.eddsa,
  });

  it.each([
    ["Ed25519 of an Ed25519 key", "engineer", ALGORITHM.ed25519, "PERMIT"],
    ["EdDSA of an Ed25519 key", "engineer", ALGORITHM.eddsa, "ALGORITHM"],
    ["EdDSA of an EdDSA key", "old", ALGORITHM.eddsa, "PERMIT"],
    ["Ed25519 of an EdDSA key", "old", ALGORITHM.ed25519, "ALGORITHM"],
  ] as const)("%s", (_what, name, algorithm, wanted) => {
    const bed = ward({ hospital: hospitalWith(eddsa) });
    const key = name === "old" ? eddsa : bed.hospital.keys.engineer;
    expect(signed(bed, { kid: key.kid, algorithm, sign: (message) => key.sign(message) })).toBe(wanted);
  });
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
}

/** The same point, the other S: RFC 8032 5.1.7 wants S below L. */
function plusL(signature: Uint8Array): Uint8Array {
  const L = (1n << 252n) + 27742317777372353535851937790883648493n;
  let s = L;
  signature.slice(32).forEach((byte, i) => (s += BigInt(byte) << BigInt(8 * i)));
  const out = signature.slice();
  for (let i = 0; i < 32; i++) out[32 + i] = Number((s >> BigInt(8 * i)) & 0xffn);
  return out;
}
