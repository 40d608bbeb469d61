/** The DECISION event (SPEC 8): everything a verifier needs to judge the command again from log and library alone. */
import { COMMAND, COMMAND_DIGEST, COMMANDER, STATE } from "../layout";
import { eventBegin, eventBytes, eventMap, eventUnsigned } from "../log/event";
import { State } from "../store/state";
import * as status from "../status";
import { pumpClass } from "../trust/device";
import { sender } from "./authenticate";
import { bodyOf, Command, concentrationOf, KIND_START, kindIsOrder, rangeOf, referenceOf } from "./command";
import { judgement } from "./judgement";

const EVENT_DECISION: u32 = 6;
const PERMITTED: u64 = 1;
const DENIED: u64 = 2;
const WAITS: u64 = 3;

/** Prepares the event of the judged command; `approver` is the address of a kid or 0, `reason_code` 0 without override. */
export function writeDecision(reason_code: u32, approver: usize): void {
  const j = judgement();
  const c = changetype<Command>(COMMAND);
  const withInputs = kindIsOrder(c.kind);
  const overridden: u32 = reason_code == 0 ? 0 : approver == 0 ? 1 : 2;
  eventBegin(EVENT_DECISION, 12 + (withInputs ? 1 : 0) + overridden);
  eventUnsigned(0, <u64>sender().port);
  eventBytes(1, COMMANDER, 8);
  eventBytes(2, COMMAND_DIGEST, 32);
  eventUnsigned(3, <u64>c.kind);
  const word = j.verdict;
  eventUnsigned(4, word == status.PERMIT ? PERMITTED : word == status.NEEDS_OVERRIDE ? WAITS : DENIED);
  eventUnsigned(5, <u64>j.status);
  eventUnsigned(6, <u64>j.limit);
  eventUnsigned(7, j.bound);
  eventUnsigned(8, <u64>j.soft);
  eventUnsigned(9, <u64>j.waived);
  eventBytes(10, COMMAND + offsetof<Command>("patient_0"), 16);
  eventBytes(11, COMMAND + offsetof<Command>("order_0"), 16);
  if (withInputs) writeInputs(c.kind);
  if (overridden != 0) eventUnsigned(13, <u64>reason_code);
  if (approver != 0) eventBytes(14, approver, 8);
}

/** What the verdict was made from. The state is the one before the effect: a bolus runs beside the old basal rate. */
function writeInputs(kind: u32): void {
  const s = changetype<State>(STATE);
  const b = bodyOf(COMMAND);
  const r = referenceOf(COMMAND);
  const starts = kind == KIND_START;
  const range = rangeOf(COMMAND).present;
  eventMap(12, range != 0 ? 18 : 17);
  eventUnsigned(0, <u64>r.area);
  eventUnsigned(1, <u64>r.drug);
  eventUnsigned(2, <u64>r.variant);
  eventUnsigned(3, <u64>r.epoch);
  eventUnsigned(4, <u64>r.version);
  eventUnsigned(5, <u64>s.weight_g);
  eventUnsigned(6, <u64>s.bsa_cm2);
  eventUnsigned(7, <u64>b.unit);
  eventUnsigned(8, b.dose);
  eventUnsigned(9, <u64>b.rate_nl_per_h);
  eventUnsigned(10, b.volume_nl);
  eventUnsigned(11, starts ? concentrationOf(COMMAND).amount : s.amount);
  eventUnsigned(12, starts ? concentrationOf(COMMAND).volume_nl : s.amount_volume_nl);
  eventUnsigned(13, <u64>(starts ? b.set : s.set));
  eventUnsigned(14, <u64>s.rate_nl_per_h);
  eventUnsigned(15, b.total_nl);
  if (range != 0) eventUnsigned(16, rangeOf(COMMAND).max);
  eventUnsigned(17, <u64>pumpClass());
}
