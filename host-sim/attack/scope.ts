/**
 * Published vulnerabilities of infusion pumps, all that are known here, with what a gate in the pump's controller does about each:
 * also where that is nothing. The judgement is this project's, not the advisories'.
 */
import { LIMITED } from "./scope-limited.js";
import { STOPPED } from "./scope-stopped.js";

export interface ScopeRow {
  readonly ids: readonly string[];
  readonly product: string;
  /** The published cause, in a few words. */
  readonly cause: string;
  /** `yes`: what it does to dose or library is refused; `partly`: refused in part, or bounded; `no`: it happens where the gate is not. */
  readonly gate: "yes" | "partly" | "no";
  /** What is stopped, and what is not. */
  readonly why: string;
  /** Id of the attack that tries it. Every row that is stopped has one, not always of its own. */
  readonly tried?: string;
}

/** What is stopped first, then by year. */
export const SCOPE: readonly ScopeRow[] = [...STOPPED, ...LIMITED];
