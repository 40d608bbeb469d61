import { describe, expect, it } from "vitest";
import { compile, type CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { STORIES, tellStories } from "../../host-sim/ward/stories/index.js";
import { shareOf, type StoryResult } from "../../host-sim/ward/stories/result.js";
import { weakenedGate } from "../support/weakened.js";

const module = loadModule();
const library = loadLibrary(exampleDirectory());
const stories = tellStories({ seed: "1", module });
const named = (name: string): StoryResult => stories.find((story) => story.name === name)!;
const NAMES = STORIES.map(({ NAME }) => NAME);

/** The example library, one drug of it changed. */
function changed(name: string, change: (drug: Drug) => Drug): CompiledLibrary {
  const models = library.entries.map(({ model }) =>
    model.kind === "drug" && model.name === name ? change(model) : model,
  );
  return compile(library.header, models);
}

const told = (name: string, options: Partial<Parameters<typeof tellStories>[0]>): readonly string[] =>
  tellStories({ seed: "1", module, names: [name], ...options })[0]!.problems;

describe.each(NAMES)("the story %s", (name) => {
  it("ends as planned, with a log that verifies and every verdict judged again", () => {
    const { problems, log, steps } = named(name);
    expect(problems).toEqual([]);
    expect(log).toMatchObject({ ok: true, faults: [], attested: true, lost: 0 });
    expect(log.judged).toBeGreaterThan(0);
    expect(log.recomputed).toBe(log.judged);
    expect(steps.length).toBeGreaterThan(8);
  });

  it("says what each limit held, and that more than its bound was asked", () => {
    const { limits } = named(name);
    expect(limits.length).toBeGreaterThan(0);
    for (const held of limits) {
      const short = /below|lockout/.test(held.limit);
      if (held.limit === "bag, flash dead") expect(shareOf(held)).toBe(1);
      else expect(shareOf(held) < 1, held.limit).toBe(short);
    }
  });

  it("is the same twice", () => {
    expect(tellStories({ seed: "1", module, names: [name] })).toEqual([named(name)]);
  });
});

describe("the story of the demands", () => {
  const { windows } = named("pca");

  it("fills both windows and keeps them", () => {
    expect(windows.map(({ hours }) => hours)).toEqual([1, 4]);
    for (const { points, cap } of windows) {
      const most = Math.max(...points.map(({ sum }) => sum));
      expect(most).toBeLessThanOrEqual(cap);
      expect(most).toBeGreaterThan(cap * 0.8);
    }
  });

  it("gives no two doses within the lockout, and denies for every reason there is", () => {
    const { demands } = windows[0]!;
    const given = demands.filter(({ denied }) => denied === null).map(({ atMs }) => atMs);
    for (const [i, atMs] of given.slice(1).entries()) expect(atMs - given[i]!).toBeGreaterThan(480_000);
    const denials = new Set(demands.flatMap(({ denied }) => denied ?? []));
    expect([...denials].sort()).toEqual(["LOCKOUT", "window of 1 h", "window of 4 h"]);
  });
});

describe("a story fails", () => {
  it.each(["secondary", "program", "pca", "emergency"])(
    "when the gate holds no maximum: %s",
    async (name) => {
      const problems = told(name, { module: await weakenedGate("maxima") });
      expect(problems.join("; ")).toMatch(/^story \w+: [^;]*: (PERMIT|NEEDS_OVERRIDE)/);
    },
  );

  it.each<[string, string, (drug: Drug) => Drug, RegExp]>([
    [
      "secondary",
      "cefTRIAXone piggyback",
      (drug) => ({ ...drug, duration: { ...drug.duration, hardMin: 600 } }),
      /in 12 min: NEEDS_OVERRIDE/,
    ],
    [
      "restart",
      "NORepinephrine not weight based",
      (drug) => ({ ...drug, flags: 1 }),
      /lost for 60 s|it goes on as it was|and flows/,
    ],
    [
      "pca",
      "HYDROmorphone PCA",
      (drug) => ({ ...drug, lockout: { ...drug.lockout, hardMin: 240 } }),
      /every 4 min: NEEDS_OVERRIDE/,
    ],
  ])("when the library says otherwise: %s", (name, drug, change, message) => {
    expect(told(name, { library: changed(drug, change) }).join("; ")).toMatch(message);
  });

  it("where a bound alone has changed", () => {
    const near = changed("cefTRIAXone piggyback", (drug) => ({
      ...drug,
      duration: { ...drug.duration, hardMin: 840 },
    }));
    expect(told("secondary", { library: near })).toEqual([
      "story secondary: 2 g of cefTRIAXone over it, in 12 min: DENY, LIMIT_HARD, duration below minimum, bound 840, not 900",
    ]);
  });
});
