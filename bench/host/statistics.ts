/** Medians and percentiles of a handful of measurements. */

/** The value at quantile `q` (0..1), nearest rank. Throws RangeError for no values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError("no values to take a quantile of");
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(Math.max(Math.ceil(q * sorted.length), 1), sorted.length);
  return sorted[rank - 1]!;
}

/** The middle value; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values to take a median of");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Median of `numerators[i] / denominators[i]`: a round that was disturbed as a whole keeps its ratio. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`${numerators.length} rounds against ${denominators.length}: ratios are by round`);
  }
  return median(numerators.map((numerator, i) => numerator / denominators[i]!));
}
