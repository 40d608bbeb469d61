/** Chain and keys of a log stream (SPEC 2.3, 8), on the verifier's side. */
import { timingSafeEqual } from "node:crypto";
import { concatBytes } from "../authority/bytes.js";
import { hmacSha256, sha256 } from "../authority/cose.js";
import { streamLogKey } from "../authority/provisioning.js";
import type { RawRecord } from "./record.js";

/** 0 decisions, 1 meter. */
export type StreamNumber = 0 | 1;

const text = new TextEncoder();
const EPOCH_LABEL = text.encode("dosegate epoch");
/** A key every so many epochs is kept, so that going back costs little. */
const KEPT_EVERY = 1024;

/** `chain_0`, 32 bytes. `deviceId`: 16 bytes. */
export function chainStart(stream: StreamNumber, deviceId: Uint8Array): Uint8Array {
  return sha256(concatBytes(text.encode("dosegate chain"), new Uint8Array([stream]), deviceId));
}

/** The chain after a record. */
export function chainAfter(chain: Uint8Array, record: RawRecord): Uint8Array {
  return sha256(concatBytes(chain, record.covered));
}

/** `K_epoch` of one stream, for any epoch: the verifier has the log key, so it goes forward from `K_1`. */
export class EpochKeys {
  readonly #kept: Uint8Array[];
  #last: { epoch: number; key: Uint8Array };

  constructor(logKey: Uint8Array, stream: StreamNumber) {
    const first = streamLogKey(logKey, stream);
    this.#kept = [first];
    this.#last = { epoch: 1, key: first };
  }

  /** `epoch`: 1 or more. */
  key(epoch: number): Uint8Array {
    let { epoch: at, key } = this.#last;
    if (epoch < at) {
      const index = Math.min(Math.floor((epoch - 1) / KEPT_EVERY), this.#kept.length - 1);
      at = 1 + index * KEPT_EVERY;
      key = this.#kept[index]!;
    }
    while (at < epoch) {
      key = hmacSha256(key, EPOCH_LABEL);
      at++;
      if (at === 1 + this.#kept.length * KEPT_EVERY) this.#kept.push(key);
    }
    this.#last = { epoch, key };
    return key;
  }

  /** True if the tag of `record` is that of `chain`, the chain after it. */
  fits(record: RawRecord, chain: Uint8Array): boolean {
    if (record.epoch < 1) return false;
    return timingSafeEqual(
      hmacSha256(this.key(record.epoch), chain).subarray(0, record.tag.length),
      record.tag,
    );
  }
}
