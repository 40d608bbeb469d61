/** `attest`: gathers what an attestation states, from the rooms that know it (SPEC 11.2). */
import { clearBytes, copyBytes } from "./bytes";
import { stateFlags } from "./inspect";
import { ATTESTED, HASH_SCRATCH, STATE, TRUST } from "./layout";
import { activeManifest } from "./library/active";
import { manifestRoot } from "./library/manifest";
import { Attested, attestBegin as begin, attestStep as step } from "./log/attestation";
import { State } from "./store/state";
import { rootDigestOf } from "./trust/root";

const NONCE_BYTES: u32 = 32;

/** Takes the nonce. WORKING. */
export function attestBegin(): u32 {
  return begin(NONCE_BYTES);
}

/** Makes the attestation, from the state as it is in this slice. DONE. */
export function attestStep(): u32 {
  const a = changetype<Attested>(ATTESTED);
  const hasLibrary = changetype<State>(STATE).manifest_active != 0;
  const m = activeManifest();
  clearBytes(HASH_SCRATCH, 32);
  if (hasLibrary) copyBytes(HASH_SCRATCH, manifestRoot(m), 32);
  a.root_digest = <u32>rootDigestOf(TRUST);
  a.library_epoch = hasLibrary ? m.epoch : 0;
  a.library_version = hasLibrary ? m.version : 0;
  a.library_root = <u32>HASH_SCRATCH;
  a.flags = stateFlags();
  return step(a);
}
