/**
 * The module's ABI in numbers (SPEC 11): shared areas, exports, imports, record layouts. Nothing outside host-sim/gate
 * knows an offset, and no other file of it holds one.
 */
import { bytes, fixed, tailed, u16, u32, u64, u8, zero, type RecordOf } from "./layout.js";

/** The shared areas, in the order of SPEC 11.1: the export that gives the address, and the size in bytes. */
export const AREAS = {
  io: { address: "ioBuffer", bytes: 8192 },
  result: { address: "resultBuffer", bytes: 256 },
  tick: { address: "tickBuffer", bytes: 128 },
  local: { address: "localBuffer", bytes: 64 },
  inspect: { address: "inspectBuffer", bytes: 320 },
} as const;
export type AreaName = keyof typeof AREAS;
export const AREA_NAMES = Object.keys(AREAS) as AreaName[];

/** Value types of wasm as far as the ABI uses them. */
export type ValueType = "i32" | "i64";

/** Every function export with its parameters; each returns one i32. */
export const EXPORTS = {
  abiVersion: [],
  ioBuffer: [],
  resultBuffer: [],
  tickBuffer: [],
  localBuffer: [],
  inspectBuffer: [],
  boot: ["i32", "i32"],
  provision: ["i32"],
  decommission: ["i32"],
  trustUpdate: ["i32"],
  libraryBegin: ["i32"],
  libraryEntry: ["i32"],
  libraryCommit: [],
  libraryAbort: [],
  sessionOpen: ["i32"],
  submit: ["i32"],
  approve: ["i32"],
  work: ["i32"],
  cancel: [],
  local: [],
  tick: [],
  logRead: ["i32", "i32"],
  attest: [],
  inspect: [],
} as const satisfies Record<string, readonly ValueType[]>;
export type ExportName = keyof typeof EXPORTS;

/** Exports that are not functions. */
export const MEMORY_EXPORT = "memory";
export const GLOBAL_EXPORTS = ["__heap_base", "__data_end"] as const;

/** Module name of every import. */
export const IMPORT_MODULE = "host";

/** Every import with its parameters; each returns one i32 status, 0 = success (SPEC 11.3). */
export const IMPORTS = {
  flashGeometry: ["i32"],
  flashRead: ["i32", "i32", "i32"],
  flashProgram: ["i32", "i32", "i32"],
  flashErase: ["i32"],
  uptimeMs: ["i32"],
  wallTimeS: ["i32"],
  entropy: ["i32", "i32"],
  counterRead: ["i32"],
  counterAdvance: [],
} as const satisfies Record<string, readonly ValueType[]>;
export type HostImportName = keyof typeof IMPORTS;

/** Head of a submit record; command, entry, entry path, profile and profile path follow. */
export const SUBMIT = tailed("submit", 0x0101, 32, {
  port: u32(8),
  commandBytes: u16(12),
  entryBytes: u16(14),
  profileBytes: u16(16),
  entryPathNodes: u8(18),
  profilePathNodes: u8(19),
  entryIndex: u32(20),
  profileIndex: u32(24),
  /** `SUBMIT_FLAG` of names.ts. */
  flags: u32(28),
});

/** Head of an approve record; the approval follows. */
export const APPROVE = tailed("approve", 0x0102, 16, { port: u32(8), reserved: zero(12) });

export const VERDICT = fixed("verdict", 0x0201, 128, {
  /** `VERDICTS` of names.ts. */
  verdict: u32(8),
  status: u32(12),
  /** Limit number of SPEC 4.4; 0 if none is named. */
  limit: u32(16),
  /** All soft limits broken, bit `1 << limit`. */
  softMask: u32(20),
  /** The bound that was broken, in the limit's own unit. */
  bound: u64(24),
  /** For display only. */
  nearestPermittedDose: u64(32),
  dose: u64(40),
  rateNlPerH: u64(48),
  volumeNl: u64(56),
  unit: u32(64),
  generation: u32(68),
  kind: u32(72),
  sequence: u32(76),
  /** Names the pending slot to an approval. */
  nonce: bytes(80, 8),
  digest: bytes(88, 32),
  detail: u32(120),
  port: u32(124),
});
export type Verdict = RecordOf<typeof VERDICT>;

export const SESSION = fixed("session", 0x0202, 64, {
  port: u32(8),
  boot: u32(12),
  sessionId: bytes(16, 8),
  challenge: bytes(24, 32),
  uptimeMs: u64(56),
});
export type Session = RecordOf<typeof SESSION>;

export const OUTCOME = fixed("outcome", 0x0203, 24, { status: u32(8), detail: u32(12), value: u64(16) });
export type Outcome = RecordOf<typeof OUTCOME>;

export const TICK = fixed("tick", 0x0301, 24, {
  /** Cumulative motor steps since the step epoch began. */
  steps: u64(8),
  stepEpoch: u32(16),
  /** `SENSOR` of names.ts. */
  sensors: u32(20),
});
export type Tick = RecordOf<typeof TICK>;

export const GRANT = fixed("grant", 0x0302, 80, {
  /** Program the grant belongs to; 0: nothing may move. */
  generation: u32(8),
  grantNumber: u32(12),
  reachStep: u64(16),
  untilUptimeMs: u64(24),
  rateMaxNlPerH: u32(32),
  alarms: u32(36),
  deliveredNl: u64(40),
  reservedNl: u64(48),
  bagLeftNl: u64(56),
  phase: u32(64),
  status: u32(68),
  bolusLeftNl: u64(72),
});
export type Grant = RecordOf<typeof GRANT>;

export const LOCAL = fixed("local", 0x0401, 48, {
  /** `LOCAL_ACTION` of names.ts. */
  action: u32(8),
  /** CONFIRM: the nonce that the first step returned; otherwise 0. */
  nonce: u32(12),
  value: u64(16),
  mask: u32(24),
  reasonCode: u32(28),
  patientToken: bytes(32, 16),
});
export type Local = RecordOf<typeof LOCAL>;

export const LOCAL_RESULT = fixed("local result", 0x0402, 32, {
  status: u32(8),
  nonce: u32(12),
  rateNlPerH: u64(16),
  phase: u32(24),
  limit: u32(28),
});
export type LocalResult = RecordOf<typeof LOCAL_RESULT>;

export const STATE = fixed("state", 0x0501, 312, {
  /** `STATE_FLAG` of names.ts. */
  flags: u32(8),
  boot: u32(12),
  counter: u32(16),
  rootVersion: u32(20),
  activeEpoch: u32(24),
  activeVersion: u32(28),
  nextEpoch: u32(32),
  nextVersion: u32(36),
  floorS: u64(40),
  phase: u32(48),
  generation: u32(52),
  rateNlPerH: u64(56),
  permittedRateNlPerH: u64(64),
  deliveredNl: u64(72),
  reservedNl: u64(80),
  uncertainNl: u64(88),
  vtbiNl: u64(96),
  totalNl: u64(104),
  bolusLeftNl: u64(112),
  alarms: u32(120),
  area: u32(124),
  patientToken: bytes(128, 16),
  weightG: u32(144),
  bsaCm2: u32(148),
  decisionsNextSequence: u32(152),
  meterNextSequence: u32(156),
  pendingNonce: bytes(160, 8),
  pendingMask: u32(168),
  pumpClass: u32(172),
  deviceId: bytes(176, 16),
  /** `MODE` of names.ts; 0 without a program. */
  mode: u32(192),
  /** The step in force, and how many the program has. */
  step: u32(196),
  steps: u32(200),
  /** PCA demands made, and doses given. */
  attempts: u32(204),
  demands: u32(208),
  lockoutLeftS: u32(212),
  /** What the program's account has had in each window, and the program's caps; base units (SPEC 6.3). */
  window1h: u64(216),
  window2h: u64(224),
  window4h: u64(232),
  window24h: u64(240),
  cap1h: u64(248),
  cap2h: u64(256),
  cap4h: u64(264),
  cap24h: u64(272),
  ledgerClockS: u32(280),
  accountsInUse: u32(284),
  /** Measures that wait for the panel (SPEC 6.4). */
  weightNextG: u32(288),
  bsaNextCm2: u32(292),
  areaNext: u32(296),
  /** Generation of the primary beneath a secondary; 0 = none. */
  primaryGeneration: u32(300),
  kvoRateNlPerH: u32(304),
  reserved: zero(308),
});
export type State = RecordOf<typeof STATE>;

/** Head of a log record; the records of SPEC 8, without their padding, follow. */
export const LOG = tailed("log", 0x0601, 64, {
  stream: u32(8),
  firstSequence: u32(12),
  count: u32(16),
  nextSequence: u32(20),
  oldestKeptSequence: u32(24),
  reserved: zero(28),
  chainBefore: bytes(32, 32),
});

/** Head of an attestation record; a COSE_Mac0 follows. */
export const ATTESTATION = tailed("attestation", 0x0602, 8, {});

/** Every layout, in the order of SPEC 11.2. */
export const LAYOUTS = [
  SUBMIT,
  APPROVE,
  VERDICT,
  SESSION,
  OUTCOME,
  TICK,
  GRANT,
  LOCAL,
  LOCAL_RESULT,
  STATE,
  LOG,
  ATTESTATION,
] as const;
