/** From a quantity to a place in a drawing. */
export interface Scale {
  (value: number): number;
  /** Values that are worth a label, ascending. */
  readonly ticks: readonly number[];
}

/** Evenly from `from` to `to`; `ticks` as given. */
export function linear(
  domain: readonly [number, number],
  range: readonly [number, number],
  ticks: readonly number[],
): Scale {
  const [from, to] = domain;
  const place = (value: number) => range[0] + ((value - from) / (to - from || 1)) * (range[1] - range[0]);
  return Object.assign(place, { ticks });
}

/** By orders of magnitude; what lies outside the domain is put to its edge. Ticks at 1, 2 and 5 of every decade. */
export function logarithmic(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [from, to] = domain;
  const inner = linear([Math.log(from), Math.log(to)], range, []);
  const place = (value: number) => inner(Math.log(Math.min(Math.max(value, from), to)));
  const decades = Math.log10(to / from);
  const steps = decades > 3 ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(from)); decade <= Math.log10(to); decade++) {
    for (const step of steps) {
      const tick = step * 10 ** decade;
      if (tick >= from * 0.999 && tick <= to * 1.001) ticks.push(tick);
    }
  }
  return Object.assign(place, { ticks });
}

/** Virtual time, with a tick at round hours: at most about twelve of them. */
export function timeScale(hours: number, range: readonly [number, number]): Scale {
  const steps = [0.25, 0.5, 1, 2, 3, 6, 12, 24];
  const step = steps.find((it) => hours / it <= 12) ?? 24;
  const ticks = Array.from({ length: Math.floor(hours / step) + 1 }, (_, i) => i * step * 3_600_000);
  return linear([0, hours * 3_600_000], range, ticks);
}

/** "0.05", "3", "1200": no more digits than needed. */
export function plain(value: number): string {
  return String(+value.toPrecision(3));
}
