import { beforeEach, describe, expect, it } from "vitest";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import type { TrustBench } from "../support/trust-bench.js";
import { type Change, opened } from "./support.js";
import {
  drugEntry,
  MCG_KG_MIN,
  MG,
  MG_MIN,
  ML,
  ML_DAY,
  ML_H,
  ML_MIN,
  profileEntry,
  PROFILE_1,
  STATUS,
  statusName,
} from "../support/trust-fixture.js";

const ML_NL = 1_000_000;

/** SPEC 3.2: each rule is the only reason of its refusal, since the same entry without the change is accepted. */
describe("a library entry", () => {
  let bench: TrustBench;
  let untouched: string;

  beforeEach(async () => {
    bench = await opened();
  });

  function take(entry: Change): { status: string; key: number } {
    const outcome = bench.run("libraryEntry", encodeCbor(entry));
    // The place is one more than the key.
    return { status: statusName(outcome.status), key: outcome.detail - 1 };
  }

  function profiled(): void {
    expect(take(profileEntry()).status).toBe("OK");
    untouched = bench.fingerprint();
  }

  describe("that is a profile", () => {
    it.each<[string, Change]>([
      ["as it stands", {}],
      ["without KVO", { 9: 0 }],
      ["of one weight and one surface", { 7: [5, 5], 8: [6, 6] }],
      ["with a name of 48 bytes", { 3: "x".repeat(48) }],
      ["with a KVO of its highest rate", { 5: 5 * ML_NL, 9: 5 * ML_NL }],
      ["with the finest sensors", { 10: 10, 11: 10 }],
      ["with the coarsest sensors", { 10: 1000, 11: 2000 }],
    ])("is accepted %s", (_name, change) => expect(take(profileEntry(change)).status).toBe("OK"));

    it.each<[string, Change, string, number | undefined]>([
      ["area 0", { 0: 0 }, "SCHEMA", 0],
      ["area 65,536", { 0: 65_536 }, "SCHEMA", 0],
      ["variant 1", { 2: 1 }, "SCHEMA", 2],
      ["no name", { 3: "" }, "SCHEMA", 3],
      ["a name of 49 bytes", { 3: "x".repeat(49) }, "SCHEMA", 3],
      ["patient class 0", { 4: 0 }, "SCHEMA", 4],
      ["patient class 4", { 4: 4 }, "SCHEMA", 4],
      ["rate 0", { 5: 0 }, "SCHEMA", 5],
      ["VTBI 0", { 6: 0 }, "SCHEMA", 6],
      ["no KVO key", { 9: undefined }, "SCHEMA", 9],
      ["a drug's key", { 10: {} }, "SCHEMA", 10],
      ["falling weights", { 7: [6, 5] }, "ENTRY_SENSE", 7],
      ["falling surfaces", { 8: [6, 5] }, "ENTRY_SENSE", 8],
      ["a rate 1 nL/h above the ceiling", { 5: 999 * ML_NL + 1 }, "ENTRY_CEILING", 5],
      ["a VTBI 1 nL above the ceiling", { 6: 9999 * ML_NL + 1 }, "ENTRY_CEILING", 6],
      ["a KVO 1 nL/h above its highest rate", { 5: 5 * ML_NL, 9: 5 * ML_NL + 1 }, "ENTRY_CEILING", 9],
      ["air of 0 uL", { 10: 0 }, "SCHEMA", 10],
      ["air of 9 uL", { 10: 9 }, "ENTRY_SENSE", 10],
      ["air of 1,001 uL", { 10: 1001 }, "SCHEMA", 10],
      ["a pressure of 0 mmHg", { 11: 0 }, "SCHEMA", 11],
      ["a pressure of 9 mmHg", { 11: 9 }, "ENTRY_SENSE", 11],
      ["a pressure of 2,001 mmHg", { 11: 2001 }, "SCHEMA", 11],
      ["a key 12", { 12: [1, 2] }, "SCHEMA", 12],
    ])("is refused with %s", (_name, change, status, key) => {
      untouched = bench.fingerprint();
      expect(take(profileEntry(change))).toEqual({ status, key });
      expect(bench.fingerprint()).toBe(untouched);
    });

    // Pump class, patient class, rate in uL/h, VTBI in uL (SPEC 5.1): the smaller of the two rows.
    it.each([
      [1, 1, 25_000, 1_200_000],
      [1, 2, 250_000, 3_000_000],
      [1, 3, 999_000, 9_999_000],
      [2, 1, 25_000, 100_000],
      [2, 3, 99_900, 100_000],
      [3, 2, 90_000, 500_000],
    ])(
      "on pump class %i for patients of class %i has ceilings of %i uL/h and %i uL",
      async (pump, patient, rate, vtbi) => {
        bench = await opened(pump);
        const at = { 4: patient, 5: rate * 1000, 6: vtbi * 1000, 9: 0 };
        expect(take(profileEntry({ ...at, 5: rate * 1000 + 1 }))).toEqual({
          status: "ENTRY_CEILING",
          key: 5,
        });
        expect(take(profileEntry({ ...at, 6: vtbi * 1000 + 1 }))).toEqual({
          status: "ENTRY_CEILING",
          key: 6,
        });
        expect(take(profileEntry(at)).status).toBe("OK");
      },
    );
  });

  describe("that is a drug", () => {
    beforeEach(profiled);

    it.each<[string, Change]>([
      ["with every key but 6", {}],
      ["with a custom concentration", { 5: undefined, 6: { 0: 0, 1: 1, 2: 2, 3: 3 } }],
      [
        "with nothing optional",
        { 7: undefined, 8: undefined, 9: undefined, 10: undefined, 11: undefined, 12: undefined },
      ],
      ["with empty bounds", { 7: { 0: MCG_KG_MIN, 1: {} }, 10: {} }],
      ["with equal bounds", { 7: { 0: MCG_KG_MIN, 1: { 0: 5, 1: 5, 2: 5, 3: 5 } } }],
      ["with bounds of 0 and 2^53-1", { 7: { 0: MCG_KG_MIN, 1: { 0: 0, 3: Number.MAX_SAFE_INTEGER } } }],
      ["with a dose in mL", { 7: { 0: ML_H, 1: { 3: 999 * ML_NL } } }],
      [
        "of a volume ingredient",
        { 4: 12, 7: { 0: ML_H, 1: {} }, 8: { 0: ML, 1: {} }, 9: { 0: ML_H, 1: {} } },
      ],
      ["of variant 65,535 and drug code 2^32-1", { 1: 0xffff_ffff, 2: 65_535 }],
      ["with a concentration in 100 L", { 5: [1, 10 ** 11] }],
      ["with all flags", { 13: 63 }],
      ["with an amount of 2^53-1", { 5: [Number.MAX_SAFE_INTEGER, 1] }],
    ])("is accepted %s", (_name, change) =>
      expect(take(drugEntry(change))).toEqual({ status: "OK", key: -1 }),
    );

    it.each<[string, Change, string, number | undefined]>([
      ["a code above 2^32-1", { 1: 2 ** 32 }, "SCHEMA", 1],
      ["variant 65,536", { 2: 65_536 }, "SCHEMA", 2],
      ["no name", { 3: "" }, "SCHEMA", 3],
      ["ingredient 0", { 4: 0 }, "SCHEMA", 4],
      ["no flags", { 13: undefined }, "SCHEMA", 13],
      ["flag 6", { 13: 64 }, "SCHEMA", 13],
      ["a reserved key", { 22: 0 }, "SCHEMA", 22],
      ["another reserved key", { 23: {} }, "SCHEMA", 23],
      ["dimension 5", { 4: 13 }, "ENTRY_SENSE", 4],
      ["dimension 7", { 4: 15 }, "ENTRY_SENSE", 4],
      ["a concentration in 100 L and 1 nL", { 5: [1, 10 ** 11 + 1] }, "ENTRY_SENSE", 5],
      ["neither concentration", { 5: undefined }, "ENTRY_SENSE", 6],
      ["both concentrations", { 6: {} }, "ENTRY_SENSE", 6],
      ["falling custom concentration", { 5: undefined, 6: { 0: 2, 3: 1 } }, "ENTRY_SENSE", 6],
      ["bolus dose without bolus rate", { 9: undefined }, "ENTRY_SENSE", 9],
      ["bolus rate without a dose that it limits", { 8: undefined }, "ENTRY_SENSE", 9],
      ["falling VTBI", { 10: { 1: 2, 2: 1 } }, "ENTRY_SENSE", 10],
      ["falling weights", { 11: [2, 1] }, "ENTRY_SENSE", 11],
      ["falling surfaces", { 12: [2, 1] }, "ENTRY_SENSE", 12],
      ["a VTBI bound above the ceiling", { 10: { 3: 9999 * ML_NL + 1 } }, "ENTRY_CEILING", 10],
      ["a VTBI minimum above the ceiling", { 10: { 0: 9999 * ML_NL + 1 } }, "ENTRY_CEILING", 10],
    ])("is refused with %s", (_name, change, status, key) => {
      expect(take(drugEntry(change))).toEqual({ status, key });
      expect(bench.fingerprint()).toBe(untouched);
    });

    it.each<[string, Change, number]>([
      ["amount 0", { 5: [0, 1] }, 0x0601],
      ["volume 0", { 5: [1, 0] }, 0x0602],
      ["a volume of 2^37 nL", { 5: [1, 2 ** 37] }, 0x0602],
      ["one number for a concentration", { 5: [1] }, 0x0602],
      ["three numbers for a concentration", { 5: [1, 2, 3] }, 0x0603],
      ["a fifth bound", { 10: { 4: 1 } }, 0x0b05],
      ["dose limits without a unit", { 7: { 1: {} } }, 0x0801],
      ["dose limits without bounds", { 7: { 0: MCG_KG_MIN } }, 0x0802],
      ["a unit of 13 bits", { 7: { 0: 0x1000, 1: {} } }, 0x0801],
    ])("is refused with %s, at its place", (_name, change, place) => {
      const outcome = bench.run("libraryEntry", encodeCbor(drugEntry(change)));
      expect([statusName(outcome.status), outcome.detail]).toEqual(["SCHEMA", place]);
    });

    // The same rules for the three sections; what differs is where a time belongs.
    describe.each([
      [7, MCG_KG_MIN, MG],
      [8, MG, MG_MIN],
      [9, MG_MIN, MG],
    ])("in section %i", (section, right, wrongTime) => {
      const other = section === 8 ? 0 : MG_MIN & 0xf00;
      it.each<[string, number, Record<number, number>]>([
        ["a time where none belongs, or none where one does", wrongTime, {}],
        ["a unit of another dimension", 5 | other, {}],
        ["amount 9", 9 | other, {}],
        ["basis 3", (right & 0xf0f) | (3 << 4), {}],
        ["time 4", (right & 0x0ff) | (4 << 8), {}],
        ["hard min above soft min", right, { 0: 2, 1: 1 }],
        ["soft min above soft max", right, { 1: 2, 2: 1 }],
        ["soft max above hard max", right, { 2: 2, 3: 1 }],
        ["hard min above hard max", right, { 0: 2, 3: 1 }],
      ])("is refused with %s", (_name, unit, bounds) => {
        expect(take(drugEntry({ [section]: { 0: unit, 1: bounds } }))).toEqual({
          status: "ENTRY_SENSE",
          key: section,
        });
        expect(bench.fingerprint()).toBe(untouched);
      });
    });

    // Unit, largest bound allowed: 999 mL/h and 250 mL on pump class 1 for adults.
    it.each([
      [7, ML_MIN, (999 * ML_NL) / 60],
      [7, ML_H, 999 * ML_NL],
      [7, ML_DAY, 999 * ML_NL * 24],
      [8, ML, 250 * ML_NL],
      [9, ML_MIN, (999 * ML_NL) / 60],
      [9, ML_H, 999 * ML_NL],
      [9, ML_DAY, 999 * ML_NL * 24],
    ])("in section %i with unit %i mL may reach %i and not one more", (section, unit, most) => {
      for (const bound of [0, 1, 2, 3]) {
        expect(take(drugEntry({ [section]: { 0: unit, 1: { [bound]: most + 1 } } }))).toEqual({
          status: "ENTRY_CEILING",
          key: section,
        });
      }
      expect(bench.fingerprint()).toBe(untouched);
      expect(take(drugEntry({ [section]: { 0: unit, 1: { 3: most } } })).status).toBe("OK");
    });

    it("cannot be judged by a ceiling where a weight decides the flow", () => {
      const perKg = ML_H | (1 << 4);
      expect(take(drugEntry({ 7: { 0: perKg, 1: { 3: Number.MAX_SAFE_INTEGER } } })).status).toBe("OK");
    });

    it("does not let a bound of 2^53-1 mL/min wrap below the ceiling", () => {
      const change = { 7: { 0: ML_MIN, 1: { 3: Number.MAX_SAFE_INTEGER } } };
      expect(take(drugEntry(change))).toEqual({ status: "ENTRY_CEILING", key: 7 });
    });

    it("is judged by the patient class of its own area", () => {
      expect(take(drugEntry({ 10: { 3: 2000 * ML_NL } })).status).toBe("OK");
      expect(take(profileEntry({ 0: 2, 4: 1, 5: 1, 6: 1, 9: 0 })).status).toBe("OK");
      expect(take(drugEntry({ 0: 2, 10: { 3: 2000 * ML_NL } })).status).toBe("ENTRY_CEILING");
      expect(take(drugEntry({ 0: 2, 10: { 3: 1200 * ML_NL } })).status).toBe("OK");
    });
  });

  describe("in its order", () => {
    it("begins each area with its one profile", () => {
      expect(take(drugEntry()).status).toBe("ENTRY_PROFILE");
      profiled();
      expect(take(profileEntry()).status).toBe("ENTRY_ORDER");
      expect(take(drugEntry({ 0: 2 })).status).toBe("ENTRY_PROFILE");
      expect(bench.fingerprint()).toBe(untouched);
      expect(take(profileEntry({ 0: 2 })).status).toBe("OK");
      expect(take(drugEntry({ 0: 1 })).status).toBe("ENTRY_ORDER");
      expect(take(drugEntry({ 0: 2 })).status).toBe("OK");
    });

    it.each<[string, Change, string]>([
      ["the same key", {}, "ENTRY_ORDER"],
      ["a lower drug", { 1: 99 }, "ENTRY_ORDER"],
      ["a lower variant", { 2: 4 }, "ENTRY_ORDER"],
      ["the next variant", { 2: 6 }, "OK"],
      ["the next drug with variant 0", { 1: 101, 2: 0 }, "OK"],
    ])("%s after drug 100, variant 5: %s", (_name, change, status) => {
      profiled();
      expect(take(drugEntry({ 2: 5 })).status).toBe("OK");
      expect(take(drugEntry({ 2: 5, ...change })).status).toBe(status);
    });

    it("compares areas before drugs, and drugs before variants", () => {
      profiled();
      expect(take(drugEntry({ 1: 0xffff_ffff, 2: 65_535 })).status).toBe("OK");
      expect(take(profileEntry({ 0: 2 })).status).toBe("OK");
      expect(take(drugEntry({ 0: 2, 1: 1, 2: 0 })).status).toBe("OK");
    });
  });

  describe("as bytes", () => {
    it.each<[string, Uint8Array, number]>([
      ["nothing", new Uint8Array(), STATUS.BAD_LENGTH],
      ["513 bytes", new Uint8Array(513), STATUS.BAD_LENGTH],
      ["512 bytes of noise", new Uint8Array(512).fill(0xff), STATUS.CBOR],
      ["a profile with a byte behind", new Uint8Array([...PROFILE_1, 0]), STATUS.CBOR],
      ["a profile without its last byte", PROFILE_1.subarray(0, -1), STATUS.CBOR],
      ["an empty map", new Uint8Array([0xa0]), STATUS.SCHEMA],
      ["keys 0 and 1 only", new Uint8Array([0xa2, 0, 1, 1, 0]), STATUS.SCHEMA],
    ])("is refused as %s", (_name, bytes, status) => {
      expect(statusName(bench.run("libraryEntry", bytes).status)).toBe(statusName(status));
    });

    it("never traps on any prefix or any altered byte of a good entry", () => {
      profiled();
      const good = encodeCbor(drugEntry());
      for (let length = 0; length < good.length; length++) {
        expect(bench.run("libraryEntry", good.subarray(0, length)).status).not.toBe(STATUS.OK);
      }
      expect(bench.fingerprint()).toBe(untouched);
      for (let at = 0; at < good.length; at++) {
        for (const flip of [0x01, 0x20, 0x80, 0xff]) {
          const altered = Uint8Array.from(good);
          altered[at]! ^= flip;
          // Only staged, never run: what would be accepted does not raise the bar for the next one.
          bench.write(bench.call("io"), altered);
          expect(() => bench.call("libraryEntry", altered.length)).not.toThrow();
        }
      }
    });
  });
});
