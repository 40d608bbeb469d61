/** The outcome record that staged work leaves in the result buffer (SPEC 11.2). */
import { RESULT } from "./layout";
import { DONE } from "./status";

const OUTCOME_TYPE: u32 = 0x0203;
const OUTCOME_BYTES: u32 = 24;

/**
 * Ends staged work with `status`. `detail` says where (a key, a signer, an entry), `value` what (a sequence, a version); 0 if
 * there is nothing to say. Returns DONE, so that the last slice can `return finish(...)`.
 */
export function finish(status: u32, detail: u32, value: u64): u32 {
  store<u32>(RESULT, OUTCOME_TYPE | (1 << 16));
  store<u32>(RESULT, OUTCOME_BYTES, 4);
  store<u32>(RESULT, status, 8);
  store<u32>(RESULT, detail, 12);
  store<u64>(RESULT, value, 16);
  return DONE;
}
