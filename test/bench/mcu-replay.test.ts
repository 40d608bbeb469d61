import { beforeAll, describe, expect, it } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage, type Image } from "../../bench/mcu/build.js";
import { ReplayDiffers, type Run, runQemu, runRp2040 } from "../../bench/mcu/emulator.js";
import { sameCounts } from "../../bench/mcu/measure.js";
import { RELEASE_WASM, WORK } from "../../bench/mcu/paths.js";
import { boot } from "../../bench/mcu/scenario.js";
import { encodeScript, type RecordedCall, type Recording, type Step } from "../../bench/mcu/script.js";
import { signatures } from "../../bench/mcu/signature.js";
import type { Tape } from "../../bench/mcu/tape.js";
import { HAS_TOOLS } from "./mcu-support.js";

describe.skipIf(!HAS_TOOLS)("a boot of the release module, replayed on a Cortex-M0+", () => {
  let image: Image;
  let tape: Tape;

  beforeAll(async () => {
    image = await buildImage("release", "cortex-m0plus", "full");
    tape = boot("little-log", 0);
  }, 120_000);

  /** Writes the script of a recording; returns its file. */
  function scriptOf(recording: Recording): string {
    const file = join(WORK, "mcu-replay.script");
    writeFileSync(file, encodeScript(recording, signatures(readFileSync(RELEASE_WASM))));
    return file;
  }

  const replayed = (steps: readonly Step[]): Promise<Run> =>
    runQemu(image, scriptOf({ ...tape.recording, steps }));

  /** The recording with its call number `index` changed. */
  const altered = (
    wanted: (call: RecordedCall) => boolean,
    change: (call: RecordedCall) => RecordedCall,
  ): Promise<Run> => {
    const index = tape.recording.steps.findIndex((step) => step.op === "call" && wanted(step));
    expect(index).toBeGreaterThanOrEqual(0);
    return replayed(
      tape.recording.steps.map((step, i) => (i === index ? change(step as RecordedCall) : step)),
    );
  };

  /** The first import of this name, changed. */
  const withImport = (
    name: string,
    change: (made: RecordedCall["imports"][number]) => RecordedCall["imports"][number],
  ): Promise<Run> =>
    altered(
      ({ imports }) => imports.some((made) => made.name === name),
      (call) => {
        const index = call.imports.findIndex((made) => made.name === name);
        return { ...call, imports: call.imports.map((made, i) => (i === index ? change(made) : made)) };
      },
    );
  const flipped = (hex: string) => (hex.startsWith("0") ? "1" : "0") + hex.slice(1);

  it("does the same, call by call, in both emulators, with the same counts", async () => {
    const qemu = await replayed(tape.recording.steps);
    const rp2040 = runRp2040(image, scriptOf(tape.recording));
    sameCounts("boot", "QEMU and rp2040js", qemu.counts, rp2040.counts);
    expect(qemu.counts.length).toBe(tape.recording.steps.filter(({ op }) => op === "call").length);
    expect(qemu.counts[0]!.instructions).toBeGreaterThan(100_000);
    expect(rp2040.counts[0]!.cycles).toBeGreaterThan(rp2040.counts[0]!.instructions);
  });

  it("tells another status", async () => {
    const wrong = altered(
      ({ name }) => name === "boot",
      (call) => ({ ...call, status: call.status ^ 1 }),
    );
    await expect(wrong).rejects.toThrow(/after 0 calls: X status/);
  });

  it("tells another byte in an area, and a change that was not recorded", async () => {
    const changed = ({ changes }: RecordedCall) => changes.length > 0;
    const byte = altered(changed, (call) => ({
      ...call,
      changes: call.changes.map(([area, offset, hex]) => [area, offset, flipped(hex)]),
    }));
    await expect(byte).rejects.toThrow(/X byte of an area/);
    const none = altered(changed, (call) => ({ ...call, changes: [] }));
    await expect(none).rejects.toThrow(/X byte of an area/);
  });

  it("tells other bytes programmed into flash, and other arguments", async () => {
    const data = withImport("flashProgram", (made) => ({ ...made, data: flipped(made.data) }));
    await expect(data).rejects.toThrow(/X byte given to an import/);
    const address = withImport("flashRead", (made) => ({
      ...made,
      args: [made.args[0]! + 8, ...made.args.slice(1)],
    }));
    await expect(address).rejects.toThrow(/X argument of an import/);
  });

  it("tells another import, one too few and one too many", async () => {
    const name = withImport("uptimeMs", (made) => ({ ...made, name: "wallTimeS" }));
    await expect(name).rejects.toThrow(/X import:/);
    const calls = ({ imports }: RecordedCall) => imports.length > 0;
    const fewer = altered(calls, (call) => ({ ...call, imports: call.imports.slice(0, -1) }));
    await expect(fewer).rejects.toThrow(/X import not recorded/);
    const more = altered(calls, (call) => ({ ...call, imports: [...call.imports, call.imports[0]!] }));
    await expect(more).rejects.toThrow(/X imports not called/);
  });

  it("tells another memory at the end, and a script that says another number of calls", async () => {
    const { steps } = tape.recording;
    const memory = steps.map((step) =>
      step.op === "memory" ? { ...step, checksum: step.checksum ^ 1 } : step,
    );
    await expect(replayed(memory)).rejects.toThrow(/X checksum of memory/);
    const script = encodeScript(tape.recording, signatures(readFileSync(RELEASE_WASM)));
    script[script.length - 4]! ^= 1;
    const file = join(WORK, "mcu-replay.script");
    writeFileSync(file, script);
    await expect(runQemu(image, file)).rejects.toThrow(/X calls/);
  });

  it("tells a script that is none", async () => {
    const file = join(WORK, "mcu-replay.script");
    writeFileSync(file, new Uint8Array(64));
    await expect(runQemu(image, file)).rejects.toThrow(ReplayDiffers);
  });
});
