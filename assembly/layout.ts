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
import { Ed25519 } from "./crypto/ed25519";
import { Sha256 } from "./crypto/sha256";
import { Sha512 } from "./crypto/sha512";
import { Cursor } from "./codec/cbor";
import { Envelope, Signer, ToBeSigned } from "./codec/cose";
import { ItemFrame } from "./codec/item";
import { Tree } from "./codec/merkle";
import { RecordFrame } from "./codec/record";
import { Writer } from "./codec/writer";
import { INPUT_BYTES_MAX, ITEM_DEPTH_MAX, RECORD_DEPTH_MAX, SIGNERS_MAX, TREE_LEVELS_MAX } from "./limits";
import { Meter, State } from "./store/state";

/** Shared with the host. Costs 8 KiB of RAM; the largest object is a root document. */
export const IO_BUFFER: usize = memory.data(<i32>INPUT_BYTES_MAX, 8);

/** The context of one-shot digests: never under way between two calls. */
export const SHA256_SCRATCH: usize = memory.data(offsetof<Sha256>(), 8);

/** The schedule of SHA-512: 80 words of 8 bytes. */
export const SHA512_SCHEDULE: usize = memory.data(640, 8);

/** A field element of 9 limbs on its way to canonical bytes. */
export const FIELD_FROZEN: usize = memory.data(36, 4);

/** Four elements that carry a power of a field element from one slice to the next. */
export const FIELD_POWER: usize = memory.data(144, 4);

/** The accumulator of edwards25519.ts, X Y Z T, and its six elements of workspace. */
export const EDWARDS_POINT: usize = memory.data(144, 4);
export const EDWARDS_SCRATCH: usize = memory.data(216, 4);

/** Nine limbs of a scalar under reduction. */
export const SCALAR_LIMBS: usize = memory.data(36, 4);

/** One verification under way: its state, R | key | S as received, and the digest of R | key | message. */
export const ED25519_STATE: usize = memory.data(offsetof<Ed25519>(), 8);
export const ED25519_INPUT: usize = memory.data(96, 8);
export const ED25519_SHA512: usize = memory.data(offsetof<Sha512>(), 8);

/** The two scalars: k's 256 signed digits, and S as a comb reads it (33 bytes, whole words). */
export const ED25519_DIGITS: usize = memory.data(256, 8);
export const ED25519_COMB: usize = memory.data(36, 4);

/** The odd multiples 1 to 15 of the key, 8 of 144 bytes; before they are built, and after they are used, working space. */
export const ED25519_MULTIPLES: usize = memory.data(1152, 8);

/** The diagnostic build's streaming digests and prepared HMAC key. */
export const DIAG_SHA256: usize = memory.data(offsetof<Sha256>(), 8);
export const DIAG_SHA512: usize = memory.data(offsetof<Sha512>(), 8);
export const DIAG_HMAC_KEY: usize = memory.data(64, 8);

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

/** The levels that decoding a record has entered (codec/record.ts). */
export const RECORD_FRAMES: usize = memory.data(<i32>(RECORD_DEPTH_MAX * offsetof<RecordFrame>()), 4);

/** Read positions in an envelope and in one of its protected headers; neither outlives the call (codec/cose.ts). */
export const COSE_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);
export const COSE_HEADER_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);

/** Where the heads of what is signed are being written (codec/cose.ts). */
export const COSE_WRITER: usize = memory.data(offsetof<Writer>(), 4);

/** The digest of an object, a leaf or a node; never under way between two calls (codec/cose.ts, codec/merkle.ts). */
export const CODEC_SHA256: usize = memory.data(offsetof<Sha256>(), 8);

/** Checking an item of unknown shape: the position, and the levels entered (codec/item.ts). */
export const ITEM_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);
export const ITEM_FRAMES: usize = memory.data(<i32>(ITEM_DEPTH_MAX * offsetof<ItemFrame>()), 4);

/** Where the diagnostic build keeps what it reads, writes, signs and hashes between two calls (diag-codec.ts). */
export const DIAG_CURSOR: usize = memory.data(offsetof<Cursor>(), 4);
export const DIAG_WRITER: usize = memory.data(offsetof<Writer>(), 4);
export const DIAG_ENVELOPE: usize = memory.data(
  <i32>(offsetof<Envelope>() + SIGNERS_MAX * offsetof<Signer>()),
  4,
);
export const DIAG_TO_BE_SIGNED: usize = memory.data(offsetof<ToBeSigned>(), 8);
export const DIAG_TREE: usize = memory.data(<i32>(offsetof<Tree>() + 32 * (TREE_LEVELS_MAX + 1)), 4);
