import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { disagreement } from "../../host-sim/model/agreement.js";
import { type Judgement, VERDICT } from "../../host-sim/model/judgement.js";
import { LIMIT } from "../../host-sim/model/limits.js";
import { dose, drug, judged, ML } from "./support.js";

describe("properties", () => {
  const amount = fc.integer({ min: 1, max: 60 * ML });
  const bounds = fc
    .tuple(amount, amount, amount, amount)
    .map((four) => [...four].sort((a, b) => a - b))
    .chain((sorted) =>
      fc.subarray(["hardMin", "softMin", "softMax", "hardMax"] as const).map((kept) => {
        const all = { hardMin: sorted[0]!, softMin: sorted[1]!, softMax: sorted[2]!, hardMax: sorted[3]! };
        return Object.fromEntries(kept.map((name) => [name, all[name]]));
      }),
    );
  const drugs = fc.tuple(bounds, bounds, fc.constantFrom(0, 1)).map(([continuous, vtbi, flags]): Drug => ({
    ...drug,
    continuous: { unit: parseDoseUnit("mL/h"), bounds: continuous },
    vtbi,
    flags,
  }));
  const steps = fc.integer({ min: 1, max: 99 }).map((tenths) => tenths * 100_000 * 5);
  const MAXIMA: readonly number[] = [LIMIT.doseMax, LIMIT.vtbiMax, LIMIT.rate, LIMIT.total];

  it("a lower dose never breaks a maximum that a higher one keeps", () => {
    fc.assert(
      fc.property(drugs, steps, steps, (entry, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const of = (nl: number): Judgement => judged({ inputs: dose(nl), drug: entry });
        const maxima = (one: Judgement) =>
          one.causes
            .filter(({ limit }) => limit !== undefined && MAXIMA.includes(limit))
            .map(({ limit }) => limit);
        const higher = of(high);
        fc.pre(higher.verdict === VERDICT.permit);
        expect(maxima(of(low))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it("a wider bound never refuses what a narrower one permits", () => {
    fc.assert(
      fc.property(drugs, steps, amount, (entry, nl, more) => {
        const { bounds: before, unit } = entry.continuous!;
        fc.pre(before.hardMax !== undefined);
        const wider = {
          ...entry,
          continuous: { unit, bounds: { ...before, hardMax: before.hardMax + more } },
        };
        fc.pre(judged({ inputs: dose(nl), drug: entry }).verdict === VERDICT.permit);
        expect(judged({ inputs: dose(nl), drug: wider }).verdict).toBe(VERDICT.permit);
      }),
      { numRuns: 2000 },
    );
  });

  it("waiving more never refuses more, and never lifts a denial", () => {
    fc.assert(
      fc.property(drugs, steps, amount, fc.nat(0xffff), fc.nat(0xffff), (entry, nl, volumeNl, a, b) => {
        const of = (waived: number) => judged({ inputs: { ...dose(nl), volumeNl }, drug: entry, waived });
        const few = of(a & b);
        const many = of(a | b);
        if (few.verdict === VERDICT.permit) expect(many.verdict).toBe(VERDICT.permit);
        expect(many.verdict === VERDICT.deny).toBe(few.verdict === VERDICT.deny);
        expect(many.softMask).toBe(few.softMask);
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with a record of itself, and with none that says another verdict", () => {
    fc.assert(
      fc.property(drugs, steps, amount, (entry, nl, volumeNl) => {
        const found = judged({ inputs: { ...dose(nl), volumeNl }, drug: entry });
        const [first] = found.causes;
        const record = {
          verdict: found.verdict,
          status: first?.status ?? 0,
          limit: first?.limit ?? 0,
          bound: Number(first?.bound ?? 0n),
          softMask: found.verdict === VERDICT.deny ? 0 : found.softMask,
          waivedMask: 0,
        };
        expect(disagreement(record, found)).toBeUndefined();
        for (const verdict of [1, 2, 3]) {
          if (verdict !== found.verdict) expect(disagreement({ ...record, verdict }, found)).toBeDefined();
        }
      }),
      { numRuns: 1000 },
    );
  });
});
