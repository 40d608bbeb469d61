/** From calls and their counts to rows: what each verb costs, each kind of slice, and the worst that was seen. */
import { localActionName } from "../../host-sim/gate/names.js";
import { decodeLocal } from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";
import type { Check, Core } from "./build.js";
import type { Count } from "./emulator.js";
import { recordedCalls, type RecordedCall } from "./script.js";
import type { Tape } from "./tape.js";

export interface Row {
  readonly core: Core;
  readonly check: Check;
  readonly row: string;
  /** Exact: the most that was seen, unless the name says otherwise. */
  readonly instructions: number;
  /** Over all samples, rounded; only where there are several. */
  readonly mean?: number;
  readonly samples?: number;
  /** Derived, zero wait states: by rp2040js's model, or by the table of m4-cycles.ts. Of the sample with the most instructions. */
  readonly cycles?: number;
  /** Of the calls that make up the row, the deepest. */
  readonly stackBytes?: number;
}

/** A call with what it cost and what it was. */
export interface Measured {
  readonly call: RecordedCall;
  readonly count: Count;
  readonly chapter: string;
  /** Kind of slice, for a `work` of one unit; the verb that was staged or what the background did. */
  readonly slice: string | null;
}

/** A local action that was carried out, or waits for its second step. */
const ANSWERED: ReadonlySet<number> = new Set([STATUS.OK, STATUS.CONFIRM_NEEDED]);
const STAGING = new Set([
  "provision",
  "decommission",
  "trustUpdate",
  "libraryBegin",
  "libraryEntry",
  "libraryCommit",
  "submit",
  "approve",
  "attest",
]);

/** Every call of a tape with its count, chapter and kind of slice. */
export function measured(tape: Tape, counts: readonly Count[]): Measured[] {
  const calls = recordedCalls(tape.recording);
  if (calls.length !== counts.length) {
    throw new Error(`${tape.name}: ${calls.length} calls recorded, ${counts.length} counted`);
  }
  const slices = new SliceNames();
  let chapter = -1;
  return calls.map((call, i) => {
    while (tape.chapters[chapter + 1] && tape.chapters[chapter + 1]!.firstCall <= i) chapter++;
    const name = tape.chapters[chapter]?.name ?? "";
    return { call, count: counts[i]!, chapter: name, slice: slices.next(call, name) };
  });
}

/** Follows what is staged from call to call. */
class SliceNames {
  #verb: string | null = null;
  #index = 0;
  #opening = false;

  next(call: RecordedCall, chapter: string): string | null {
    const { name, status, args } = call;
    if (name === "boot") this.#opening = status === STATUS.OK;
    if (STAGING.has(name) && status === STATUS.WORKING) {
      this.#verb = `${name}${chapter.endsWith("/prepared") ? "-prepared" : ""}`;
      this.#index = 0;
    }
    if (name === "cancel") this.#verb = null;
    if (name !== "work") return null;
    const slice = this.#verb === null ? this.#background(call) : this.#staged();
    if (status !== STATUS.WORKING) {
      this.#verb = null;
      this.#opening = false;
    }
    return args[0] === 1 ? slice : null;
  }

  #staged(): string {
    return `${this.#verb!}/${String(this.#index++).padStart(2, "0")}`;
  }

  #background({ imports, status }: RecordedCall): string {
    const used = new Set(imports.map(({ name }) => name));
    if (this.#opening) return "opening";
    if (used.has("flashErase")) return "background/erase";
    if (used.has("flashProgram")) return "background/roll";
    return status === STATUS.WORKING ? "background/prepare-key" : "background/nothing";
  }
}

/** Collects samples of one image under their names. */
export class RowSheet {
  readonly #samples = new Map<string, Sample[]>();
  readonly #core: Core;
  readonly #check: Check;

  constructor(core: Core, check: Check) {
    this.#core = core;
    this.#check = check;
  }

  /** One sample: the sum over `counts`. */
  add(row: string, counts: readonly Count[]): void {
    if (counts.length === 0) return;
    const sum = (of: (count: Count) => number) => counts.reduce((total, count) => total + of(count), 0);
    const hasCycles = counts.every(({ cycles }) => cycles !== undefined);
    const sample: Sample = {
      instructions: sum(({ instructions }) => instructions),
      stackBytes: Math.max(...counts.map(({ stackBytes }) => stackBytes)),
      ...(hasCycles && { cycles: sum(({ cycles }) => cycles!) }),
    };
    const samples = this.#samples.get(row);
    if (samples === undefined) this.#samples.set(row, [sample]);
    else samples.push(sample);
  }

  /** The most instructions of a row; 0 if nothing was seen of it. */
  most(row: string): number {
    return Math.max(0, ...(this.#samples.get(row) ?? []).map(({ instructions }) => instructions));
  }

  mean(row: string): number {
    const samples = this.#samples.get(row) ?? [];
    return samples.reduce((sum, { instructions }) => sum + instructions, 0) / Math.max(samples.length, 1);
  }

  /** In the order in which the names came. */
  rows(): Row[] {
    return [...this.#samples].map(([row, samples]) => {
      const worst = samples.reduce((a, b) => (b.instructions > a.instructions ? b : a));
      const several = samples.length > 1;
      return {
        core: this.#core,
        check: this.#check,
        row,
        instructions: worst.instructions,
        ...(several && { mean: Math.round(this.mean(row)), samples: samples.length }),
        ...(worst.cycles !== undefined && { cycles: worst.cycles }),
        stackBytes: Math.max(...samples.map(({ stackBytes }) => stackBytes)),
      };
    });
  }
}

interface Sample {
  readonly instructions: number;
  readonly stackBytes: number;
  readonly cycles?: number;
}

/** Rows of the primitives: a chapter each. */
export function addPrimitives(sheet: RowSheet, calls: readonly Measured[]): void {
  for (const { chapter, count } of calls) sheet.add(chapter, [count]);
}

/** Rows of the gate's life. */
export function addLife(sheet: RowSheet, calls: readonly Measured[]): void {
  for (const made of calls) addCall(sheet, made);
  for (const operation of operations(calls)) addOperation(sheet, operation);
  addBoots(sheet, calls);
}

function addCall(sheet: RowSheet, { call, count, slice }: Measured): void {
  const { name, args, imports, status } = call;
  if (slice !== null) {
    sheet.add("slice/max", [count]);
    sheet.add(`slice/${slice.replace(/\/\d+$/, "")}/max`, [count]);
    sheet.add(`slice/${slice}`, [count]);
  }
  if (name === "tick") {
    const writes = imports.some((made) => made.name === "flashProgram");
    sheet.add(writes ? "tick/reservation" : "tick/no-flash", [count]);
  }
  if (name === "local" && ANSWERED.has(status)) sheet.add(`local/${actionOf(call)}`, [count]);
  if (name === "inspect" || name === "sessionOpen") sheet.add(name, [count]);
  if (name === "logRead" && status === STATUS.OK) sheet.add(`logRead/stream-${args[0]}`, [count]);
  if (STAGING.has(name)) sheet.add(`${name}/call`, [count]);
}

/** What the person at the panel did. */
function actionOf({ inputs }: RecordedCall): string {
  const input = inputs.find(([area]) => area === "local");
  if (input === undefined) throw new Error("a local action without its record");
  const { action } = decodeLocal(new Uint8Array(Buffer.from(input[1], "hex")));
  return localActionName(action) ?? `action ${action}`;
}

/** A verb with its slices. */
interface Operation {
  readonly verb: string;
  readonly chapter: string;
  readonly calls: readonly Measured[];
}

function operations(calls: readonly Measured[]): Operation[] {
  const found: Operation[] = [];
  let open: Measured[] | null = null;
  for (const made of calls) {
    const { name, status } = made.call;
    if (STAGING.has(name) && status === STATUS.WORKING) open = [made];
    else if (name === "work" && open !== null) {
      open.push(made);
      if (status === STATUS.WORKING) continue;
      found.push({ verb: open[0]!.call.name, chapter: open[0]!.chapter, calls: open });
      open = null;
    }
  }
  return found;
}

function addOperation(sheet: RowSheet, { verb, chapter, calls }: Operation): void {
  const counts = calls.map(({ count }) => count);
  const [what, size] = chapter.split("/");
  if (what === "install") sheet.add(`${verb}/${size}`, counts);
  else if (what?.startsWith("dose")) sheet.add(chapter, counts);
  else sheet.add(`${verb}/whole`, counts);
}

/** From power-on to the first stop that is answered OK: boot, slices, and that stop. */
function addBoots(sheet: RowSheet, calls: readonly Measured[]): void {
  for (const [i, { call, count, chapter }] of calls.entries()) {
    if (call.name !== "boot") continue;
    sheet.add(chapter, [count]);
    const rest = calls.slice(i + 1).filter((made) => made.chapter === chapter);
    const stopped = rest.findIndex((made) => made.call.name === "local" && made.call.status === STATUS.OK);
    if (stopped < 0) continue;
    const counted = rest.slice(0, stopped + 1).filter((made) => made.call.status !== STATUS.STORE_BUSY);
    sheet.add(`${chapter}/until-local`, [count, ...counted.map((made) => made.count)]);
  }
}

/** The entries of the library whose install is asked about. */
export const ENTRIES = 1200;

/**
 * Rows that follow from those of one core and check: a whole install, and what a tick or a stop may wait for. The name says so where an
 * install is extrapolated from `entriesSeen`.
 */
export function derivedRows(rows: readonly Row[], core: Core, check: Check, entriesSeen: number): Row[] {
  const find = (name: string) => rows.find(({ row }) => row === name);
  const found: Row[] = [];
  for (const size of ["typical", "full"]) {
    const [begin, entry, commit] = ["Begin", "Entry", "Commit"].map((verb) => find(`library${verb}/${size}`));
    if (begin === undefined || entry === undefined || commit === undefined) continue;
    const entries = (entry.mean ?? entry.instructions) * ENTRIES;
    const row = `install/${size}/${ENTRIES}-entries${entriesSeen < ENTRIES ? "-extrapolated" : ""}`;
    found.push({ core, check, row, instructions: begin.instructions + entries + commit.instructions });
  }
  // The longest slice of what a therapy runs beside: verification, install, key preparation, erase.
  const beside = worstOf(BESIDE.map((kind) => find(`slice/${kind}/max`)));
  const calls = {
    tick: ["tick/reservation", "tick/no-flash"],
    STOP: ["local/STOP"],
    REDUCE: ["local/REDUCE"],
  };
  for (const [name, own] of Object.entries(calls)) {
    const call = worstOf(own.map(find));
    if (beside === undefined || call === undefined) continue;
    const cycles =
      beside.cycles === undefined || call.cycles === undefined ? {} : { cycles: beside.cycles + call.cycles };
    const instructions = beside.instructions + call.instructions;
    found.push({ core, check, row: `response/${name}`, instructions, ...cycles });
  }
  return found;
}

function worstOf(rows: readonly (Row | undefined)[]): Row | undefined {
  const seen = rows.filter((row) => row !== undefined);
  return seen.reduce<Row | undefined>(
    (worst, row) => (worst === undefined || row.instructions > worst.instructions ? row : worst),
    undefined,
  );
}

const BESIDE = [
  "submit",
  "submit-prepared",
  "approve",
  "libraryBegin",
  "libraryEntry",
  "libraryCommit",
  "trustUpdate",
  "attest",
  "background/prepare-key",
  "background/erase",
  "background/roll",
];
