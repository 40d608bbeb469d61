/**
 * Dosing units and doses (SPEC 3.3): "0.05 mcg/kg/min" is 50,000 pg per kg per min. A dosing unit is an amount, a basis
 * and a time, packed as `amount | basis << 4 | time << 8`. Amounts of one dimension share one base unit, so doses of one
 * ingredient compare as integers; different dosing units are never converted into each other.
 *
 * Volumes, rates, weights and durations are in quantity.ts (exported again here); what a dose means for the pump, and the
 * compiled-in ceilings, in rate.ts.
 */
import {
  adviceFor,
  decimal,
  type OnWarning,
  parseDecimal,
  QuantityError,
  splitQuantity,
  toBaseUnits,
} from "./quantity.js";

export * from "./quantity.js";

/** Dimension numbers; the low three bits of an ingredient code. */
export const DIMENSION = { mass: 0, activity: 1, equivalents: 2, substance: 3, volume: 4 } as const;
export type DimensionName = keyof typeof DIMENSION;

/** One row of SPEC 3.3. */
export interface AmountUnit {
  readonly name: string;
  /** 0..8 */
  readonly number: number;
  /** 0..4, see DIMENSION. */
  readonly dimension: number;
  /** Base units in one. */
  readonly baseUnits: bigint;
}

/** The amounts of SPEC 3.3, at the index of their number. */
export const AMOUNT_UNITS: readonly AmountUnit[] = [
  { name: "ng", number: 0, dimension: DIMENSION.mass, baseUnits: 10n ** 3n },
  { name: "mcg", number: 1, dimension: DIMENSION.mass, baseUnits: 10n ** 6n },
  { name: "mg", number: 2, dimension: DIMENSION.mass, baseUnits: 10n ** 9n },
  { name: "g", number: 3, dimension: DIMENSION.mass, baseUnits: 10n ** 12n },
  { name: "milliunit", number: 4, dimension: DIMENSION.activity, baseUnits: 10n ** 3n },
  { name: "unit", number: 5, dimension: DIMENSION.activity, baseUnits: 10n ** 6n },
  { name: "mEq", number: 6, dimension: DIMENSION.equivalents, baseUnits: 10n ** 6n },
  { name: "mmol", number: 7, dimension: DIMENSION.substance, baseUnits: 10n ** 6n },
  { name: "mL", number: 8, dimension: DIMENSION.volume, baseUnits: 10n ** 6n },
];
/** Base units by dimension. */
export const BASE_UNITS: readonly string[] = ["pg", "micro-unit", "nEq", "nmol", "nL"];
/** What a dose is counted per: nothing, body weight, body surface; at the index of their number. */
export const BASES: readonly string[] = ["", "kg", "m2"];
/** Times, at the index of their number. */
export const TIMES: readonly string[] = ["", "min", "h", "day"];

/** A dosing unit. */
export interface DoseUnit {
  readonly amount: AmountUnit;
  /** 0 none, 1 per kg, 2 per m2 */
  readonly basis: number;
  /** 0 none, 1 per min, 2 per h, 3 per day */
  readonly time: number;
}

/** A dose: base units per basis per time, with the unit it is counted in. */
export interface Dose {
  readonly value: number;
  readonly unit: DoseUnit;
}

/** An amount of drug in base units of its dimension. */
export interface Amount {
  readonly value: number;
  readonly dimension: number;
}

/** A concentration: base units of the dimension in a volume. */
export interface Concentration {
  readonly amount: Amount;
  readonly volumeNl: number;
}

const AMOUNT_NAMES = AMOUNT_UNITS.map((unit) => unit.name);

/** Reads an amount's unit ("mg"). Throws QuantityError with what to write instead. */
export function parseAmountUnit(text: string): AmountUnit {
  const unit = AMOUNT_UNITS.find((candidate) => candidate.name === text);
  if (!unit) throw new QuantityError(`"${text}" is not an amount; ${adviceFor(text, AMOUNT_NAMES)}`);
  return unit;
}

/** Reads a dosing unit: amount, then a basis, then a time, each after a slash. Throws QuantityError. */
export function parseDoseUnit(text: string): DoseUnit {
  const parts = text.split("/");
  const amount = parseAmountUnit(parts[0]!);
  let basis = 0;
  let time = 0;
  for (const part of parts.slice(1)) {
    const asBasis = part === "" ? -1 : BASES.indexOf(part);
    const asTime = part === "" ? -1 : TIMES.indexOf(part);
    if (asBasis > 0 && basis === 0 && time === 0) basis = asBasis;
    else if (asTime > 0 && time === 0) time = asTime;
    else if (asBasis > 0 || asTime > 0) {
      throw new QuantityError(
        `"${text}": "${part}" is out of place; write amount/basis/time, for example "mcg/kg/min"`,
      );
    } else {
      const advice = adviceFor(part, [...BASES.slice(1), ...TIMES.slice(1)]);
      throw new QuantityError(`"${text}": "${part}" is neither a basis nor a time; ${advice}`);
    }
  }
  return { amount, basis, time };
}

/** A dosing unit as the integer of SPEC 3.3. */
export function packDoseUnit(unit: DoseUnit): number {
  return unit.amount.number | (unit.basis << 4) | (unit.time << 8);
}

/** The dosing unit that an integer stands for; undefined if it stands for none. */
export function unpackDoseUnit(packed: number): DoseUnit | undefined {
  if (!Number.isInteger(packed) || packed < 0 || packed > 0xfff) return undefined;
  const amount = AMOUNT_UNITS[packed & 15];
  const basis = (packed >> 4) & 15;
  const time = packed >> 8;
  if (!amount || basis >= BASES.length || time >= TIMES.length) return undefined;
  return { amount, basis, time };
}

/** "mcg/kg/min" */
export function formatDoseUnit(unit: DoseUnit): string {
  const parts = [unit.amount.name];
  if (unit.basis !== 0) parts.push(BASES[unit.basis]!);
  if (unit.time !== 0) parts.push(TIMES[unit.time]!);
  return parts.join("/");
}

/** Every valid dosing unit: 9 amounts x 3 bases x 4 times. */
export function allDoseUnits(): DoseUnit[] {
  return AMOUNT_UNITS.flatMap((amount) =>
    BASES.flatMap((_, basis) => TIMES.map((__, time): DoseUnit => ({ amount, basis, time }))),
  );
}

/**
 * Reads a dose with its unit, "0.05 mcg/kg/min". Throws QuantityError.
 * Where the unit is known already, parse the unit and the number apart with `doseInUnit`.
 */
export function parseDose(text: string, onWarning?: OnWarning): Dose {
  const { number, unit: written } = splitQuantity(text, "0.05 mcg/kg/min");
  const unit = parseDoseUnit(written);
  return { value: toBaseUnits(parseDecimal(number, onWarning), unit.amount.baseUnits, text), unit };
}

/** A bare number ("0.05") counted in a known dosing unit, in base units. Throws QuantityError. */
export function doseInUnit(number: string, unit: DoseUnit, onWarning?: OnWarning): number {
  return toBaseUnits(
    parseDecimal(number, onWarning),
    unit.amount.baseUnits,
    `${number} ${formatDoseUnit(unit)}`,
  );
}

/** "0.05 mcg/kg/min" */
export function formatDose(dose: Dose): string {
  return `${decimal(BigInt(dose.value), dose.unit.amount.baseUnits)} ${formatDoseUnit(dose.unit)}`;
}

/** Reads an amount of drug, "400 mg". Throws QuantityError. */
export function parseAmount(text: string, onWarning?: OnWarning): Amount {
  const { number, unit: written } = splitQuantity(text, "400 mg");
  const unit = parseAmountUnit(written);
  return {
    value: toBaseUnits(parseDecimal(number, onWarning), unit.baseUnits, text),
    dimension: unit.dimension,
  };
}

/** An amount in the largest unit that leaves no fraction beyond three places, "400 mg". */
export function formatAmount(amount: Amount): string {
  const units = AMOUNT_UNITS.filter((unit) => unit.dimension === amount.dimension);
  const value = BigInt(amount.value);
  const fits = units.filter((unit) => value >= unit.baseUnits && (value * 1000n) % unit.baseUnits === 0n);
  const unit = fits[fits.length - 1] ?? units[0];
  if (!unit) return `${amount.value} base units of unknown dimension ${amount.dimension}`;
  return `${decimal(value, unit.baseUnits)} ${unit.name}`;
}

/** Reads what a bag or syringe holds: "400 mg in 250 mL". Throws QuantityError. */
export function parseConcentration(text: string, onWarning?: OnWarning): Concentration {
  const parts = text.split(" in ");
  if (parts.length !== 2) {
    throw new QuantityError(
      `"${text}" is not a concentration; write an amount and a volume: "400 mg in 250 mL"`,
    );
  }
  const amount = parseAmount(parts[0]!, onWarning);
  const volume = parseAmount(parts[1]!, onWarning);
  if (volume.dimension !== DIMENSION.volume) {
    throw new QuantityError(`"${text}": "${parts[1]!}" is not a volume in mL`);
  }
  if (amount.value === 0 || volume.value === 0) {
    throw new QuantityError(`"${text}": amount and volume must be above 0`);
  }
  return { amount, volumeNl: volume.value };
}

/** "400 mg in 250 mL" */
export function formatConcentration(concentration: Concentration): string {
  const volume = decimal(BigInt(concentration.volumeNl), 1_000_000n);
  return `${formatAmount(concentration.amount)} in ${volume} mL`;
}

/** Reads a concentration bound, "1.6 mg/mL", in base units per mL. Throws QuantityError. */
export function parsePerMl(text: string, onWarning?: OnWarning): Amount {
  const { number, unit: written } = splitQuantity(text, "1.6 mg/mL");
  const [amountName, volumeName, ...rest] = written.split("/");
  if (volumeName !== "mL" || rest.length > 0) {
    throw new QuantityError(
      `"${written}" is not a concentration per mL; write an amount per mL, for example "1.6 mg/mL"`,
    );
  }
  const unit = parseAmountUnit(amountName!);
  return {
    value: toBaseUnits(parseDecimal(number, onWarning), unit.baseUnits, text),
    dimension: unit.dimension,
  };
}
