/**
 * True if the `length` bytes at `address` are UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above
 * U+10FFFF, nothing cut short.
 */
export function isUtf8(address: usize, length: u32): bool {
  const end = address + length;
  while (address < end) {
    const lead = <u32>load<u8>(address);
    address++;
    if (lead < 0x80) continue;
    // 0x80..0xbf only continue a character, and 0xf8 and above never occur.
    if (lead < 0xc0 || lead > 0xf7) return false;
    const more: u32 = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (more > <u32>(end - address)) return false;

    let point = lead & (0x3f >> more);
    for (let i: u32 = 0; i < more; i++) {
      const byte = <u32>load<u8>(address);
      address++;
      if ((byte & 0xc0) != 0x80) return false;
      point = (point << 6) | (byte & 0x3f);
    }
    // The smallest character that needs this many bytes: 0x80, 0x800, 0x10000.
    const smallest: u32 = more == 1 ? 0x80 : 1 << (more * 5 + 1);
    if (point < smallest || point > 0x10ffff || (point & ~0x7ff) == 0xd800) return false;
  }
  return true;
}
