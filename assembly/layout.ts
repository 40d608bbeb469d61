/**
 * Every byte of linear memory the module uses, in one place; elsewhere stand only tables that nobody writes.
 *
 *   0        1024                    8192                   14,584             57,348       65,536
 *   +--------+-----------------------+----------------------+------------------+- - - - - - - +
 *   | unused | near: STATE, NEXT,    | constants: tables of | far: IO_BUFFER,  | free         |
 *   |        | COMMAND, ... 7.0 KB   | digits and of rows   | ... PREPARED     |              |
 *   +--------+-----------------------+----------------------+------------------+- - - - - - - +
 *
 * Near are the regions whose single words are read and written all over the module: an address below 8192 takes two bytes in the
 * code, one above it three, and the module has about two thousand of them. Far is what is mostly passed on by its address. The compiler
 * places constants and far regions from `--memoryBase` (asconfig.json) on; the near ones follow each other by the sums below.
 *
 * IO_BUFFER belongs to the host between calls and is never read twice: a call's first act is to copy its
 * input to memory that only the module writes (time of check is time of use).
 */
import { Ed25519 } from "./crypto/ed25519";
import { Matrix } from "./crypto/inverse25519";
import { PREPARATION_BYTES, PREPARED_BYTES } from "./crypto/prepared25519";
import { Sha256 } from "./crypto/sha256";
import { Sha512 } from "./crypto/sha512";
import { Cursor } from "./codec/cbor";
import { Envelope, Signer, ToBeSigned } from "./codec/cose";
import { Tree } from "./codec/merkle";
import { RecordFrame } from "./codec/record";
import { Writer } from "./codec/writer";
import {
  AAD_BYTES_MAX,
  CALIBRATIONS_MAX,
  EVENT_BYTES_MAX,
  HEADER_BYTES_MAX,
  INPUT_BYTES_MAX,
  MANIFEST_BYTES_MAX,
  OBJECT_PARTS,
  PORTS,
  READBACK_BYTES,
  RECORD_DEPTH_MAX,
  SEGMENTS_MAX,
  SIGNERS_MAX,
  STREAM_COUNT,
  TREE_LEVELS_MAX,
} from "./limits";
import { Flow } from "./delivery/flow";
import { LEDGER_BYTES } from "./delivery/ledger";
import { BootRecord, LocalAction } from "./delivery/local";
import { MINUTES_BYTES } from "./delivery/minutes";
import { Commander, Sender } from "./order/authenticate";
import { Approval } from "./order/approve";
import { COMMAND_BYTES } from "./order/command";
import { Judgement } from "./order/judgement";
import { PENDING_BYTES } from "./order/pending";
import { PORT_BYTES, Session, SESSION_SEED_BYTES } from "./order/session";
import { Feed } from "./order/signature";
import { Submission } from "./order/submit";
import { Attested } from "./log/attestation";
import { REFUSALS_BYTES } from "./refusals";
import { Flash } from "./store/flash";
import { Objects, Rewrite, Source } from "./store/objects";
import { ACCOUNTS, METER_BYTES, STATE_BYTES } from "./store/state";
import { Stream } from "./store/stream";
import { THROTTLE_BYTES } from "./throttle";
import { Install } from "./library/install";
import { DRUG_BYTES, PROFILE_BYTES } from "./library/entry";
import { MANIFEST_RECORD_BYTES } from "./library/manifest";
import { Calibration, Device } from "./trust/device";
import { MultiSignature } from "./trust/multisignature";
import { PROVISIONING_BYTES } from "./trust/provisioning";
import { ROOT_BYTES } from "./trust/root";
import { Update } from "./trust/update";

/** Compilers may assume that nothing lies below; a null address is not a region. */
const NEAR_BASE: usize = 1024;

// Near regions, of whole 8 bytes: each begins where the one above it ends.

/** State of the decisions stream: the committed copy, and the copy that a verb prepares (store/state.ts). */
export const STATE: usize = NEAR_BASE;
export const NEXT: usize = STATE + STATE_BYTES;

/** Delivery account in RAM (delivery/flow.ts). */
export const FLOW: usize = NEXT + STATE_BYTES;

/** Input and result of `tick`; its own, so that it works between slices (SPEC 10). Input and result of `local`; result of `inspect`. */
export const TICK: usize = FLOW + offsetof<Flow>();
export const LOCAL: usize = TICK + 128;
export const INSPECT: usize = LOCAL + 64;

/** Result records of staged work and sessions (SPEC 11.2). */
export const RESULT: usize = INSPECT + 320;

/** The decoded command that is being judged. */
export const COMMAND: usize = RESULT + 256;
export const COMMAND_CURSOR: usize = COMMAND + COMMAND_BYTES;

/** Digest of the command or approval being judged, and SHA-256 of its bytes as submitted. */
export const COMMAND_DIGEST: usize = COMMAND_CURSOR + offsetof<Cursor>();
export const SUBMITTED_HASH: usize = COMMAND_DIGEST + 32;

/** Who signed what is being judged (order/authenticate.ts), who signed the command, and the decoded approval. */
export const SENDER: usize = SUBMITTED_HASH + 32;
export const COMMANDER: usize = SENDER + offsetof<Sender>();
export const APPROVAL: usize = COMMANDER + offsetof<Commander>();

/** How the judgement ended (order/judgement.ts). */
export const JUDGEMENT: usize = APPROVAL + offsetof<Approval>();

/** The proven entries that a command brought along (library/lookup.ts). */
export const PROFILE: usize = JUDGEMENT + offsetof<Judgement>();
export const DRUG: usize = PROFILE + PROFILE_BYTES;

/** The staged submission, and the nonce that an approval must name. */
export const SUBMISSION: usize = DRUG + DRUG_BYTES;
export const PENDING_NONCE: usize = SUBMISSION + offsetof<Submission>();

/** A local action that waits for its second step. */
export const LOCAL_PENDING: usize = PENDING_NONCE + 8;

/** Dividend (later the remainder) and divisor of a 128-bit division (order/wide.ts). */
export const WIDE_NUMERATOR: usize = LOCAL_PENDING + offsetof<LocalAction>();
export const WIDE_DENOMINATOR: usize = WIDE_NUMERATOR + 16;

/** The context of one-shot digests, and the digest of an object, a leaf or a node; never under way between two calls (codec/cose.ts, codec/merkle.ts). */
export const SHA256_SCRATCH: usize = WIDE_DENOMINATOR + 16;
export const CODEC_SHA256: usize = SHA256_SCRATCH + offsetof<Sha256>();

/** One verification under way: its state, R, key and S as received. */
export const ED25519_STATE: usize = CODEC_SHA256 + offsetof<Sha256>();
export const ED25519_R: usize = ED25519_STATE + offsetof<Ed25519>();
export const ED25519_KEY: usize = ED25519_R + 32;
export const ED25519_S: usize = ED25519_KEY + 32;

/** A hash that is compared or shortened within one call: of a key, of a tree under construction, of an entry brought along. */
export const HASH_SCRATCH: usize = ED25519_S + 32;

/** Where the verification of an object of several signers stands (trust/multisignature.ts). */
export const MULTISIGNATURE: usize = HASH_SCRATCH + 32;

/** The device record, and behind it what only provisioning reads (trust/device.ts, trust/provisioning.ts). */
export const DEVICE: usize = MULTISIGNATURE + offsetof<MultiSignature>();

/** What the host's clocks answer: the wall, and the uptime that background work and updates read. */
export const WALL_TIME: usize = DEVICE + PROVISIONING_BYTES;
export const UPTIME: usize = WALL_TIME + 8;

/** Stamp of the last challenge given out, 0 if none was since boot (order/session.ts). */
export const SESSION_LAST: usize = UPTIME + 8;

/** Manifests: of the active library, of the one that waits, and of one that is being judged (library/active.ts). */
export const ACTIVE: usize = SESSION_LAST + 8;
export const WAITING: usize = ACTIVE + MANIFEST_RECORD_BYTES;
export const CANDIDATE: usize = WAITING + MANIFEST_RECORD_BYTES;

/** The install under way: its state and its manifest (library/install.ts). The entry being judged stands in DRUG: no command is judged meanwhile. */
export const INSTALL: usize = CANDIDATE + MANIFEST_RECORD_BYTES;
export const INSTALL_MANIFEST: usize = INSTALL + offsetof<Install>();

/** The chain value that a record would lead to; a tag; a label; a key while others are derived from it. */
export const CHAIN_NEXT: usize = INSTALL_MANIFEST + MANIFEST_RECORD_BYTES;
export const TAG: usize = CHAIN_NEXT + 32;
export const LABEL: usize = TAG + 32;
export const KEY_SCRATCH: usize = LABEL + 24;

/** Keys derived from the device secret, prepared for HMAC (SPEC 2.3). */
export const SEAL_KEY: usize = KEY_SCRATCH + 64;
export const SESSION_KEY: usize = SEAL_KEY + 64;
export const ATTEST_KEY: usize = SESSION_KEY + 64;

// From here on, regions of whole 4 bytes.

/** What a session's challenge is made from. */
export const SESSION_SEED: usize = ATTEST_KEY + 64;

/** The root update or the provisioning under way (trust/update.ts). */
export const UPDATE: usize = SESSION_SEED + SESSION_SEED_BYTES;

/** Flash geometry (store/flash.ts). */
export const FLASH: usize = UPDATE + offsetof<Update>();

/** Four elements: a power of a field element from one slice to the next, or an inverse; and the inverse's matrix. */
export const FIELD_POWER: usize = FLASH + offsetof<Flash>();
export const INVERSE_MATRIX: usize = FIELD_POWER + 144;

/** The accumulator of edwards25519.ts, X Y Z T, and its six elements of workspace. */
export const EDWARDS_POINT: usize = INVERSE_MATRIX + offsetof<Matrix>();
export const EDWARDS_E: usize = EDWARDS_POINT + 144;
export const EDWARDS_F: usize = EDWARDS_E + 36;
export const EDWARDS_G: usize = EDWARDS_F + 36;
export const EDWARDS_H: usize = EDWARDS_G + 36;
export const EDWARDS_U: usize = EDWARDS_H + 36;
export const EDWARDS_V: usize = EDWARDS_U + 36;

/** A field element of 9 limbs on its way to canonical bytes; nine limbs of a scalar under reduction. */
export const FIELD_FROZEN: usize = EDWARDS_V + 36;
export const SCALAR_LIMBS: usize = FIELD_FROZEN + 36;

/** S as a comb reads it (33 bytes, whole words). */
export const ED25519_COMB: usize = SCALAR_LIMBS + 36;

/** Read positions in an envelope, in one of its protected headers, and in an object that is read by its table; none outlives the call (codec/cose.ts, trust/object.ts). */
export const COSE_CURSOR: usize = ED25519_COMB + 36;
export const COSE_HEADER_CURSOR: usize = COSE_CURSOR + offsetof<Cursor>();
export const OBJECT_CURSOR: usize = COSE_HEADER_CURSOR + offsetof<Cursor>();

/** Writers: of the heads of what is signed (codec/cose.ts), of a command's external data, of the event being prepared, of an attestation. */
export const COSE_WRITER: usize = OBJECT_CURSOR + offsetof<Cursor>();
export const COMMAND_WRITER: usize = COSE_WRITER + offsetof<Writer>();
export const EVENT_WRITER: usize = COMMAND_WRITER + offsetof<Writer>();
export const ATTEST_WRITER: usize = EVENT_WRITER + offsetof<Writer>();

/** How far the message of a signature has been taken in (order/signature.ts). */
export const SIGNATURE_FEED: usize = ATTEST_WRITER + offsetof<Writer>();

/** What an attestation says that the log does not know (log/attestation.ts). */
export const ATTESTED: usize = SIGNATURE_FEED + offsetof<Feed>();

/** Cause of the last boot and the time without power. */
export const BOOT_RECORD: usize = ATTESTED + offsetof<Attested>();

/** Which verb is staged (work.ts); whether a call is under way, and how far the gate has booted (call.ts). */
export const WORK: usize = BOOT_RECORD + offsetof<BootRecord>();
export const CALL: usize = WORK + 4;

/** What the host's hardware counter answers, and where the reading of an object failed (trust/object.ts). */
export const COUNTER_WORD: usize = CALL + 8;
export const FAILURE_PLACE: usize = COUNTER_WORD + 4;

/** Where the near regions end. */
const NEAR_END: usize = FAILURE_PLACE + 4;
// A build with another base would lay its constants over the regions above.
if (<usize>ASC_MEMORY_BASE < NEAR_END) {
  ERROR("compile with --memoryBase 8192: near regions end above the memory base");
}

// Far regions.

/** Header of the objects in use and of those being written, and how far that is (store/objects.ts). */
export const OBJECTS: usize = memory.data(
  <i32>(offsetof<Objects>() + offsetof<Device>() + CALIBRATIONS_MAX * offsetof<Calibration>() + 16),
  8,
);
export const OBJECTS_NEXT: usize = memory.data(
  <i32>(offsetof<Objects>() + offsetof<Device>() + CALIBRATIONS_MAX * offsetof<Calibration>() + 16),
  8,
);
export const REWRITE: usize = memory.data(
  <i32>(offsetof<Rewrite>() + 2 * OBJECT_PARTS * offsetof<Source>() + offsetof<Sha256>()),
  8,
);

/** Shared with the host. Costs 8 KiB of RAM; the largest object is a root document. */
export const IO_BUFFER: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** The schedule of one compression of SHA-512, 80 words of 8 bytes; SHA-256 has its window in locals. */
export const SHA512_SCHEDULE: usize = memory.data(640, 8);

/** The digest of R | key | message of the verification under way. */
export const ED25519_SHA512: usize = memory.data(offsetof<Sha512>(), 8);

/** k's 256 signed digits, or k as a comb reads it. */
export const ED25519_DIGITS: usize = memory.data(256, 8);

/** The odd multiples 1 to 15 of the key, 8 of 144 bytes; before they are built, and after they are used, working space. */
export const ED25519_MULTIPLES: usize = memory.data(1152, 8);

/** The key's x, once it is a point. */
export const ED25519_X: usize = memory.data(36, 4);

/** The module's own copy of what is being verified; only the module writes it (SPEC 10). */
export const INPUT: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** The levels that decoding a record has entered (codec/record.ts). */
export const RECORD_FRAMES: usize = memory.data(<i32>(RECORD_DEPTH_MAX * offsetof<RecordFrame>()), 4);

/** The session being asked for or answered; what every port keeps of its own (order/session.ts). */
export const SESSION: usize = memory.data(offsetof<Session>(), 8);
export const PORT_SESSIONS: usize = memory.data(<i32>(PORTS * PORT_BYTES), 8);

/** Verification budgets: a bucket and a slot per key for each lane; a bucket for updates and each key's share (throttle.ts). */
export const THROTTLE: usize = memory.data(<i32>THROTTLE_BYTES, 8);

/** Refusals not yet written (refusals.ts). */
export const REFUSALS: usize = memory.data(<i32>REFUSALS_BYTES, 8);

/** The external data of a command or approval (order/signature.ts). */
export const COMMAND_AAD: usize = memory.data(<i32>AAD_BYTES_MAX, 8);

/** The signed object under way, of whatever kind: its envelope, what its signer signed, and its digest in the making. */
export const OBJECT_ENVELOPE: usize = memory.data(
  <i32>(offsetof<Envelope>() + SIGNERS_MAX * offsetof<Signer>()),
  4,
);
export const OBJECT_TO_BE_SIGNED: usize = memory.data(offsetof<ToBeSigned>(), 8);
export const OBJECT_SHA256: usize = memory.data(offsetof<Sha256>(), 8);

/** The root document in force, and the one that is being judged (trust/root.ts). */
export const TRUST: usize = memory.data(<i32>ROOT_BYTES, 8);
export const TRUST_NEXT: usize = memory.data(<i32>ROOT_BYTES, 8);

/** A manifest as it was signed: of the install under way, else one read back from flash. */
export const MANIFEST_RAW: usize = memory.data(<i32>MANIFEST_BYTES_MAX, 8);

/** The tree over the entries of the install under way (library/install.ts). */
export const INSTALL_TREE: usize = memory.data(<i32>(offsetof<Tree>() + 32 * (TREE_LEVELS_MAX + 1)), 8);

/** The command that waits for an override. */
export const PENDING: usize = memory.data(<i32>PENDING_BYTES, 8);

/** What is read back after a program (store/flash.ts). */
export const READBACK: usize = memory.data(<i32>READBACK_BYTES, 8);

/** Both streams, and number and first sequence of each segment (store/stream.ts, store/segment.ts). */
export const STREAMS: usize = memory.data(<i32>(STREAM_COUNT * offsetof<Stream>()), 8);
export const SEGMENTS: usize = memory.data(<i32>(SEGMENTS_MAX * 8), 4);

/** The account of volumes and the ledger: the committed copy and the prepared one (store/state.ts), and the ledger's minutes (delivery/minutes.ts). */
export const METER: usize = memory.data(<i32>METER_BYTES, 8);
export const METER_NEXT: usize = memory.data(<i32>METER_BYTES, 8);
export const MINUTES: usize = memory.data(<i32>(<usize>ACCOUNTS * MINUTES_BYTES), 8);

/** The ledger's clock, and the plan that is being checked against it (delivery/ledger.ts). */
export const LEDGER: usize = memory.data(<i32>LEDGER_BYTES, 8);

/** The record, segment header or piece of an object that is being read or built. */
export const RECORD: usize = memory.data(<i32>HEADER_BYTES_MAX, 8);

/** The event being prepared (log/event.ts). */
export const EVENT: usize = memory.data(<i32>EVENT_BYTES_MAX, 8);

/**
 * Prepared keys, the last region, so that a pump with less RAM has all others below it: 0 to 4, each 3,532 bytes of RAM that make a
 * verification under it take less than half the time (docs/BENCHMARKS.md). What does not find room verifies the slower way.
 */
export const PREPARED_KEYS: usize = 2;
export const PREPARATION: usize = memory.data(PREPARED_KEYS == 0 ? 4 : <i32>PREPARATION_BYTES, 4);
export const PREPARED: usize = memory.data(<i32>(PREPARED_KEYS * PREPARED_BYTES + 4), 4);
