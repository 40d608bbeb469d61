import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildFrom } from "../../bench/mcu/build.js";
import { runQemu } from "../../bench/mcu/emulator.js";
import { cyclesOnM4 } from "../../bench/mcu/m4-cycles.js";
import { WORK } from "../../bench/mcu/paths.js";
import { encodeScript } from "../../bench/mcu/script.js";
import { signatures } from "../../bench/mcu/signature.js";
import { between } from "../../bench/mcu/stamps.js";
import { calling, HAS_TOOLS, recordingOf, wasmOf } from "./mcu-support.js";

it("between two readings of the clock lies what is neither a reading nor a host function", () => {
  expect(between([100, 110], 2)).toBe(8);
  // One host function from 105 to 109; reading the clock around it takes as much again.
  expect(between([100, 105, 109, 120], 2)).toBe(12);
  expect(between([100, 105, 109, 112, 115, 120], 2)).toBe(7);
});

it.skipIf(!HAS_TOOLS)(
  "the blocks that QEMU tells hold the exact instructions of every call, or it is told",
  async () => {
    // A loop of as many rounds as asked, a division and a store in each.
    const { path, wasm } = wasmOf(
      "mcu-cycles",
      `(module (memory (export "memory") 1 1)
      (func (export "rounds") (param i32) (result i32) (local i32)
        (loop $again
          (i32.store (local.get 1) (i32.div_u (i32.const 1000) (local.get 0)))
          (local.set 1 (i32.add (local.get 1) (i32.const 4)))
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))`,
    );
    const image = await buildFrom(path, "mcu-cycles", "cortex-m4", "full");
    const script = join(WORK, "mcu-cycles.script");
    const calls = [1, 2, 3, 1000].map((rounds) => calling("rounds", [rounds], 4 * rounds));
    writeFileSync(script, encodeScript(recordingOf(calls), signatures(wasm)));
    const { counts } = await runQemu(image, script);

    const cycles = await cyclesOnM4(image, script, counts);
    for (const [i, { instructions }] of counts.entries()) expect(cycles[i]).toBeGreaterThan(instructions);
    // Every round takes the same.
    expect(counts[2]!.instructions - counts[1]!.instructions).toBe(
      counts[1]!.instructions - counts[0]!.instructions,
    );
    expect(cycles[2]! - cycles[1]!).toBe(cycles[1]! - cycles[0]!);

    const oneMore = counts.map((count, i) => ({
      ...count,
      instructions: count.instructions + (i === 3 ? 1 : 0),
    }));
    await expect(cyclesOnM4(image, script, oneMore)).rejects.toThrow(/of 4 calls the blocks of only 3 hold/);
  },
);
