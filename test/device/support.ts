import { Flash, type FlashOptions } from "../../host-sim/device/flash.js";
import type { FlashGeometry } from "../../host-sim/device/geometry.js";
import { Random } from "../../host-sim/device/random.js";

/** Every program unit the tests sweep: NOR by the byte, ECC by the word, ECC by the line. */
export const UNITS = [1, 8, 32] as const;

/** Two small sectors. */
export function geometryOf(unitBytes: number): FlashGeometry {
  return { unitBytes, sectorBytes: 1024, sectorCount: 2, eraseMsMax: 40 };
}

export function flashOf(unitBytes: number, options: FlashOptions = {}, seed: string | number = 1): Flash {
  return new Flash(geometryOf(unitBytes), new Random(seed), options);
}

/** `length` bytes at `address`, or the status that refused them. */
export function readBack(flash: Flash, address: number, length: number): Uint8Array | number {
  const out = new Uint8Array(length);
  const status = flash.read(address, out);
  return status === 0 ? out : status;
}

/** Bytes that look like neither erased flash, and differ from unit to unit. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => 1 + (i % 120));
}

/** What `body` throws; fails if it returns. */
export function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("expected a throw, got a return");
}
