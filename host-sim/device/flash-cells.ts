import type { TornSector, TornUnit } from "./flash-fault.js";
import type { FlashGeometry } from "./geometry.js";
import type { Random } from "./random.js";

/** What an erased unit reads as before it is programmed. Nothing may rely on any of them (SPEC 9.1). */
export type BlankRead = "ones" | "zeros" | "noise" | "uncorrectable";

// What is known of a unit beside its bytes. A freshly erased unit is LOOKS_BLANK and nothing else.
/** A program was tried since the last complete erase, whatever came of it. */
const ATTEMPTED = 1;
/** Reads answer UNCORRECTABLE. */
const UNREADABLE = 2;
/** Reads as `blankRead` says. */
const LOOKS_BLANK = 4;
/** Holds charge nobody knows of (a stuck erase, a flipped bit): programming mixes with it. */
const SOILED = 8;
/** Half-charged: every read differs. */
const UNSTABLE = 16;

/**
 * The silicon of a flash part: what each unit holds and how it came to. It does as it is told and has no rules;
 * `Flash` decides what is allowed and when something breaks.
 */
export class FlashCells {
  readonly data: Uint8Array;
  readonly flags: Uint8Array;
  readonly #unitBytes: number;
  readonly #sectorBytes: number;
  readonly #erasedByte: number;
  readonly #blankRead: BlankRead;
  readonly #random: Random;

  /** All sectors erased. */
  constructor(geometry: FlashGeometry, blankRead: BlankRead, random: Random) {
    const sizeBytes = geometry.sectorBytes * geometry.sectorCount;
    this.#unitBytes = geometry.unitBytes;
    this.#sectorBytes = geometry.sectorBytes;
    this.#blankRead = blankRead;
    this.#random = random;
    // Programming clears bits of parts that erase to ones and sets bits of parts that erase to zeros.
    this.#erasedByte = blankRead === "zeros" ? 0x00 : 0xff;
    this.data = new Uint8Array(sizeBytes).fill(this.#erasedByte);
    this.flags = new Uint8Array(sizeBytes / geometry.unitBytes).fill(LOOKS_BLANK);
  }

  /** Reads from `address`; false if any unit of the range is uncorrectable. */
  read(address: number, out: Uint8Array): boolean {
    out.set(this.data.subarray(address, address + out.length));
    const unitBytes = this.#unitBytes;
    const lastUnit = Math.floor((address + out.length - 1) / unitBytes);
    let readable = true;
    for (let unit = Math.floor(address / unitBytes); unit <= lastUnit; unit++) {
      const flags = this.flags[unit]!;
      if (flags & UNREADABLE) readable = false;
      else if (flags & (UNSTABLE | LOOKS_BLANK)) {
        const from = Math.max(unit * unitBytes - address, 0);
        readable =
          this.#readUncertain(flags, out.subarray(from, (unit + 1) * unitBytes - address)) && readable;
      }
    }
    return readable;
  }

  wasAttempted(unit: number): boolean {
    return (this.flags[unit]! & ATTEMPTED) !== 0;
  }

  markAttempted(unit: number): void {
    this.flags[unit]! |= ATTEMPTED;
  }

  /** A complete program of one unit. */
  store(unit: number, intended: Uint8Array): void {
    const cells = this.#cellsOf(unit);
    let flags = ATTEMPTED | (this.flags[unit]! & UNREADABLE);
    if (this.flags[unit]! & SOILED) {
      // Cells only ever charge; what was there shows through. Where there is ECC, it no longer fits.
      for (let i = 0; i < intended.length; i++) {
        const mixed = this.#erasedByte === 0xff ? cells[i]! & intended[i]! : cells[i]! | intended[i]!;
        cells[i] = mixed;
        if (mixed !== intended[i] && this.#unitBytes > 1) flags |= UNREADABLE;
      }
    } else {
      cells.set(intended);
    }
    this.flags[unit] = flags;
  }

  /** A program of one unit that did not end. */
  tearUnit(unit: number, intended: Uint8Array, how: TornUnit): void {
    const cells = this.#cellsOf(unit);
    const before = this.flags[unit]!;
    const flags = ATTEMPTED | (before & UNREADABLE);
    this.flags[unit] = flags;
    if (how === "looks-blank") this.flags[unit] = flags | (before & LOOKS_BLANK);
    else if (how === "looks-programmed") cells.set(intended);
    else if (how === "uncorrectable") this.flags[unit] = flags | UNREADABLE;
    else if (how === "unstable") {
      cells.set(intended);
      this.flags[unit] = flags | UNSTABLE;
    } else if (how === "random") {
      this.#random.fill(cells);
      if (cells.every((byte, i) => byte === intended[i])) cells[0]! ^= 1 << this.#random.below(8);
    } else {
      const { prefixBytes } = how;
      if (!Number.isInteger(prefixBytes) || prefixBytes < 0 || prefixBytes >= cells.length) {
        throw new RangeError(`a torn unit of ${cells.length} B cannot hold a prefix of ${prefixBytes} B`);
      }
      cells.set(intended.subarray(0, prefixBytes));
    }
  }

  /** A complete erase. */
  blankSector(sector: number): void {
    const start = sector * this.#sectorBytes;
    this.data.fill(this.#erasedByte, start, start + this.#sectorBytes);
    this.#flagsOf(sector).fill(LOOKS_BLANK);
  }

  /** An erase that did not end. Whatever a unit looks like, it must be erased again before it is programmed. */
  tearSector(sector: number, how: TornSector): void {
    const flags = this.#flagsOf(sector);
    const firstUnit = sector * flags.length;
    for (let unit = 0; unit < flags.length; unit++) {
      const fate = this.#fate(unit, how);
      if (fate === "old") flags[unit]! |= ATTEMPTED;
      else if (fate === "uncorrectable") flags[unit] = ATTEMPTED | UNREADABLE;
      else if (fate === "erased") {
        this.#cellsOf(firstUnit + unit).fill(this.#erasedByte);
        flags[unit] = ATTEMPTED | LOOKS_BLANK;
      } else {
        this.#random.fill(this.#cellsOf(firstUnit + unit));
        flags[unit] = ATTEMPTED;
      }
    }
  }

  /** The part said it erased and did not: the caller may program, and gets what the old charge makes of it. */
  soilSector(sector: number): void {
    const flags = this.#flagsOf(sector);
    for (let unit = 0; unit < flags.length; unit++) {
      if (flags[unit] !== LOOKS_BLANK) flags[unit] = (flags[unit]! & ~ATTEMPTED) | SOILED;
    }
  }

  flipBit(address: number, bit: number): void {
    this.data[address]! ^= 1 << bit;
    const unit = Math.floor(address / this.#unitBytes);
    if (this.flags[unit]! & LOOKS_BLANK) this.flags[unit] = (this.flags[unit]! & ~LOOKS_BLANK) | SOILED;
  }

  damage(unit: number): void {
    this.flags[unit]! |= UNREADABLE;
  }

  isErased(sector: number): boolean {
    return this.#flagsOf(sector).every((flags) => flags === LOOKS_BLANK);
  }

  /** One letter a unit; `Flash.map` says which. */
  map(sector: number): string {
    return Array.from(this.#flagsOf(sector), (flags) => {
      if (flags & UNREADABLE) return "x";
      if (flags & UNSTABLE) return "~";
      if (flags & SOILED) return "s";
      if (flags & LOOKS_BLANK) return flags & ATTEMPTED ? "o" : ".";
      return "#";
    }).join("");
  }

  /** What reading a blank-looking or unstable unit gives; false if it is uncorrectable. */
  #readUncertain(flags: number, out: Uint8Array): boolean {
    if (flags & UNSTABLE) {
      // Half-charged cells: each bit that was to change has, or has not.
      for (let i = 0; i < out.length; i++) out[i]! ^= (out[i]! ^ this.#erasedByte) & this.#random.u32();
      return true;
    }
    if (this.#blankRead === "noise") this.#random.fill(out);
    return this.#blankRead !== "uncorrectable";
  }

  #fate(unit: number, how: TornSector): "old" | "erased" | "random" | "uncorrectable" {
    if (typeof how === "object") return unit < how.prefixUnits ? "erased" : "old";
    if (how === "looks-untouched") return "old";
    if (how === "looks-erased") return "erased";
    if (how === "uncorrectable") return "uncorrectable";
    return this.#random.pick(["old", "erased", "random", "uncorrectable"]);
  }

  #cellsOf(unit: number): Uint8Array {
    return this.data.subarray(unit * this.#unitBytes, (unit + 1) * this.#unitBytes);
  }

  #flagsOf(sector: number): Uint8Array {
    const units = this.#sectorBytes / this.#unitBytes;
    return this.flags.subarray(sector * units, (sector + 1) * units);
  }
}
