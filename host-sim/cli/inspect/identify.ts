/** Finds out what bytes are, by trying every object and record of SPEC; what they are not is said with the reason. */
import { toHex } from "../../authority/bytes.js";
import { decodeEnvelope, type Envelope, sha256 } from "../../authority/cose.js";
import { EncodingError } from "../../authority/encoding.js";
import { decodeRoot, rootSignatureProblem } from "../../authority/root.js";
import { RecordError } from "../../gate/layout.js";
import { showEvent } from "./log.js";
import { showCommand } from "./command.js";
import { showEntry } from "./entry.js";
import {
  showApproval,
  showAttestation,
  showDecommissioning,
  showManifest,
  showProvisioning,
  showRoot,
} from "./objects.js";
import { showRecord, unknownRecord } from "./records.js";
import { field, group, hexField, type Shown } from "./shown.js";
import type { Recognised } from "./words.js";

/** What was found; `known` is false if the bytes are nothing of SPEC's. */
export interface Identified {
  readonly known: boolean;
  readonly shown: Shown;
}

/** A reader of one object, with the name it goes by when it fails. */
type Reader = readonly [name: string, read: (bytes: Uint8Array) => Recognised];

const SIGN1: readonly Reader[] = [
  ["a command", showCommand],
  ["an approval", showApproval],
];
const SIGN: readonly Reader[] = [
  ["a root document", showRoot],
  ["a library manifest", showManifest],
  ["a decommissioning", showDecommissioning],
];
const MAC0: readonly Reader[] = [["an attestation", showAttestation]];
const BARE: readonly Reader[] = [
  ["a library entry", showEntry],
  ["a provisioning block", (bytes) => showProvisioning(bytes, nested)],
  ["the payload of a command", showCommand],
  ["the payload of an approval", showApproval],
  ["the payload of a root document", showRoot],
  ["the payload of a library manifest", showManifest],
  ["the payload of an attestation", showAttestation],
  ["a log event", showEvent],
];

/** Names any bytes. Never throws for bad input. */
export function identify(bytes: Uint8Array): Identified {
  if (bytes.length === 0) return unknown(bytes, ["there are no bytes"]);
  const reasons: string[] = [];
  try {
    const record = showRecord(bytes, nested);
    if (record) return { known: true, shown: record };
    reasons.push(unknownRecord(bytes));
  } catch (error) {
    if (!(error instanceof RecordError) && !(error instanceof RangeError)) throw error;
    reasons.push(error.message);
  }
  const envelope = attempt(reasons, "not an envelope", () => decodeEnvelope(bytes));
  if (envelope) return showEnvelope(envelope, bytes);
  const found = firstOf(BARE, bytes, reasons);
  if (found) {
    return { known: true, shown: group(found.what, `${bytes.length} bytes, without envelope`, found.parts) };
  }
  return unknown(bytes, reasons);
}

function nested(name: string, bytes: Uint8Array): Shown {
  const { shown } = identify(bytes);
  return group(name, [shown.name, shown.words].filter(Boolean).join(": "), shown.parts ?? []);
}

function showEnvelope(envelope: Envelope, bytes: Uint8Array): Identified {
  const reasons: string[] = [];
  const readers = { sign1: SIGN1, sign: SIGN, mac0: MAC0 }[envelope.type];
  const found = firstOf(readers, envelope.payload, reasons);
  const name = { sign1: "COSE_Sign1", sign: "COSE_Sign", mac0: "COSE_Mac0" }[envelope.type];
  const parts = [
    ...(found ? found.parts : reasons.map((reason) => field("payload", reason))),
    envelopePart(envelope, name),
    ...(found && envelope.type === "sign" ? selfCheck(envelope) : []),
  ];
  const what = found?.what ?? "unknown object";
  return { known: found !== undefined, shown: group(what, `${name}, ${bytes.length} bytes`, parts) };
}

function envelopePart(envelope: Envelope, name: string): Shown {
  if (envelope.type === "mac0") {
    return group(name, "HMAC 256/256 (5)", [
      hexField("tag", envelope.tag, " (not checked: it needs the device secret)"),
    ]);
  }
  const signers = envelope.signatures.map((signature, i) =>
    group(`signer ${i}`, `kid ${toHex(signature.kid)}`, [
      field("algorithm", signature.algorithm, signature.algorithm === -19 ? "Ed25519 (-19)" : "EdDSA (-8)"),
      hexField("signature", signature.signature),
    ]),
  );
  return group(name, `${signers.length} signed`, signers);
}

/** A root document holds the keys that sign it, so that its signatures can be checked at once. */
function selfCheck(envelope: Envelope): Shown[] {
  const root = attempt([], "", () => decodeRoot(envelope.payload));
  if (!root) return [field("signatures", "not checked: they need the root document")];
  const problem = rootSignatureProblem(root, envelope, root);
  return [
    field(
      "signatures",
      problem === undefined ? "valid, and reach its own root threshold" : `refused: ${problem}`,
    ),
  ];
}

function firstOf(readers: readonly Reader[], bytes: Uint8Array, reasons: string[]): Recognised | undefined {
  for (const [name, read] of readers) {
    const found = attempt(reasons, `not ${name}`, () => read(bytes));
    if (found) return found;
  }
  return undefined;
}

/** Runs a reader; what it objects to is remembered, once for all readers that object alike. */
function attempt<T>(reasons: string[], what: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EncodingError) && !(error instanceof RangeError)) throw error;
    const reason = error.message.startsWith("not deterministic CBOR")
      ? error.message
      : `${what}: ${error.message}`;
    if (!reasons.includes(reason)) reasons.push(reason);
    return undefined;
  }
}

function unknown(bytes: Uint8Array, reasons: readonly string[]): Identified {
  const parts = [
    ...reasons.map((reason) => field("because", reason)),
    hexField("begins", bytes.subarray(0, 32)),
    hexField("SHA-256", sha256(bytes)),
  ];
  return { known: false, shown: group("nothing that SPEC knows", `${bytes.length} bytes`, parts) };
}
