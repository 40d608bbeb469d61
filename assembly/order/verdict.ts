/** The verdict record (SPEC 11.2): what was judged, how it ended, and what to show beside it. */
import { clearBytes, copyBytes } from "../bytes";
import {
  COMMAND,
  COMMAND_CURSOR,
  COMMAND_DIGEST,
  JUDGEMENT,
  PENDING_NONCE,
  RESULT,
  SENDER,
  STATE,
} from "../layout";
import { Cursor } from "../codec/cbor";
import { copyFields, TO, WIDE } from "../fields";
import { State } from "../store/state";
import { DENY } from "../status";
import { Sender, sender } from "./authenticate";
import { Body, BODY_AT, Command } from "./command";
import { Judgement, judgement } from "./judgement";
import { VERDICT_BYTES } from "./session";

const VERDICT_RECORD: u32 = 0x0201 | (1 << 16);

/** What is copied as it is; the rate is widened by the zeros behind it. */
function fields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    16 << TO | JUDGEMENT + offsetof<Judgement>("limit"),
    20 << TO | JUDGEMENT + offsetof<Judgement>("soft"),
    24 << TO | WIDE | JUDGEMENT + offsetof<Judgement>("bound"),
    32 << TO | WIDE | JUDGEMENT + offsetof<Judgement>("nearest_dose"),
    40 << TO | WIDE | COMMAND + BODY_AT + offsetof<Body>("dose"),
    48 << TO | COMMAND + BODY_AT + offsetof<Body>("rate_nl_per_h"),
    56 << TO | WIDE | COMMAND + BODY_AT + offsetof<Body>("volume_nl"),
    64 << TO | COMMAND + BODY_AT + offsetof<Body>("unit"),
    68 << TO | STATE + offsetof<State>("generation"),
    72 << TO | COMMAND + offsetof<Command>("kind"),
    76 << TO | SENDER + offsetof<Sender>("sequence"),
    80 << TO | WIDE | PENDING_NONCE,
    0,
  ]);
}

/** Writes the verdict in the judgement to the result buffer. */
export function writeVerdict(): void {
  const j = judgement();
  begin(j.verdict, j.status);
  copyFields(fields(), RESULT);
  copyBytes(RESULT + 88, COMMAND_DIGEST, 32);
}

/** Writes a refusal that came before judgement: a status, and the place in the object if it could not be read. */
export function writeRefusal(reason: u32): void {
  begin(DENY, reason);
  store<u32>(RESULT, changetype<Cursor>(COMMAND_CURSOR).failedKey, 120);
}

function begin(verdict: u32, reason: u32): void {
  clearBytes(RESULT, VERDICT_BYTES);
  store<u32>(RESULT, VERDICT_RECORD);
  store<u32>(RESULT, VERDICT_BYTES, 4);
  store<u32>(RESULT, verdict, 8);
  store<u32>(RESULT, reason, 12);
  store<u32>(RESULT, sender().port, 124);
}
