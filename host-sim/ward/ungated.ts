/**
 * The same pump without a gate: it does what arrives. Models the network side of the published cases in which a pump acted on
 * commands from anybody (CVE-2015-3956, CVE-2018-14781, CVE-2021-33885). Honest care is the same for both pumps; they differ by
 * what the attacker sends alone, until the next honest order or until somebody notices.
 */

/** What an attack would do to a pump that believed it. */
export type Aim =
  { readonly rateNlPerH: number } | { readonly bolusNl: number } | { readonly stop: true } | null;

/** Time in which the ungated pump ran at the attacker's rate. */
export interface Episode {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rateNlPerH: number;
}

/** After so long somebody sees the wrong rate on the display and sets it right. */
export const NOTICED_AFTER_MS = 15 * 60_000;

const MS_PER_H = 3_600_000;

export class UngatedPump {
  readonly episodes: Episode[] = [];
  #extraNl = 0;
  #wrong: { fromMs: number; rateNlPerH: number; truthPl: bigint; bagLeftNl: number } | null = null;

  /** Beyond what the gated pump delivered, nL; below 0 where the attacker withheld a drug. */
  get extraNl(): number {
    return this.#extraNl;
  }

  /** An attacker's message at `nowMs`. `truthPl`: delivered by the gated pump so far; `bagLeftNl`: what the bag still holds. */
  attacked(nowMs: number, aim: Aim, truthPl: bigint, bagLeftNl: number): void {
    if (aim === null) return;
    this.settle(nowMs, truthPl);
    if ("bolusNl" in aim) {
      this.#extraNl += Math.min(aim.bolusNl, bagLeftNl);
      return;
    }
    const rateNlPerH = "stop" in aim ? 0 : aim.rateNlPerH;
    this.#wrong = { fromMs: nowMs, rateNlPerH, truthPl, bagLeftNl };
  }

  /** An honest order or a hand at the panel sets things right. */
  settle(nowMs: number, truthPl: bigint): void {
    const wrong = this.#wrong;
    if (wrong === null) return;
    this.#wrong = null;
    const elapsedMs = nowMs - wrong.fromMs;
    const wrongMs = Math.min(elapsedMs, NOTICED_AFTER_MS);
    if (wrongMs <= 0) return;
    const ungatedNl = Math.min((wrong.rateNlPerH * wrongMs) / MS_PER_H, wrong.bagLeftNl);
    const gatedNl = (Number(truthPl - wrong.truthPl) / 1000) * (wrongMs / elapsedMs);
    this.#extraNl += ungatedNl - gatedNl;
    this.episodes.push({
      fromMs: wrong.fromMs,
      toMs: wrong.fromMs + wrongMs,
      rateNlPerH: wrong.rateNlPerH,
    });
  }
}
