/**
 * Writes the deterministic CBOR that entries use (RFC 8949 4.2.1): unsigned integers, text, arrays, maps with the keys given
 * in ascending order. By hand and into one buffer, because a library of 65,536 entries is encoded in one go: a
 * general encoder was measured to take two orders of magnitude longer.
 */

/** Room for any entry, and for one that is too long, whose length is then reported. */
const CAPACITY_BYTES = 4096;

const MAJOR_UNSIGNED = 0;
const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;

const utf8 = new TextEncoder();

export class EntryWriter {
  private readonly bytes = new Uint8Array(CAPACITY_BYTES);
  private readonly view = new DataView(this.bytes.buffer);
  private length = 0;

  /** 0..2^53-1, else RangeError. */
  unsigned(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(
        `${value} cannot be encoded: an entry holds integers of 0..2^53-1 only (SPEC 1.1)`,
      );
    }
    this.head(MAJOR_UNSIGNED, value);
  }

  text(value: string): void {
    const encoded = utf8.encode(value);
    if (encoded.length > CAPACITY_BYTES / 2) {
      throw new RangeError(`a text of ${encoded.length} bytes fits no entry`);
    }
    this.head(MAJOR_TEXT, encoded.length);
    this.bytes.set(encoded, this.length);
    this.length += encoded.length;
  }

  /** Begins an array of so many items. */
  array(items: number): void {
    this.head(MAJOR_ARRAY, items);
  }

  /** Begins a map of so many pairs. */
  map(pairs: number): void {
    this.head(MAJOR_MAP, pairs);
  }

  /** A key and an unsigned value. */
  field(key: number, value: number): void {
    this.unsigned(key);
    this.unsigned(value);
  }

  /** A key and an array of two. */
  pair(key: number, first: number, second: number): void {
    this.unsigned(key);
    this.array(2);
    this.unsigned(first);
    this.unsigned(second);
  }

  /** What was written since the last call. */
  finish(): Uint8Array {
    const written = this.bytes.slice(0, this.length);
    this.length = 0;
    return written;
  }

  /** An initial byte and its argument in the shortest form. */
  private head(major: number, argument: number): void {
    const at = this.length;
    const first = major << 5;
    if (argument < 24) {
      this.bytes[at] = first | argument;
      this.length += 1;
    } else if (argument < 0x100) {
      this.bytes[at] = first | 24;
      this.bytes[at + 1] = argument;
      this.length += 2;
    } else if (argument < 0x1_0000) {
      this.bytes[at] = first | 25;
      this.view.setUint16(at + 1, argument);
      this.length += 3;
    } else if (argument < 0x1_0000_0000) {
      this.bytes[at] = first | 26;
      this.view.setUint32(at + 1, argument);
      this.length += 5;
    } else {
      this.bytes[at] = first | 27;
      this.view.setUint32(at + 1, Math.floor(argument / 0x1_0000_0000));
      this.view.setUint32(at + 5, argument % 0x1_0000_0000);
      this.length += 9;
    }
  }
}
