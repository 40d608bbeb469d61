/** Which verb is staged (SPEC 10): a word that the scheduler writes and every room may ask for. */
import { WORK } from "./layout";

export const VERB_NONE: u32 = 0;

export function stagedVerb(): u32 {
  return load<u32>(WORK);
}

export function setStagedVerb(verb: u32): void {
  store<u32>(WORK, verb);
}

/** True while a verb is staged: its records (COMMAND and its like) belong to it until it ends. */
export function workStaged(): bool {
  return stagedVerb() != VERB_NONE;
}
