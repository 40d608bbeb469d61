/** Numbers inside the records of SPEC 11.2, by their names in SPEC. */

/** Verdict words (SPEC 4.4): far apart in Hamming distance. */
export const VERDICTS = { PERMIT: 0x2d87b4e1, DENY: 0xd2784b1e, NEEDS_OVERRIDE: 0x78d21eb4 } as const;
export type VerdictName = keyof typeof VERDICTS;

/** Where commands come from (SPEC 4.1). */
export const PORT = { PANEL: 0, NETWORK: 1, SERIAL: 2 } as const;

/** First argument of `boot` (SPEC 11.1). */
export const BOOT_CAUSE = { POWER_ON: 0, WARM: 1, UNKNOWN: 2 } as const;

/** Bit of that argument: the time without power is of a clock that the host trusts. */
export const OFF_TIME_TRUSTED = 1 << 8;

/** Command kinds (SPEC 4.2). */
export const KIND = {
  ASSOCIATE: 1,
  START: 2,
  TITRATE: 3,
  BOLUS: 4,
  LOADING: 5,
  NEW_BAG: 6,
  PCA: 7,
  PAUSE: 8,
  RESUME: 9,
  STOP: 10,
  DISASSOCIATE: 11,
  CALIBRATE: 12,
  CONFIGURE: 13,
  LOG_ACK: 14,
  TIME: 15,
} as const;

/** Ways of giving a drug: body key 0 of a start or PCA (SPEC 4.2). */
export const MODE = { CONTINUOUS: 1, INTERMITTENT: 2, SECONDARY: 3, PCA: 4 } as const;

/** Flag bits of a submit record. */
export const SUBMIT_FLAG = { EMERGENCY: 1 << 0 } as const;

/** Program phases (SPEC 6.1). */
export const PHASE = { IDLE: 0, RUNNING: 1, PAUSED: 2, COMPLETE: 3, KVO: 4 } as const;

/** Panel actions (SPEC 6.4). */
export const LOCAL_ACTION = {
  STOP: 1,
  PAUSE: 2,
  REDUCE: 3,
  RESTORE: 4,
  TITRATE: 5,
  NEW_BAG: 6,
  ACTIVATE_LIBRARY: 7,
  OVERRIDE: 8,
  CONFIRM: 9,
  DEMAND: 10,
  MEASURES: 11,
  ACKNOWLEDGE: 12,
} as const;
export type LocalActionName = keyof typeof LOCAL_ACTION;

/** Sensor bits of a tick record. */
export const SENSOR = { OCCLUSION: 1, AIR: 2, INTERLOCK: 4 } as const;

/** Alarm bits (SPEC 6.7). */
export const ALARM = {
  NEAR_END: 1 << 0,
  VTBI_DONE: 1 << 1,
  KVO: 1 << 2,
  OCCLUSION: 1 << 3,
  AIR: 1 << 4,
  OVER_DELIVERY: 1 << 5,
  REVERSE: 1 << 6,
  REPORT_LATE: 1 << 7,
  DEGRADED: 1 << 8,
  PAUSED_LONG: 1 << 9,
  WINDOW_NEAR: 1 << 10,
  LIBRARY_EXPIRING: 1 << 11,
  TAMPERED: 1 << 12,
  INTERLOCK: 1 << 13,
  EMERGENCY: 1 << 14,
  RESTARTED: 1 << 15,
  MEASURES: 1 << 16,
} as const;
export type AlarmName = keyof typeof ALARM;

/** Flag bits of the state record. */
export const STATE_FLAG = {
  PROVISIONED: 1 << 0,
  TAMPERED: 1 << 1,
  REVOKED: 1 << 2,
  ASSOCIATED: 1 << 3,
  OPENING: 1 << 4,
  DEGRADED: 1 << 5,
  PENDING: 1 << 6,
  INSTALL: 1 << 7,
} as const;

/** Limit numbers (SPEC 4.4), as people read them. */
export const LIMIT_NAMES: Readonly<Record<number, string>> = {
  1: "continuous dose below minimum",
  2: "continuous dose above maximum",
  3: "bolus dose below minimum",
  4: "bolus dose above maximum",
  5: "bolus rate below minimum",
  6: "bolus rate above maximum",
  7: "VTBI below minimum",
  8: "VTBI above maximum",
  9: "concentration below minimum",
  10: "concentration above maximum",
  11: "weight",
  12: "body surface",
  13: "rate",
  14: "total",
  15: "bolus volume",
  16: "loading dose below minimum",
  17: "loading dose above maximum",
  18: "PCA dose below minimum",
  19: "PCA dose above maximum",
  20: "lockout below minimum",
  21: "lockout above maximum",
  22: "duration below minimum",
  23: "duration above maximum",
  24: "intermittent dose below minimum",
  25: "intermittent dose above maximum",
  26: "titration step",
  27: "window of 1 h",
  28: "window of 2 h",
  29: "window of 4 h",
  30: "window of 24 h",
};

/** `PERMIT`; `null` for a word that is none of the three (it permits nothing). */
export function verdictName(word: number): VerdictName | null {
  return nameOf(VERDICTS, word);
}

export const phaseName = (phase: number) => nameOf(PHASE, phase);
export const kindName = (kind: number) => nameOf(KIND, kind);
export const modeName = (mode: number) => nameOf(MODE, mode);
export const localActionName = (action: number) => nameOf(LOCAL_ACTION, action);

/** Names of the alarms in a mask, lowest bit first; bits that SPEC reserves show as `bit N`. */
export function alarmNames(mask: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if ((mask >>> bit) & 1) names.push(nameOf(ALARM, (1 << bit) >>> 0) ?? `bit ${bit}`);
  }
  return names;
}

function nameOf<T extends Readonly<Record<string, number>>>(table: T, value: number): keyof T | null {
  for (const name of Object.keys(table)) if (table[name] === value) return name;
  return null;
}
