/**
 * What one deterministic item is, written a second time from RFC 8949 4.2.1 and the rules of SPEC 1, the plain way: it
 * recurses, allocates and throws. It shares nothing with the gate's reader, whose answers it judges.
 */
export function isDeterministic(bytes: Uint8Array): boolean {
  try {
    return itemEnd(bytes, 0, 0) === bytes.length;
  } catch (error) {
    if (error === REFUSED) return false;
    throw error;
  }
}

/** Levels of arrays and maps allowed (assembly/limits.ts). */
export const LEVELS_MAX = 16;

/** The one thing that is thrown, made once: sixteen million stacks would take a minute. */
const REFUSED = new Error("not deterministic");

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function itemEnd(bytes: Uint8Array, start: number, level: number): number {
  const first = bytes[start];
  if (first === undefined) throw REFUSED; // cut short
  const major = first >> 5;
  const info = first & 31;
  if (info > 27) throw REFUSED; // reserved or indefinite
  if (major === 7 && (info < 20 || info > 22)) throw REFUSED; // a float or another simple value
  if (major === 6) throw REFUSED; // a tag

  const width = info < 24 ? 0 : 2 ** (info - 24);
  let argument = BigInt(info);
  let at = start + 1 + width;
  if (width > 0) {
    if (at > bytes.length) throw REFUSED; // cut short
    argument = 0n;
    for (let i = start + 1; i < at; i++) argument = argument * 256n + BigInt(bytes[i]!);
    const needed =
      argument < 24n ? 0 : argument < 256n ? 1 : argument < 65536n ? 2 : argument < 2n ** 32n ? 4 : 8;
    if (needed !== width) throw REFUSED; // not the shortest form
  }
  if (major < 2 || major === 7) return at;

  if (argument > BigInt(bytes.length)) throw REFUSED; // cut short
  const count = Number(argument);
  if (major < 4) {
    if (at + count > bytes.length) throw REFUSED; // cut short
    if (major === 3) requireUtf8(bytes.subarray(at, at + count));
    return at + count;
  }
  if (level === LEVELS_MAX) throw REFUSED; // too deep
  let previous: Buffer | undefined;
  for (let i = 0; i < count; i++) {
    const key = at;
    at = itemEnd(bytes, at, level + 1);
    if (major === 4) continue;
    const encoded = Buffer.from(bytes.subarray(key, at));
    if (previous !== undefined && Buffer.compare(previous, encoded) >= 0) throw REFUSED; // keys do not rise
    previous = encoded;
    at = itemEnd(bytes, at, level + 1);
  }
  return at;
}

function requireUtf8(bytes: Uint8Array): void {
  try {
    utf8.decode(bytes);
  } catch {
    throw REFUSED; // not UTF-8
  }
}
