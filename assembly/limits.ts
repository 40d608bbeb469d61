/** Largest object accepted, in bytes. Must hold a root document with 16 keys and the largest signature set. */
export const INPUT_BYTES_MAX: u32 = 8192;
