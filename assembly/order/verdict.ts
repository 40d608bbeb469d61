/** The verdict record (SPEC 11.2): what was judged, how it ended, and what to show beside it. */
import { COMMAND, COMMAND_CURSOR, COMMAND_DIGEST, PENDING_NONCE, RESULT, STATE } from "../layout";
import { Cursor } from "../codec/cbor";
import { State } from "../store/state";
import { DENY } from "../status";
import { sender } from "./authenticate";
import { bodyOf, Command } from "./command";
import { judgement } from "./judgement";
import { VERDICT_BYTES } from "./session";

const VERDICT_RECORD: u32 = 0x0201 | (1 << 16);

/** Writes the verdict in the judgement to the result buffer. */
export function writeVerdict(): void {
  const j = judgement();
  const b = bodyOf(COMMAND);
  begin(j.verdict, j.status);
  store<u32>(RESULT, j.limit, 16);
  store<u32>(RESULT, j.soft, 20);
  store<u64>(RESULT, j.bound, 24);
  store<u64>(RESULT, j.nearest_dose, 32);
  store<u64>(RESULT, b.dose, 40);
  store<u64>(RESULT, <u64>b.rate_nl_per_h, 48);
  store<u64>(RESULT, b.volume_nl, 56);
  store<u32>(RESULT, b.unit, 64);
  store<u32>(RESULT, changetype<State>(STATE).generation, 68);
  store<u32>(RESULT, changetype<Command>(COMMAND).kind, 72);
  store<u32>(RESULT, sender().sequence, 76);
  memory.copy(RESULT + 80, PENDING_NONCE, 8);
  memory.copy(RESULT + 88, COMMAND_DIGEST, 32);
}

/** Writes a refusal that came before judgement: a status, and the place in the object if it could not be read. */
export function writeRefusal(reason: u32): void {
  begin(DENY, reason);
  store<u32>(RESULT, changetype<Cursor>(COMMAND_CURSOR).failedKey, 120);
}

function begin(verdict: u32, reason: u32): void {
  memory.fill(RESULT, 0, VERDICT_BYTES);
  store<u32>(RESULT, VERDICT_RECORD);
  store<u32>(RESULT, VERDICT_BYTES, 4);
  store<u32>(RESULT, verdict, 8);
  store<u32>(RESULT, reason, 12);
  store<u32>(RESULT, sender().port, 124);
}
