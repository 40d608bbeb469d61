import type { Clock } from "./clock.js";
import { MisuseError, PowerCut } from "./errors.js";
import { FlashCells, type BlankRead } from "./flash-cells.js";
import { FaultPlan, type CutShape, type FlashFault, type TornSector, type TornUnit } from "./flash-fault.js";
import { checkGeometry, type FlashGeometry } from "./geometry.js";
import { Random, type RandomState } from "./random.js";
import { HOST_FAILING, HOST_OK, HOST_UNCORRECTABLE, type HostStatus } from "./status.js";

export interface FlashOptions {
  /** Default `ones`. `zeros` also makes programming set bits instead of clearing them. */
  readonly blankRead?: BlankRead;
  /** What a cut inside a unit leaves when the cut does not say. Default `random`. */
  readonly tornUnit?: TornUnit;
  /** What a cut inside an erase leaves when the cut does not say. Default `mixed`. */
  readonly tornSector?: TornSector;
  /** Time to program one unit. Default 60. */
  readonly programUs?: number;
  /** Erases a sector is good for; later ones fail as `erase-error`. Default unlimited. */
  readonly enduranceCycles?: number;
  /** Advanced by the time each program and erase takes. */
  readonly clock?: Clock;
}

/** Everything a flash part remembers, wear and chance included. Faults and cuts still planned are not part of it. */
export interface FlashState {
  readonly data: Uint8Array;
  readonly flags: Uint8Array;
  readonly eraseCounts: Uint32Array;
  readonly steps: number;
  readonly random: RandomState;
}

/**
 * A NOR flash partition that is stricter than any real one: a unit is programmed once per erase, whole and aligned, or
 * a MisuseError is thrown, even if the earlier attempt was cut and left no trace.
 *
 * A *step* is one unit programmed or one sector erased; power cuts are placed by step, before, inside or after it. The
 * misuse rules follow MCUboot's simflash and the faults littlefs's emubd; tearing inside a step is added here.
 */
export class Flash {
  readonly geometry: FlashGeometry;
  /** Bytes in the partition. */
  readonly sizeBytes: number;
  /** Steps begun since the simulation began, cut ones included. */
  steps = 0;
  readonly #options: FlashOptions;
  readonly #cells: FlashCells;
  readonly #eraseCounts: Uint32Array;
  readonly #random: Random;
  readonly #faults = new FaultPlan();
  #cut: { remaining: number; shape: CutShape } | null = null;
  #powered = true;
  #eraseForbidden: string | null = null;

  /** A blank part: every sector erased, no wear. */
  constructor(geometry: FlashGeometry, random: Random, options: FlashOptions = {}) {
    checkGeometry(geometry);
    this.geometry = geometry;
    this.sizeBytes = geometry.sectorBytes * geometry.sectorCount;
    this.#options = options;
    this.#random = random;
    this.#cells = new FlashCells(geometry, options.blankRead ?? "ones", random);
    this.#eraseCounts = new Uint32Array(geometry.sectorCount);
  }

  // --- the three operations -------------------------------------------------------------------------------------

  /** Reads `out.length` bytes from `address`. Unless the status is HOST_OK, `out` holds garbage. */
  read(address: number, out: Uint8Array): HostStatus {
    this.#requireRange("flashRead", address, out.length);
    if (this.#faults.take("read", this.#sectorOf(address)) !== null) {
      this.#random.fill(out);
      return HOST_FAILING;
    }
    if (this.#cells.read(address, out)) return HOST_OK;
    this.#random.fill(out);
    return HOST_UNCORRECTABLE;
  }

  /** Programs whole, aligned, never attempted units of one sector. */
  program(address: number, bytes: Uint8Array): HostStatus {
    this.#requireRange("flashProgram", address, bytes.length);
    const { unitBytes } = this.geometry;
    const where = `flashProgram of ${bytes.length} B at ${hex(address)}`;
    if (address % unitBytes !== 0) misuse(`${where}: begin at a multiple of the ${unitBytes} B unit`);
    if (bytes.length % unitBytes !== 0) misuse(`${where}: program whole ${unitBytes} B units`);
    const sector = this.#sectorOf(address);
    if (this.#sectorOf(address + bytes.length - 1) !== sector) {
      misuse(`${where}: crosses the end of sector ${sector}`);
    }
    const firstUnit = address / unitBytes;
    const unitCount = bytes.length / unitBytes;
    for (let unit = firstUnit; unit < firstUnit + unitCount; unit++) {
      if (!this.#cells.wasAttempted(unit)) continue;
      misuse(
        `${where}: the unit at ${hex(unit * unitBytes)} was attempted since its erase; erase sector ${sector} first`,
      );
    }

    const fault = this.#faults.take("program", sector);
    if (fault !== null) return this.#programFailing(fault, firstUnit, bytes);
    for (let i = 0; i < unitCount; i++) {
      const intended = bytes.subarray(i * unitBytes, (i + 1) * unitBytes);
      const cut = this.#beginStep();
      if (cut?.when === "before") this.#die(`before programming the unit at ${hex(address + i * unitBytes)}`);
      this.#options.clock?.advanceUs(this.#options.programUs ?? 60);
      if (cut?.when === "inside") {
        this.#cells.tearUnit(firstUnit + i, intended, cut.unit ?? this.#options.tornUnit ?? "random");
        this.#die(`inside the unit at ${hex(address + i * unitBytes)}`);
      }
      this.#cells.store(firstUnit + i, intended);
      if (cut !== null) this.#die(`after programming the unit at ${hex(address + i * unitBytes)}`);
    }
    return HOST_OK;
  }

  /** Erases one sector. */
  erase(sector: number): HostStatus {
    this.#requirePower("flashErase");
    if (!Number.isInteger(sector) || sector < 0 || sector >= this.geometry.sectorCount) {
      misuse(`flashErase: sector ${sector} of ${this.geometry.sectorCount} does not exist`);
    }
    if (this.#eraseForbidden !== null) misuse(`flashErase of sector ${sector} while ${this.#eraseForbidden}`);
    const cut = this.#beginStep();
    if (cut?.when === "before") this.#die(`before erasing sector ${sector}`);
    this.#eraseCounts[sector]!++;
    this.#options.clock?.advanceMs(this.geometry.eraseMsMax);
    const torn = cut?.sector ?? this.#options.tornSector ?? "mixed";
    if (cut?.when === "inside") {
      this.#cells.tearSector(sector, torn);
      this.#die(`inside the erase of sector ${sector}`);
    }
    const fault = this.#faults.take("erase", sector);
    const worn = this.#eraseCounts[sector]! > (this.#options.enduranceCycles ?? Infinity);
    if (fault === "erase-error" || worn) this.#cells.tearSector(sector, torn);
    else if (fault === "erase-stuck") this.#cells.soilSector(sector);
    else this.#cells.blankSector(sector);
    if (cut !== null) this.#die(`after erasing sector ${sector}`);
    return fault === "erase-error" || worn ? HOST_FAILING : HOST_OK;
  }

  // --- faults ---------------------------------------------------------------------------------------------------

  /** Cuts the power in the step after the next `steps` complete ones. Replaces a cut planned earlier. */
  cutAfter(steps: number, shape: CutShape = { when: "inside" }): void {
    if (!Number.isInteger(steps) || steps < 0) {
      throw new RangeError(`cutAfter(${steps}): not a number of steps`);
    }
    this.#cut = { remaining: steps, shape };
  }

  /** Plans a fault of the part itself. */
  inject(fault: FlashFault): void {
    this.#faults.add(fault);
  }

  /** Forgets every fault and cut still to come. Damage already done stays. */
  clearFaults(): void {
    this.#faults.clear();
    this.#cut = null;
  }

  /** Inverts one stored bit, unnoticed by the ECC. `bit` is 0 (least significant) to 7. */
  flipBit(address: number, bit: number): void {
    this.#requireInside("flipBit", address, 1);
    if (!Number.isInteger(bit) || bit < 0 || bit > 7) throw new RangeError(`flipBit: bit ${bit} is not 0..7`);
    this.#cells.flipBit(address, bit);
  }

  /** Damages the unit at `address` beyond its ECC until the sector is erased. */
  damage(address: number): void {
    this.#requireInside("damage", address, 1);
    this.#cells.damage(Math.floor(address / this.geometry.unitBytes));
  }

  /** While `reason` is given ("tick runs"), an erase is misuse: it would starve delivery (SPEC 9.2). */
  forbidErase(reason: string | null): void {
    this.#eraseForbidden = reason;
  }

  // --- power, state, and what tests look at ---------------------------------------------------------------------

  get powered(): boolean {
    return this.#powered;
  }

  powerOff(): void {
    this.#powered = false;
  }

  powerOn(): void {
    this.#powered = true;
    this.#eraseForbidden = null;
  }

  /** Erases begun per sector: the wear. */
  eraseCounts(): number[] {
    return [...this.#eraseCounts];
  }

  /** The raw cells, erased ones as 0xFF (0x00 with `zeros`), torn ones as they happen to be. */
  rawBytes(): Uint8Array {
    return this.#cells.data.slice();
  }

  /** True if no unit of the sector was attempted since its last complete erase. */
  isErased(sector: number): boolean {
    return this.#cells.isErased(sector);
  }

  /**
   * One letter a unit, for failure messages: `.` erased, `#` programmed, `x` uncorrectable, `~` unstable, `o` looks
   * blank but may not be programmed, `s` soiled.
   */
  map(sector: number): string {
    return this.#cells.map(sector);
  }

  save(): FlashState {
    return {
      data: this.#cells.data.slice(),
      flags: this.#cells.flags.slice(),
      eraseCounts: this.#eraseCounts.slice(),
      steps: this.steps,
      random: this.#random.save(),
    };
  }

  /** Puts back what `save` gave: the way back in a sweep, and the attack of restoring older flash. */
  restore(state: FlashState): void {
    if (state.data.length !== this.sizeBytes || state.flags.length !== this.#cells.flags.length) {
      throw new RangeError(
        `flash restore(): the state is of a ${state.data.length} B part, this one has ${this.sizeBytes} B`,
      );
    }
    this.#cells.data.set(state.data);
    this.#cells.flags.set(state.flags);
    this.#eraseCounts.set(state.eraseCounts);
    this.steps = state.steps;
    this.#random.restore(state.random);
  }

  /** A second part in the same state, powered, with no faults planned. It shares nothing with this one but the clock. */
  clone(): Flash {
    const copy = new Flash(this.geometry, new Random(this.#random.path), this.#options);
    copy.restore(this.save());
    return copy;
  }

  // --- inside ---------------------------------------------------------------------------------------------------

  #programFailing(fault: FlashFault["effect"], firstUnit: number, bytes: Uint8Array): HostStatus {
    const { unitBytes } = this.geometry;
    const cut = this.#beginStep();
    if (cut?.when === "before") this.#die("before a failing program");
    this.#options.clock?.advanceUs(this.#options.programUs ?? 60);
    const unitCount = bytes.length / unitBytes;
    for (let i = 0; i < unitCount; i++) this.#cells.markAttempted(firstUnit + i);
    if (fault === "program-error") {
      const torn = this.#random.below(unitCount);
      for (let i = 0; i < torn; i++) {
        this.#cells.store(firstUnit + i, bytes.subarray(i * unitBytes, (i + 1) * unitBytes));
      }
      const intended = bytes.subarray(torn * unitBytes, (torn + 1) * unitBytes);
      this.#cells.tearUnit(firstUnit + torn, intended, this.#options.tornUnit ?? "random");
    }
    if (cut !== null) this.#die("in a failing program");
    return fault === "program-error" ? HOST_FAILING : HOST_OK;
  }

  #sectorOf(address: number): number {
    return Math.floor(address / this.geometry.sectorBytes);
  }

  /** Counts a step; how it is to be cut, if it is. */
  #beginStep(): CutShape | null {
    this.steps++;
    if (this.#cut === null || this.#cut.remaining-- > 0) return null;
    const { shape } = this.#cut;
    this.#cut = null;
    return shape;
  }

  #die(where: string): never {
    this.#powered = false;
    throw new PowerCut(
      `power cut ${where} (flash step ${this.steps}); power-cycle the device and boot a new instance`,
    );
  }

  #requirePower(what: string): void {
    if (!this.#powered) {
      misuse(`${what} without power: the instance died with the cut; power-cycle and boot a new one`);
    }
  }

  #requireRange(what: string, address: number, length: number): void {
    this.#requirePower(what);
    this.#requireInside(what, address, length);
  }

  #requireInside(what: string, address: number, length: number): void {
    // Compared before anything is added, as the module itself has to.
    const inside =
      Number.isInteger(address) &&
      address >= 0 &&
      length <= this.sizeBytes &&
      address <= this.sizeBytes - length;
    if (!inside) {
      misuse(`${what} of ${length} B at ${hex(address)}: outside the partition of ${this.sizeBytes} B`);
    }
    if (length === 0) misuse(`${what} of 0 B at ${hex(address)}: nothing to do is a mistake in the caller`);
  }
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function misuse(message: string): never {
  throw new MisuseError(message);
}
