/** Progress of long work on stderr: one line that changes on a terminal, plain lines elsewhere, nothing when quiet. */
export class Progress {
  readonly #quiet: boolean;
  readonly #terminal: boolean;
  #shown = false;

  constructor(quiet: boolean, terminal: boolean = process.stderr.isTTY) {
    this.#quiet = quiet;
    this.#terminal = terminal;
  }

  at(done: number, all: number, what: string): void {
    if (this.#quiet) return;
    const line = `[${String(done).padStart(String(all).length)}/${all}] ${what}`;
    if (this.#terminal) process.stderr.write(`\r\u001b[2K${line}`);
    else process.stderr.write(`${line}\n`);
    this.#shown = true;
  }

  end(): void {
    if (this.#shown && this.#terminal) process.stderr.write("\r\u001b[2K");
  }
}
