/**
 * Decommissioning (SPEC 2.7): what ends one pump. It is bound to the device and to its counter, so that it serves no other pump and
 * no other life of this one.
 */
import { externalAad, PROFILE, sign, type Signed, type Signer } from "./cose.js";
import { decodeCbor, encodeCbor, MapReader } from "./encoding.js";

export interface Decommissioning {
  /** Counter of the state record when it was signed. */
  readonly counter: number;
}

/** The payload. Throws EncodingError for a field out of its range. */
export function encodeDecommissioning(object: Decommissioning): Uint8Array {
  const payload = encodeCbor({ 0: object.counter });
  decodeDecommissioning(payload);
  return payload;
}

/** Reads a payload. Throws EncodingError that names the field. */
export function decodeDecommissioning(payload: Uint8Array): Decommissioning {
  const map = new MapReader(decodeCbor(payload), "");
  const object = { counter: map.uint(0, "counter") };
  map.end();
  return object;
}

/** external_aad of the decommissioning of this pump; `deviceId` 16 bytes. */
export function decommissionAad(deviceId: Uint8Array): Uint8Array {
  return externalAad(PROFILE.decommission, deviceId, null);
}

/** Signs with keys of role root. Whether they reach the pump's threshold, the pump's own root document says. */
export function signDecommissioning(
  object: Decommissioning,
  deviceId: Uint8Array,
  signers: readonly Signer[],
): Signed {
  return sign(encodeDecommissioning(object), decommissionAad(deviceId), signers);
}
