/** Whether a command may come at all: what device, program and patient allow for its kind (SPEC 4.4, steps 9 and 10). */
import { EMERGENCY } from "../delivery/alarms";
import { flow } from "../delivery/flow";
import {
  besideBolus,
  flowing,
  IDLE,
  LIMIT_SHIFT,
  newBagRefusal,
  PAUSED,
  RUNNING,
  stoppable,
  upwardAllowed,
} from "../delivery/program";
import { loadingUnderWay, stepToCome } from "../delivery/steps";
import { COMMAND, NEXT, TRUST } from "../layout";
import { FLAG_ASSOCIATED, FLAG_MEASURES, State } from "../store/state";
import * as status from "../status";
import { POLICY_EMERGENCY, Root } from "../trust/root";
import { FLOOR_STEP_S_MAX, knownTimeS } from "../trust/time";
import {
  bodyOf,
  Command,
  KIND_ASSOCIATE,
  KIND_DISASSOCIATE,
  KIND_LOG_ACK,
  KIND_NEW_BAG,
  KIND_PAUSE,
  KIND_RESUME,
  KIND_START,
  KIND_STOP,
  KIND_TIME,
  KIND_TITRATE,
  kindIsDose,
  kindIsOrder,
  kindIsService,
  kindStarts,
  loadingOf,
  MODE_CONTINUOUS,
  MODE_INTERMITTENT,
  MODE_SECONDARY,
  rangeOf,
  referenceOf,
} from "./command";
import { judgement } from "./judgement";
import { broken, LIMIT_SURFACE, LIMIT_WEIGHT, LIMIT_WINDOW } from "./limit";
import { unitTime } from "./units";

/** True for a titration that does not raise the rate: it needs no library (SPEC 3.5). */
export function isReduction(): bool {
  const n = changetype<State>(NEXT);
  const titrates = changetype<Command>(COMMAND).kind == KIND_TITRATE;
  return titrates && n.phase != IDLE && bodyOf(COMMAND).rate_nl_per_h <= n.rate_nl_per_h;
}

/** Steps 9 and 10. */
export function eligible(kind: u32): u32 {
  let failure = forKind(kind);
  const upward = kindIsOrder(kind) && judgement().reducing == 0;
  if (failure == status.OK && upward && (changetype<State>(NEXT).flags & FLAG_MEASURES) != 0) {
    failure = status.MEASURES;
  }
  if (failure == status.OK && judgement().emergency != 0) failure = emergency(kind);
  if (failure == status.OK && !kindIsService(kind)) failure = patient(kind);
  return failure == status.OK && kind == KIND_NEW_BAG ? bag() : failure;
}

/** Step 9: what the device and the program allow for this kind. */
function forKind(kind: u32): u32 {
  const phase = changetype<State>(NEXT).phase;
  if (kind == KIND_LOG_ACK || kind == KIND_ASSOCIATE) return status.OK;
  if (kind == KIND_PAUSE) return flowing(phase) ? status.OK : status.PHASE;
  if (kind == KIND_STOP) return stoppable();
  if (kind == KIND_DISASSOCIATE) return phase == IDLE ? status.OK : status.PHASE;
  if (judgement().reducing != 0) return titratable(phase);
  const refusal = upwardAllowed();
  if (refusal != status.OK) return refusal;
  if (kind == KIND_TIME) return time();
  if (kindIsService(kind)) return phase == IDLE ? status.OK : status.PHASE;
  // Expiry blocks what is new, never what runs (SPEC 2.5).
  if (knownTimeS() >= changetype<Root>(TRUST).expires_s) return status.EXPIRED;
  if (kindStarts(kind)) return startable(phase);
  if (kind == KIND_NEW_BAG) return phase != IDLE ? status.OK : status.PHASE;
  if (kind == KIND_RESUME) return phase == PAUSED ? status.OK : status.PHASE;
  if (kindIsDose(kind)) return dosable(phase);
  const failure = titratable(phase);
  return failure == status.OK ? besideBolus(<u64>bodyOf(COMMAND).rate_nl_per_h) : failure;
}

/** A rate of dose that no later step would change by itself; but for the step that ends an emergency, which a signed order takes over. */
function titratable(phase: u32): u32 {
  const n = changetype<State>(NEXT);
  const taken = (n.alarms & EMERGENCY) != 0 && judgement().emergency == 0;
  const steady = unitTime(n.unit) != 0 && (taken || !stepToCome());
  return steady && (phase == RUNNING || phase == PAUSED) ? status.OK : status.PHASE;
}

/** A new program ends none, but a secondary interrupts one: of mode 1 or 2, in its last step (SPEC 6.1). */
function startable(phase: u32): u32 {
  const n = changetype<State>(NEXT);
  if (bodyOf(COMMAND).mode != MODE_SECONDARY) return phase == IDLE ? status.OK : status.PHASE;
  const primary = n.mode <= MODE_INTERMITTENT && !stepToCome();
  if (!primary || (phase != RUNNING && phase != PAUSED)) return status.PHASE;
  return n.bolus_rate_nl_per_h == 0 ? status.OK : status.BOLUS_ACTIVE;
}

function dosable(phase: u32): u32 {
  const n = changetype<State>(NEXT);
  // GIP 1.4.11: no bolus while an alarm stands.
  if (n.alarms != 0) return status.ALARM_ACTIVE;
  if (phase != RUNNING || flow().hold != 0) return status.PHASE;
  return n.bolus_rate_nl_per_h == 0 && !loadingUnderWay() ? status.OK : status.BOLUS_ACTIVE;
}

/** A signed time only goes forward, and no further than any other signed object could bring it (SPEC 2.5). */
function time(): u32 {
  const floor = changetype<State>(NEXT).floor_s;
  const given = bodyOf(COMMAND).time_s;
  if (given <= floor) return status.BAD_ARGUMENT;
  return given - floor > FLOOR_STEP_S_MAX ? status.TIME_STEP : status.OK;
}

/** What nobody signed must be allowed by policy, and be one plain rate (SPEC 6.6). */
function emergency(kind: u32): u32 {
  const b = bodyOf(COMMAND);
  const allowed = (changetype<Root>(TRUST).policyFlags & POLICY_EMERGENCY) != 0;
  const more = b.stepCount | rangeOf(COMMAND).present | loadingOf(COMMAND).present;
  const plain =
    kind == KIND_START
      ? b.mode == MODE_CONTINUOUS && more == 0
      : kind == KIND_TITRATE && judgement().reducing == 0;
  return allowed && plain ? status.OK : status.EMERGENCY_NOT_ALLOWED;
}

/** Step 10: the patient who is associated, and the order that runs. */
function patient(kind: u32): u32 {
  const n = changetype<State>(NEXT);
  const c = changetype<Command>(COMMAND);
  const associated = (n.flags & FLAG_ASSOCIATED) != 0;
  const same = associated && c.patient_0 == n.patient_0 && c.patient_1 == n.patient_1;
  if (kind == KIND_ASSOCIATE) {
    return (associated || n.phase != IDLE) && !same ? status.ASSOCIATED : measuresSane();
  }
  if (!same) return status.PATIENT;
  const continues = kind == KIND_NEW_BAG || (kindIsOrder(kind) && !kindStarts(kind));
  if (!continues) return status.OK;
  const r = referenceOf(COMMAND);
  if (c.order_0 != n.order_0 || c.order_1 != n.order_1) return status.ORDER;
  if (kind == KIND_NEW_BAG) return status.OK;
  return r.area == n.area && r.drug == n.drug && r.variant == n.variant ? status.OK : status.ORDER;
}

/** Weight 200 g to 500 kg, body surface 0.05 to 3.5 m2, or unknown (SPEC 5.1). */
function measuresSane(): u32 {
  const b = bodyOf(COMMAND);
  if (b.weight_g != 0 && (b.weight_g < 200 || b.weight_g > 500000)) {
    return broken(status.LIMIT_CEILING, LIMIT_WEIGHT, b.weight_g < 200 ? 200 : 500000);
  }
  if (b.bsa_cm2 != 0 && (b.bsa_cm2 < 500 || b.bsa_cm2 > 35000)) {
    return broken(status.LIMIT_CEILING, LIMIT_SURFACE, b.bsa_cm2 < 500 ? 500 : 35000);
  }
  return status.OK;
}

/** After step 10: a new bag stays within the order's total, and its drug within the windows that the program carries (SPEC 6.3). */
function bag(): u32 {
  const refusal = newBagRefusal(bodyOf(COMMAND).volume_nl);
  const limit = refusal >> LIMIT_SHIFT;
  if (limit == 0) return refusal;
  const cap = load<u64>(NEXT + offsetof<State>("window_1") + ((limit - LIMIT_WINDOW) << 3));
  return broken(status.LIMIT_HARD, limit, cap);
}
