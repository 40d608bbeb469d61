/** The DECISION event (SPEC 8): everything a verifier needs to judge the command again from log and library alone. */
import { TO, WIDE } from "../fields";
import { COMMAND, COMMAND_DIGEST, COMMANDER, JUDGEMENT, STATE } from "../layout";
import { eventBegin, eventBytes, eventFields, eventMap, eventUnsigned } from "../log/event";
import { State } from "../store/state";
import * as status from "../status";
import { pumpClass } from "../trust/device";
import { sender } from "./authenticate";
import {
  Body,
  BODY_AT,
  bodyOf,
  Command,
  concentrationOf,
  DrugReference,
  KIND_LOG_ACK,
  KIND_START,
  kindIsOrder,
  rangeOf,
  REFERENCE_AT,
} from "./command";
import { Judgement, judgement } from "./judgement";

const EVENT_DECISION: u32 = 6;
const PERMITTED: u64 = 1;
const DENIED: u64 = 2;
const WAITS: u64 = 3;

/** How the judgement ended: keys 5 to 9. */
function outcomeFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    5 << TO | JUDGEMENT + offsetof<Judgement>("status"),
    6 << TO | JUDGEMENT + offsetof<Judgement>("limit"),
    7 << TO | WIDE | JUDGEMENT + offsetof<Judgement>("bound"),
    8 << TO | JUDGEMENT + offsetof<Judgement>("soft"),
    9 << TO | JUDGEMENT + offsetof<Judgement>("waived"),
    0,
  ]);
}

/** What was ordered, and for whom: keys 0 to 10 of the inputs. */
function orderedFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    0 << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("area"),
    1 << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("drug"),
    2 << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("variant"),
    3 << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("epoch"),
    4 << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("version"),
    5 << TO | STATE + offsetof<State>("weight_g"),
    6 << TO | STATE + offsetof<State>("bsa_cm2"),
    7 << TO | COMMAND + BODY_AT + offsetof<Body>("unit"),
    8 << TO | WIDE | COMMAND + BODY_AT + offsetof<Body>("dose"),
    9 << TO | COMMAND + BODY_AT + offsetof<Body>("rate_nl_per_h"),
    10 << TO | WIDE | COMMAND + BODY_AT + offsetof<Body>("volume_nl"),
    0,
  ]);
}

/** Prepares the event of the judged command; `approver` is the address of a kid or 0, `reason_code` 0 without override. */
export function writeDecision(reason_code: u32, approver: usize): void {
  const j = judgement();
  const c = changetype<Command>(COMMAND);
  const withInputs = kindIsOrder(c.kind);
  const overridden: u32 = reason_code == 0 ? 0 : approver == 0 ? 1 : 2;
  const acknowledges: u32 = c.kind == KIND_LOG_ACK ? 2 : 0;
  eventBegin(EVENT_DECISION, 12 + (withInputs ? 1 : 0) + overridden + acknowledges);
  eventUnsigned(0, <u64>sender().port);
  eventBytes(1, COMMANDER, 8);
  eventBytes(2, COMMAND_DIGEST, 32);
  eventUnsigned(3, <u64>c.kind);
  const word = j.verdict;
  eventUnsigned(4, word == status.PERMIT ? PERMITTED : word == status.NEEDS_OVERRIDE ? WAITS : DENIED);
  eventFields(outcomeFields());
  eventBytes(10, COMMAND + offsetof<Command>("patient_0"), 16);
  eventBytes(11, COMMAND + offsetof<Command>("order_0"), 16);
  if (withInputs) writeInputs(c.kind);
  if (overridden != 0) eventUnsigned(13, <u64>reason_code);
  if (approver != 0) eventBytes(14, approver, 8);
  if (acknowledges == 0) return;
  eventUnsigned(15, <u64>bodyOf(COMMAND).stream);
  eventUnsigned(16, <u64>bodyOf(COMMAND).acked);
}

/** What the verdict was made from. The state is the one before the effect: a bolus runs beside the old basal rate. */
function writeInputs(kind: u32): void {
  const s = changetype<State>(STATE);
  const b = bodyOf(COMMAND);
  const starts = kind == KIND_START;
  const range = rangeOf(COMMAND).present;
  eventMap(12, range != 0 ? 18 : 17);
  eventFields(orderedFields());
  eventUnsigned(11, starts ? concentrationOf(COMMAND).amount : s.amount);
  eventUnsigned(12, starts ? concentrationOf(COMMAND).volume_nl : s.amount_volume_nl);
  eventUnsigned(13, <u64>(starts ? b.set : s.set));
  eventUnsigned(14, <u64>s.rate_nl_per_h);
  eventUnsigned(15, b.total_nl);
  if (range != 0) eventUnsigned(16, rangeOf(COMMAND).max);
  eventUnsigned(17, <u64>pumpClass());
}
