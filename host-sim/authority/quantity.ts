/**
 * Quantities as a clinician writes them ("12.5 mL/h", "400 mg", "1.73 m2"), turned into whole numbers of the gate's base
 * units (SPEC 3.3) and back. Everything is exact: a number that the base unit cannot carry is refused, never rounded.
 *
 * What is refused follows ISMP's list of error-prone abbreviations and dose designations: "U" was read as a zero, "IU"
 * as IV, ".5" as 5, "cc" as 00. A trailing zero ("1.0" read as 10) is accepted with a warning, because it loses nothing.
 */

/** Largest integer an object may hold (SPEC 1.1). */
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

/** What is wrong with a written quantity, and what to write instead. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

/** Receives what is accepted but should be written otherwise. */
export type OnWarning = (message: string) => void;

/** A decimal number: `digits / 10^places`. */
export interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** Units that were misread and hurt somebody, or that this language does not have, with what to write. */
const MISWRITTEN: Readonly<Record<string, string>> = {
  u: 'write "unit": "U" has been read as a zero',
  iu: 'write "unit": "IU" has been read as "IV" and as 10',
  units: 'write "unit", in the singular',
  mu: 'write "milliunit": "mU" has been read as "mcg"',
  milliunits: 'write "milliunit", in the singular',
  ug: 'write "mcg"',
  µg: 'write "mcg": "µg" has been read as "mg"',
  μg: 'write "mcg": "μg" has been read as "mg"',
  gram: 'write "g"',
  grams: 'write "g"',
  gm: 'write "g"',
  cc: 'write "mL": "cc" has been read as "00" or "u"',
  ml: 'write "mL", with a capital L',
  meq: 'write "mEq"',
  mmole: 'write "mmol"',
  mcl: "write the volume in mL",
  hr: 'write "h"',
  hour: 'write "h"',
  d: 'write "day": "d" has been read as "dose"',
  minute: 'write "min"',
  "m²": 'write "m2"',
};

/** What to write instead of `unit`, or what may be written at all. */
export function adviceFor(unit: string, allowed: readonly string[]): string {
  const advice = Object.hasOwn(MISWRITTEN, unit.toLowerCase()) ? MISWRITTEN[unit.toLowerCase()] : undefined;
  return advice ?? `write one of: ${allowed.join(", ")}`;
}

/**
 * Reads a plain decimal number: digits, at most one point with digits on both sides. Throws QuantityError.
 * Signs, exponents and separators are refused: "1,200" is 1.2 in half of the world.
 */
export function parseDecimal(text: string, onWarning?: OnWarning): Decimal {
  if (text.startsWith(".")) {
    throw new QuantityError(`"${text}" has no digit before the point; write "0${text}"`);
  }
  const match = /^(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,17}))?$/.exec(text);
  if (!match) {
    let next = 'write digits with at most one point, for example "0.05"';
    if (text.includes(",")) next = "write it without commas: some read a comma as the decimal point";
    else if (/^0[0-9]/.test(text)) next = "leave out the leading zeros";
    else if (/^[0-9.]+e/i.test(text)) next = "write it without an exponent";
    else if (/^[+-]/.test(text)) next = "write it without a sign: quantities are never negative";
    throw new QuantityError(`"${text}" is not a number this language knows; ${next}`);
  }
  const whole = match[1]!;
  const fraction = match[2] ?? "";
  if (fraction.endsWith("0")) {
    const better = fraction.replace(/0+$/, "");
    onWarning?.(
      `"${text}" ends in a zero after the point, which has been read as ten times more; ` +
        `write "${better === "" ? whole : `${whole}.${better}`}"`,
    );
  }
  return { digits: BigInt(whole + fraction), places: fraction.length };
}

/**
 * A decimal as a whole number of base units, `perUnit` of which make one unit. Throws QuantityError if anything would be
 * lost, or if the result is above 2^53-1.
 */
export function toBaseUnits(value: Decimal, perUnit: bigint, written: string): number {
  const scale = 10n ** BigInt(value.places);
  const scaled = value.digits * perUnit;
  if (scaled % scale !== 0n) {
    throw new QuantityError(
      `"${written}" has more digits than its base unit carries (the smallest step is ${decimal(1n, perUnit)}); ` +
        `write at most ${placesOf(perUnit)} digits after the point`,
    );
  }
  const base = scaled / scale;
  if (base > BigInt(INTEGER_MAX)) {
    throw new QuantityError(
      `"${written}" is too large: at most ${decimal(BigInt(INTEGER_MAX), perUnit)} can be encoded`,
    );
  }
  return Number(base);
}

/** Splits "0.05 mcg/kg/min" into its number and its unit, which one blank separates. Throws QuantityError. */
export function splitQuantity(text: string, example: string): { number: string; unit: string } {
  const match = /^(\S+) (\S.*)$/.exec(text);
  if (match) return { number: match[1]!, unit: match[2]! };
  const next = /^[0-9.,]+$/.test(text)
    ? "add its unit"
    : "write the number, one blank and the unit: a unit that touches its number has been read as a digit";
  throw new QuantityError(`"${text}" is not a quantity; ${next}, for example "${example}"`);
}

/** A quantity that may be written in any of a few units. */
interface Scale {
  /** Name in messages. */
  readonly what: string;
  readonly example: string;
  /** Base units in one of each unit, the unit for display first. */
  readonly units: Readonly<Record<string, bigint>>;
}

const VOLUME: Scale = { what: "volume", example: "50 mL", units: { mL: 1_000_000n, L: 1_000_000_000n } };
const RATE: Scale = { what: "rate", example: "12.5 mL/h", units: { "mL/h": 1_000_000n } };
const WEIGHT: Scale = { what: "weight", example: "70.5 kg", units: { kg: 1000n, g: 1n } };
const BODY_SURFACE: Scale = { what: "body surface", example: "1.73 m2", units: { m2: 10_000n } };
const DURATION: Scale = {
  what: "duration",
  example: "10 min",
  units: { s: 1n, min: 60n, h: 3600n, day: 86_400n },
};

function parseScaled(text: string, scale: Scale, onWarning?: OnWarning): number {
  const { number, unit } = splitQuantity(text, scale.example);
  if (!Object.hasOwn(scale.units, unit)) {
    const allowed = Object.keys(scale.units);
    throw new QuantityError(`"${unit}" is not a unit of ${scale.what}; ${adviceFor(unit, allowed)}`);
  }
  return toBaseUnits(parseDecimal(number, onWarning), scale.units[unit]!, text);
}

/** "50 mL" in nL (1 mL = 10^6 nL). Throws QuantityError. */
export function parseVolumeNl(text: string, onWarning?: OnWarning): number {
  return parseScaled(text, VOLUME, onWarning);
}

/** "12.5 mL/h" in nL/h. Throws QuantityError. */
export function parseRateNlPerH(text: string, onWarning?: OnWarning): number {
  return parseScaled(text, RATE, onWarning);
}

/** "70.5 kg" or "850 g" in g. Throws QuantityError. */
export function parseWeightG(text: string, onWarning?: OnWarning): number {
  return parseScaled(text, WEIGHT, onWarning);
}

/** "1.73 m2" in cm2. Throws QuantityError. */
export function parseBodySurfaceCm2(text: string, onWarning?: OnWarning): number {
  return parseScaled(text, BODY_SURFACE, onWarning);
}

/** "30 s", "10 min", "8 h" or "30 day" in s. Throws QuantityError. */
export function parseDurationS(text: string, onWarning?: OnWarning): number {
  return parseScaled(text, DURATION, onWarning);
}

/** `value / perUnit` as the shortest exact decimal; `perUnit` is a power of ten. */
export function decimal(value: bigint, perUnit: bigint): string {
  const places = placesOf(perUnit);
  const digits = value.toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

function placesOf(perUnit: bigint): number {
  return perUnit.toString().length - 1;
}

/** nL as "50 mL". */
export function formatVolume(volumeNl: number): string {
  return `${decimal(BigInt(volumeNl), 1_000_000n)} mL`;
}

/** nL/h as "12.5 mL/h". */
export function formatRate(rateNlPerH: number): string {
  return `${decimal(BigInt(rateNlPerH), 1_000_000n)} mL/h`;
}

/** g as "70.5 kg". */
export function formatWeight(weightG: number): string {
  return `${decimal(BigInt(weightG), 1000n)} kg`;
}

/** cm2 as "1.73 m2". */
export function formatBodySurface(bsaCm2: number): string {
  return `${decimal(BigInt(bsaCm2), 10_000n)} m2`;
}

/** s as the largest whole unit: "90 s", "10 min", "8 h", "30 day". */
export function formatDuration(durationS: number): string {
  for (const [unit, seconds] of [
    ["day", 86_400],
    ["h", 3600],
    ["min", 60],
  ] as const) {
    if (durationS !== 0 && durationS % seconds === 0) return `${durationS / seconds} ${unit}`;
  }
  return `${durationS} s`;
}
