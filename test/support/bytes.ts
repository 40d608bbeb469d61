/** Bytes of hexadecimal digits; throws on anything else, so that a damaged vector is not read as a short one. */
export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error(`not hexadecimal: ${text.slice(0, 40)}`);
  return new Uint8Array(Buffer.from(text, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Little-endian bytes as an integer. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x0${toHex(bytes.toReversed())}`);
}

/** A non-negative integer as `length` little-endian bytes. */
export function toLittleEndian(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(2 * length, "0");
  if (value < 0n || hex.length > 2 * length) throw new RangeError(`${value} does not fit ${length} bytes`);
  return fromHex(hex).reverse();
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
