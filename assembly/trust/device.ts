/** The device record: what provisioning gave this pump and nothing changes afterwards (SPEC 2.3, 9.3). */
import { DEVICE, NEXT } from "../layout";
import { CALIBRATIONS_MAX } from "../limits";
import { State } from "../store/state";

/** Bytes of a device id. */
export const DEVICE_ID_BYTES: u32 = 16;

/** One disposable set. */
@unmanaged
export class Calibration {
  present: u32;
  set: u32;
  pl_per_step: u32;
  pad: u32;
}

/** Bytes of a calibration in the device record. */
export const CALIBRATION_BYTES: u32 = <u32>offsetof<Calibration>();

/** The fields of every device, CALIBRATIONS_MAX calibrations, and behind them what only provisioning reads. */
@unmanaged
export class Device {
  present: u32;
  pumpClass: u32;
  id_0: u64;
  id_1: u64;
  /** Device secret, 32 bytes: every key but the log's derives from it. */
  secret_0: u64;
  secret_1: u64;
  secret_2: u64;
  secret_3: u64;
  calibrationCount: u32;
  calibrationPad: u32;
}

const CALIBRATIONS_AT: usize = offsetof<Device>();

/** Bytes of a device record as flash keeps it (part 0 of the objects). */
export const DEVICE_BYTES: u32 = <u32>CALIBRATIONS_AT + CALIBRATIONS_MAX * CALIBRATION_BYTES;

/** The calibration of index `index`, below `calibrationCount`. */
export function calibrationAt(index: u32): Calibration {
  assert(index < CALIBRATIONS_MAX);
  return changetype<Calibration>(DEVICE + CALIBRATIONS_AT + index * CALIBRATION_BYTES);
}

/** Address in the state at `state` of the calibration of `set` (its number, and behind it the picolitres per step), or 0. */
export function calibrationOf(state: usize, set: u32): usize {
  const first = state + offsetof<State>("set_0");
  for (let i: u32 = 0; i < CALIBRATIONS_MAX; i++) {
    if (load<u32>(first + (i << 3)) == set) return first + (i << 3);
  }
  return 0;
}

/** Picolitres per motor step of a disposable set, 0 if the device has no such set. */
export function calibrationPlPerStep(set: u32): u32 {
  const found: usize = set == 0 ? 0 : calibrationOf(NEXT, set);
  return found == 0 ? 0 : load<u32>(found, 4);
}

/** The pump class (SPEC 5.1), 1..PUMP_CLASS_MAX. */
export function pumpClass(): u32 {
  return changetype<Device>(DEVICE).pumpClass;
}

/** Address of the 16-byte device id. */
export function deviceId(): usize {
  return DEVICE + offsetof<Device>("id_0");
}

/** Address of the 32-byte device secret. */
export function deviceSecret(): usize {
  return DEVICE + offsetof<Device>("secret_0");
}
