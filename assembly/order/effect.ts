/**
 * What a permitted command does (SPEC 6.1): each effect prepares NEXT and leaves the commit to decision.ts. The figures that move
 * the motor are masked with the verdict, so that a branch that went wrong alone moves nothing.
 */
import { clearBytes } from "../bytes";
import { acknowledge } from "./acknowledge";
import { EMERGENCY } from "../delivery/alarms";
import { flow } from "../delivery/flow";
import { answerAlarms, holdPrimary, IDLE, newBag, pause, resume, RUNNING, stop } from "../delivery/program";
import { copyFields, TO, WIDE } from "../fields";
import {
  BOUND_HARD_MAX,
  BOUND_SOFT_MAX,
  Drug,
  drugHas,
  ENTRY_KVO,
  KEY_STEP,
  Profile,
  stepBounds,
  stepOf,
} from "../library/entry";
import { COMMAND, DRUG, JUDGEMENT, NEXT, PROFILE, TRUST } from "../layout";
import {
  FLAG_ASSOCIATED,
  FLAG_MEASURES,
  FLAG_RANGE,
  FLAGS_RESET,
  PROGRAM_AT,
  PROGRAM_BYTES,
  State,
  stepAt,
  STEPS_AT,
  STATE_BYTES,
} from "../store/state";
import * as status from "../status";
import { calibrationOf } from "../trust/device";
import { Root } from "../trust/root";
import { floorRaise } from "../trust/time";
import { sender } from "./authenticate";
import {
  Body,
  BODY_AT,
  bodyOf,
  Command,
  Concentration,
  CONCENTRATION_AT,
  DrugReference,
  KIND_ASSOCIATE,
  KIND_BOLUS,
  KIND_CALIBRATE,
  KIND_CONFIGURE,
  KIND_DISASSOCIATE,
  KIND_LOADING,
  KIND_LOG_ACK,
  KIND_NEW_BAG,
  KIND_PAUSE,
  KIND_RESUME,
  KIND_STOP,
  KIND_TIME,
  KIND_TITRATE,
  kindStarts,
  loadingOf,
  MODE_INTERMITTENT,
  MODE_SECONDARY,
  orderStepAt,
  pcaOf,
  Range,
  RANGE_AT,
  rangeOf,
  REFERENCE_AT,
} from "./command";
import { Judgement, judgement, rateMaxNlPerH } from "./judgement";

/** All ones if the verdict is PERMIT, else 0. */
function permitMask(): u64 {
  const off = <u64>(judgement().verdict ^ status.PERMIT);
  return ((off | (0 - off)) >> 63) - 1;
}

/** Prepares NEXT for the permitted command in COMMAND. OK, or why it cannot be. */
export function effect(): u32 {
  const kind = changetype<Command>(COMMAND).kind;
  if (kindStarts(kind)) start();
  switch (kind) {
    case KIND_ASSOCIATE:
      associate();
      break;
    case KIND_TITRATE:
      titrate();
      break;
    case KIND_BOLUS:
    case KIND_LOADING:
      dose();
      break;
    case KIND_NEW_BAG:
      return newBag(bodyOf(COMMAND).volume_nl & permitMask());
    case KIND_PAUSE:
      return pause();
    case KIND_RESUME:
      return resume(changetype<State>(NEXT).rate_nl_per_h & (<u32>permitMask()));
    case KIND_STOP:
      stop();
      break;
    case KIND_DISASSOCIATE:
      disassociate();
      break;
    case KIND_CALIBRATE:
      return calibrate();
    case KIND_CONFIGURE:
      copyFields(configurationFields(), NEXT);
      break;
    case KIND_TIME:
      floorRaise(bodyOf(COMMAND).time_s & permitMask());
      break;
    case KIND_LOG_ACK:
      return acknowledge();
  }
  return status.OK;
}

/** Whom a permit is for; while a program is under way its area and measures only wait (SPEC 6.4). */
function associationFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("patient_0") << TO | WIDE | COMMAND + offsetof<Command>("patient_0"),
    offsetof<State>("patient_1") << TO | WIDE | COMMAND + offsetof<Command>("patient_1"),
    offsetof<State>("weight_g") << TO | COMMAND + BODY_AT + offsetof<Body>("weight_g"),
    offsetof<State>("bsa_cm2") << TO | COMMAND + BODY_AT + offsetof<Body>("bsa_cm2"),
    offsetof<State>("area") << TO | COMMAND + BODY_AT + offsetof<Body>("area"),
    0,
  ]);
}
function waitingFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("weight_next_g") << TO | COMMAND + BODY_AT + offsetof<Body>("weight_g"),
    offsetof<State>("bsa_next_cm2") << TO | COMMAND + BODY_AT + offsetof<Body>("bsa_cm2"),
    offsetof<State>("area_next") << TO | COMMAND + BODY_AT + offsetof<Body>("area"),
    0,
  ]);
}
/** What a pump is configured to (SPEC 4.2). */
function configurationFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("near_end_s") << TO | COMMAND + BODY_AT + offsetof<Body>("near_end_s"),
    offsetof<State>("paused_long_s") << TO | COMMAND + BODY_AT + offsetof<Body>("paused_long_s"),
    offsetof<State>("kvo_s_max") << TO | COMMAND + BODY_AT + offsetof<Body>("kvo_s_max"),
    0,
  ]);
}
/** What a program is about. */
function programFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("drug") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("drug"),
    offsetof<State>("variant") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("variant"),
    offsetof<State>("ingredient") << TO | DRUG + offsetof<Drug>("ingredient"),
    offsetof<State>("entry_flags") << TO | DRUG + offsetof<Drug>("flags"),
    offsetof<State>("unit") << TO | COMMAND + BODY_AT + offsetof<Body>("unit"),
    offsetof<State>("set") << TO | COMMAND + BODY_AT + offsetof<Body>("set"),
    offsetof<State>("amount") << TO | WIDE | COMMAND + BODY_AT + CONCENTRATION_AT + offsetof<Concentration>("amount"),
    offsetof<State>("amount_volume_nl") << TO | WIDE | COMMAND + BODY_AT + CONCENTRATION_AT + offsetof<Concentration>("volume_nl"),
    offsetof<State>("range_min") << TO | WIDE | COMMAND + BODY_AT + RANGE_AT + offsetof<Range>("min"),
    offsetof<State>("range_interval_s") << TO | COMMAND + BODY_AT + RANGE_AT + offsetof<Range>("interval_s"),
    offsetof<State>("library_epoch") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("epoch"),
    offsetof<State>("library_version") << TO | COMMAND + BODY_AT + REFERENCE_AT + offsetof<DrugReference>("version"),
    offsetof<State>("order_0") << TO | WIDE | COMMAND + offsetof<Command>("order_0"),
    offsetof<State>("order_1") << TO | WIDE | COMMAND + offsetof<Command>("order_1"),
    offsetof<State>("mode") << TO | COMMAND + BODY_AT + offsetof<Body>("mode"),
    0,
  ]);
}
/** The caps that the program carries from now on (SPEC 6.3). */
function capFields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    offsetof<State>("window_1") << TO | WIDE | JUDGEMENT + offsetof<Judgement>("cap_1"),
    offsetof<State>("window_2") << TO | WIDE | JUDGEMENT + offsetof<Judgement>("cap_2"),
    offsetof<State>("window_4") << TO | WIDE | JUDGEMENT + offsetof<Judgement>("cap_4"),
    offsetof<State>("window_24") << TO | WIDE | JUDGEMENT + offsetof<Judgement>("cap_24"),
    0,
  ]);
}

function associate(): void {
  const n = changetype<State>(NEXT);
  n.flags |= FLAG_ASSOCIATED;
  if (n.phase == IDLE) {
    copyFields(associationFields(), NEXT);
    n.flags &= ~FLAG_MEASURES;
  } else {
    copyFields(waitingFields(), NEXT);
    n.flags |= FLAG_MEASURES;
  }
}

function disassociate(): void {
  changetype<State>(NEXT).flags &= ~(FLAG_ASSOCIATED | FLAG_MEASURES);
  // Area, weight, surface and token; and what waits to take their place.
  clearBytes(NEXT + offsetof<State>("area"), offsetof<State>("alarms") - offsetof<State>("area"));
  const waiting = offsetof<State>("area_next");
  clearBytes(NEXT + waiting, offsetof<State>("near_end_s") - waiting);
}

/** A new program: everything the permit is about, from the command that was judged. */
function start(): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const p = pcaOf(COMMAND);
  const mask = permitMask();
  const generation = n.generation;
  if (b.mode == MODE_SECONDARY) holdPrimary();
  clearBytes(NEXT + PROGRAM_AT, PROGRAM_BYTES);
  copyFields(programFields(), NEXT);
  copyFields(capFields(), NEXT);
  n.phase = RUNNING;
  n.generation = generation + 1;
  n.dose = b.dose & mask;
  n.step_base_dose = n.dose;
  n.rate_max_nl_per_h = <u32>(rateMaxNlPerH() & mask);
  n.vtbi_nl = b.volume_nl & mask;
  n.bag_end_nl = n.vtbi_nl;
  n.total_nl = b.total_nl & mask;
  n.range_max = rangeOf(COMMAND).max & mask;
  n.range_step = rangeOf(COMMAND).step & mask;
  narrowRange();
  n.pca_rate_nl_per_h = p.rate_nl_per_h & (<u32>mask);
  n.pca_dose_nl = p.volume_nl & mask;
  n.lockout_s = p.lockout_s;
  const keepsOpen = b.mode <= MODE_INTERMITTENT && (changetype<Drug>(DRUG).flags & ENTRY_KVO) != 0;
  n.kvo_rate_nl_per_h = keepsOpen ? changetype<Profile>(PROFILE).kvo_rate_nl_per_h & (<u32>mask) : 0;
  n.flags &= ~(FLAG_RANGE | FLAGS_RESET);
  answerAlarms(); // else one that rose while idle would not pause this program
  if (rangeOf(COMMAND).present != 0) n.flags |= FLAG_RANGE;
  startSteps(mask);
  takeOver();
}

/** Without a signature nobody increases by more, or sooner, than the entry's titration step lets a prescriber (SPEC 4.2). */
function narrowRange(): void {
  const n = changetype<State>(NEXT);
  const d = changetype<Drug>(DRUG);
  if (!drugHas(d, KEY_STEP)) return;
  const b = stepBounds(stepOf(d));
  if ((b.present & BOUND_SOFT_MAX) != 0) n.range_step = min(n.range_step, b.soft_max);
  if ((b.present & BOUND_HARD_MAX) != 0) n.range_step = min(n.range_step, b.hard_max);
  n.range_interval_s = max(n.range_interval_s, stepOf(d).interval_s);
}

/** The program's steps, the loading dose first; a program with one step has no list (SPEC 4.2). */
function startSteps(mask: u64): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const l = loadingOf(COMMAND);
  clearBytes(NEXT + STEPS_AT, STATE_BYTES - STEPS_AT);
  const first = l.present != 0 ? 1 : 0;
  let from_nl: u64 = 0;
  if (first != 0) {
    putStep(0, 0, b.dose & mask, l.rate_nl_per_h & (<u32>mask));
    stepAt(NEXT, 0).loading = 1;
    from_nl = l.volume_nl & mask;
  }
  const more = b.stepCount;
  n.steps = first + more == 0 ? 0 : first + more + 1;
  n.rate_nl_per_h = (first != 0 ? l.rate_nl_per_h : b.rate_nl_per_h) & (<u32>mask);
  n.rate_permitted_nl_per_h = n.rate_nl_per_h;
  if (n.steps == 0) return;
  putStep(first, from_nl, b.dose & mask, b.rate_nl_per_h & (<u32>mask));
  for (let i: u32 = 0; i < more; i++) {
    const s = orderStepAt(COMMAND, i);
    from_nl += s.after_nl & mask;
    putStep(first + 1 + i, from_nl, s.dose & mask, s.rate_nl_per_h & (<u32>mask));
  }
}

function putStep(index: u32, from_nl: u64, dose: u64, rate_nl_per_h: u32): void {
  const s = stepAt(NEXT, index);
  s.from_nl = from_nl;
  s.dose = dose;
  s.rate_nl_per_h = rate_nl_per_h;
  s.loading = 0;
}

/** Who ordered this answers for what runs: an emergency stands as such until a signed order takes it over (SPEC 6.6). */
function takeOver(): void {
  const n = changetype<State>(NEXT);
  n.alarms &= ~EMERGENCY;
  if (judgement().emergency != 0) n.alarms |= EMERGENCY;
}

function titrate(): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const j = judgement();
  const mask = permitMask();
  const before = n.dose;
  const rate_before = n.rate_permitted_nl_per_h;
  n.dose = b.dose & mask;
  n.rate_nl_per_h = b.rate_nl_per_h & (<u32>mask);
  n.rate_permitted_nl_per_h = n.rate_nl_per_h;
  // What a person had reduced to is what an emergency goes back to.
  if (j.emergency == 0) n.rate_reduced_nl_per_h = 0;
  n.steps = 0;
  n.step = 0;
  takeOver();
  if (j.reducing != 0) return;
  n.rate_max_nl_per_h = <u32>(rateMaxNlPerH() & mask);
  n.step_base_dose = j.base_dose;
  if (j.began != 0) flow().step_ms = sender().now_ms; // a new interval of the titration step
  copyFields(capFields(), NEXT);
  if (j.emergency == 0) return;
  // An emergency increase goes back by itself: a step, so that neither a pause nor a reset makes it longer.
  const most_nl = (<u64>n.rate_nl_per_h * <u64>changetype<Root>(TRUST).emergency_s_max) / 3600;
  n.steps = 2;
  putStep(0, 0, n.dose, n.rate_nl_per_h);
  putStep(1, flow().delivered_nl + most_nl, before, rate_before);
}

/** A bolus, or a loading dose beside the basal rate. */
function dose(): void {
  const n = changetype<State>(NEXT);
  const b = bodyOf(COMMAND);
  const mask = permitMask();
  n.bolus_rate_nl_per_h = b.rate_nl_per_h & (<u32>mask);
  n.bolus_end_nl = (flow().bolus_delivered_nl + b.volume_nl) & mask;
  copyFields(capFields(), NEXT);
}

/** A known set's figure, or a new set in a free place. OK or SET. */
function calibrate(): u32 {
  const b = bodyOf(COMMAND);
  let place = calibrationOf(NEXT, b.set);
  if (place == 0) place = calibrationOf(NEXT, 0);
  if (place == 0) return status.SET;
  store<u32>(place, b.set & (<u32>permitMask()));
  store<u32>(place, b.pl_per_step & (<u32>permitMask()), 4);
  return status.OK;
}
