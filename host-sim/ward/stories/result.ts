/** What came of a story, as plain data: the report draws it, the command prints it. Times in ms since the story began. */
import type { LogVerdict } from "../collector.js";
import type { Span } from "../result.js";
import type { StoryStep } from "../story.js";

/** A quantity with the words it was written in. */
export interface Figure {
  readonly text: string;
  readonly value: number;
}

/** A limit that stopped something. */
export interface HeldLimit {
  readonly atMs: number;
  readonly what: string;
  readonly limit: string;
  /** It asked for an override; else it refused. */
  readonly soft: boolean;
  readonly asked: Figure;
  readonly bound: Figure;
}

/** From here on: what the grants allow, basal and bolus together. */
export interface RatePoint {
  readonly atMs: number;
  readonly rateNlPerH: number;
  readonly generation: number;
}

/** The sum of one window over time, and the cap that the program carries. */
export interface WindowSeries {
  readonly hours: number;
  /** Amount unit, and base units in one. */
  readonly unit: string;
  readonly baseUnitsPerUnit: number;
  readonly cap: number;
  readonly points: readonly { readonly atMs: number; readonly sum: number }[];
  /** Demands, and why one was denied; null: given. */
  readonly demands: readonly { readonly atMs: number; readonly denied: string | null }[];
}

export interface StoryResult {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly steps: readonly StoryStep[];
  readonly limits: readonly HeldLimit[];
  readonly rates: readonly RatePoint[];
  readonly windows: readonly WindowSeries[];
  readonly powerLosses: readonly Span[];
  readonly lastsMs: number;
  readonly log: LogVerdict;
  /** Steps that were not as the story needs; empty if all were. */
  readonly problems: readonly string[];
}

/** What was asked, of its bound: above 1 beyond a maximum, below 1 short of a minimum. */
export function shareOf({ asked, bound }: HeldLimit): number {
  return asked.value / bound.value;
}
