import type { Verdict } from "../gate/records.js";

/** What an entry is about. */
export type EntryKind =
  "power" | "command" | "approval" | "panel" | "library" | "trust" | "alarm" | "delivery" | "fault";

/** Something that happened at the pump, for reports. */
export interface JournalEntry {
  /** The world's time, in us since the simulation began; it runs through power cuts. */
  readonly atUs: number;
  readonly kind: EntryKind;
  /** One line for people. */
  readonly text: string;
  /** What the gate returned, where it was asked. */
  readonly status: number | null;
  readonly verdict: Verdict | null;
}

/** Delivery at one moment: what the gate believes beside what left the pump. */
export interface Sample {
  readonly atUs: number;
  /** The program; while paused or complete, the one that was. */
  readonly generation: number;
  readonly phase: number;
  /** What the grant allows: basal and bolus together. */
  readonly rateNlPerH: number;
  /** The gate's account of this program. */
  readonly deliveredNl: bigint;
  readonly reservedNl: bigint;
  readonly bagLeftNl: bigint;
  readonly bolusLeftNl: bigint;
  readonly alarms: number;
  /** Ground truth of this program. */
  readonly truthPl: bigint;
}

/** The pump's own diary: it decides nothing, and it is not the gate's log, which is sealed. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  readonly samples: Sample[] = [];
  readonly #everyUs: number;

  /** `sampleEveryMs`: how often a sample is kept while nothing changes. */
  constructor(sampleEveryMs = 60_000) {
    this.#everyUs = sampleEveryMs * 1000;
  }

  note(
    atUs: number,
    kind: EntryKind,
    text: string,
    status: number | null = null,
    verdict: Verdict | null = null,
  ): void {
    this.entries.push({ atUs, kind, text, status, verdict });
  }

  /** Keeps the sample if something but the volumes changed, or if the last one is old. */
  sample(next: Sample): void {
    const last = this.samples.at(-1);
    const changed =
      last === undefined ||
      last.generation !== next.generation ||
      last.phase !== next.phase ||
      last.rateNlPerH !== next.rateNlPerH ||
      last.alarms !== next.alarms;
    if (changed || next.atUs - last.atUs >= this.#everyUs) this.samples.push(next);
  }
}
