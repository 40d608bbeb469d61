import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fixtureText } from "./fixture.js";
import { buildFolder, missing, PORT, run } from "./tools.js";

const FIXTURE = fileURLToPath(new URL("../../ports/c/example/fixture.h", import.meta.url));
const README = join(PORT, "README.md");
const UPDATE = "npx vitest run test/ports/example.test.ts -u";

/** Commands that README.md shows after a `$`. */
const shown = (text: string): string[] => [...text.matchAll(/^\$ (.+)$/gm)].map((match) => match[1]!);

/** README.md with what the commands really print. */
function withOutputs(text: string, outputs: readonly string[]): string {
  let at = 0;
  return text.replace(/```text\n[^`]*```/g, () => "```text\n" + outputs[at++]! + "```");
}

describe("the example pump's fixture", () => {
  it(`is what the simulated hospital signs (${UPDATE})`, async () => {
    await expect(fixtureText()).toMatchFileSnapshot(FIXTURE);
  });
});

const lacking = missing("make", "gcc", "wasm2c", "arm-none-eabi-gcc", "qemu-system-arm");

describe.skipIf(lacking.length > 0)("ports/c/README.md", () => {
  const text = readFileSync(README, "utf8");
  const [native, cortexM4, trimmed] = ["make -s run", "make -s run-cortex-m4", "make -s run-trimmed"];
  let story = "";

  it("shows three commands, which are those tested here", () => {
    expect(shown(text)).toEqual([native, cortexM4, trimmed]);
  });

  it(
    `shows what they print: natively under ASan and UBSan, and trimmed (${UPDATE})`,
    { timeout: 300_000 },
    async () => {
      story = run(native);
      const firstLine = run(trimmed).split("\n")[0]!;
      await expect(withOutputs(text, [story, `${firstLine}\n`])).toMatchFileSnapshot(README);
    },
  );

  it("prints the same on a Cortex-M4", { timeout: 300_000 }, () => {
    expect(run(cortexM4)).toBe(story);
  });

  it("tells the story that it says: two orders refused, delivery, a reset that counts what was reserved", () => {
    expect(story).toMatch(/60 mg\/h {3}LIMIT_HARD/);
    expect(story).toMatch(/altered {3}SIGNATURE/);
    expect(story).toMatch(/RUNNING, at most 6\.000 mL\/h/);
    expect(story).toMatch(/PAUSED, at most 0\.000 mL\/h, delivered 0\.100 mL/);
  });

  it("leaves the trimmed linear memory below 48 KiB", { timeout: 300_000 }, () => {
    const build = run("echo $BUILD").trim();
    const sizes = run(`arm-none-eabi-nm --print-size ${build}/pump-trimmed.elf`);
    const bytes = parseInt(/^\S+ (\S+) [bB] linear_memory$/m.exec(sizes)![1]!, 16);
    expect(bytes).toBeLessThanOrEqual(48 * 1024);
    expect(text).toContain(`${bytes.toLocaleString("en")} bytes`);
  });

  it("traps in the trimmed image below its memory and beyond it, to the byte", { timeout: 300_000 }, () => {
    const { build } = buildFolder();
    const [heapBase] = /\d+/.exec(run(trimmed))!.map(Number);
    const first = 1024;
    const last = heapBase! - 4;
    const flags = [
      "-w -DNDEBUG -DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0 -include runtime/include/port.h",
      `-DDOSEGATE_MEMORY_BASE=${first}u -DDOSEGATE_MEMORY_BYTES=${heapBase! - first}u`,
      `-I${build}/trimmed -Iruntime/include -idirafter ${build}/wabt`,
    ].join(" ");
    const places = [
      0,
      first - 4,
      first - 1,
      first,
      last,
      last + 1,
      heapBase!,
      2 ** 32 - 1,
      2 ** 32 + first - 1,
    ];
    const program = `${build}/trimmed-check`;
    run(`gcc ${flags} ../../test/ports/trimmed-check.c runtime/wasm-rt.c -lm -o ${program}`);
    const said = run(`echo ${places.join(" ")} | ${program}`)
      .trim()
      .split("\n");
    expect(said).toEqual(places.map((at) => `${at} ${at === first || at === last ? "word" : "trap"}`));
  });
});
