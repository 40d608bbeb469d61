import { describe, expect, it } from "vitest";
import { Clock } from "../../host-sim/device/clock.js";
import { MisuseError } from "../../host-sim/device/errors.js";
import { Flash } from "../../host-sim/device/flash.js";
import { checkGeometry, type FlashGeometry } from "../../host-sim/device/geometry.js";
import { Random } from "../../host-sim/device/random.js";
import { flashOf, geometryOf, pattern, readBack, UNITS } from "./support.js";

describe("a geometry", () => {
  const good = geometryOf(8);

  it.each<[string, Partial<FlashGeometry>]>([
    ["a unit of 0 B", { unitBytes: 0 }],
    ["a unit of 3 B", { unitBytes: 3 }],
    ["a unit of 64 B", { unitBytes: 64 }],
    ["a sector of 1023 B", { unitBytes: 1, sectorBytes: 1023 }],
    ["a sector of 131073 B", { unitBytes: 1, sectorBytes: 131_073 }],
    ["a sector that is no whole number of units", { sectorBytes: 1028 }],
    ["a single sector", { sectorCount: 1 }],
    ["a partition of 2 GiB", { sectorBytes: 131_072, sectorCount: 16_384 }],
    ["a negative erase time", { eraseMsMax: -1 }],
  ])("refuses %s", (_what, change) => {
    expect(() => checkGeometry({ ...good, ...change })).toThrow(RangeError);
  });

  it.each<[string, Partial<FlashGeometry>]>([
    ["units of 1 B", { unitBytes: 1 }],
    ["units of 32 B", { unitBytes: 32 }],
    ["the smallest sector", { sectorBytes: 1024 }],
    ["the largest sector", { sectorBytes: 131_072 }],
    ["a partition just below 2 GiB", { sectorBytes: 131_072, sectorCount: 16_383 }],
  ])("accepts %s", (_what, change) => {
    expect(() => checkGeometry({ ...good, ...change })).not.toThrow();
  });
});

describe.each(UNITS)("flash with %i B units", (unit) => {
  it("reads back what was programmed, at any offset and length", () => {
    const flash = flashOf(unit);
    const bytes = pattern(4 * unit);
    expect(flash.program(unit, bytes)).toBe(0);
    for (let from = 0; from < bytes.length; from++) {
      for (let to = from + 1; to <= bytes.length; to++) {
        expect(readBack(flash, unit + from, to - from)).toEqual(bytes.slice(from, to));
      }
    }
  });

  it("refuses a second program of a unit, even with the same bytes", () => {
    const flash = flashOf(unit);
    flash.program(0, pattern(unit));
    expect(() => flash.program(0, pattern(unit))).toThrow(/attempted since its erase/);
  });

  it("refuses a program that reaches one attempted unit with its last one, and stores none of it", () => {
    const flash = flashOf(unit);
    flash.program(2 * unit, pattern(unit));
    expect(() => flash.program(0, pattern(3 * unit))).toThrow(MisuseError);
    expect(flash.map(0).slice(0, 4)).toBe("..#.");
    expect(flash.program(0, pattern(2 * unit))).toBe(0);
  });

  it("takes a program again after an erase", () => {
    const flash = flashOf(unit);
    flash.program(0, pattern(unit));
    expect(flash.isErased(0)).toBe(false);
    expect(flash.erase(0)).toBe(0);
    expect(flash.isErased(0)).toBe(true);
    expect(flash.program(0, pattern(unit))).toBe(0);
  });

  it("accepts the last unit of a sector and of the partition, and refuses to cross the end of either", () => {
    const flash = flashOf(unit);
    expect(flash.program(1024 - unit, pattern(unit))).toBe(0);
    expect(flash.program(2048 - unit, pattern(unit))).toBe(0);
    expect(() => flashOf(unit).program(1024 - unit, pattern(2 * unit))).toThrow(
      /crosses the end of sector 0/,
    );
    expect(() => flashOf(unit).program(2048 - unit, pattern(2 * unit))).toThrow(/outside the partition/);
  });

  it.each([
    ["beyond the end", 2048, 1],
    ["across the end", 2047, 2],
    ["at a negative address", -1, 1],
    ["at a fractional address", 0.5, 1],
    ["of more than the partition", 0, 2049],
    ["of nothing", 0, 0],
  ])("refuses a read %s", (_what, address, length) => {
    expect(() => flashOf(unit).read(address, new Uint8Array(length))).toThrow(MisuseError);
  });

  it("refuses an erase of a sector that does not exist", () => {
    for (const sector of [2, -1, 0.5, 0xffff_ffff]) {
      expect(() => flashOf(unit).erase(sector)).toThrow(MisuseError);
    }
    expect(flashOf(unit).erase(1)).toBe(0);
  });
});

describe("alignment", () => {
  it("refuses a program one byte off the unit, and a program one byte short of it", () => {
    expect(() => flashOf(8).program(1, pattern(8))).toThrow(/begin at a multiple of the 8 B unit/);
    expect(() => flashOf(8).program(0, pattern(7))).toThrow(/whole 8 B units/);
    expect(() => flashOf(8).program(0, pattern(0))).toThrow(MisuseError);
  });
});

describe("an erase where it would hold up delivery", () => {
  it("is refused while forbidden, and the message says why", () => {
    const flash = flashOf(8);
    flash.forbidErase("tick runs");
    expect(() => flash.erase(0)).toThrow(/while tick runs/);
    flash.forbidErase(null);
    expect(flash.erase(0)).toBe(0);
  });
});

describe("an erased, never programmed unit", () => {
  it("reads as ones, zeros, or is uncorrectable, as configured", () => {
    expect(readBack(flashOf(8, { blankRead: "ones" }), 3, 9)).toEqual(new Uint8Array(9).fill(0xff));
    expect(readBack(flashOf(8, { blankRead: "zeros" }), 3, 9)).toEqual(new Uint8Array(9));
    expect(readBack(flashOf(8, { blankRead: "uncorrectable" }), 3, 9)).toBe(2);
  });

  it("reads as noise that no two reads agree on, and the same noise for the same seed", () => {
    const flash = flashOf(8, { blankRead: "noise" });
    const first = readBack(flash, 0, 64);
    expect(readBack(flash, 0, 64)).not.toEqual(first);
    expect(readBack(flashOf(8, { blankRead: "noise" }), 0, 64)).toEqual(first);
  });

  it.each(["ones", "zeros", "noise", "uncorrectable"] as const)(
    "beside a programmed one (%s) leaves that one intact",
    (blankRead) => {
      const flash = flashOf(8, { blankRead });
      flash.program(8, pattern(8));
      expect(readBack(flash, 8, 8)).toEqual(pattern(8));
      const across = readBack(flash, 7, 2);
      if (blankRead === "uncorrectable") expect(across).toBe(2);
      else expect((across as Uint8Array)[1]).toBe(pattern(8)[0]);
    },
  );
});

describe("time and wear", () => {
  it("charges each unit and each erase to the clock", () => {
    const clock = new Clock();
    const flash = new Flash(geometryOf(8), new Random(1), { clock, programUs: 60 });
    flash.program(0, pattern(24));
    expect(clock.elapsedUs).toBe(180);
    flash.erase(1);
    expect(clock.elapsedUs).toBe(40_180);
  });

  it("counts erases by sector", () => {
    const flash = flashOf(8);
    flash.erase(1);
    flash.erase(1);
    expect(flash.eraseCounts()).toEqual([0, 2]);
  });

  it("serves the last erase of its endurance and fails the one after", () => {
    const flash = flashOf(8, { enduranceCycles: 3 });
    expect([1, 2, 3].map(() => flash.erase(0))).toEqual([0, 0, 0]);
    expect(flash.erase(0)).toBe(1);
    expect(flash.isErased(0)).toBe(false);
    expect(flash.erase(1)).toBe(0);
  });

  it("counts a step for each unit and each erase", () => {
    const flash = flashOf(8);
    flash.program(0, pattern(32));
    flash.erase(0);
    expect(flash.steps).toBe(5);
  });
});

describe("a saved state", () => {
  it("brings back bytes, what may be programmed, wear, steps and chance", () => {
    const flash = flashOf(8, { blankRead: "noise" });
    flash.program(0, pattern(8));
    flash.erase(1);
    const state = flash.save();
    const noise = readBack(flash, 64, 16);
    flash.program(8, pattern(16));
    flash.erase(0);
    flash.restore(state);
    expect(readBack(flash, 64, 16)).toEqual(noise);
    expect(flash.map(0).slice(0, 3)).toBe("#..");
    expect(flash.eraseCounts()).toEqual([0, 1]);
    expect(flash.steps).toBe(2);
    expect(() => flash.program(0, pattern(8))).toThrow(MisuseError);
    expect(flash.program(8, pattern(16))).toBe(0);
  });

  it("is a copy: what happens later does not reach it", () => {
    const flash = flashOf(8);
    const state = flash.save();
    flash.program(0, pattern(8));
    flash.restore(state);
    expect(flash.isErased(0)).toBe(true);
  });

  it("is refused by a part of another size or another unit", () => {
    expect(() => flashOf(1).restore(flashOf(8).save())).toThrow(RangeError);
    const larger = new Flash({ ...geometryOf(8), sectorCount: 3 }, new Random(1));
    expect(() => larger.restore(flashOf(8).save())).toThrow(RangeError);
  });

  it("clones into a part that shares nothing and behaves the same", () => {
    const flash = flashOf(8, { blankRead: "noise" });
    flash.program(0, pattern(8));
    const copy = flash.clone();
    expect(readBack(copy, 0, 64)).toEqual(readBack(flash, 0, 64));
    copy.erase(0);
    expect(flash.map(0)[0]).toBe("#");
  });
});
