import { fromLittleEndian } from "./bytes.js";
import { diag } from "./diag.js";

/** Limbs of an element, and bytes of it in the module's memory (assembly/crypto/field25519.ts). */
export const LIMBS = 9;
export const ELEMENT_BYTES = 36;

/** Nine signed limbs of radix 2^29. */
export type Limbs = readonly number[];

/** The integer that limbs stand for, not reduced. */
export function valueOf(limbs: Limbs): bigint {
  return limbs.reduceRight((value, limb) => (value << 29n) + BigInt(limb), 0n);
}

/** Limbs in [0, 2^29) of a non-negative integer; what exceeds 2^261 goes to the last. */
export function limbsOf(value: bigint): Limbs {
  return Array.from({ length: LIMBS }, (_, i) =>
    Number(i === LIMBS - 1 ? value >> 232n : (value >> BigInt(29 * i)) & 0x1fffffffn),
  );
}

/** Writes an element to the shared buffer; 0 is where operand a is, 36 operand b. */
export function writeElement(offset: 0 | 36, limbs: Limbs): void {
  diag.write(new Uint8Array(Int32Array.from(limbs).buffer), offset);
}

/** Reads an element from the shared buffer; results are at 72. */
export function readElement(offset: 0 | 36 | 72): Limbs {
  return [...new Int32Array(diag.read(ELEMENT_BYTES, offset).buffer)];
}

type Binary = "fieldAdd" | "fieldSubtract" | "fieldMultiply";

export function binary(name: Binary, a: Limbs, b: Limbs): Limbs {
  writeElement(0, a);
  writeElement(36, b);
  diag.call(name);
  return readElement(72);
}

/** a^(2^times). */
export function square(a: Limbs, times = 1): Limbs {
  writeElement(0, a);
  diag.call("fieldSquare", times);
  return readElement(72);
}

export function inverse(a: Limbs): Limbs {
  writeElement(0, a);
  diag.call("fieldInvert");
  return readElement(72);
}

export function fromBytes(bytes: Uint8Array): Limbs {
  diag.write(bytes, 36);
  diag.call("fieldFromBytes");
  return readElement(0);
}

/** The canonical form as an integer. */
export function canonical(a: Limbs): bigint {
  writeElement(0, a);
  diag.call("fieldToBytes");
  return fromLittleEndian(diag.read(32, 36));
}
