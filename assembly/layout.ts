/**
 * Every byte of linear memory the module uses, in one place. No other file calls `memory.data`; a region that
 * a build does not reach costs that build nothing.
 *
 *   0        1024                                                             65536
 *   +--------+-----------+----------------------+- - - - - - - - - - - - - - - -+
 *   | unused | IO_BUFFER | crypto               | free                          |
 *   |        | 8192      | SHA256_SCRATCH 104   |                               |
 *   +--------+-----------+----------------------+- - - - - - - - - - - - - - - -+
 *
 * IO_BUFFER belongs to the host between calls and is never read twice: a call's first act is to copy its
 * input to memory that only the module writes (time of check is time of use).
 */
import { Sha256 } from "./crypto/sha256";
import { INPUT_BYTES_MAX } from "./limits";

/** Shared with the host. Costs 8 KiB of RAM; the largest object is a root document. */
export const IO_BUFFER: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** The context of one-shot digests: never under way between two calls. */
export const SHA256_SCRATCH: usize = memory.data(offsetof<Sha256>(), 8);

/** The context of the diagnostic build's streaming digest. */
export const DIAG_SHA256: usize = memory.data(offsetof<Sha256>(), 8);
