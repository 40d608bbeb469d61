/** log-ack (SPEC 4.2, 9.2): what the server has, the ring may overwrite without a LOST event. */
import { COMMAND, NEXT } from "../layout";
import { State } from "../store/state";
import { streamAt } from "../store/stream";
import * as status from "../status";
import { bodyOf } from "./command";

/** Moves the tail of a stream forward in NEXT. OK, or BAD_ARGUMENT for a sequence not yet written. */
export function acknowledge(): u32 {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  if (b.acked >= streamAt(b.stream).sequence) return status.BAD_ARGUMENT;
  if (b.stream == 0) n.acked_0 = max(n.acked_0, b.acked);
  else n.acked_1 = max(n.acked_1, b.acked);
  return status.OK;
}
