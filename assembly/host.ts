/**
 * The host port: every import of the module, nothing else (SPEC 11.3). Each returns 0 for success and writes values to
 * linear memory; a failing call is handled by its caller and never traps. Imports must not call exports.
 */

/** Writes u32 program_unit_bytes, u32 sector_bytes, u32 sector_count, u32 erase_ms_max to `out`. */
export declare function flashGeometry(out: usize): u32;
/** Reads `length` bytes; 2 = uncorrectable (a torn or damaged unit), any other non-zero = failing. */
export declare function flashRead(address: u32, out: usize, length: u32): u32;
/** Programs whole, aligned units that have not been programmed since their erase. */
export declare function flashProgram(address: u32, from: usize, length: u32): u32;
/** Erases one sector. */
export declare function flashErase(sector: u32): u32;
/** Writes milliseconds since boot as u64; never goes back. */
export declare function uptimeMs(out: usize): u32;
/** Writes Unix seconds as u64; non-zero status = not known. A hint only (SPEC 2.5). */
export declare function wallTimeS(out: usize): u32;
/** Fills `length` random bytes. */
export declare function entropy(out: usize, length: u32): u32;
/** Writes the hardware monotonic counter as u32. */
export declare function counterRead(out: usize): u32;
/** Advances the hardware monotonic counter by one. */
export declare function counterAdvance(): u32;
