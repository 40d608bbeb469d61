/** Alarm bits (SPEC 6.7): cause, priority, latching and effect are tabulated there. */
export const NEAR_END: u32 = 1 << 0;
export const VTBI_DONE: u32 = 1 << 1;
export const KVO: u32 = 1 << 2;
export const OCCLUSION: u32 = 1 << 3;
export const AIR: u32 = 1 << 4;
export const OVER_DELIVERY: u32 = 1 << 5;
export const REVERSE: u32 = 1 << 6;
export const REPORT_LATE: u32 = 1 << 7;
export const DEGRADED: u32 = 1 << 8;
export const PAUSED_LONG: u32 = 1 << 9;
export const WINDOW_NEAR: u32 = 1 << 10;
export const LIBRARY_EXPIRING: u32 = 1 << 11;
export const TAMPERED: u32 = 1 << 12;
export const INTERLOCK: u32 = 1 << 13;
export const EMERGENCY: u32 = 1 << 14;
export const RESTARTED: u32 = 1 << 15;
export const MEASURES: u32 = 1 << 16;

/** Alarms that pause the program when they rise. */
export const PAUSING: u32 = OCCLUSION | AIR | OVER_DELIVERY | REVERSE | INTERLOCK;
/** What a person answers by taking the program up again, starting another one or stopping it. */
export const ANSWERED: u32 = PAUSING | VTBI_DONE | RESTARTED;
/** Alarms kept in the state until a person answers them. */
export const LATCHED: u32 = ANSWERED | EMERGENCY;

/** Sensor bits of the tick record. */
export const SENSOR_OCCLUSION: u32 = 1;
export const SENSOR_AIR: u32 = 2;
export const SENSOR_INTERLOCK: u32 = 4;
