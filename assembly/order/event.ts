/** The DECISION event (SPEC 8): everything a verifier needs to judge the command again from log and library alone. */
import { TO, WIDE } from "../fields";
import { COMMAND, COMMAND_DIGEST, COMMANDER, DRUG, JUDGEMENT, STATE } from "../layout";
import {
  eventArray,
  eventBegin,
  eventBytes,
  eventFields,
  eventItem,
  eventMap,
  eventUnsigned,
} from "../log/event";
import { Drug, drugHas, KEY_WINDOWS } from "../library/entry";
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
  KIND_CALIBRATE,
  KIND_CONFIGURE,
  KIND_LOG_ACK,
  KIND_TITRATE,
  kindIsOrder,
  kindIsService,
  kindStarts,
  loadingOf,
  orderStepAt,
  pcaOf,
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

/** What was ordered, and for whom: keys 0 to 9 of the inputs. */
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
  const service: u32 = kindIsService(c.kind) && acknowledges == 0 ? 1 : 0;
  eventBegin(EVENT_DECISION, 12 + (withInputs ? 1 : 0) + overridden + acknowledges + service + j.emergency);
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
  if (acknowledges != 0) {
    eventUnsigned(15, <u64>bodyOf(COMMAND).stream);
    eventUnsigned(16, <u64>bodyOf(COMMAND).acked);
  }
  if (service != 0) writeService(c.kind);
  if (j.emergency != 0) eventUnsigned(18, 1);
}

/** What a service command sets. */
function writeService(kind: u32): void {
  const b = bodyOf(COMMAND);
  eventArray(17, kind == KIND_CALIBRATE ? 2 : kind == KIND_CONFIGURE ? 3 : 1);
  if (kind == KIND_CALIBRATE) {
    eventItem(<u64>b.set);
    eventItem(<u64>b.pl_per_step);
  } else if (kind == KIND_CONFIGURE) {
    eventItem(<u64>b.near_end_s);
    eventItem(<u64>b.paused_long_s);
    eventItem(<u64>b.kvo_s_max);
  } else {
    eventItem(b.time_s);
  }
}

/** What the verdict was made from. The state is the one before the effect: a bolus runs beside the old basal rate. */
function writeInputs(kind: u32): void {
  const s = changetype<State>(STATE);
  const b = bodyOf(COMMAND);
  const j = judgement();
  const starts = kindStarts(kind);
  const range = rangeOf(COMMAND).present;
  const windows = drugHas(changetype<Drug>(DRUG), KEY_WINDOWS) && j.proofs == status.OK;
  const loading = loadingOf(COMMAND).present;
  const pca = pcaOf(COMMAND).present;
  eventMap(
    12,
    18 + one(range) + (windows ? 1 : 0) + one(b.stepCount) + one(loading) + one(pca) + one(b.duration_s),
  );
  eventFields(orderedFields());
  eventUnsigned(10, kind == KIND_TITRATE ? j.base_dose : b.volume_nl);
  eventUnsigned(11, starts ? concentrationOf(COMMAND).amount : s.amount);
  eventUnsigned(12, starts ? concentrationOf(COMMAND).volume_nl : s.amount_volume_nl);
  eventUnsigned(13, <u64>(starts ? b.set : s.set));
  eventUnsigned(14, <u64>s.rate_nl_per_h);
  eventUnsigned(15, b.total_nl);
  if (range != 0) eventUnsigned(16, rangeOf(COMMAND).max);
  eventUnsigned(17, <u64>pumpClass());
  if (windows) {
    eventArray(18, 4);
    eventItem(j.window_1);
    eventItem(j.window_2);
    eventItem(j.window_4);
    eventItem(j.window_24);
  }
  if (b.stepCount != 0) writeSteps(b.stepCount);
  if (loading != 0) {
    const l = loadingOf(COMMAND);
    eventArray(20, 4);
    writeDose(l.unit, l.dose, l.rate_nl_per_h, l.volume_nl);
  }
  if (pca != 0) {
    const p = pcaOf(COMMAND);
    eventArray(21, 5);
    writeDose(p.unit, p.dose, p.rate_nl_per_h, p.volume_nl);
    eventItem(<u64>p.lockout_s);
  }
  if (b.duration_s != 0) eventUnsigned(22, <u64>b.duration_s);
  eventUnsigned(23, <u64>(starts ? b.mode : s.mode));
}

/** 1 for what is there. */
function one(present: u32): u32 {
  return present != 0 ? 1 : 0;
}

function writeDose(unit: u32, dose: u64, rate_nl_per_h: u32, volume_nl: u64): void {
  eventItem(<u64>unit);
  eventItem(dose);
  eventItem(<u64>rate_nl_per_h);
  eventItem(volume_nl);
}

/** What limits ask of the steps after the first: lowest and highest dose, highest rate. */
function writeSteps(count: u32): void {
  let lowest: u64 = u64.MAX_VALUE;
  let highest: u64 = 0;
  let rate: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const s = orderStepAt(COMMAND, i);
    lowest = min(lowest, s.dose);
    highest = max(highest, s.dose);
    rate = max(rate, s.rate_nl_per_h);
  }
  eventArray(19, 3);
  eventItem(lowest);
  eventItem(highest);
  eventItem(<u64>rate);
}
