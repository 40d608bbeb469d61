/** Moments as people write them and as objects hold them: Unix seconds (SPEC, notation). */
import { QuantityError } from "./quantity.js";

/** "2026-01-31" (midnight UTC) or "2026-01-31T12:00:00Z" in Unix seconds. Throws QuantityError: without a zone a time means two moments. */
export function parseInstant(text: string): number {
  const wellFormed = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$/.test(text);
  const milliseconds = wellFormed ? Date.parse(text) : NaN;
  // Date.parse may read 30 February as 2 March.
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(text.slice(0, 10))) {
    throw new QuantityError(`"${text}" is not a date; write 2026-01-31 or 2026-01-31T12:00:00Z`);
  }
  if (milliseconds < 0) throw new QuantityError(`"${text}" is before 1970; choose a later date`);
  return milliseconds / 1000;
}

/** Unix seconds as "2026-01-31T12:00:00Z"; beyond what a calendar holds, the bare number. */
export function formatInstant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s since 1970` : date.toISOString().replace(".000Z", "Z");
}
