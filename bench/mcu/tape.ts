import type { FlashGeometry } from "../../host-sim/device/geometry.js";
import type { AreaName, ExportName, HostImportName } from "../../host-sim/gate/abi.js";
import type { GateObserver, Instance } from "../../host-sim/gate/instance.js";
import { Recorder } from "../../host-sim/gate/recorder.js";
import { checksum, fromTrace, type Recording } from "./script.js";

/** A chapter of a recording: its calls are those from `firstCall` to the next chapter's first. */
export interface Chapter {
  readonly name: string;
  readonly firstCall: number;
}

/** What was recorded, and what is worth measuring in it. */
export interface Tape {
  readonly name: string;
  readonly recording: Recording;
  readonly chapters: readonly Chapter[];
  /** Bytes of linear memory that differed at any two calls. */
  readonly touchedBytes: number;
}

/**
 * Records one pump from a power-on on: `running` says from which, so that what led to it need not be replayed. Beside what the
 * recorder keeps it holds chapters, checksums of linear memory, and which of its bytes ever changed.
 */
export class TapeRecorder implements GateObserver {
  running = true;
  readonly #recorder: Recorder;
  readonly #chapters: Chapter[] = [];
  readonly #checksums: number[] = [];
  #instance: Instance | null = null;
  #live = false;
  #calls = 0;
  #last: Uint8Array = new Uint8Array();
  #touched: Uint8Array = new Uint8Array();

  constructor(wasm: Uint8Array, geometry: FlashGeometry) {
    this.#recorder = new Recorder(wasm, geometry);
  }

  /** What follows belongs to this chapter. */
  chapter(name: string): void {
    if (this.running) this.#chapters.push({ name, firstCall: this.#calls });
  }

  instantiated(instance: Instance): void {
    this.#endInstance();
    this.#live = this.running;
    if (!this.#live) return;
    this.#instance = instance;
    // Nothing but the module's own data is there yet: what is not zero is touched.
    this.#touch(new Uint8Array(instance.heapBase), instance);
    this.#recorder.instantiated(instance);
  }

  wrote(area: AreaName, bytes: Uint8Array): void {
    if (this.#live) this.#recorder.wrote(area, bytes);
  }

  calling(name: ExportName, args: readonly number[]): void {
    if (this.#live) this.#recorder.calling(name, args);
  }

  imported(name: HostImportName, args: readonly number[], status: number): void {
    if (this.#live) this.#recorder.imported(name, args, status);
  }

  returned(name: ExportName, status: number): void {
    if (!this.#live) return;
    this.#recorder.returned(name, status);
    this.#touch(this.#last, this.#instance!);
    this.#calls++;
  }

  died(name: ExportName, cause: unknown): void {
    if (this.#live) this.#recorder.died(name, cause);
  }

  /** Ends the recording. */
  tape(name: string): Tape {
    this.#endInstance();
    return {
      name,
      recording: fromTrace(this.#recorder.lines(), this.#checksums),
      chapters: this.#chapters,
      touchedBytes: this.#touched.reduce((sum, bit) => sum + bit, 0),
    };
  }

  #touch(before: Uint8Array, instance: Instance): void {
    const after = instance.bytes(0, instance.heapBase);
    if (this.#touched.length === 0) this.#touched = new Uint8Array(after.length);
    if (Buffer.compare(before, after) !== 0) {
      for (let i = 0; i < after.length; i++) if (after[i] !== before[i]) this.#touched[i] = 1;
    }
    this.#last = after;
  }

  #endInstance(): void {
    if (this.#instance === null) return;
    this.#checksums.push(checksum(this.#instance.bytes(0, this.#instance.heapBase)));
    this.#instance = null;
  }
}
