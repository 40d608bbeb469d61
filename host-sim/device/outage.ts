/** A part that stops answering for some calls: the failing clock, entropy source or counter. */
export class Outage {
  #passing = 0;
  #failing = 0;

  /** Fails the next `calls` calls (default: every one from now on) once `after` more have succeeded. */
  begin(calls = Infinity, after = 0): void {
    this.#passing = after;
    this.#failing = calls;
  }

  end(): void {
    this.#failing = 0;
  }

  /** Counts one call; true if that call must fail. */
  take(): boolean {
    if (this.#failing === 0) return false;
    if (this.#passing > 0) {
      this.#passing--;
      return false;
    }
    this.#failing--;
    return true;
  }
}
