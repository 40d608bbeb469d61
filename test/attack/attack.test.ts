import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  ATTACKS,
  findAttack,
  MECHANISMS,
  runAll,
  type AttackReport,
  type Outcome,
} from "../../host-sim/attack/index.js";
import { SCOPE } from "../../host-sim/attack/scope.js";
import { asClaimed } from "../../host-sim/attack/tally.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { STATUS } from "../../host-sim/gate/status.js";

const reports = new Map<string, AttackReport>();

beforeAll(() => {
  for (const report of runAll({ module: loadModule() })) reports.set(report.id, report);
});

/** How far the dose is off without a gate, of what was ordered. */
function withoutGate({ ordered, withoutGate: { nl } }: Outcome): number {
  expect(ordered.nl).toBeGreaterThan(0);
  return Math.abs(nl - ordered.nl) / ordered.nl;
}

describe("published attacks", () => {
  for (const { id, title, bound } of ATTACKS) {
    describe(`${id}, ${title.toLowerCase()}`, () => {
      const outcome = () => reports.get(id)!.outcome;

      it("ends every step with the status that SPEC names", () => {
        const steps = outcome().steps;
        expect(steps.length).toBeGreaterThanOrEqual(5);
        expect(steps.map(({ what, status }) => [what, status])).toEqual(
          steps.map(({ what, expected }) => [what, expected]),
        );
      });

      it("gets nothing accepted and changes no state", () => {
        expect(outcome().problems).toEqual([]);
        expect(asClaimed(reports.get(id)!)).toBe(true);
        for (const step of outcome().steps) expect(step).toMatchObject({ accepted: false, changed: [] });
      });

      if (bound === undefined) {
        it("leaves the dose as it was ordered, which a pump without a gate does not", () => {
          const { withGate, ordered, steps } = outcome();
          expect(withGate).toEqual(ordered);
          expect(steps.some(({ conceded }) => conceded)).toBe(false);
          expect(withoutGate(outcome())).toBeGreaterThan(0.2);
        });
      } else {
        it("leaves no more than was ordered and no less than its bound, which a pump without a gate does not", () => {
          const { withGate, ordered, figures } = outcome();
          const missing = ordered.nl - withGate.nl;
          expect(missing).toBeGreaterThanOrEqual(0);
          expect(missing / ordered.nl).toBeLessThanOrEqual(bound.missingPercentMax / 100);
          expect(figures.length).toBeGreaterThan(0);
          expect(withoutGate(outcome())).toBeGreaterThan(0.2);
        });
      }

      it("leaves a log that verifies and that tells of it", () => {
        const { evidence, steps } = outcome();
        expect(evidence.logVerified).toBe(true);
        expect(evidence.log.some(({ text }) => /REFUSED|DENY/.test(text))).toBe(true);
        expect(evidence.answers).toHaveLength(steps.length);
      });

      it("says what it is", () => {
        const { product, cause, modelled, notModelled, mechanisms } = reports.get(id)!;
        for (const text of [product, cause, modelled, notModelled]) expect(text).not.toBe("");
        expect(mechanisms.length).toBeGreaterThan(0);
        for (const mechanism of mechanisms) expect(MECHANISMS[mechanism]).toBeDefined();
      });
    });
  }

  it("name only statuses that exist, and steps that are told apart", () => {
    for (const { id, outcome } of reports.values()) {
      const names = outcome.steps.map(({ what }) => what);
      expect(new Set(names).size, id).toBe(names.length);
      const statuses = outcome.steps.map(({ status }) => status).filter((status) => /^[A-Z]/.test(status));
      for (const status of statuses) expect(Object.keys(STATUS)).toContain(status);
    }
  });

  it("are found by id whatever the letters' case, and not by another", () => {
    expect(findAttack("cve-2015-3956").id).toBe("CVE-2015-3956");
    expect(() => findAttack("CVE-1999-0001")).toThrow(/no attack/);
    expect(new Set(ATTACKS.map(({ id }) => id)).size).toBe(ATTACKS.length);
  });
});

describe("the threat model", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/THREAT-MODEL.md"), "utf8");
  const [, attacks = ""] = page.split("## Published attacks");
  const named = (text: string) => new Set(text.match(/CVE-\d{4}-\d+/g));

  it("names every attack beside the threat that it tries, and none that is not there", () => {
    expect([...named(attacks)].sort()).toEqual(ATTACKS.map(({ id }) => id).sort());
  });

  it("says of every attack that can only be bounded what is not covered", () => {
    const [, bounded = ""] = attacks.split("what is not covered");
    const ids = ATTACKS.filter(({ bound }) => bound !== undefined).map(({ id }) => id);
    expect([...named(bounded)].sort()).toEqual(ids.sort());
  });

  it("knows every threat that it says is tried", () => {
    const threats = new Set(page.match(/^\| (T-\d\d)(?= \| [^|]*\()/gm)?.map((row) => row.slice(2)));
    const tried = attacks.match(/T-\d\d/g) ?? [];
    expect(tried.length).toBeGreaterThan(10);
    expect(tried.filter((threat) => !threats.has(threat))).toEqual([]);
  });
});

describe("the scope table", () => {
  it("gives every vulnerability one place and a reason", () => {
    const ids = SCOPE.flatMap((row) => row.ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^CVE-20\d\d-\d{4,5}$/);
    for (const { why } of SCOPE) expect(why.length).toBeGreaterThan(20);
  });

  it("has a row for every attack: stopped if all of it is refused, in part if it is only bounded", () => {
    for (const { id, bound } of ATTACKS) {
      const rows = SCOPE.filter(({ tried, ids }) => tried === id && ids.includes(id));
      expect(
        rows.map(({ gate }) => gate),
        id,
      ).toEqual([bound === undefined ? "yes" : "partly"]);
    }
  });

  it("calls nothing stopped that no attack here shows to be refused, and nothing tried that is not", () => {
    for (const { gate, tried, ids } of SCOPE) {
      if (gate === "yes") expect(tried, ids.join()).toBeDefined();
      if (gate === "no") expect(tried, ids.join()).toBeUndefined();
      if (tried === undefined) continue;
      const { ending } = reports.get(tried)!.outcome;
      expect(gate === "yes" ? ["refused"] : ["refused", "bounded"], ids.join()).toContain(ending);
    }
  });

  it("has rows that are stopped, stopped in part, and not stopped", () => {
    const count = (gate: string) => SCOPE.filter((row) => row.gate === gate).length;
    expect(count("yes") + count("partly") + count("no")).toBe(SCOPE.length);
    for (const gate of ["yes", "partly", "no"]) expect(count(gate)).toBeGreaterThan(0);
  });
});
