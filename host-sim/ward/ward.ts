/** A ward of pumps with their gates on one virtual clock: what happens when, and what came of it (result.ts). */
import type { CompiledLibrary } from "../authority/library/compile.js";
import { exampleDirectory, loadLibrary } from "../authority/library/load.js";
import { ROOT_AAD, signRoot } from "../authority/root.js";
import { decodeEnvelope, digestOf } from "../authority/cose.js";
import type { NamedRoot } from "../log/history.js";
import { Random } from "../device/random.js";
import type { Profile } from "../pump/profile.js";
import { Attacker } from "./attacker.js";
import type { Act } from "./acts.js";
import { Bed } from "./bed.js";
import { Bedside } from "./bedside.js";
import { type Care, roster } from "./care.js";
import { planDay } from "./day.js";
import { EventQueue } from "./events.js";
import { Hospital } from "./hospital.js";
import { Stopwatch } from "./stopwatch.js";

export interface WardOptions {
  readonly seed: string;
  /** Length of the day, virtual hours, 1..168. Default 24. */
  readonly hours?: number;
  /** 1..64. Default 6. */
  readonly pumps?: number;
  readonly module: WebAssembly.Module;
  /** Default 1000. */
  readonly tickEveryMs?: number;
  /** The pumps' processor. Default: 5 ms for every slice. */
  readonly profile?: Profile;
}

/** The ward opens on 2026-02-02 at 07:00 UTC, within the example library's life. */
export const OPENED_S = 1_770_015_600;
export const HOURS_MAX = 168;
export const PUMPS_MAX = 64;
/** Points of a chart that a day is sampled at while nothing changes. */
const SAMPLES = 720;

export class Ward {
  readonly seed: string;
  readonly hours: number;
  readonly openedS = OPENED_S;
  readonly hospital: Hospital;
  /** The library that pumps begin the day with. */
  readonly library: CompiledLibrary;
  readonly sides: readonly Bedside[];
  readonly attacker: Attacker;
  readonly stopwatch = new Stopwatch();
  /** What the day brings: decided when it is planned. */
  readonly updates: { library: CompiledLibrary | null } = { library: null };
  readonly #queue = new EventQueue();
  readonly #roots: NamedRoot[] = [];
  #newRoot: Uint8Array | null = null;

  constructor(options: WardOptions) {
    this.seed = options.seed;
    this.hours = whole("hours", options.hours ?? 24, HOURS_MAX);
    const pumps = whole("pumps", options.pumps ?? 6, PUMPS_MAX);
    this.library = loadLibrary(exampleDirectory());
    this.hospital = new Hospital({ seed: `ward ${this.seed}`, library: this.library, nowS: OPENED_S });
    this.attacker = new Attacker(this.seed);
    this.#roots.push(namedRoot(this.hospital));
    this.sides = roster(pumps).map(({ name, care }) => this.#open(name, care, options));
    planDay(this);
  }

  /** Schedules an act at one pump, whose clock is brought up to it. */
  at(atMs: number, side: Bedside, act: Act): void {
    this.#queue.schedule(atMs, () => {
      side.catchUp(atMs);
      act(side);
    });
  }

  /** Runs the day; `onHour` is told of every virtual hour that has passed. */
  run(onHour: (hour: number) => void = () => undefined): void {
    for (let hour = 1; hour <= this.hours; hour++) {
      this.#queue.runUntil(hour * 3_600_000);
      for (const side of this.sides) side.catchUp(hour * 3_600_000);
      onHour(hour);
    }
    for (const side of this.sides) side.volume.check();
  }

  /** The root document that takes the second prescriber's key back; made once. */
  nextRoot(): Uint8Array {
    if (this.#newRoot !== null) return this.#newRoot;
    const { hospital, openedS } = this;
    const issuedS = openedS + Math.floor(this.#queue.nowMs / 1000);
    const { version, libraryEpoch: epoch } = hospital.root;
    const keys = Object.values(hospital.keys).filter((key) => key !== hospital.keys.secondPrescriber);
    const document = hospital.rootDocument({ version: version + 1, issuedS, epoch, keys });
    this.#newRoot = hospital.publishRoot(document).bytes;
    this.#roots.push(namedRoot(hospital));
    return this.#newRoot;
  }

  /** Every root document of the day as logs name it. */
  get roots(): readonly NamedRoot[] {
    return this.#roots;
  }

  /** Every library of the day. */
  libraries(): CompiledLibrary[] {
    return this.updates.library === null ? [this.library] : [this.library, this.updates.library];
  }

  #open(name: string, care: Care, options: WardOptions): Bedside {
    const random = new Random(`${this.seed}/patient ${name}`);
    const bed = Bed.ready({
      name,
      hospital: this.hospital,
      library: this.library,
      module: options.module,
      setId: care.setId,
      device: { seed: `${this.seed}/device ${name}`, wallTimeS: OPENED_S },
      pump: {
        observer: this.stopwatch,
        tickEveryMs: options.tickEveryMs ?? 1000,
        ...(options.profile && { profile: options.profile }),
        sampleEveryMs: Math.floor((this.hours * 3_600_000) / SAMPLES),
      },
    });
    const patient = {
      token: random.bytes(16),
      area: care.area,
      weightG: random.pick(care.weightsG),
      bsaCm2: care.bsaCm2,
    };
    const side = new Bedside(bed, care, patient, this.seed);
    side.onOrder = (message) => this.attacker.capture(side, message);
    side.limitsNow();
    return side;
  }
}

/** The root document in force as a log names it. */
export function namedRoot({ root, keys }: Hospital): NamedRoot {
  const { bytes } = signRoot(root, [keys.rootAuthor, keys.rootApprover]);
  return { version: root.version, digest: digestOf(decodeEnvelope(bytes), ROOT_AAD) };
}

function whole(what: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new RangeError(`${what}: ${value} is not a whole number of 1..${max}`);
}
