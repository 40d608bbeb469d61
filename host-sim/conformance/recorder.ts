/**
 * Records everything that crosses the ABI of a gate in this process, as the steps of a protocol vector: what the host writes, each host
 * call with its answer, what comes back, and every byte of the shared areas that changes.
 */
import { AREAS, AREA_NAMES, type AreaName, type ExportName, type HostImportName } from "../gate/abi.js";
import type { GateObserver, Instance } from "../gate/instance.js";
import { type HostCall, hostArguments, toHex } from "./protocol.js";
import { follow, hostLine, returnText } from "./script.js";
import { ShadowFlash } from "./shadow-flash.js";
import type { CallStep, Change, FlipStep, HostLine, Step } from "./vector.js";

/** Equal bytes between two changes that are cheaper to repeat than to begin anew. */
const GAP_BYTES = 12;

/** Hand it to `new Gate` or `new Pump` as `observer`. */
export class Recorder implements GateObserver {
  readonly #flash = new ShadowFlash();
  #steps: Step[] = [];
  #instance: Instance | null = null;
  #areas = blankAreas();
  #writes: [AreaName, string][] = [];
  #host: HostLine[] = [];
  #pending: HostCall | null = null;
  /** Exports under way: more than one while a host call calls back. */
  #open: { name: ExportName; args: number[] }[] = [];

  /** The steps since the last time they were taken. */
  take(): Step[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  /** Steps not yet taken. */
  get length(): number {
    return this.#steps.length;
  }

  /** Flips bits of a byte in memory, and records that. Throws RangeError if `find` is not there `place` times. */
  flip(step: FlipStep["flip"]): void {
    const { memory } = this.#live();
    const at = placeOf(new Uint8Array(memory.buffer), step);
    new Uint8Array(memory.buffer)[at]! ^= step.xor;
    this.#steps.push({ flip: step });
  }

  instantiated(instance: Instance): void {
    this.#instance = instance;
    this.#areas = blankAreas();
    this.#open = [];
    this.#writes = [];
    this.#host = [];
    this.#steps.push({ load: true });
  }

  wrote(area: AreaName, bytes: Uint8Array): void {
    this.#writes.push([area, toHex(bytes)]);
    this.#areas[area].set(bytes);
  }

  calling(name: ExportName, args: readonly number[]): void {
    this.#open.push({ name, args: args.map((value) => value >>> 0) });
  }

  importing(name: HostImportName, raw: readonly number[]): void {
    const { numbers, pointer, length } = hostArguments(name, raw);
    const data = name === "flashProgram" ? this.#live().bytes(pointer, length) : undefined;
    this.#pending = { name, numbers, ...(data && { data }) };
  }

  imported(name: HostImportName, raw: readonly number[], status: number): void {
    const { pointer, length } = hostArguments(name, raw);
    // An import that was called from inside another has taken its place.
    if (this.#pending?.name !== name) this.importing(name, raw);
    const outputs = name === "flashProgram" ? new Uint8Array() : this.#live().bytes(pointer, length);
    this.#host.push(hostLine(this.#pending!, status, outputs, this.#flash));
    if (status === 0) follow(this.#flash, this.#pending!, outputs);
    this.#pending = null;
  }

  returned(name: ExportName, status: number): void {
    const { args } = this.#open.pop()!;
    const returns = returnText(name, status);
    if (this.#open.length > 0) this.#host.push(["nested", name, args, returns]);
    else this.#call(name, args, returns);
  }

  died(name: ExportName, cause: unknown): void {
    const { args } = this.#open.pop()!;
    if (this.#pending === null) {
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
      this.#call(name, args, "trap");
      return;
    }
    this.#host.push(hostLine(this.#pending, "cut", new Uint8Array(), this.#flash));
    this.#pending = null;
    this.#call(name, args, "cut");
  }

  #call(name: ExportName, args: number[], returns: CallStep["returns"]): void {
    const changes: Change[] = [];
    for (const area of AREA_NAMES) {
      const after = this.#live().read(area);
      changes.push(...differences(area, this.#areas[area], after));
      this.#areas[area] = after;
    }
    const plain = this.#writes.length + this.#host.length + changes.length === 0;
    const last = this.#steps.at(-1);
    if (plain && last !== undefined && "call" in last && isAgain(last, name, args, returns)) {
      this.#steps[this.#steps.length - 1] = timesMore(last);
      return;
    }
    this.#steps.push({
      call: name,
      ...(args.length > 0 && { args }),
      ...(this.#writes.length > 0 && { write: this.#writes }),
      ...(this.#host.length > 0 && { host: this.#host }),
      returns,
      ...(changes.length > 0 && { changes }),
    });
    this.#writes = [];
    this.#host = [];
  }

  #live(): Instance {
    if (this.#instance === null) throw new Error("nothing is recorded yet: hand the recorder to a gate");
    return this.#instance;
  }
}

/** True if `last` is the same call, and a plain one too. */
function isAgain(
  last: CallStep,
  name: ExportName,
  args: readonly number[],
  returns: CallStep["returns"],
): boolean {
  const plain = last.write === undefined && last.host === undefined && last.changes === undefined;
  const same = last.call === name && last.returns === returns && String(last.args ?? []) === String(args);
  return plain && same;
}

function timesMore({ call, args, times = 1, returns }: CallStep): CallStep {
  return { call, ...(args && { args }), times: times + 1, returns };
}

/** Address of the byte that a flip means. */
export function placeOf(memory: Uint8Array, { find, before, place }: FlipStep["flip"]): number {
  const image = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  const wanted = Buffer.from(find, "hex");
  let at = -1;
  for (let i = 0; i < place; i++) {
    at = image.indexOf(wanted, at + 1);
    if (at < 0) throw new RangeError(`memory does not hold ${find.slice(0, 16)}... ${place} times`);
  }
  return at - before;
}

export function blankAreas(): Record<AreaName, Uint8Array> {
  return Object.fromEntries(AREA_NAMES.map((area) => [area, new Uint8Array(AREAS[area].bytes)])) as Record<
    AreaName,
    Uint8Array
  >;
}

/** What differs, in pieces. */
function differences(area: AreaName, before: Uint8Array, after: Uint8Array): Change[] {
  const changes: Change[] = [];
  let first = -1;
  let last = -1;
  const close = () => {
    if (first >= 0) changes.push([area, first, toHex(after.subarray(first, last + 1))]);
  };
  for (let i = 0; i < after.length; i++) {
    if (after[i] === before[i]) continue;
    if (first < 0 || i - last > GAP_BYTES) {
      close();
      first = i;
    }
    last = i;
  }
  close();
  return changes;
}
