/**
 * The least a host can be: the nine imports of SPEC 11.3 over 64 KiB of flash in an array. A real one drives hardware; this
 * one forgets everything with the process, and its counter could be set back, which no pump may allow (INTEGRATION.md).
 */
import { randomFillSync } from "node:crypto";
import { performance } from "node:perf_hooks";

const OK = 0;
const FAILING = 1;

const UNIT_BYTES = 8;
const SECTOR_BYTES = 4096;
const SECTOR_COUNT = 16;
const ERASE_MS_MAX = 40;

/** A `GateHost`: `imports` gets a function that gives the module's memory, once there is one. */
export function memoryHost() {
  const flash = new Uint8Array(SECTOR_BYTES * SECTOR_COUNT).fill(0xff);
  const began = performance.now();
  let counter = 0;

  const imports = (memory) => {
    const bytes = (pointer, length) => new Uint8Array(memory().buffer, pointer, length);
    const view = () => new DataView(memory().buffer);
    const within = (address, length) => address >= 0 && length >= 0 && address + length <= flash.length;
    return {
      flashGeometry(out) {
        const geometry = [UNIT_BYTES, SECTOR_BYTES, SECTOR_COUNT, ERASE_MS_MAX];
        geometry.forEach((value, i) => view().setUint32(out + 4 * i, value, true));
        return OK;
      },
      flashRead(address, out, length) {
        if (!within(address, length)) return FAILING;
        bytes(out, length).set(flash.subarray(address, address + length));
        return OK;
      },
      flashProgram(address, input, length) {
        if (!within(address, length) || address % UNIT_BYTES !== 0 || length % UNIT_BYTES !== 0)
          return FAILING;
        // ECC: a unit is programmed once after each erase.
        if (flash.subarray(address, address + length).some((byte) => byte !== 0xff)) return FAILING;
        flash.set(bytes(input, length), address);
        return OK;
      },
      flashErase(sector) {
        if (sector < 0 || sector >= SECTOR_COUNT) return FAILING;
        flash.fill(0xff, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
        return OK;
      },
      uptimeMs(out) {
        view().setBigUint64(out, BigInt(Math.floor(performance.now() - began)), true);
        return OK;
      },
      // This machine has no clock that the gate should trust: wall time is a lower bound, never a need.
      wallTimeS: () => FAILING,
      entropy(out, length) {
        randomFillSync(bytes(out, length));
        return OK;
      },
      counterRead(out) {
        view().setUint32(out, counter, true);
        return OK;
      },
      counterAdvance() {
        counter++;
        return OK;
      },
    };
  };
  return { imports };
}
