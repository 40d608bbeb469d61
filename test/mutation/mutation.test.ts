/** A few mutants in every run, all of them by `npm run mutate`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Mutant {
  readonly name: string;
  readonly edits: readonly (readonly [file: string, from: string, to: string])[];
  readonly tests: readonly string[];
}
interface Runner {
  /** Changed files by path; throws unless every edit fits once. */
  readonly edited: (mutant: Pick<Mutant, "name" | "edits">) => ReadonlyMap<string, string>;
}

const HERE = import.meta.dirname;
// Not literals: the type checker would look for their declarations.
const RUNNER: string = "./run.mjs";
const LIST: string = "./mutants.mjs";
const { edited } = (await import(RUNNER)) as Runner;
const { MUTANTS } = (await import(LIST)) as { readonly MUTANTS: readonly Mutant[] };

/** Names of the mutants tried here: of judgement, of time, of trust. */
const FEW = ["judge always OK, witness always PERMIT", "life not judged at last", "duties skipped"];
const MINUTES_MS = 600_000;

describe("the mutants", () => {
  it("fit the source as it is, each of their edits once", () => {
    for (const mutant of MUTANTS) expect(() => edited(mutant), mutant.name).not.toThrow();
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it("do not pass over a source that has changed", () => {
    const of = (from: string) => ({ name: "stale", edits: [["assembly/throttle.ts", from, ""] as const] });
    expect(() => edited(of("a line that is gone"))).toThrow(/"stale": .* 0 times, not once/);
    expect(() => edited(of("return"))).toThrow(/times, not once/);
  });

  it(
    "are noticed, these few",
    () => {
      const args = [join(HERE, "run.mjs"), "--no-control", ...FEW];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      for (const name of FEW) expect(stdout + stderr).toMatch(new RegExp(`noticed +${name} +test/`));
      expect(stdout).toContain(`${FEW.length} mutants, 0 survive`);
      expect(status).toBe(0);
    },
    MINUTES_MS,
  );
});
