import { expect, it } from "vitest";
import { changed, lineOf, problemsOf, SOUND } from "./support.js";

/** What is changed, into what, and what must then be said: the text stands on the changed line unless a fourth says where. */
export type Row = readonly [refusal: string, find: string, replacement: string, message: string, at?: string];

/** Each change makes the sound library wrong in one way only; the tool must say that and nothing else. */
export function refusesEach(rows: readonly Row[]): void {
  for (const [refusal, find, replacement, message, at] of rows) {
    it(`refuses ${refusal}`, () => {
      const text = changed(find, replacement);
      const problems = problemsOf(text);
      expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
      expect(problems[0]).toMatchObject({
        severity: "error",
        file: "icu.yaml",
        line: at === undefined ? lineOf(text, replacement) : lineOf(SOUND, at),
      });
    });
  }
}
