/**
 * Copying and clearing by eight bytes. The compiler's own go byte by byte where it optimizes for size, which on a Cortex-M cost a
 * fifth of a boot; the eight may be unaligned, as WebAssembly allows.
 */

/** Copies `length` bytes, which may overlap, from `from` to `to`. */
export function copyBytes(to: usize, from: usize, length: usize): void {
  if (to <= from) {
    // Forward: what is written lies below what is still to be read.
    const end = from + length;
    while (from + 8 <= end) {
      store<u64>(to, load<u64>(from));
      to += 8;
      from += 8;
    }
    while (from < end) {
      store<u8>(to, load<u8>(from));
      to++;
      from++;
    }
  } else {
    while (length >= 8) {
      length -= 8;
      store<u64>(to + length, load<u64>(from + length));
    }
    while (length != 0) {
      length--;
      store<u8>(to + length, load<u8>(from + length));
    }
  }
}

/** Sets `length` bytes to 0. */
export function clearBytes(at: usize, length: usize): void {
  const end = at + length;
  while (at + 8 <= end) {
    store<u64>(at, 0);
    at += 8;
  }
  while (at < end) {
    store<u8>(at, 0);
    at++;
  }
}
