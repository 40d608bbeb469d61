/** The correctness gate: a verifier that accepts what is forged, or refuses what is good, is fast for no reason. */
import type { Ed25519Peer } from "./ed25519-peer.js";
import {
  CASES,
  casesOfManyKeys,
  casesOfOneKey,
  signedCase,
  tampered,
  type SignedCase,
} from "./signed-case.js";

/** Lengths around the block borders of SHA-512 (128 bytes, of which R and A take 64), and the largest part of a command. */
const LENGTHS = [0, 1, 47, 48, 63, 64, 127, 128, 191, 192, 255, 256, 1023, 1024];

/** What a peer got wrong; `null` if nothing. An exception on a bad key or signature is a refusal. */
export async function whatIsWrong(peer: Ed25519Peer): Promise<string | null> {
  const good = [...casesOfManyKeys(), ...casesOfOneKey()];
  const refused = await indicesOf(peer, good, false);
  const lengths: number[] = [];
  for (const length of LENGTHS) {
    if (!(await answer(peer, signedCase(1, 0, length)))) lengths.push(length);
  }
  const forged = good.slice(0, CASES).flatMap(everyForgery);
  const accepted = await indicesOf(peer, forged, true);
  const faults = [
    ...(accepted.length === 0 ? [] : [`accepts ${accepted.length} of ${forged.length} forgeries`]),
    ...(refused.length === 0 ? [] : [`refuses ${refused.length} of ${good.length} good signatures`]),
    ...(lengths.length === 0
      ? []
      : [`of messages of ${LENGTHS.join(", ")} bytes it refuses those of ${lengths.join(", ")}`]),
  ];
  return faults.length === 0 ? null : faults.join("; ");
}

/** One bit of R, of S, of the message's ends and of the key. */
function everyForgery(good: SignedCase): SignedCase[] {
  return [
    tampered(good, "signature", 0),
    tampered(good, "signature", 31),
    tampered(good, "signature", 32),
    tampered(good, "signature", 60),
    tampered(good, "message", 0),
    tampered(good, "message", good.message.length - 1),
    tampered(good, "publicKey", 0),
  ];
}

async function indicesOf(
  peer: Ed25519Peer,
  cases: readonly SignedCase[],
  wanted: boolean,
): Promise<number[]> {
  const found: number[] = [];
  for (const [i, it] of cases.entries()) if ((await answer(peer, it)) === wanted) found.push(i);
  return found;
}

async function answer(peer: Ed25519Peer, it: SignedCase): Promise<boolean> {
  try {
    const verify = await peer.open([it]);
    return await verify(0);
  } catch {
    return false;
  }
}
