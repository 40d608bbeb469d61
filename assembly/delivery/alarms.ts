/** Alarm bits (SPEC 6.4): cause, priority, latching and effect are tabulated there. */
export const NEAR_END: u32 = 1 << 0;
export const VTBI_DONE: u32 = 1 << 1;
export const OCCLUSION: u32 = 1 << 3;
export const AIR: u32 = 1 << 4;
export const OVER_DELIVERY: u32 = 1 << 5;
export const REVERSE: u32 = 1 << 6;
export const REPORT_LATE: u32 = 1 << 7;
export const DEGRADED: u32 = 1 << 8;
export const PAUSED_LONG: u32 = 1 << 9;
export const LIBRARY_EXPIRING: u32 = 1 << 11;
export const TAMPERED: u32 = 1 << 12;

/** Alarms that pause the program when they rise. */
export const PAUSING: u32 = OCCLUSION | AIR | OVER_DELIVERY | REVERSE;
/** Alarms kept in the state until a person answers them. */
export const LATCHED: u32 = PAUSING | VTBI_DONE;

/** Sensor bits of the tick record. */
export const SENSOR_OCCLUSION: u32 = 1;
export const SENSOR_AIR: u32 = 2;
