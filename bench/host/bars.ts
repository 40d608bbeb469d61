/** What good means, in figures: the bars that the project set itself before it was built, and how far a run is from them. */
import { type Figures, isAsGood, type Unit } from "./figures.js";

export interface Bar {
  readonly figure: string;
  readonly title: string;
  readonly unit: Unit;
  /** `null` where there is only a stretch. */
  readonly bar: number | null;
  readonly stretch: number | null;
}

/** A bar beside what was measured; `null` if it was not. */
export interface Measured extends Bar {
  readonly value: number | null;
  readonly met: boolean | null;
  readonly stretchMet: boolean | null;
}

const x = (figure: string, title: string, bar: number | null, stretch: number | null = null): Bar => ({
  figure,
  title,
  unit: "x",
  bar,
  stretch,
});

export const BARS: readonly Bar[] = [
  x("ed25519/unprepared/libsodium-wrappers", "verify, key unknown, against libsodium-wrappers", 1.25, 1.4),
  x("ed25519/unprepared/node:crypto", "verify, key unknown, against node:crypto", 1.15),
  x("ed25519/unprepared/@noble/curves", "verify, key unknown, against @noble/curves", 12),
  x("ed25519/unprepared/@noble/ed25519", "verify, key unknown, against @noble/ed25519", 12),
  x("ed25519/prepared/libsodium-wrappers", "verify, key prepared, against libsodium-wrappers", 2.8, 3.5),
  x("ed25519/prepared/node:crypto", "verify, key prepared, against node:crypto", 2.6),
  x("ed25519/prepared/native libsodium", "verify, key prepared, against native libsodium", 1),
  x("sha256/200/@chainsafe/as-sha256", "SHA-256 of 200 bytes against as-sha256", 1.9),
  x("sha256/65536/@chainsafe/as-sha256", "SHA-256 of 64 KiB against as-sha256", 2),
  x("sha256/65536/hash-wasm", "SHA-256 of 64 KiB against hash-wasm", null, 1),
  { figure: "library/install/1200", title: "install of 1,200 entries", unit: "ms", bar: 30, stretch: null },
  {
    figure: "library/proof-growth",
    title: "a proof's growth per node, large library against small",
    unit: "growth",
    bar: 1.3,
    stretch: null,
  },
];

/** Every bar with its figure. */
export function measured(figures: Figures, bars: readonly Bar[] = BARS): Measured[] {
  return bars.map((bar) => {
    const value = figures[bar.figure]?.value ?? null;
    const against = (limit: number | null) =>
      value === null || limit === null ? null : isAsGood(bar.unit, value, limit);
    return { ...bar, value, met: against(bar.bar), stretchMet: against(bar.stretch) };
  });
}

/** "met", "not met, short by 0.42": by how much in the figure's unit. */
export function judgement({ value, bar, stretch, met, stretchMet, unit }: Measured): string {
  if (value === null) return "not measured";
  const short = (limit: number) =>
    `${Math.abs(value - limit).toFixed(2)} ${unit === "growth" ? "" : unit}`.trim();
  if (met === false) return `not met, short by ${short(bar!)}`;
  if (stretch === null) return "met";
  const beyond = stretchMet === true ? "stretch met" : `stretch missed by ${short(stretch)}`;
  return met === null ? beyond : `met, ${beyond}`;
}
