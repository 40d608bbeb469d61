/** Largest object accepted, in bytes. Must hold a root document with 16 keys and the largest signature set. */
export const INPUT_BYTES_MAX: u32 = 8192;

/** Where bytes come from: 0 panel, 1 network, 2 serial. Each has its own session and throttle, so that none locks out another. */
export const PORTS: u32 = 3;

/** Verification budgets of ports (SPEC 7): each has one for its active session, and one for challenges not yet answered. */
export const LANES: u32 = 2 * PORTS;

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

/** `external_aad` of a command: array head, a text of 19 with its head, device id and challenge with theirs: 1 + 20 + 17 + 34. */
export const AAD_BYTES_MAX: u32 = 72;

/** Largest command or approval, in bytes: three times the longest start, and hashing it stays within one slice of work. */
export const COMMAND_OBJECT_BYTES_MAX: u32 = 1024;

/** Disposable sets that a device knows (SPEC 2.3). */
export const CALIBRATIONS_MAX: u32 = 4;

/** Largest signed manifest, in bytes: 16 signers of 82, the payload's 128, and the heads around them come to 1,450. */
export const MANIFEST_BYTES_MAX: u32 = 1536;

/** Largest library entry, in bytes (SPEC 3.2). */
export const ENTRY_BYTES_MAX: u32 = 512;

/** Largest volume of a concentration: 100 L, and its bits. With it dose arithmetic stays within 128 bits (order/wide.ts). */
export const CONCENTRATION_NL_MAX: u64 = 100000000000;
export const CONCENTRATION_VOLUME_BITS: u32 = 37;

/** How much of a message one slice takes in: SHA-512 and SHA-256 of it stay within the slice's budget (SPEC 10). */
export const FEED_BYTES_MAX: u32 = 512;

/** What `abiVersion` returns, major << 16 | minor, and what a manifest may ask for (SPEC 3.1). */
export const ABI_VERSION: u32 = 1 << 16;

/** Program units, sectors and segments of flash (SPEC 9.1, 9.2). */
export const PROGRAM_UNIT_BYTES_MAX: u32 = 32;
export const SECTOR_BYTES_MIN: u32 = 1024;
export const SECTOR_BYTES_MAX: u32 = 131072;
export const SEGMENT_BYTES_MIN: u32 = 4096;
export const SEGMENTS_MIN: u32 = 8;
/** Each costs 8 bytes of RAM; 64 segments of 4 KiB hold about 3,000 decisions. */
export const SEGMENTS_MAX: u32 = 64;

/** Streams of records: 0 decisions, 1 meter (SPEC 8). Parts of the objects: device record, root, two manifests (SPEC 9.3). */
export const STREAM_COUNT: u32 = 2;
export const OBJECT_PARTS: u32 = 4;

/** Bytes read back at once after a program. */
export const READBACK_BYTES: u32 = 64;

/** Largest event, in bytes: a DECISION of a PCA order with loading dose and windows comes to 435 (SPEC 8). */
export const EVENT_BYTES_MAX: u32 = 448;

/** Largest patch, in bytes: a program, its primary or its steps, and what stands before them. */
export const PATCH_BYTES_MAX: u32 = 560;

/** Largest record, in bytes: head, event, patch, tag, and padding to the largest unit: 12 + 448 + 560 + 16 = 1,036. */
export const RECORD_BYTES_MAX: u32 = 1056;

/**
 * Room that the meter's tail must have: of the records that come often the largest, padded, is the first of a program: its account of
 * volumes of 74, its account of the ledger of 50, and what the program before it still owes of 22. A larger one asks for more (journal.ts).
 */
export const METER_ROLL_BYTES: u32 = 192;

/** Largest segment header, in bytes: 160 and the meter's state of 1,368 with its padding (SPEC 9.4). */
export const HEADER_BYTES_MAX: u32 = 1536;

/** Records under one epoch's key (SPEC 8): bounds what a stolen key can forge to an hour of reservations. */
export const EPOCH_RECORDS_MAX: u32 = 64;

/** Segments tried in a row before a stream is given up: enough for every worn segment of a small ring. */
export const OPEN_ATTEMPTS_MAX: u32 = 8;

/** About how much one slice of storage work copies or hashes (SPEC 10). */
export const SLICE_BYTES: u32 = 1024;
/** A piece of an object being copied: a multiple of every unit, and at most RECORD_BYTES_MAX. */
export const OBJECT_PIECE_BYTES: u32 = 768;
