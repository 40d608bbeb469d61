/**
 * Sessions (SPEC 4.1): per port one active challenge. A challenge that was given out is not kept: its id says when that was, and
 * the rest is computed again when somebody answers, as TCP does without a queue that a flood could fill (RFC 4987 3.6). So a stranger can
 * open sessions as fast as it likes, and nobody's challenge goes.
 */
import { clearBytes, copyBytes } from "../bytes";
import { hmac } from "../crypto/hmac";
import * as host from "../host";
import { NEXT, PORT_SESSIONS, RESULT, SESSION, SESSION_KEY, SESSION_LAST, SESSION_SEED } from "../layout";
import { PORTS, ROOT_KEYS_MAX, SEQUENCE_AHEAD_MAX } from "../limits";
import * as status from "../status";
import { State } from "../store/state";

export const CHALLENGE_BYTES: u32 = 32;
export const SESSION_ID_BYTES: u32 = 8;
/** Bytes of the stored verdict of a port's last command. */
export const VERDICT_BYTES: u32 = 128;

/** The session that is being asked for or answered: computed anew each time, also the active one. */
@unmanaged
export class Session {
  /** When it was given out, and a count of those of the same millisecond: never twice since boot (STAMP_ below). */
  stamp: u64;
  /** Session id: its low 48 bits are the stamp. */
  id: u64;
  /** Challenge, 32 bytes. */
  challenge_0: u64;
  challenge_1: u64;
  challenge_2: u64;
  challenge_3: u64;
}

/** The last command of a port that had a valid signature. */
@unmanaged
export class LastCommand {
  present: u32;
  pad: u32;
  /** SHA-256 over the command's bytes. */
  hash_0: u64;
  hash_1: u64;
  hash_2: u64;
  hash_3: u64;
}

/**
 * A port: stamp of its active session (0: it has none), last command, its verdict, one sequence per key.
 *
 *   0          LAST_AT        VERDICT_AT       SEQUENCES_AT     PORT_BYTES
 *   +----------+--------------+----------------+----------------+
 *   | u64      | LastCommand  | verdict record | u32 per key    |
 *   +----------+--------------+----------------+----------------+
 */
const LAST_AT: u32 = 8;
const VERDICT_AT: u32 = LAST_AT + <u32>offsetof<LastCommand>();
const SEQUENCES_AT: u32 = VERDICT_AT + VERDICT_BYTES;
/** Bytes of one port. */
export const PORT_BYTES: u32 = SEQUENCES_AT + 4 * ROOT_KEYS_MAX;
/** u32 boot, u32 root version, u32 port, u64 stamp, 32 bytes of the boot's entropy (SPEC 4.1): one block of SHA-256. */
const ENTROPY_AT: u32 = 20;
export const SESSION_SEED_BYTES: u32 = ENTROPY_AT + 32;
/** Bits of a session id that hold the stamp: 40 of uptime in ms, which are 34 years, above 8 of a count. The others are the challenge's. */
const STAMP_BITS: u32 = 48;
/** More challenges in a millisecond than any controller computes: a flood cannot make stamps run ahead of the clock. */
const STAMP_COUNT_BITS: u32 = 8;

const SESSION_RECORD: u32 = 0x0202 | (1 << 16);
const SESSION_RECORD_BYTES: u32 = 64;

function portAt(port: u32): usize {
  return PORT_SESSIONS + port * PORT_BYTES;
}

function session(): Session {
  return changetype<Session>(SESSION);
}

/** Gives out a challenge for `port`: its record is left in the result buffer, and nothing else changes. */
export function sessionOpen(port: u32): u32 {
  if (port >= PORTS) return status.BAD_PORT;
  if (host.uptimeMs(RESULT + 56) != 0) return status.CLOCK;
  const last = load<u64>(SESSION_LAST);
  // Once a boot: nobody can drain the source. Boot count and stamp alone make a challenge unique, the key makes it unknown
  // beforehand, and entropy keeps it so even if the key leaks later.
  if (last == 0 && host.entropy(SESSION_SEED + ENTROPY_AT, 32) != 0) return status.ENTROPY;
  const stamp = max(load<u64>(RESULT, 56) << STAMP_COUNT_BITS, last + 1);
  store<u64>(SESSION_LAST, stamp);
  compute(port, stamp);

  store<u32>(RESULT, SESSION_RECORD);
  store<u32>(RESULT, SESSION_RECORD_BYTES, 4);
  store<u32>(RESULT, port, 8);
  store<u32>(RESULT, changetype<State>(NEXT).boot, 12);
  copyBytes(RESULT + 16, SESSION + offsetof<Session>("id"), SESSION_ID_BYTES + CHALLENGE_BYTES);
  store<u64>(RESULT, openedMs(), 56);
  return status.OK;
}

/** Uptime at which the session was given out. */
export function openedMs(): u64 {
  return session().stamp >> STAMP_COUNT_BITS;
}

/** Computes id and challenge of the session that `port` was, or is, given under `stamp`. */
function compute(port: u32, stamp: u64): void {
  const s = session();
  store<u32>(SESSION_SEED, changetype<State>(NEXT).boot);
  // After a root update nothing signed under the old document may still act (SPEC 2.4).
  store<u32>(SESSION_SEED, changetype<State>(NEXT).root_version, 4);
  store<u32>(SESSION_SEED, port, 8);
  store<u64>(SESSION_SEED, stamp, 12);
  hmac(SESSION_KEY, SESSION_SEED, SESSION_SEED_BYTES, challenge());
  s.stamp = stamp;
  s.id = stamp | (s.challenge_0 << STAMP_BITS);
}

/** Address of the session's challenge. */
export function challenge(): usize {
  return SESSION + offsetof<Session>("challenge_0");
}

/** Whether the 8 bytes at `id` name a session of `port`, the active one or a candidate; SESSION is then that one. */
export function sessionFound(port: u32, id: usize): bool {
  const wanted = load<u64>(id);
  const stamp = wanted & (((<u64>1) << STAMP_BITS) - 1);
  compute(port, stamp);
  // Older than the active one: it was active itself, or was overtaken, and what was signed under it is over.
  return stamp >= load<u64>(portAt(port)) && session().id == wanted;
}

function sequenceAt(port: u32, keyIndex: u32): usize {
  assert(keyIndex < ROOT_KEYS_MAX);
  return portAt(port) + SEQUENCES_AT + (keyIndex << 2);
}

function isCandidate(port: u32): bool {
  return session().stamp != load<u64>(portAt(port));
}

/** The lane of the session's verifications (SPEC 7): who does not see the port cannot name its active session. */
export function laneOf(port: u32): u32 {
  return (port << 1) + <u32>isCandidate(port);
}

/** Whether key `keyIndex` may use `sequence` in the session of `port`: last < n <= last + 256 (SPEC 4.2). */
export function sequenceAllowed(port: u32, keyIndex: u32, sequence: u32): bool {
  const last: u32 = isCandidate(port) ? 0 : load<u32>(sequenceAt(port, keyIndex));
  return sequence > last && sequence - last <= SEQUENCE_AHEAD_MAX;
}

/** After a valid signature: a candidate becomes the active session, and the sequence is used up. */
export function sequenceConsume(port: u32, keyIndex: u32, sequence: u32): void {
  if (isCandidate(port)) {
    store<u64>(portAt(port), session().stamp);
    clearBytes(portAt(port) + SEQUENCES_AT, 4 * ROOT_KEYS_MAX);
    lastOf(port).present = 0;
  }
  store<u32>(sequenceAt(port, keyIndex), sequence);
}

function lastOf(port: u32): LastCommand {
  return changetype<LastCommand>(portAt(port) + LAST_AT);
}

/** Keeps the verdict in the result buffer for an exact repeat of the command whose hash is at `hash`. */
export function verdictRemember(port: u32, hash: usize): void {
  const last = lastOf(port);
  copyBytes(changetype<usize>(last) + offsetof<LastCommand>("hash_0"), hash, 32);
  copyBytes(portAt(port) + VERDICT_AT, RESULT, VERDICT_BYTES);
  last.present = 1;
}

/** Puts the stored verdict into the result buffer if `hash` is that of the port's last command. */
export function verdictRecall(port: u32, hash: usize): bool {
  const last = lastOf(port);
  if (last.present == 0) return false;
  if (memory.compare(changetype<usize>(last) + offsetof<LastCommand>("hash_0"), hash, 32) != 0) return false;
  copyBytes(RESULT, portAt(port) + VERDICT_AT, VERDICT_BYTES);
  return true;
}
