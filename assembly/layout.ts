/**
 * Every byte of linear memory the module uses, in one place. No other file calls `memory.data`; a region that
 * a build does not reach costs that build nothing.
 *
 *   0        1024                                                             65536
 *   +--------+-----------+----------------------+- - - - - - - - - - - - - - - -+
 *   | unused | IO_BUFFER | crypto               | free                          |
 *   |        | 8192      | 3.1 KiB              |                               |
 *   +--------+-----------+----------------------+- - - - - - - - - - - - - - - -+
 *
 * IO_BUFFER belongs to the host between calls and is never read twice: a call's first act is to copy its
 * input to memory that only the module writes (time of check is time of use).
 */
import { Ed25519 } from "./crypto/ed25519";
import { Matrix } from "./crypto/inverse25519";
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
  INPUT_BYTES_MAX,
  MANIFEST_BYTES_MAX,
  OBJECT_PARTS,
  PORTS,
  READBACK_BYTES,
  RECORD_BYTES_MAX,
  RECORD_DEPTH_MAX,
  ROOT_KEYS_MAX,
  SEGMENTS_MAX,
  SIGNERS_MAX,
  STREAM_COUNT,
  TREE_LEVELS_MAX,
} from "./limits";
import { Flow } from "./delivery/flow";
import { BootRecord, LocalAction } from "./delivery/local";
import { Commander, Sender } from "./order/authenticate";
import { Approval } from "./order/approve";
import { COMMAND_BYTES } from "./order/command";
import { Judgement } from "./order/judgement";
import { PENDING_BYTES } from "./order/pending";
import { PORT_BYTES, SESSION_SEED_BYTES } from "./order/session";
import { Feed } from "./order/signature";
import { Submission } from "./order/submit";
import { Attested } from "./log/attestation";
import { REFUSALS_BYTES } from "./refusals";
import { Flash } from "./store/flash";
import { Objects, Rewrite, Source } from "./store/objects";
import { Meter, State } from "./store/state";
import { Stream } from "./store/stream";
import { Bucket, KeyWindow } from "./throttle";
import { Install } from "./library/install";
import { DRUG_BYTES, PROFILE_BYTES } from "./library/entry";
import { MANIFEST_RECORD_BYTES } from "./library/manifest";
import { Calibration, Device } from "./trust/device";
import { MultiSignature } from "./trust/multisignature";
import { PROVISIONING_BYTES } from "./trust/provisioning";
import { ROOT_BYTES } from "./trust/root";
import { Update } from "./trust/update";

/** Shared with the host. Costs 8 KiB of RAM; the largest object is a root document. */
export const IO_BUFFER: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** The context of one-shot digests: never under way between two calls. */
export const SHA256_SCRATCH: usize = memory.data(offsetof<Sha256>(), 8);

/** The schedule of SHA-512: 80 words of 8 bytes. */
export const SHA512_SCHEDULE: usize = memory.data(640, 8);

/** A field element of 9 limbs on its way to canonical bytes. */
export const FIELD_FROZEN: usize = memory.data(36, 4);

/** Four elements: a power of a field element from one slice to the next, or an inverse; and the inverse's matrix. */
export const FIELD_POWER: usize = memory.data(144, 4);
export const INVERSE_MATRIX: usize = memory.data(offsetof<Matrix>(), 4);

/** The accumulator of edwards25519.ts, X Y Z T, and its six elements of workspace. */
export const EDWARDS_POINT: usize = memory.data(144, 4);
export const EDWARDS_E: usize = memory.data(36, 4);
export const EDWARDS_F: usize = memory.data(36, 4);
export const EDWARDS_G: usize = memory.data(36, 4);
export const EDWARDS_H: usize = memory.data(36, 4);
export const EDWARDS_U: usize = memory.data(36, 4);
export const EDWARDS_V: usize = memory.data(36, 4);

/** Nine limbs of a scalar under reduction. */
export const SCALAR_LIMBS: usize = memory.data(36, 4);

/** One verification under way: its state, R, key and S as received, and the digest of R | key | message. */
export const ED25519_STATE: usize = memory.data(offsetof<Ed25519>(), 8);
export const ED25519_R: usize = memory.data(32, 8);
export const ED25519_KEY: usize = memory.data(32, 8);
export const ED25519_S: usize = memory.data(32, 8);
export const ED25519_SHA512: usize = memory.data(offsetof<Sha512>(), 8);

/** The two scalars: k's 256 signed digits, and S as a comb reads it (33 bytes, whole words). */
export const ED25519_DIGITS: usize = memory.data(256, 8);
export const ED25519_COMB: usize = memory.data(36, 4);

/** The odd multiples 1 to 15 of the key, 8 of 144 bytes; before they are built, and after they are used, working space. */
export const ED25519_MULTIPLES: usize = memory.data(1152, 8);

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

/** Dividend (later the remainder) and divisor of a 128-bit division (order/wide.ts). */
export const WIDE_NUMERATOR: usize = memory.data(16, 8);
export const WIDE_DENOMINATOR: usize = memory.data(16, 8);

/** The levels that decoding a record has entered (codec/record.ts). */
export const RECORD_FRAMES: usize = memory.data(<i32>(RECORD_DEPTH_MAX * offsetof<RecordFrame>()), 4);

/** Read positions in an envelope and in one of its protected headers; neither outlives the call (codec/cose.ts). */
export const COSE_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);
export const COSE_HEADER_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);

/** Where the heads of what is signed are being written (codec/cose.ts). */
export const COSE_WRITER: usize = memory.data(offsetof<Writer>(), 4);

/** The digest of an object, a leaf or a node; never under way between two calls (codec/cose.ts, codec/merkle.ts). */
export const CODEC_SHA256: usize = memory.data(offsetof<Sha256>(), 8);

/** Delivery account in RAM (delivery/flow.ts). */
export const FLOW: usize = memory.data(offsetof<Flow>(), 8);

/** Input and result of `tick`; its own, so that it works between slices (SPEC 10). */
export const TICK: usize = memory.data(128, 8);

/** Input and result of `local`. */
export const LOCAL: usize = memory.data(64, 8);

/** Result of `inspect`. */
export const INSPECT: usize = memory.data(256, 8);

/** The decoded command that is being judged. */
export const COMMAND: usize = memory.data(<i32>COMMAND_BYTES, 8);
export const COMMAND_CURSOR: usize = memory.data(offsetof<Cursor>(), 8);

/** Sessions of every port (order/session.ts), the sessions opened since boot, and what a challenge is made from. */
export const PORT_SESSIONS: usize = memory.data(<i32>(PORTS * PORT_BYTES), 8);
export const SESSION_COUNT: usize = memory.data(4, 4);
export const SESSION_SEED: usize = memory.data(<i32>SESSION_SEED_BYTES, 8);

/** A local action that waits for its second step. */
export const LOCAL_PENDING: usize = memory.data(offsetof<LocalAction>(), 8);

/** Cause of the last boot and the time without power. */
export const BOOT_RECORD: usize = memory.data(offsetof<BootRecord>(), 4);

/** Verification budgets: a bucket per port and one for updates, a slot per port and key, a window per key (throttle.ts). */
export const THROTTLE_BUCKETS: usize = memory.data(<i32>((PORTS + 1) * offsetof<Bucket>()), 8);
export const THROTTLE_SLOTS: usize = memory.data(<i32>(PORTS * ROOT_KEYS_MAX * 8), 8);
export const THROTTLE_KEYS: usize = memory.data(<i32>(ROOT_KEYS_MAX * offsetof<KeyWindow>()), 8);

/** Refusals not yet written (refusals.ts). */
export const REFUSALS: usize = memory.data(<i32>REFUSALS_BYTES, 8);

/** The external data of a command or approval, its writer, and how far the message has been taken in (order/signature.ts). */
export const COMMAND_AAD: usize = memory.data(<i32>AAD_BYTES_MAX, 8);
export const COMMAND_WRITER: usize = memory.data(offsetof<Writer>(), 4);
export const SIGNATURE_FEED: usize = memory.data(offsetof<Feed>(), 4);

/** Digest of the command or approval being judged, and SHA-256 of its bytes as submitted. */
export const COMMAND_DIGEST: usize = memory.data(32, 8);
export const SUBMITTED_HASH: usize = memory.data(32, 8);

/** Who signed what is being judged (order/authenticate.ts). */
export const SENDER: usize = memory.data(offsetof<Sender>(), 8);

/** A hash that is compared or shortened within one call: of a key, of a tree under construction, of an entry brought along. */
export const HASH_SCRATCH: usize = memory.data(32, 8);

/** Reading an object by its table, and where the last one failed (trust/object.ts). */
export const OBJECT_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);
export const FAILURE_PLACE: usize = memory.data(4, 4);

/** The signed object under way, of whatever kind: its envelope, what its signer signed, and its digest in the making. */
export const OBJECT_ENVELOPE: usize = memory.data(
  <i32>(offsetof<Envelope>() + SIGNERS_MAX * offsetof<Signer>()),
  4,
);
export const OBJECT_TO_BE_SIGNED: usize = memory.data(offsetof<ToBeSigned>(), 8);
export const OBJECT_SHA256: usize = memory.data(offsetof<Sha256>(), 8);

/** Where the verification of an object of several signers stands (trust/multisignature.ts). */
export const MULTISIGNATURE: usize = memory.data(offsetof<MultiSignature>(), 8);

/** The root document in force, and the one that is being judged (trust/root.ts). */
export const TRUST: usize = memory.data(<i32>ROOT_BYTES, 8);
export const TRUST_NEXT: usize = memory.data(<i32>ROOT_BYTES, 8);

/** The root update or the provisioning under way (trust/update.ts). */
export const UPDATE: usize = memory.data(offsetof<Update>(), 8);

/** The device record, and behind it what only provisioning reads (trust/device.ts, trust/provisioning.ts). */
export const DEVICE: usize = memory.data(<i32>PROVISIONING_BYTES, 8);

/** What the host's clock and its hardware counter answer. */
export const WALL_TIME: usize = memory.data(8, 8);
export const COUNTER_WORD: usize = memory.data(4, 4);

/** Manifests: of the active library, of the one that waits, and of one that is being judged (library/active.ts). */
export const ACTIVE: usize = memory.data(<i32>MANIFEST_RECORD_BYTES, 8);
export const WAITING: usize = memory.data(<i32>MANIFEST_RECORD_BYTES, 8);
export const CANDIDATE: usize = memory.data(<i32>MANIFEST_RECORD_BYTES, 8);

/** A manifest as it was signed: of the install under way, else one read back from flash. */
export const MANIFEST_RAW: usize = memory.data(<i32>MANIFEST_BYTES_MAX, 8);

/** The install under way: its state, its manifest, the tree over its entries so far, and the entry being judged (library/install.ts). */
export const INSTALL: usize = memory.data(offsetof<Install>(), 8);
export const INSTALL_MANIFEST: usize = memory.data(<i32>MANIFEST_RECORD_BYTES, 8);
export const INSTALL_TREE: usize = memory.data(<i32>(offsetof<Tree>() + 32 * (TREE_LEVELS_MAX + 1)), 8);
export const INSTALL_ENTRY: usize = memory.data(<i32>DRUG_BYTES, 8);

/** The proven entries that a command brought along (library/lookup.ts). */
export const PROFILE: usize = memory.data(<i32>PROFILE_BYTES, 8);
export const DRUG: usize = memory.data(<i32>DRUG_BYTES, 8);

/** The staged submission, the decoded approval, and who signed the command being judged. */
export const SUBMISSION: usize = memory.data(offsetof<Submission>(), 4);
export const APPROVAL: usize = memory.data(offsetof<Approval>(), 8);
export const COMMANDER: usize = memory.data(offsetof<Commander>(), 8);

/** How the judgement ended (order/judgement.ts). */
export const JUDGEMENT: usize = memory.data(offsetof<Judgement>(), 8);

/** The command that waits for an override, and the nonce that an approval must name. */
export const PENDING: usize = memory.data(<i32>PENDING_BYTES, 8);
export const PENDING_NONCE: usize = memory.data(8, 8);

/** Which verb is staged (work.ts); whether a call is under way, and how far the gate has booted (call.ts). */
export const WORK: usize = memory.data(4, 4);
export const CALL: usize = memory.data(8, 4);

/** The uptime that background work and updates read. */
export const UPTIME: usize = memory.data(8, 8);

/** Flash geometry (store/flash.ts), and what is read back after a program. */
export const FLASH: usize = memory.data(offsetof<Flash>(), 4);
export const READBACK: usize = memory.data(<i32>READBACK_BYTES, 8);

/** Both streams, and number and first sequence of each segment (store/stream.ts, store/segment.ts). */
export const STREAMS: usize = memory.data(<i32>(STREAM_COUNT * offsetof<Stream>()), 8);
export const SEGMENTS: usize = memory.data(<i32>(SEGMENTS_MAX * 8), 4);

/** The record, segment header or piece of an object that is being read or built. */
export const RECORD: usize = memory.data(<i32>RECORD_BYTES_MAX, 8);

/** The event being prepared, and its writer (log/event.ts). */
export const EVENT: usize = memory.data(<i32>EVENT_BYTES_MAX, 8);
export const EVENT_WRITER: usize = memory.data(offsetof<Writer>(), 4);

/** The chain value that a record would lead to; a tag; a label; a key while others are derived from it. */
export const CHAIN_NEXT: usize = memory.data(32, 8);
export const TAG: usize = memory.data(32, 8);
export const LABEL: usize = memory.data(24, 8);
export const KEY_SCRATCH: usize = memory.data(64, 8);

/** Keys derived from the device secret, prepared for HMAC (SPEC 2.3). */
export const SEAL_KEY: usize = memory.data(64, 8);
export const SESSION_KEY: usize = memory.data(64, 8);
export const ATTEST_KEY: usize = memory.data(64, 8);

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

/** The writer of an attestation. */
export const ATTEST_WRITER: usize = memory.data(offsetof<Writer>(), 4);

/** What an attestation says that the log does not know (log/attestation.ts). */
export const ATTESTED: usize = memory.data(offsetof<Attested>(), 4);
