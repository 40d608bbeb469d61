/** Single values that authors write in more than one place. */
import { parseAmount, parseAmountUnit, parseDecimal, parseVolumeNl } from "../dose.js";
import { type Concentration, QuantityError } from "../dose.js";

/** A plain count. */
export function integer(text: string): number {
  const { digits, places } = parseDecimal(text);
  if (places !== 0 || digits > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new QuantityError(`"${text}" is not a whole number below 2^53`);
  }
  return Number(digits);
}

/** Accepts one of a few words, with advice for amounts that are commonly miswritten. */
export function one(...allowed: string[]): (text: string) => string {
  return (text) => {
    if (allowed.includes(text)) return text;
    if (allowed.includes("mL")) parseAmountUnit(text); // says what to write instead of "ml" or "cc"
    throw new QuantityError(`"${text}" is not one of: ${allowed.join(", ")}`);
  };
}

/** "16 mg / 250 mL" */
export function concentrationOf(text: string, onWarning: (message: string) => void): Concentration {
  const parts = text.split("/");
  if (parts.length !== 2) {
    throw new QuantityError(`"${text}" is not amount / volume; write, for example, "16 mg / 250 mL"`);
  }
  const amount = parseAmount(parts[0]!.trim(), onWarning);
  const volumeNl = parseVolumeNl(parts[1]!.trim(), onWarning);
  return { amount, volumeNl };
}

const NL_PER_UL = 1000;

/** "0.1 mL" of air in the line, in uL: a bubble is written in mL, since "uL" has been misread. */
export function airUlOf(text: string, onWarning: (message: string) => void): number {
  const volumeNl = parseVolumeNl(text, onWarning);
  if (volumeNl % NL_PER_UL !== 0) {
    throw new QuantityError(
      `"${text}" is finer than sensors tell; write at most three digits after the point`,
    );
  }
  return volumeNl / NL_PER_UL;
}

/** "350 mmHg" */
export function pressureMmHg(text: string): number {
  const match = /^(\S+) mmHg$/.exec(text);
  if (!match) {
    throw new QuantityError(`"${text}" is not a pressure; write it in mmHg, for example "350 mmHg"`);
  }
  return integer(match[1]!);
}
