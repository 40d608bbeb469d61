/**
 * From bytes to a known sender (SPEC 4.4, steps 2 to 8), for commands and approvals alike. All that is free comes first and
 * changes nothing; then the throttle; then the signature, in slices.
 */
import { COSE_SIGN1, coseParse, Envelope, signerAt } from "../codec/cose";
import { sha256 } from "../crypto/sha256";
import * as host from "../host";
import { OBJECT_ENVELOPE, SENDER, SUBMITTED_HASH, TRUST } from "../layout";
import { PORTS } from "../limits";
import * as status from "../status";
import { chargeKey, takeVerification } from "../throttle";
import { Key, keyHasRole } from "../trust/key";
import { findKey, keyIndexOf, Root, thresholdOf } from "../trust/root";
import {
  challenge,
  laneOf,
  openedMs,
  sequenceAllowed,
  sequenceConsume,
  sessionFound,
  verdictRecall,
} from "./session";
import { signatureBegin } from "./signature";

/** Who is speaking, and on which port; `now_ms` is the uptime of the first slice, then of the last. */
@unmanaged
export class Sender {
  port: u32;
  key: u32;
  keyIndex: u32;
  sequence: u32;
  /** 1 for an approval. */
  approval: u32;
  now_ms: u64;
  /** When the object's life is over, uptime. */
  until_ms: u64;
}

/** Who signed the command that is judged: also after it has waited for somebody else's approval. */
@unmanaged
export class Commander {
  kid: u64;
  holder: u64;
  /** When the command's life is over, uptime. */
  until_ms: u64;
}

export function sender(): Sender {
  return changetype<Sender>(SENDER);
}

/** The parsed envelope's payload is at these; valid after `openEnvelope` returned OK. */
export function openedPayload(): Envelope {
  return changetype<Envelope>(OBJECT_ENVELOPE);
}

/** Starts with an empty sender on `port`. OK, BAD_PORT or CLOCK. */
export function senderBegin(port: u32, isApproval: bool): u32 {
  if (port >= PORTS) return status.BAD_PORT;
  const w = sender();
  w.port = port;
  w.key = 0;
  w.sequence = 0;
  w.approval = isApproval ? 1 : 0;
  return host.uptimeMs(SENDER + offsetof<Sender>("now_ms")) == 0 ? status.OK : status.CLOCK;
}

/** Takes the COSE_Sign1 apart and hashes it, so that an exact repeat is known. OK or ENVELOPE. */
export function openEnvelope(address: usize, length: u32): u32 {
  if (coseParse(openedPayload(), COSE_SIGN1, <u32>address, length, 0) != 0) return status.ENVELOPE;
  sha256(address, length, SUBMITTED_HASH);
  return status.OK;
}

/**
 * The free checks and the throttle: session at `session_id`, life, key, role, kinds, sequence. Returns OK with the signature
 * staged, DONE if it is the last command once more (its verdict is in the result buffer), or the refusal.
 */
export function identify(session_id: usize, sequence: u32, life_s: u32, role: u32, kind: u32): u32 {
  const w = sender();
  if (!sessionFound(w.port, session_id)) return status.SESSION;
  const life = min(life_s, changetype<Root>(TRUST).command_life_s_max);
  w.until_ms = openedMs() + <u64>life * 1000;
  if (w.now_ms > w.until_ms) return status.COMMAND_EXPIRED;
  const signer = signerAt(openedPayload(), 0);
  const key = findKey(TRUST, signer.kid);
  if (key == 0) return status.KID_UNKNOWN;
  const k = changetype<Key>(key);
  if (k.algorithm != signer.alg) return status.ALGORITHM;
  // A role whose threshold is 0 is not in use, whatever its keys say (SPEC 2.2).
  if (!keyHasRole(k, role) || thresholdOf(TRUST, role) == 0) return status.ROLE;
  if (kind != 0 && ((k.kinds >> kind) & 1) == 0) return status.KIND_MASK;
  w.key = <u32>key;
  w.keyIndex = keyIndexOf(TRUST, key);
  w.sequence = sequence;
  if (verdictRecall(w.port, SUBMITTED_HASH)) return status.DONE;
  if (!sequenceAllowed(w.port, w.keyIndex, sequence)) return status.SEQUENCE;
  if (!takeVerification(laneOf(w.port), w.keyIndex, w.now_ms)) return status.THROTTLED;
  signatureBegin(key, w.approval != 0, challenge());
  return status.OK;
}

/**
 * In the last slice, the signature being valid: OK, with the sequence used up and the session active. Slices may lie far apart, so the
 * time is read again: COMMAND_EXPIRED, CLOCK, or THROTTLED if this key has sent more than its share.
 */
export function senderAccept(): u32 {
  const w = sender();
  if (host.uptimeMs(SENDER + offsetof<Sender>("now_ms")) != 0) return status.CLOCK;
  if (w.now_ms > w.until_ms) return status.COMMAND_EXPIRED;
  if (!chargeKey(w.keyIndex, w.now_ms)) return status.THROTTLED;
  sequenceConsume(w.port, w.keyIndex, w.sequence);
  return status.OK;
}
