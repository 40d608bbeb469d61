import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MisuseError, PowerCut } from "../../host-sim/device/errors.js";
import { TORN_SECTORS, TORN_UNITS, type TornUnit } from "../../host-sim/device/flash-fault.js";
import { flashOf, pattern, readBack, thrownBy, UNITS } from "./support.js";

/** Bytes of unit `index` of the pattern. */
const unitOf = (bytes: Uint8Array, unit: number, index: number) =>
  bytes.slice(index * unit, (index + 1) * unit);

describe.each(UNITS)("a power cut in a program of 4 units of %i B", (unit) => {
  const bytes = pattern(4 * unit);

  it.each([0, 1, 2, 3])("before unit %i leaves the earlier ones done and that one untouched", (cutAt) => {
    const flash = flashOf(unit);
    flash.cutAfter(cutAt, { when: "before" });
    expect(() => flash.program(0, bytes)).toThrow(PowerCut);
    flash.powerOn();
    expect(flash.map(0).slice(0, 4)).toBe("#".repeat(cutAt) + ".".repeat(4 - cutAt));
    expect(flash.program(cutAt * unit, bytes.slice(cutAt * unit))).toBe(0);
    expect(readBack(flash, 0, bytes.length)).toEqual(bytes);
  });

  it.each([0, 1, 2, 3])("after unit %i leaves it done, though the call never returned", (cutAt) => {
    const flash = flashOf(unit);
    flash.cutAfter(cutAt, { when: "after" });
    expect(() => flash.program(0, bytes)).toThrow(PowerCut);
    flash.powerOn();
    expect(flash.map(0).slice(0, 4)).toBe("#".repeat(cutAt + 1) + ".".repeat(3 - cutAt));
    expect(readBack(flash, cutAt * unit, unit)).toEqual(unitOf(bytes, unit, cutAt));
  });

  it.each(TORN_UNITS)("inside a unit (%s) makes another program of it misuse until the erase", (torn) => {
    const flash = flashOf(unit);
    flash.cutAfter(2, { when: "inside", unit: torn });
    expect(() => flash.program(0, bytes)).toThrow(PowerCut);
    flash.powerOn();
    expect(readBack(flash, 0, 2 * unit)).toEqual(bytes.slice(0, 2 * unit));
    expect(() => flash.program(2 * unit, unitOf(bytes, unit, 2))).toThrow(MisuseError);
    expect(flash.program(3 * unit, unitOf(bytes, unit, 3))).toBe(0);
    flash.erase(0);
    expect(flash.program(0, bytes)).toBe(0);
    expect(readBack(flash, 0, bytes.length)).toEqual(bytes);
  });

  it("inside a unit never reads back as the intended bytes unless asked to", () => {
    const silent = ["random", "uncorrectable", "looks-blank"] as const;
    fc.assert(
      fc.property(
        fc
          .uint8Array({ minLength: unit, maxLength: unit })
          .filter((cells) => cells.some((byte) => byte !== 0xff)),
        fc.constantFrom<TornUnit>(...silent),
        fc.nat(),
        (intended, torn, seed) => {
          const flash = flashOf(unit, {}, seed);
          flash.cutAfter(0, { when: "inside", unit: torn });
          expect(() => flash.program(0, intended)).toThrow(PowerCut);
          flash.powerOn();
          for (let i = 0; i < 3; i++) expect(readBack(flash, 0, unit)).not.toEqual(intended);
        },
      ),
    );
  });

  it("reads back as intended when it is to look programmed", () => {
    const flash = flashOf(unit);
    flash.cutAfter(0, { when: "inside", unit: "looks-programmed" });
    expect(() => flash.program(0, bytes)).toThrow(PowerCut);
    flash.powerOn();
    expect(readBack(flash, 0, unit)).toEqual(unitOf(bytes, unit, 0));
    expect(flash.map(0).slice(0, 2)).toBe("#.");
  });

  it("reads differently from read to read when it is unstable", () => {
    const flash = flashOf(unit);
    flash.cutAfter(0, { when: "inside", unit: "unstable" });
    expect(() => flash.program(0, bytes)).toThrow(PowerCut);
    flash.powerOn();
    const reads = new Set(Array.from({ length: 32 }, () => String(readBack(flash, 0, unit))));
    expect(reads.size).toBeGreaterThan(1);
  });

  it("can be torn at every byte of a unit, and not past its end", () => {
    for (let prefixBytes = 0; prefixBytes < unit; prefixBytes++) {
      const flash = flashOf(unit, { tornUnit: { prefixBytes } });
      flash.cutAfter(0);
      expect(() => flash.program(0, bytes)).toThrow(PowerCut);
      flash.powerOn();
      const expected = new Uint8Array(unit).fill(0xff);
      expected.set(bytes.slice(0, prefixBytes));
      expect(readBack(flash, 0, unit)).toEqual(expected);
    }
    const flash = flashOf(unit);
    flash.cutAfter(0, { when: "inside", unit: { prefixBytes: unit } });
    expect(() => flash.program(0, bytes)).toThrow(RangeError);
  });

  it("leaves a damaged unit uncorrectable, whatever the cut did to it", () => {
    for (const torn of TORN_UNITS) {
      const flash = flashOf(unit);
      flash.damage(0);
      flash.cutAfter(0, { when: "inside", unit: torn });
      expect(() => flash.program(0, bytes)).toThrow(PowerCut);
      flash.powerOn();
      expect(readBack(flash, 0, unit)).toBe(2);
    }
  });

  it("leaves the same wreck for the same seed", () => {
    const wreck = (seed: number) => {
      const flash = flashOf(unit, {}, seed);
      flash.cutAfter(1, { when: "inside", unit: "random" });
      expect(() => flash.program(0, bytes)).toThrow(PowerCut);
      return flash.rawBytes();
    };
    expect(wreck(5)).toEqual(wreck(5));
    expect(wreck(5)).not.toEqual(wreck(6));
  });
});

describe("a torn unit of one byte", () => {
  it("never holds the intended byte by chance, in 4,096 seeds", () => {
    for (let seed = 0; seed < 4096; seed++) {
      const flash = flashOf(1, {}, seed);
      flash.cutAfter(0, { when: "inside", unit: "random" });
      expect(() => flash.program(0, Uint8Array.of(0x5a))).toThrow(PowerCut);
      flash.powerOn();
      expect(readBack(flash, 0, 1)).not.toEqual(Uint8Array.of(0x5a));
    }
  });
});

describe("a part without power", () => {
  it("refuses every operation until it is powered, and is cut only once", () => {
    const flash = flashOf(8);
    flash.cutAfter(0, { when: "before" });
    const cut = thrownBy(() => flash.program(0, pattern(8)));
    expect(cut).toBeInstanceOf(PowerCut);
    expect(String(cut)).toContain("0x0");
    expect(flash.powered).toBe(false);
    expect(() => flash.program(0, pattern(8))).toThrow(MisuseError);
    expect(() => flash.read(0, new Uint8Array(1))).toThrow(MisuseError);
    expect(() => flash.erase(0)).toThrow(MisuseError);
    flash.powerOn();
    expect(flash.program(0, pattern(8))).toBe(0);
  });

  it("is cut by cutAfter(n) in step n+1: one unit or one erase is one step", () => {
    for (let steps = 0; steps < 6; steps++) {
      const flash = flashOf(8);
      flash.cutAfter(steps, { when: "before" });
      const act = () => {
        flash.program(0, pattern(24)); // 3 steps
        flash.erase(1); // 1
        flash.program(24, pattern(8)); // 1
      };
      if (steps < 5) expect(act).toThrow(PowerCut);
      else act();
      expect(flash.steps).toBe(Math.min(steps + 1, 5));
    }
  });

  it("refuses a cut after a negative or fractional number of steps", () => {
    expect(() => flashOf(8).cutAfter(-1)).toThrow(RangeError);
    expect(() => flashOf(8).cutAfter(0.5)).toThrow(RangeError);
  });
});

describe.each(UNITS)("a power cut in an erase, %i B units", (unit) => {
  const used = () => {
    const flash = flashOf(unit);
    flash.program(0, pattern(512));
    return flash;
  };

  it.each(TORN_SECTORS)("(%s) makes any program misuse until the sector is erased whole", (torn) => {
    const flash = used();
    flash.cutAfter(0, { when: "inside", sector: torn });
    expect(() => flash.erase(0)).toThrow(PowerCut);
    flash.powerOn();
    expect(flash.isErased(0)).toBe(false);
    for (const address of [0, 512 - unit, 512, 1024 - unit]) {
      expect(() => flash.program(address, pattern(unit))).toThrow(MisuseError);
    }
    expect(flash.program(1024, pattern(unit))).toBe(0);
    expect(flash.erase(0)).toBe(0);
    expect(flash.program(0, pattern(512))).toBe(0);
  });

  it("mixed leaves old, erased, random and uncorrectable units", () => {
    const flash = used();
    const old = pattern(512);
    flash.cutAfter(0, { when: "inside", sector: "mixed" });
    expect(() => flash.erase(0)).toThrow(PowerCut);
    flash.powerOn();
    const seen = { old: 0, erased: 0, random: 0, uncorrectable: 0 };
    for (let i = 0; i < 512 / unit; i++) {
      const got = readBack(flash, i * unit, unit);
      if (typeof got === "number") seen.uncorrectable++;
      else if (got.every((byte) => byte === 0xff)) seen.erased++;
      else if (String(got) === String(unitOf(old, unit, i))) seen.old++;
      else seen.random++;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });

  it("can look untouched, look erased, be uncorrectable, or stop after so many units", () => {
    const after = (sector: (typeof TORN_SECTORS)[number] | { prefixUnits: number }) => {
      const flash = used();
      flash.cutAfter(0, { when: "inside", sector });
      expect(() => flash.erase(0)).toThrow(PowerCut);
      flash.powerOn();
      return readBack(flash, 0, 512);
    };
    expect(after("looks-untouched")).toEqual(pattern(512));
    expect(after("looks-erased")).toEqual(new Uint8Array(512).fill(0xff));
    expect(after("uncorrectable")).toBe(2);
    const partly = pattern(512);
    partly.fill(0xff, 0, 2 * unit);
    expect(after({ prefixUnits: 2 })).toEqual(partly);
  });

  it("before it changes nothing and wears nothing; after it the sector is blank", () => {
    const before = used();
    before.cutAfter(0, { when: "before" });
    expect(() => before.erase(0)).toThrow(PowerCut);
    before.powerOn();
    expect(readBack(before, 0, 512)).toEqual(pattern(512));
    expect(before.eraseCounts()).toEqual([0, 0]);
    const after = used();
    after.cutAfter(0, { when: "after" });
    expect(() => after.erase(0)).toThrow(PowerCut);
    expect(after.isErased(0)).toBe(true);
    expect(after.eraseCounts()).toEqual([1, 0]);
  });
});

describe("a failing part", () => {
  it("answers a program error, tears one unit, and lets none of the call be programmed again", () => {
    const flash = flashOf(8);
    flash.inject({ effect: "program-error" });
    expect(flash.program(0, pattern(32))).toBe(1);
    expect(readBack(flash, 0, 32)).not.toEqual(pattern(32));
    for (const address of [0, 8, 16, 24]) {
      expect(() => flash.program(address, pattern(8))).toThrow(MisuseError);
    }
    expect(flash.program(32, pattern(8))).toBe(0);
  });

  it("drops a program silently and still counts it as attempted", () => {
    const flash = flashOf(8);
    flash.inject({ effect: "program-dropped" });
    expect(flash.program(0, pattern(8))).toBe(0);
    expect(readBack(flash, 0, 8)).toEqual(new Uint8Array(8).fill(0xff));
    expect(() => flash.program(0, pattern(8))).toThrow(MisuseError);
  });

  it("answers an erase error and needs the erase again", () => {
    const flash = flashOf(8);
    flash.program(0, pattern(8));
    flash.inject({ effect: "erase-error" });
    expect(flash.erase(0)).toBe(1);
    expect(() => flash.program(64, pattern(8))).toThrow(MisuseError);
    expect(flash.erase(0)).toBe(0);
    expect(flash.program(64, pattern(8))).toBe(0);
  });

  it("sticks in an erase silently: the old data stays, and new data over it is not what was meant", () => {
    for (const unit of UNITS) {
      const flash = flashOf(unit);
      flash.program(0, new Uint8Array(unit).fill(0b1100));
      flash.inject({ effect: "erase-stuck" });
      expect(flash.erase(0)).toBe(0);
      expect(readBack(flash, 0, unit)).toEqual(new Uint8Array(unit).fill(0b1100));
      expect(flash.isErased(0)).toBe(false);
      // Not the caller's fault: it programs, and finds out when it reads back.
      expect(flash.program(0, new Uint8Array(unit).fill(0b1010))).toBe(0);
      expect(readBack(flash, 0, unit)).toEqual(unit === 1 ? Uint8Array.of(0b1000) : 2);
      expect(flash.program(unit, pattern(unit))).toBe(0);
      expect(readBack(flash, unit, unit)).toEqual(pattern(unit));
    }
  });

  it("sets bits instead of clearing them where erased is zero", () => {
    const flash = flashOf(1, { blankRead: "zeros" });
    flash.program(0, Uint8Array.of(0b1100));
    flash.inject({ effect: "erase-stuck" });
    flash.erase(0);
    flash.program(0, Uint8Array.of(0b1010));
    expect(readBack(flash, 0, 1)).toEqual(Uint8Array.of(0b1110));
  });

  it("answers a read error with garbage", () => {
    const flash = flashOf(8);
    flash.program(0, pattern(8));
    flash.inject({ effect: "read-error" });
    const out = new Uint8Array(8);
    expect(flash.read(0, out)).toBe(1);
    expect(out).not.toEqual(pattern(8));
    expect(readBack(flash, 0, 8)).toEqual(pattern(8));
  });

  it("strikes after so many successes, so many times, only in the sector named", () => {
    const flash = flashOf(8);
    flash.inject({ effect: "read-error", after: 2, count: 3, sector: 1 });
    const statuses = (address: number, count: number) =>
      Array.from({ length: count }, () => flash.read(address, new Uint8Array(1)));
    expect(statuses(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(statuses(1024, 8)).toEqual([0, 0, 1, 1, 1, 0, 0, 0]);
  });

  it("fails for good until the faults are cleared", () => {
    const flash = flashOf(8);
    flash.inject({ effect: "erase-error", count: Infinity });
    expect([1, 2, 3].map(() => flash.erase(0))).toEqual([1, 1, 1]);
    flash.cutAfter(0);
    flash.clearFaults();
    expect(flash.erase(0)).toBe(0);
  });

  it("can lose its power in a failing program", () => {
    const flash = flashOf(8);
    flash.inject({ effect: "program-error" });
    flash.cutAfter(0);
    expect(() => flash.program(0, pattern(8))).toThrow(PowerCut);
  });
});

describe("damage", () => {
  it("flips exactly the bit asked for", () => {
    const flash = flashOf(8);
    flash.program(0, pattern(16));
    flash.flipBit(9, 3);
    const expected = pattern(16);
    expected[9]! ^= 8;
    expect(readBack(flash, 0, 16)).toEqual(expected);
  });

  it("flips a bit of an erased unit, which a program cannot put right", () => {
    for (const unit of UNITS) {
      const flash = flashOf(unit);
      flash.flipBit(0, 0);
      expect((readBack(flash, 0, 1) as Uint8Array)[0]).toBe(0xfe);
      expect(flash.isErased(0)).toBe(false);
      expect(flash.program(0, pattern(unit))).toBe(0); // begins with 0x01
      expect(readBack(flash, 0, unit)).toEqual(unit === 1 ? Uint8Array.of(0) : 2);
    }
  });

  it("refuses a bit or address that does not exist", () => {
    expect(() => flashOf(8).flipBit(0, 8)).toThrow(RangeError);
    expect(() => flashOf(8).flipBit(2048, 0)).toThrow(MisuseError);
    expect(() => flashOf(8).damage(2048)).toThrow(MisuseError);
  });

  it("makes every range that touches the unit uncorrectable, with garbage in the buffer, until the erase", () => {
    const flash = flashOf(8);
    flash.program(0, pattern(24));
    flash.damage(12);
    expect(readBack(flash, 0, 8)).toEqual(pattern(8));
    expect(readBack(flash, 0, 9)).toBe(2);
    expect(readBack(flash, 15, 2)).toBe(2);
    expect(readBack(flash, 16, 8)).toEqual(pattern(24).slice(16));
    const out = new Uint8Array(24);
    flash.read(0, out);
    expect(out).not.toEqual(pattern(24));
    flash.erase(0);
    expect(flash.program(0, pattern(24))).toBe(0);
    expect(readBack(flash, 0, 24)).toEqual(pattern(24));
  });

  it("stays through a program of a damaged blank unit", () => {
    const flash = flashOf(8);
    flash.damage(0);
    expect(flash.program(0, pattern(8))).toBe(0);
    expect(readBack(flash, 0, 8)).toBe(2);
    expect(flash.map(0)[0]).toBe("x");
  });
});
