/**
 * The package `dosegate`: the gate for a host in Node. `new Gate(loadModule(), host)` is one pump's gate; a host is an object
 * of the nine imports of SPEC 11.3 (`GateHost`), or a simulated `Device`. Every verb returns a status of SPEC 12 as an
 * unsigned number and never throws one: `STATUS` names them, `describeStatus` tells one in a sentence. What is thrown is a
 * defect: `GateTrap`, `GateDead`, `RecordError`, or what the host itself threw.
 *
 * Units stand in the names: nanolitres (`Nl`), nanolitres per hour (`NlPerH`), milliseconds and seconds (`Ms`, `S`); whatever
 * is 64 bits wide is a bigint. The record types are those of SPEC 11.2.
 */
export {
  Gate,
  GateDead,
  GateTrap,
  loadModule,
  type Attested,
  type Ended,
  type GateHost,
  type GateObserver,
  type Judged,
  type RunOptions,
  type StagedVerb,
} from "./gate.js";
export { Instance, MODULE_URL, MODULE_VARIABLE, type GateImports } from "./instance.js";
export {
  AREAS,
  EXPORTS,
  GLOBAL_EXPORTS,
  IMPORT_MODULE,
  IMPORTS,
  LAYOUTS,
  MEMORY_EXPORT,
  type AreaName,
  type ExportName,
  type HostImportName,
} from "./abi.js";
export * from "./records.js";
export * from "./names.js";
export {
  describeStatus,
  STATUS,
  STATUS_SENTENCES,
  statusFault,
  statusName,
  type Fault,
  type StatusName,
} from "./status.js";
export { Recorder, TRACE_VERSION, type TraceLine } from "./recorder.js";
export {
  DEFAULT_GEOMETRY,
  Device,
  type DeviceOptions,
  type DeviceState,
  type PowerCycleOptions,
} from "../device/device.js";
export { MisuseError, PowerCut } from "../device/errors.js";
export type { FlashGeometry } from "../device/geometry.js";
export { HOST_FAILING, HOST_OK, HOST_UNCORRECTABLE, type HostStatus } from "../device/status.js";
