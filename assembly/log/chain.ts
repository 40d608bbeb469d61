/**
 * The hash chain and the evolving key of a stream (SPEC 8): a record's tag says that the gate made it, the chain that none is
 * missing, the epoch that a key stolen later cannot forge what was written before it.
 */
import { hmac, hmacKey } from "../crypto/hmac";
import { sha256Begin, sha256Finish, sha256Update } from "../crypto/sha256";
import { KEY_SCRATCH, LABEL, SHA256_SCRATCH } from "../layout";
import { EPOCH_RECORDS_MAX } from "../limits";
import { chainOf, keyOf, preparedOf, Stream } from "../store/stream";
import { CHAIN, EPOCH, label, LOG } from "./label";

/** Chain value after a record: SHA-256(chain | the record without its tag), in place. */
export function chainNext(chain: usize, record: usize, length: u32): void {
  sha256Begin(SHA256_SCRATCH);
  sha256Update(SHA256_SCRATCH, chain, 32);
  sha256Update(SHA256_SCRATCH, record, length);
  sha256Finish(SHA256_SCRATCH, chain);
}

/** Prepares the key of the present epoch. */
export function keyPrepare(s: Stream): void {
  hmacKey(preparedOf(s), keyOf(s), 32);
  s.epoch_records = 0;
}

/** Goes on to the next epoch; the old key is then nowhere in RAM. */
export function epochNext(s: Stream): void {
  hmac(preparedOf(s), LABEL, label(EPOCH), keyOf(s));
  s.epoch++;
  keyPrepare(s);
}

/** Goes on to the next epoch if this one has made its records; writer and reader call it at the same place. */
export function epochIfDue(s: Stream): void {
  if (s.epoch_records == EPOCH_RECORDS_MAX) epochNext(s);
}

/** Begins a stream at provisioning: its first key from the log key, its first chain value from the device id. */
export function chainBegin(s: Stream, logKey: usize, deviceId: usize): void {
  const length = label(LOG);
  store<u8>(LABEL + length, <u8>s.stream);
  hmacKey(KEY_SCRATCH, logKey, 32);
  hmac(KEY_SCRATCH, LABEL, length + 1, keyOf(s));
  s.epoch = 1;
  keyPrepare(s);

  const chainLength = label(CHAIN);
  store<u8>(LABEL + chainLength, <u8>s.stream);
  sha256Begin(SHA256_SCRATCH);
  sha256Update(SHA256_SCRATCH, LABEL, chainLength + 1);
  sha256Update(SHA256_SCRATCH, deviceId, 16);
  sha256Finish(SHA256_SCRATCH, chainOf(s));
}
