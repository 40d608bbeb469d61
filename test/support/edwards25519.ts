/**
 * edwards25519 in BigInt, affine, straight from RFC 8032 5.1: the oracle for the module's limbs, and the
 * means of making cases that no honest signer makes. It shares no code with the module and is slow.
 */
import { createHash } from "node:crypto";
import { concat, fromLittleEndian, toLittleEndian } from "./bytes.js";

export const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

export const IDENTITY: Point = { x: 0n, y: 1n };

/** The least non-negative residue modulo p. */
export function mod(value: bigint, modulus = P): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = mod(base); exponent > 0n; exponent >>= 1n, square = mod(square * square)) {
    if (exponent & 1n) result = mod(result * square);
  }
  return result;
}

export const invert = (value: bigint): bigint => power(value, P - 2n);

export const D = mod(-121665n * invert(121666n));

export function add(a: Point, b: Point): Point {
  const k = mod(D * a.x * b.x * mod(a.y * b.y));
  return {
    x: mod((a.x * b.y + b.x * a.y) * invert(1n + k)),
    y: mod((a.y * b.y + a.x * b.x) * invert(1n - k)),
  };
}

export const negate = (a: Point): Point => ({ x: mod(-a.x), y: a.y });

export function multiply(scalar: bigint, point: Point): Point {
  let result = IDENTITY;
  for (let term = point; scalar > 0n; scalar >>= 1n, term = add(term, term)) {
    if (scalar & 1n) result = add(result, term);
  }
  return result;
}

/** The x with this y and this parity, or null. */
export function recoverX(y: bigint, odd: bigint): bigint | null {
  const square = mod((y * y - 1n) * invert(mod(D * y * y + 1n)));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x - square) !== 0n) return null;
  return (x & 1n) === odd ? x : mod(-x);
}

const BASE_Y = mod(4n * invert(5n));
export const BASE: Point = { x: recoverX(BASE_Y, 0n)!, y: BASE_Y };

/** The canonical encoding (RFC 8032 5.1.2). */
export function encode(point: Point): Uint8Array {
  return toLittleEndian(point.y | ((point.x & 1n) << 255n), 32);
}

/** The eight points whose order divides 8, as multiples 0..7 of one of order 8. */
export const TORSION: readonly Point[] = torsion();

function torsion(): Point[] {
  for (let y = 2n; ; y++) {
    const x = recoverX(y, 0n);
    if (x === null) continue;
    const generator = multiply(L, { x, y });
    if (multiply(4n, generator).y !== 1n) {
      return Array.from({ length: 8 }, (_, i) => multiply(BigInt(i), generator));
    }
  }
}

/** k of RFC 8032 5.1.7, from the bytes as received. */
export function challenge(encodedR: Uint8Array, encodedKey: Uint8Array, message: Uint8Array): bigint {
  return (
    fromLittleEndian(
      createHash("sha512")
        .update(concat(encodedR, encodedKey, message))
        .digest(),
    ) % L
  );
}
