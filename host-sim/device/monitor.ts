/** What the monitor knows of the patient. */
export interface MonitorState {
  readonly breathsPerMin: number | null;
}

/** Breaths a minute below which a monitor asks that no more of an opioid is given. */
const BREATHS_PER_MIN_LOW = 8;

/**
 * A monitor at the bedside whose alarm is wired to the pump's interlock input (SPEC 6.4): while the patient breathes too
 * little, nothing is given on demand. A monitor that is not connected asks nothing.
 */
export class Monitor {
  /** `null`: not connected. */
  breathsPerMin: number | null = null;

  /** The level of the input. */
  get interlock(): boolean {
    return this.breathsPerMin !== null && this.breathsPerMin < BREATHS_PER_MIN_LOW;
  }

  save(): MonitorState {
    return { breathsPerMin: this.breathsPerMin };
  }

  restore(state: MonitorState): void {
    this.breathsPerMin = state.breathsPerMin;
  }
}
