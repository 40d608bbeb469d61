import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";

/** Where the public vectors are: `DOSEGATE_VECTORS`, or beside the repository. They are not part of it. */
export const VECTORS =
  process.env.DOSEGATE_VECTORS ?? fileURLToPath(new URL("../../../shared/vectors", import.meta.url));

/** The text of a vector file. */
export function vectorText(path: string): string {
  return readFileSync(join(VECTORS, path), "utf8");
}

/** A parsed vector file of the shape that the test knows. */
export function vectorJson(path: string): unknown {
  return JSON.parse(vectorText(path));
}

/**
 * `describe` for tests that need a file of the public vectors: where it is absent they are skipped, with a message that says so,
 * and in continuous integration (CI=true) they fail.
 */
export function describeVectors(path: string, name: string, body: () => void): void {
  const present = existsSync(join(VECTORS, path));
  if (!present && process.env.CI === "true") throw new Error(`vectors missing: ${join(VECTORS, path)}`);
  if (present) {
    describe(name, body);
    return;
  }
  console.warn(`skipped, vectors missing: ${join(VECTORS, path)} (set DOSEGATE_VECTORS)`);
  describe.skipIf(!present)(name, () => {
    it(`needs ${path}`, () => undefined);
  });
}
