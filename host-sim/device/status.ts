/** What every import answers (SPEC 11.3). */

/** Done; outputs are written. */
export const HOST_OK = 0;
/** The host could not do it. Outputs, if any, hold garbage. */
export const HOST_FAILING = 1;
/** `flashRead` only: a unit in the range was torn or damaged beyond its ECC. The buffer holds garbage. */
export const HOST_UNCORRECTABLE = 2;

export type HostStatus = typeof HOST_OK | typeof HOST_FAILING | typeof HOST_UNCORRECTABLE;
