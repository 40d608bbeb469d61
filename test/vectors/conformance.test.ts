/** `dosegate conformance` with limit vectors. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { run } from "../../host-sim/cli/program.js";
import type { LimitVectors } from "../../host-sim/vectors/limit-vectors.js";
import { VECTORS } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-limits-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function conformance(vectors: object): Promise<{ code: number; said: string }> {
  const file = join(folder, "limits.json");
  writeFileSync(file, JSON.stringify(vectors));
  let said = "";
  vi.spyOn(console, "log").mockImplementation((text: unknown) => void (said += `${String(text)}\n`));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => (said += String(text)) !== "");
  await run(["conformance", "--vectors", file]);
  return { code: Number(process.exitCode ?? 0), said };
}

const [group] = VECTORS.testGroups;
const few: LimitVectors = { ...VECTORS, testGroups: [{ ...group!, tests: group!.tests.slice(0, 3) }] };

describe("dosegate conformance", () => {
  it("runs limit vectors and says that they passed", async () => {
    const { code, said } = await conformance(few);
    expect(said).toContain("limits, 3 cases\n3 passed, 0 failed\n");
    expect(code).toBe(0);
  });

  it("names one that fails, and exits with 1", async () => {
    const [first, ...rest] = few.testGroups[0]!.tests;
    const wrong = { ...first!, expected: { verdict: "DENY", status: "LIMIT_HARD" } };
    const { code, said } = await conformance({
      ...few,
      testGroups: [{ ...group!, tests: [wrong, ...rest] }],
    });
    expect(said).toContain(`FAILED ${first!.tcId} (gate): expected {"verdict":"DENY"`);
    expect(said).toContain("2 passed, 1 failed\n");
    expect(code).toBe(1);
  });

  it("refuses a file that is not as its schema says, with the place, and exits with 2", async () => {
    const { code, said } = await conformance({ ...few, testGroups: [{ ...group!, pumpClass: 4 }] });
    expect(said).toContain("/testGroups/0/pumpClass");
    expect(code).toBe(2);
  });
});
