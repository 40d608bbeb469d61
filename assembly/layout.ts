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
import { Meter, State } from "./store/state";

/** Shared with the host. Costs 8 KiB of RAM; the largest object is a root document. */
export const IO_BUFFER: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** The context of one-shot digests: never under way between two calls. */
export const SHA256_SCRATCH: usize = memory.data(offsetof<Sha256>(), 8);

/** The context of the diagnostic build's streaming digest. */
export const DIAG_SHA256: usize = memory.data(offsetof<Sha256>(), 8);

/** The module's own copy of what is being verified; only the module writes it (SPEC 10). */
export const INPUT: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** Result records of staged work and sessions (SPEC 11.2). */
export const RESULT: usize = memory.data(256, 8);

/** State of the decisions stream: the committed copy, and the copy that a verb prepares (store/state.ts). */
export const STATE: usize = memory.data(offsetof<State>(), 8);
export const NEXT: usize = memory.data(offsetof<State>(), 8);

/** The same for the meter stream. */
export const METER: usize = memory.data(offsetof<Meter>(), 8);
export const METER_NEXT: usize = memory.data(offsetof<Meter>(), 8);
