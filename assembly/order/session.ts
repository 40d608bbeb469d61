/**
 * Sessions (SPEC 4.1): per port one active challenge and one candidate. A stranger can make candidates as fast as it likes and
 * gains nothing: the active session goes only when a valid signature under the candidate shows who asked for it.
 */
import { hmacBegin, hmacFinish, hmacUpdate } from "../crypto/hmac";
import * as host from "../host";
import {
  NEXT,
  PORT_SESSIONS,
  RESULT,
  SESSION_COUNT,
  SESSION_KEY,
  SESSION_SEED,
  SHA256_SCRATCH,
} from "../layout";
import { PORTS, ROOT_KEYS_MAX, SEQUENCE_AHEAD_MAX } from "../limits";
import * as status from "../status";
import { State } from "../store/state";

export const CHALLENGE_BYTES: u32 = 32;
export const SESSION_ID_BYTES: u32 = 8;
/** Bytes of the stored verdict of a port's last command. */
export const VERDICT_BYTES: u32 = 128;

/** One challenge and when it was made. */
@unmanaged
export class Session {
  present: u32;
  /** Root version it was opened under: after a root update nothing signed under the old one may still act (SPEC 2.4). */
  root_version: u32;
  opened_ms: u64;
  /** Challenge, 32 bytes; its first 8 are the session id. */
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

const SESSION_BYTES: usize = offsetof<Session>();
/**
 * A port: active session, candidate, last command, its verdict, one sequence per key.
 *
 *   0        SESSION_BYTES   LAST_AT        VERDICT_AT       SEQUENCES_AT     PORT_BYTES
 *   +--------+---------------+--------------+----------------+----------------+
 *   | active | candidate     | LastCommand  | verdict record | u32 per key    |
 *   +--------+---------------+--------------+----------------+----------------+
 */
const LAST_AT: u32 = 2 * <u32>SESSION_BYTES;
const VERDICT_AT: u32 = LAST_AT + <u32>offsetof<LastCommand>();
const SEQUENCES_AT: u32 = VERDICT_AT + VERDICT_BYTES;
/** Bytes of one port. */
export const PORT_BYTES: u32 = SEQUENCES_AT + 4 * ROOT_KEYS_MAX;
/** u32 boot, u32 session count, u32 port, 32 bytes of entropy (SPEC 4.1). */
export const SESSION_SEED_BYTES: u32 = 12 + 32;

const SESSION_RECORD: u32 = 0x0202 | (1 << 16);
const SESSION_RECORD_BYTES: u32 = 64;

function portAt(port: u32): usize {
  return PORT_SESSIONS + port * PORT_BYTES;
}

function sessionAt(port: u32, candidate: bool): Session {
  return changetype<Session>(portAt(port) + (candidate ? SESSION_BYTES : 0));
}

/** Makes a new candidate for `port` and leaves its record in the result buffer. */
export function sessionOpen(port: u32): u32 {
  if (port >= PORTS) return status.BAD_PORT;
  const candidate = sessionAt(port, true);
  if (host.uptimeMs(RESULT + 56) != 0) return status.CLOCK;
  if (host.entropy(SESSION_SEED + 12, 32) != 0) return status.ENTROPY;
  const count = load<u32>(SESSION_COUNT) + 1;
  store<u32>(SESSION_COUNT, count);
  // Boot count and session count alone make it unique; entropy keeps it unknown beforehand even if the key leaks later.
  store<u32>(SESSION_SEED, changetype<State>(NEXT).boot);
  store<u32>(SESSION_SEED, count, 4);
  store<u32>(SESSION_SEED, port, 8);
  hmacBegin(SHA256_SCRATCH, SESSION_KEY);
  hmacUpdate(SHA256_SCRATCH, SESSION_SEED, SESSION_SEED_BYTES);
  hmacFinish(SHA256_SCRATCH, SESSION_KEY, challengeOf(candidate));
  candidate.present = 1;
  candidate.root_version = changetype<State>(NEXT).root_version;
  candidate.opened_ms = load<u64>(RESULT, 56);

  store<u32>(RESULT, SESSION_RECORD);
  store<u32>(RESULT, SESSION_RECORD_BYTES, 4);
  store<u32>(RESULT, port, 8);
  store<u32>(RESULT, changetype<State>(NEXT).boot, 12);
  memory.copy(RESULT + 16, challengeOf(candidate), SESSION_ID_BYTES);
  memory.copy(RESULT + 24, challengeOf(candidate), CHALLENGE_BYTES);
  return status.OK;
}

/** Address of a session's challenge. */
export function challengeOf(s: Session): usize {
  return changetype<usize>(s) + offsetof<Session>("challenge_0");
}

/** The session of `port` whose id is the 8 bytes at `id`, active before candidate; 0 if there is none. */
export function findSession(port: u32, id: usize): usize {
  const wanted = load<u64>(id);
  for (let i = 0; i < 2; i++) {
    const s = sessionAt(port, i == 1);
    const trusted = s.root_version == changetype<State>(NEXT).root_version;
    if (s.present != 0 && trusted && s.challenge_0 == wanted) return changetype<usize>(s);
  }
  return 0;
}

function sequenceAt(port: u32, keyIndex: u32): usize {
  assert(keyIndex < ROOT_KEYS_MAX);
  return portAt(port) + SEQUENCES_AT + (keyIndex << 2);
}

function isCandidate(port: u32, session: usize): bool {
  return session == changetype<usize>(sessionAt(port, true));
}

/** Whether key `keyIndex` may use `sequence` in `session` of `port`: last < n <= last + 256 (SPEC 4.2). */
export function sequenceAllowed(port: u32, session: usize, keyIndex: u32, sequence: u32): bool {
  const last: u32 = isCandidate(port, session) ? 0 : load<u32>(sequenceAt(port, keyIndex));
  return sequence > last && sequence - last <= SEQUENCE_AHEAD_MAX;
}

/** After a valid signature: a candidate becomes the active session, and the sequence is used up. */
export function sequenceConsume(port: u32, session: usize, keyIndex: u32, sequence: u32): void {
  if (isCandidate(port, session)) {
    memory.copy(portAt(port), session, SESSION_BYTES);
    store<u32>(session, 0);
    memory.fill(portAt(port) + SEQUENCES_AT, 0, 4 * ROOT_KEYS_MAX);
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
  memory.copy(changetype<usize>(last) + offsetof<LastCommand>("hash_0"), hash, 32);
  memory.copy(portAt(port) + VERDICT_AT, RESULT, VERDICT_BYTES);
  last.present = 1;
}

/** Puts the stored verdict into the result buffer if `hash` is that of the port's last command. */
export function verdictRecall(port: u32, hash: usize): bool {
  const last = lastOf(port);
  if (last.present == 0) return false;
  if (memory.compare(changetype<usize>(last) + offsetof<LastCommand>("hash_0"), hash, 32) != 0) return false;
  memory.copy(RESULT, portAt(port) + VERDICT_AT, VERDICT_BYTES);
  return true;
}
