/** Regions that only the diagnostic build needs: kept apart, because a region that a file declares is reserved wherever the file is. */
import { Cursor } from "./codec/cbor";
import { Envelope, Signer, ToBeSigned } from "./codec/cose";
import { ItemFrame } from "./codec/item";
import { Tree } from "./codec/merkle";
import { Writer } from "./codec/writer";
import { Sha256 } from "./crypto/sha256";
import { Sha512 } from "./crypto/sha512";
import { ITEM_DEPTH_MAX, SIGNERS_MAX, TREE_LEVELS_MAX } from "./limits";

/** The diagnostic build's streaming digests and prepared HMAC key. */
export const DIAG_SHA256: usize = memory.data(offsetof<Sha256>(), 8);
export const DIAG_SHA512: usize = memory.data(offsetof<Sha512>(), 8);
export const DIAG_HMAC_KEY: usize = memory.data(64, 8);

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
