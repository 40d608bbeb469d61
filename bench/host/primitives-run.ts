/** The interleaved runs of the primitives: Ed25519 and the digests, ours beside every peer. */
import { type Absent, type Contender, type Engine, timed, timedAsync } from "./contender.js";
import { whatIsWrong } from "./ed25519-gate.js";
import type { Ed25519Peer } from "./ed25519-peer.js";
import { ed25519Peers } from "./ed25519-peers.js";
import { HASH_BYTES, hashMessage, type HashPeer, whatIsWrongWithHash } from "./hash-peer.js";
import { hashPeers } from "./hash-peers.js";
import { interleave, type InterleaveOptions } from "./interleave.js";
import { type Build, ours, OURS, oursHash, OURS_PREPARED, oursPrepared, preparation } from "./module.js";
import { nativeEd25519, nativeHash } from "./native-libsodium.js";
import { casesOfManyKeys, casesOfOneKey, type SignedCase } from "./signed-case.js";
import { median, medianRatio } from "./statistics.js";

/** One contender's figures. */
export interface Row {
  readonly name: string;
  readonly version: string;
  readonly engine: Engine;
  readonly note: string | null;
  /** What it got wrong in the correctness gate; `null` if nothing. */
  readonly wrong: string | null;
  /** Why it was not measured; `null` if it was. */
  readonly absent: string | null;
  /** Median of the rounds; `null` if absent. */
  readonly us: number | null;
  readonly opsPerS: number | null;
  /** How many times our time it takes: the median of each round's ratio. Above 1 we are faster. */
  readonly timesOurs: number | null;
  /** The same against our prepared key; `null` where there is none. */
  readonly timesOursPrepared: number | null;
}

/** One operation, done by everybody. */
export interface Series {
  /** `ed25519`, `sha256/200`: what figures are named after. */
  readonly id: string;
  readonly title: string;
  /** Bytes of the message. */
  readonly bytes: number;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

/** Ed25519 verification. */
export async function runEd25519(build: Build, options: InterleaveOptions): Promise<Series> {
  const many = casesOfManyKeys();
  const one = casesOfOneKey();
  const prepared = oursPrepared(build);
  const peers = await ed25519Peers();
  const contenders: (Contender | Absent)[] = [
    await ed25519Contender(ours(build), many),
    ...(prepared === null ? [] : [await ed25519Contender(prepared, one)]),
    ...(await Promise.all(peers.map((peer) => ed25519Contender(peer, many)))),
    await nativeEd25519(many),
  ];
  const table = preparation(build, many);
  if (table !== null) contenders.push(table);
  return series("ed25519", "Ed25519: one verification", many[0]!.message.length, contenders, options);
}

/** One digest at one size. */
export async function runHash(
  build: Build,
  bits: 256 | 512,
  bytes: number,
  options: InterleaveOptions,
): Promise<Series> {
  const message = hashMessage(bytes);
  const peers = [oursHash(build, bits), ...(await hashPeers(bits))];
  const contenders: (Contender | Absent)[] = [];
  for (const peer of peers) contenders.push(await hashContender(peer, bits, message));
  contenders.push(await nativeHash(bits, bytes, casesOfOneKey()));
  return series(`sha${bits}/${bytes}`, `SHA-${bits} of ${bytes} bytes`, bytes, contenders, options);
}

/** Sizes and digests in the order of the tables. */
export const HASH_SERIES = ([256, 512] as const).flatMap((bits) =>
  HASH_BYTES.map((bytes) => ({ bits, bytes })),
);

async function ed25519Contender(peer: Ed25519Peer, cases: readonly SignedCase[]): Promise<Contender> {
  const wrong = await whatIsWrong(peer);
  const verify = await peer.open(cases);
  const measure = peer.asynchronous
    ? timedAsync(async (index) => verify(index))
    : timed((index) => verify(index));
  return { ...peer, wrong, measure };
}

async function hashContender(peer: HashPeer, bits: 256 | 512, message: Uint8Array): Promise<Contender> {
  const wrong = await whatIsWrongWithHash(peer, bits);
  const hash = await peer.open();
  const measure = peer.asynchronous ? timedAsync(async () => hash(message)) : timed(() => hash(message));
  return { ...peer, wrong, measure };
}

async function series(
  id: string,
  title: string,
  bytes: number,
  all: readonly (Contender | Absent)[],
  options: InterleaveOptions,
): Promise<Series> {
  const contenders = all.filter((it): it is Contender => !("absent" in it));
  const rounds = await interleave(contenders, options).finally(() => {
    for (const { stop } of contenders) stop?.();
  });
  const roundsOf = (name: string) => rounds[contenders.findIndex((it) => it.name === name)];
  const [own, prepared] = [roundsOf(OURS)!, roundsOf(OURS_PREPARED)];
  const rows = all.map((it): Row => {
    const { name, version, engine, note = null } = it;
    const identity = { name, version, engine, note };
    if ("absent" in it) {
      const nothing = { us: null, opsPerS: null, timesOurs: null, timesOursPrepared: null };
      return { ...identity, wrong: null, absent: it.absent, ...nothing };
    }
    const times = roundsOf(name)!;
    const us = median(times) / 1000;
    return {
      ...identity,
      wrong: it.wrong,
      absent: null,
      us,
      opsPerS: 1e6 / us,
      timesOurs: medianRatio(times, own),
      timesOursPrepared: prepared === undefined ? null : medianRatio(times, prepared),
    };
  });
  return { id, title, bytes, rounds: options.rounds, rows };
}
