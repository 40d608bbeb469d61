/**
 * The diagnostic build: primitives of the gate as thin exports over IO_BUFFER, for vectors and benchmarks. Input is
 * read from the start of IO_BUFFER unless said otherwise, results are written back to its start. It is never
 * shipped to a pump.
 */
import * as hash from "./crypto/sha256";
import { IO_BUFFER } from "./layout";

/** Address of the 8192-byte buffer shared with the caller. */
export function ioBuffer(): usize {
  return IO_BUFFER;
}

/** SHA-256 of `length` bytes; leaves 32 bytes. */
export function sha256(length: u32): void {
  hash.sha256(IO_BUFFER, length, IO_BUFFER);
}
