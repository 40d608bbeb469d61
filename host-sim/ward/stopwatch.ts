/** How long the gate takes on this machine, in real time. It is the one thing of a simulated day that a seed does not decide. */
import type { ExportName } from "../gate/abi.js";
import type { GateObserver } from "../gate/instance.js";
import { STATUS } from "../gate/status.js";

/** Real times of one kind of work, ms. */
export interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export type Timed = "submit" | "approve" | "slice" | "tick";
export type Latencies = Readonly<Record<Timed, Latency>>;

/** Times every verdict with all its slices, every slice and every tick; share one among the pumps of a ward. */
export class Stopwatch implements GateObserver {
  readonly #times: Record<Timed, number[]> = { submit: [], approve: [], slice: [], tick: [] };
  #began = 0;
  #verdict: "submit" | "approve" | null = null;
  #spentMs = 0;

  calling(): void {
    this.#began = performance.now();
  }

  returned(name: ExportName, status: number): void {
    const ms = performance.now() - this.#began;
    if (name === "tick") this.#times.tick.push(ms);
    if (name === "submit" || name === "approve") {
      this.#verdict = status === STATUS.WORKING ? name : null;
      this.#spentMs = ms;
    } else if (name === "work" && this.#verdict !== null) {
      this.#times.slice.push(ms);
      this.#spentMs += ms;
      if (status === STATUS.WORKING) return;
      this.#times[this.#verdict].push(this.#spentMs);
      this.#verdict = null;
    }
  }

  died(): void {
    this.#verdict = null;
  }

  latencies(): Latencies {
    const { submit, approve, slice, tick } = this.#times;
    return { submit: of(submit), approve: of(approve), slice: of(slice), tick: of(tick) };
  }
}

function of(times: number[]): Latency {
  const sorted = Float64Array.from(times).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? 0 };
}
