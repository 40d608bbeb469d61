/** What the simulated device throws. Neither is a status: the module under test never sees them as a value. */

/**
 * The caller broke a rule of the hardware. A real part might let it pass, lose data years later, or lock up; the
 * simulator stops at once. It always means a defect in the caller, never bad input or bad luck.
 */
export class MisuseError extends Error {
  override readonly name = "MisuseError";
}

/**
 * The power went. It unwinds through the module's call; the instance is then gone, as RAM would be: discard it, call
 * `device.powerCycle()` and boot a new one.
 */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}
