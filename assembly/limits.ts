/** Largest object accepted, in bytes. Must hold a root document with 16 keys and the largest signature set. */
export const INPUT_BYTES_MAX: u32 = 8192;

/** Where bytes come from: 0 panel, 1 network, 2 serial. Each has its own session and throttle, so that none locks out another. */
export const PORTS: u32 = 3;

/** Keys in a root document. Each costs about 80 bytes of RAM twice, and 4 bytes per port for its sequence. */
export const ROOT_KEYS_MAX: u32 = 16;

/** How far a sequence may run ahead: a gateway may lose commands, but not so many that a counter is burnt by one message. */
export const SEQUENCE_AHEAD_MAX: u32 = 256;

/** Most signers of one envelope: every key of the largest root document (SPEC 1, 2.2). */
export const SIGNERS_MAX: u32 = 16;

/** Most entries of a drug library (SPEC 3.1), and the levels of the tree over them. */
export const TREE_LEAVES_MAX: u32 = 65536;
export const TREE_LEVELS_MAX: u32 = 16;

/** Arrays and maps inside one another in a CBOR item of unknown shape. The gate's own objects have five levels. */
export const ITEM_DEPTH_MAX: u32 = 16;

/** Maps, tuples and lists inside one another in a table of codec/record.ts, the outermost map included. */
export const RECORD_DEPTH_MAX: u32 = 6;

/** Longest life of a command, s: an order that waits an hour is no longer what the prescriber sees. Root policy may shorten it. */
export const COMMAND_LIFE_S_MAX: u32 = 3600;

/** Care areas are numbered 1..65535. */
export const AREA_MAX: u32 = 65535;
