/** The one slot for a command that broke soft limits and waits for somebody to answer for it (SPEC 4.3). */
import { clearBytes, copyBytes } from "../bytes";
import { COMMAND, COMMAND_DIGEST, COMMANDER, DRUG, PENDING, PENDING_NONCE, PROFILE, STATE } from "../layout";
import * as host from "../host";
import { Drug, DRUG_BYTES, PROFILE_BYTES } from "../library/entry";
import * as status from "../status";
import { State } from "../store/state";
import { Commander } from "./authenticate";
import { COMMAND_BYTES } from "./command";
import { judgement } from "./judgement";

/** What a rejudgement needs besides the library and the patient, which it reads anew. Command, drug and profile records follow. */
@unmanaged
export class Pending {
  active: u32;
  mask: u32;
  /** Who signed it, and until when it may wait. */
  kid: u64;
  holder: u64;
  until_ms: u64;
  digest_0: u64;
  digest_1: u64;
  digest_2: u64;
  digest_3: u64;
  /** Root version it was signed under: a root update ends the wait. */
  root_version: u32;
  /** 1: nobody signed it (SPEC 6.6). */
  emergency: u32;
}

const COMMAND_AT: u32 = <u32>offsetof<Pending>();
const DRUG_AT: u32 = COMMAND_AT + COMMAND_BYTES;
const PROFILE_AT: u32 = DRUG_AT + DRUG_BYTES;
export const PENDING_BYTES: u32 = PROFILE_AT + PROFILE_BYTES;
const DIGEST_BYTES: u32 = 32;

export function pending(): Pending {
  return changetype<Pending>(PENDING);
}

/** True if a command waits, its life is not over, and the keys it was signed under are still the present ones. */
export function pendingActive(now_ms: u64): bool {
  const p = pending();
  const trusted = p.root_version == changetype<State>(STATE).root_version;
  return p.active != 0 && trusted && now_ms <= p.until_ms;
}

/** The drug of the waiting command. */
export function pendingDrug(): Drug {
  return changetype<Drug>(PENDING + DRUG_AT);
}

export function pendingClear(): void {
  clearBytes(PENDING, PENDING_BYTES);
  store<u64>(PENDING_NONCE, 0);
}

/** Keeps the command in COMMAND with the soft limits it broke. Its life is the command's own. */
export function keepPending(): void {
  const p = pending();
  p.active = 1;
  p.mask = judgement().soft;
  p.emergency = judgement().emergency;
  p.root_version = changetype<State>(STATE).root_version;
  copyBytes(PENDING + offsetof<Pending>("kid"), COMMANDER, offsetof<Commander>());
  copyBytes(PENDING + offsetof<Pending>("digest_0"), COMMAND_DIGEST, DIGEST_BYTES);
  copyBytes(PENDING + COMMAND_AT, COMMAND, COMMAND_BYTES);
  copyBytes(PENDING + DRUG_AT, DRUG, DRUG_BYTES);
  copyBytes(PENDING + PROFILE_AT, PROFILE, PROFILE_BYTES);
  // Unpredictable if entropy works; if it fails the digest still makes it this command's.
  if (host.entropy(PENDING_NONCE, 8) != 0) copyBytes(PENDING_NONCE, COMMAND_DIGEST, 8);
}

/** Puts the waiting command back to be judged once more, and frees the slot: an override acts once. */
export function takePending(): void {
  copyBytes(COMMAND, PENDING + COMMAND_AT, COMMAND_BYTES);
  copyBytes(DRUG, PENDING + DRUG_AT, DRUG_BYTES);
  copyBytes(PROFILE, PENDING + PROFILE_AT, PROFILE_BYTES);
  copyBytes(COMMAND_DIGEST, PENDING + offsetof<Pending>("digest_0"), DIGEST_BYTES);
  copyBytes(COMMANDER, PENDING + offsetof<Pending>("kid"), offsetof<Commander>());
  judgement().emergency = pending().emergency;
  judgement().proofs = status.OK; // they held when the command came; the library reference is judged again
  pendingClear();
}

/** Address of the waiting command's digest, 32 bytes. */
export function pendingDigest(): usize {
  return PENDING + offsetof<Pending>("digest_0");
}
