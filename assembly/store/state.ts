/**
 * What survives a reset, as views over static memory. Stream 0 carries `State`, stream 1 carries `Meter` (SPEC 8, 9.2).
 *
 * A verb writes to NEXT, never to the committed copy; `commit` programs the difference together with its event as one
 * record and only then makes NEXT current, `rollback` forgets it. So state and log cannot disagree, whatever the power does.
 */

/** Decisions, program, association. Multiple of 4 bytes; fields only append. */
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

  // Program (SPEC 6.1); the permit lives as long as the phase is not IDLE
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
  /** Latched alarms (SPEC 6.4). */
  alarms: u32;
  /** Profile's rate maximum at the last judgement, nL/h: bounds basal + bolus. */
  rate_max_nl_per_h: u32;
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
/** Both: a person has taken the program up again, or ended it. */
export const FLAGS_RESET: u32 = FLAG_AFTER_RESET | FLAG_TOO_LATE;

/** Volumes since the program's start, nL (SPEC 6.2). Never under-counted: `reserved` is programmed before it is granted. */
@unmanaged
export class Meter {
  /** The program that the account belongs to; another one's reads as zero. */
  generation: u32;
  pad: u32;
  delivered_nl: u64;
  reserved_nl: u64;
  /** Reserved but unaccounted for at resets: part of delivered, shown apart. */
  uncertain_nl: u64;
  /** Part of delivered that was bolus, for the bolus under way to know its end. */
  bolus_delivered_nl: u64;
}
