/**
 * What survives a reset, as views over static memory. Stream 0 carries `State`, stream 1 carries `Meter` (SPEC 8, 9.2).
 *
 * A verb writes to NEXT, never to the committed copy; `commit` programs the difference together with its event as one
 * record and only then makes NEXT current, `rollback` forgets it. So state and log cannot disagree, whatever the power does.
 */

/**
 * Decisions, association, configuration, program. The primary of a secondary and the steps of the program follow (`PRIMARY_AT`,
 * `stepAt`); STATE_BYTES is the size of all three.
 */
@unmanaged
export class State {
  boot: u32;
  /** What the hardware counter must read (SPEC 2.6). */
  counter: u32;
  /** FLAG_ bits below. */
  flags: u32;
  root_version: u32;
  /** Time floor, Unix seconds (SPEC 2.5). */
  floor_s: u64;
  /** Object segment in use, 0 or 1, and the tag that its content must have. */
  object_segment: u32;
  /** Manifest slot that is active, and the one that waits: 0 none, 1, 2. */
  manifest_active: u32;
  manifest_next: u32;
  /** First 16 bytes of the objects' tag. */
  object_tag_0: u32;
  object_tag_1: u32;
  object_tag_2: u32;
  object_tag_3: u32;
  /** Highest acknowledged sequence of each stream (records up to it may be overwritten without a LOST event). */
  acked_0: u32;
  acked_1: u32;

  // Association (SPEC 4.2)
  area: u32;
  weight_g: u32;
  bsa_cm2: u32;
  patient_0: u64;
  patient_1: u64;
  /** Latched alarms (SPEC 6.7). */
  alarms: u32;
  /** Area and measures of an associate that came while a program was under way, until MEASURES at the panel (SPEC 6.4). */
  area_next: u32;
  weight_next_g: u32;
  bsa_next_cm2: u32;

  // Configuration, and picolitres per motor step of up to CALIBRATIONS_MAX disposable sets (SPEC 4.2; `calibrationOf`)
  near_end_s: u32;
  paused_long_s: u32;
  kvo_s_max: u32;
  pad: u32;
  set_0: u32;
  pl_per_step_0: u32;
  set_1: u32;
  pl_per_step_1: u32;
  set_2: u32;
  pl_per_step_2: u32;
  set_3: u32;
  pl_per_step_3: u32;

  // Program (SPEC 6.1), PROGRAM_BYTES from here to the end; the permit lives as long as the phase is not IDLE
  phase: u32;
  generation: u32;
  drug: u32;
  variant: u32;
  ingredient: u32;
  entry_flags: u32;
  unit: u32;
  set: u32;
  dose: u64;
  /** Running rate, and the highest rate that a judgement permitted, nL/h. */
  rate_nl_per_h: u32;
  rate_permitted_nl_per_h: u32;
  amount: u64;
  amount_volume_nl: u64;
  /** End of this bag and of the order, as volumes since the program's start, nL. */
  bag_end_nl: u64;
  total_nl: u64;
  vtbi_nl: u64;
  range_min: u64;
  range_max: u64;
  range_step: u64;
  range_interval_s: u32;
  /** Rate of the bolus under way, nL/h, 0 = none; it ends when the bolus account (Meter) reaches `bolus_end_nl`. */
  bolus_rate_nl_per_h: u32;
  bolus_end_nl: u64;
  library_epoch: u32;
  library_version: u32;
  order_0: u64;
  order_1: u64;
  /** MODE_ of order/command.ts. */
  mode: u32;
  /** Rate after the bag, nL/h; 0 = none. */
  kvo_rate_nl_per_h: u32;
  /** Volume since the program's start that precedes this generation, nL: not 0 for a primary that was taken up again. */
  base_nl: u64;
  /** Caps of the windows of 1, 2, 4, 24 h in base units, for this patient (SPEC 6.3); 0 = none. */
  window_1: u64;
  window_2: u64;
  window_4: u64;
  window_24: u64;
  /** One PCA dose: its rate, the time that must pass before the next, and its volume. */
  pca_rate_nl_per_h: u32;
  lockout_s: u32;
  pca_dose_nl: u64;
  /** The dose in force when the present interval of the titration step began (SPEC 4.4). */
  step_base_dose: u64;
  /** Profile's rate maximum at the last judgement, nL/h: bounds basal + bolus. */
  rate_max_nl_per_h: u32;
  /** What a person reduced to, nL/h: caps every later step; 0 = nothing. */
  rate_reduced_nl_per_h: u32;
  /** The step in force, and how many there are; 0 of a program with one. */
  step: u32;
  steps: u32;
}

/** Where the program begins in a state, and its bytes. */
export const PROGRAM_AT: usize = offsetof<State>("phase");
export const PROGRAM_BYTES: usize = offsetof<State>() - PROGRAM_AT;
/** The primary that a secondary returns to: a program as it was; its phase is IDLE if there is none. Behind it the volume of it that resets left uncertain. */
export const PRIMARY_AT: usize = offsetof<State>();
export const PRIMARY_UNCERTAIN_AT: usize = PRIMARY_AT + PROGRAM_BYTES;

/** One step of the program (SPEC 4.2). */
@unmanaged
export class Step {
  /** Volume since the program's start where it begins, nL. */
  from_nl: u64;
  dose: u64;
  rate_nl_per_h: u32;
  /** 1: a loading dose. */
  loading: u32;
}

export const STEPS_MAX: u32 = 10;
export const STEPS_AT: usize = PRIMARY_UNCERTAIN_AT + 8;
export const STATE_BYTES: usize = STEPS_AT + <usize>STEPS_MAX * offsetof<Step>();

/** Step `index` of the state at `state`. */
export function stepAt(state: usize, index: u32): Step {
  assert(index < STEPS_MAX);
  return changetype<Step>(state + STEPS_AT + index * offsetof<Step>());
}

/** `State.flags`. */
export const FLAG_TAMPERED: u32 = 1;
export const FLAG_REVOKED: u32 = 2;
export const FLAG_ASSOCIATED: u32 = 4;
/** A signed titration range came with the program. */
export const FLAG_RANGE: u32 = 8;
/** There was a program at a reset: resuming it needs the patient token (SPEC 6.3). */
export const FLAG_AFTER_RESET: u32 = 16;
/** The power was off too long, or nobody knows how long, and no later reset makes it shorter. */
export const FLAG_TOO_LATE: u32 = 32;
/** Area and measures wait for MEASURES at the panel. */
export const FLAG_MEASURES: u32 = 64;
/** Both: a person has taken the program up again, or ended it. */
export const FLAGS_RESET: u32 = FLAG_AFTER_RESET | FLAG_TOO_LATE;

/**
 * Volumes since the program's start, nL (SPEC 6.2). Never under-counted: what is reserved is programmed before it is granted. What changes
 * with every record stands side by side.
 */
@unmanaged
export class Meter {
  /** The program that the account belongs to; another one's reads as zero. */
  generation: u32;
  /** Number of the ledger's account that is charged, from 1; 0 = none. */
  account: u32;
  /** METER_ bits. */
  flags: u32;
  /** The ledger's clock, s (SPEC 6.3). */
  clock_s: u32;
  delivered_nl: u64;
  /** Reserved beyond delivered: mostly the same from record to record, so that it costs them nothing. */
  ahead_nl: u64;
  /** Reserved but unaccounted for at resets: part of delivered, shown apart. */
  uncertain_nl: u64;
  /** Part of delivered that was bolus, for the bolus under way to know its end. */
  bolus_delivered_nl: u64;
  /** The concentration that the account is charged by. */
  amount: u64;
  amount_volume_nl: u64;
  /** PCA attempts and doses given since the program's start. */
  attempts: u32;
  demands: u32;
}

/** `Meter.flags`: boluses are left out of the account. */
export const METER_BOLUS_APART: u32 = 1;

/** What a patient has had of an ingredient (SPEC 6.3); BUCKETS closed quarter hours follow, packed (delivery/bucket.ts). */
@unmanaged
export class Account {
  patient_0: u64;
  patient_1: u64;
  /** 0 = the account is free. */
  ingredient: u32;
  /** 1 once an entry with windows or lockout has used it. */
  held: u32;
  /** By the ledger's clock: when the quarter hour of the last charge began. */
  charged_s: u32;
  pad: u32;
  /** Amount in the open bucket, base units. */
  open: u64;
  /** End of the last bolus, loading or PCA dose. */
  dose_end_s: u32;
  zero: u32;
}

/** Closed buckets of an account: 24 h of quarter hours. */
export const BUCKETS: u32 = 96;
/** Accounts: each costs 432 bytes of RAM twice, as much of a segment header while in use, and 256 bytes of minutes. */
export const ACCOUNTS: u32 = 3;
export const ACCOUNT_BYTES: usize = offsetof<Account>() + <usize>BUCKETS * 4;
export const METER_BYTES: usize = offsetof<Meter>() + <usize>ACCOUNTS * ACCOUNT_BYTES;

/** Account `number`, from 1, of the meter at `meter`. */
export function accountAt(meter: usize, number: u32): Account {
  assert(number - 1 < ACCOUNTS);
  return changetype<Account>(meter + offsetof<Meter>() + <usize>(number - 1) * ACCOUNT_BYTES);
}
