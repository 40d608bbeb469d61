/** What happens in a ward, as its report tells it. */
import type { StatusName } from "../gate/status.js";

export type Actor = "prescriber" | "nurse" | "supervisor" | "pharmacy" | "engineer" | "world" | "attacker";

/** What kind of thing it was; charts give each its own sign. */
export type HappeningKind =
  | "associate"
  | "start"
  | "titrate"
  | "bolus"
  | "approval"
  | "bedside"
  | "panel"
  | "power"
  | "alarm"
  | "library"
  | "trust"
  | "log"
  | "attack";

/** PERMIT, DENY and NEEDS_OVERRIDE are verdicts; REFUSED never came to one; DONE is everything else that succeeded. */
export type Answer = "PERMIT" | "DENY" | "NEEDS_OVERRIDE" | "REFUSED" | "DONE";

export interface Happening {
  /** Virtual time since the ward opened. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly kind: HappeningKind;
  /** One line for people. */
  readonly what: string;
  readonly answer: Answer;
  /** Status name, "OK" for success; null where the gate was not asked. */
  readonly reason: string | null;
  /** The limit that decided, in words. */
  readonly limit: string | null;
  /** Dose it was about, in base units of the drug's continuous dosing unit; null for anything else. */
  readonly dose: number | null;
  /** The gate answered what the plan of the day expected. An attack is never expected to succeed. */
  readonly asPlanned: boolean;
}

/** A status, or several where the moment decides. */
export type Expected = StatusName | readonly StatusName[];

export function isExpected(reason: string, expected: Expected): boolean {
  return typeof expected === "string"
    ? reason === expected
    : (expected as readonly string[]).includes(reason);
}
