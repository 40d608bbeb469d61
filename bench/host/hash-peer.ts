/** SHA-256 and SHA-512 of one message in one call, each in the form that is fastest for the library. */
import { createHash } from "node:crypto";
import type { Identity } from "./contender.js";

/** A digest of the message. */
export type Hasher = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

export interface HashPeer extends Identity {
  readonly asynchronous?: boolean;
  open(): Hasher | Promise<Hasher>;
}

/** Sizes that are measured: two hashes of a Merkle tree, an entry or a command, a large command, a bulk. */
export const HASH_BYTES = [64, 200, 1024, 65_536] as const;

/** A message of `bytes`, the same on every machine. */
export function hashMessage(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 167 + (i >> 8) * 13 + 5) & 0xff);
}

/** Sizes of the correctness gate: every padding of a block, and the borders of our buffer. */
const CHECKED = [...Array.from({ length: 260 }, (_, i) => i), 8191, 8192, 8193, ...HASH_BYTES];

/** What a peer got wrong, against node:crypto; `null` if nothing. */
export async function whatIsWrongWithHash(peer: HashPeer, bits: 256 | 512): Promise<string | null> {
  const hash = await peer.open();
  const wrong: number[] = [];
  for (const bytes of CHECKED) {
    const message = hashMessage(bytes);
    const expected = createHash(`sha${bits}`).update(message).digest();
    if (!expected.equals(await hash(message))) wrong.push(bytes);
  }
  if (wrong.length === 0) return null;
  return `wrong digest for ${wrong.length} of ${CHECKED.length} lengths, ${wrong[0]} bytes the shortest`;
}
