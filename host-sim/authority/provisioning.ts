/** The provisioning block (SPEC 2.3), which makes an empty device one hospital's, and the keys derived from it. */
import { concatBytes } from "./bytes.js";
import { hmacSha256 } from "./cose.js";
import {
  type CborValue,
  checkArray,
  checkUint,
  decodeCbor,
  encodeCbor,
  EncodingError,
  MapReader,
} from "./encoding.js";

/** How far one motor step moves with a disposable set. */
export interface Calibration {
  /** 1..2^32-1 */
  readonly setId: number;
  /** 1..10^9 */
  readonly plPerStep: number;
}

export interface Provisioning {
  /** 16 bytes */
  readonly deviceId: Uint8Array;
  /** 32 bytes */
  readonly deviceSecret: Uint8Array;
  /** 32 bytes, independent of the device secret. */
  readonly logKey: Uint8Array;
  /** 1 large volume, 2 syringe, 3 ambulatory PCA (SPEC 5.1) */
  readonly pumpClass: number;
  /** 1..4, set ids ascending */
  readonly calibrations: readonly Calibration[];
  /** COSE_Sign of a self-consistent root document. */
  readonly root: Uint8Array;
}

/** The block. Throws EncodingError for a field out of its range. */
export function encodeProvisioning(provisioning: Provisioning): Uint8Array {
  const block = encodeCbor({
    0: provisioning.deviceId,
    1: provisioning.deviceSecret,
    2: provisioning.logKey,
    3: provisioning.pumpClass,
    4: provisioning.calibrations.map(({ setId, plPerStep }) => [setId, plPerStep]),
    5: provisioning.root,
  });
  decodeProvisioning(block);
  return block;
}

/** Reads a block. Throws EncodingError that names the field. */
export function decodeProvisioning(block: Uint8Array): Provisioning {
  const map = new MapReader(decodeCbor(block), "");
  const provisioning: Provisioning = {
    deviceId: map.bytes(0, "device id", 16),
    deviceSecret: map.bytes(1, "device secret", 32),
    logKey: map.bytes(2, "log key", 32),
    pumpClass: map.uint(3, "pump class", 1, 3),
    calibrations: map.array(4, "calibration", 1, 4).map(decodeCalibration),
    root: map.bytes(5, "root document"),
  };
  map.end();
  provisioning.calibrations.forEach((calibration, i, all) => {
    if (i > 0 && all[i - 1]!.setId >= calibration.setId) {
      throw new EncodingError(map.at(4, "calibration"), "the set ids are not strictly ascending");
    }
  });
  return provisioning;
}

function decodeCalibration(value: CborValue, index: number): Calibration {
  const path = `key 4 (calibration), item ${index}`;
  const items = checkArray(value, path, 2, 2);
  return {
    setId: checkUint(items[0]!, `${path}, set id`, 1, 0xffff_ffff),
    plPerStep: checkUint(items[1]!, `${path}, picolitres per step`, 1, 1_000_000_000),
  };
}

const text = new TextEncoder();

/** Keys derived from the device secret (SPEC 2.3), 32 bytes each. */
export function derivedKeys(deviceSecret: Uint8Array): {
  seal: Uint8Array;
  session: Uint8Array;
  attest: Uint8Array;
} {
  const derive = (label: string): Uint8Array => hmacSha256(deviceSecret, text.encode(label));
  return {
    seal: derive("dosegate seal"),
    session: derive("dosegate session"),
    attest: derive("dosegate attest"),
  };
}

/** The first log key of a stream, 0 decisions or 1 meter (SPEC 2.3, 8). */
export function streamLogKey(logKey: Uint8Array, stream: 0 | 1): Uint8Array {
  return hmacSha256(logKey, concatBytes(text.encode("dosegate log"), new Uint8Array([stream])));
}
