/** A patient's hour, from the workshop to the log, recorded in this process and replayed on other engines. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Driver } from "../../host-sim/conformance/protocol.js";
import { DrivenPump } from "../../host-sim/conformance/pump.js";
import { Recorder } from "../../host-sim/conformance/recorder.js";
import type { Step } from "../../host-sim/conformance/vector.js";
import { Device } from "../../host-sim/device/device.js";
import { GateTrap } from "../../host-sim/gate/gate.js";
import { PORT } from "../../host-sim/gate/names.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { patientStory, STORY_S } from "../support/story.js";
import { stubGateWasm } from "../support/stub-gate.js";
import { onNode, started, wasmOf } from "./support.js";

/** What one pump does in a story, from its first instance on; and its memory at the end, if it is still on. */
function recorded(
  wasm: Uint8Array<ArrayBuffer>,
  story: (pump: Pump) => void,
): { steps: Step[]; memory: string } {
  const recorder = new Recorder();
  const device = new Device({ seed: "hour", wallTimeS: STORY_S });
  const pump = new Pump({ module: new WebAssembly.Module(wasm), device, observer: recorder });
  story(pump);
  if (!pump.on) return { steps: recorder.take(), memory: "" };
  const { instance } = pump.gate;
  const memory = createHash("sha256").update(instance.bytes(0, instance.heapBase)).digest("hex");
  return { steps: recorder.take(), memory };
}

async function replay(driver: Driver, steps: readonly Step[]): Promise<string> {
  const pump = new DrivenPump(driver);
  for (const step of steps) await pump.do(step);
  const memory = await pump.memory();
  await driver.close();
  return memory;
}

describe("the release module does the same in a patient's hour", () => {
  let story: ReturnType<typeof recorded>;
  beforeAll(() => {
    story = recorded(wasmOf(), patientStory);
  });

  it.each(["node", "node-lines", "wasmtime"])("on %s, byte for byte", { timeout: 300_000 }, async (name) => {
    const calls = story.steps.reduce((sum, step) => sum + ("call" in step ? (step.times ?? 1) : 0), 0);
    expect(calls).toBeGreaterThan(1000);
    const driver = await started(name);
    if ("missing" in driver) return;
    expect(await replay(driver, story.steps)).toBe(story.memory);
  });
});

it("a trap is an answer: a stub that traps is recorded and replayed", async () => {
  const wasm = new Uint8Array(stubGateWasm());
  const { steps } = recorded(wasm, (pump) => {
    pump.powerOn();
    pump.provision(new Uint8Array([1, 2, 3]));
    pump.openSession(PORT.NETWORK);
    expect(() => pump.submit({ port: PORT.NETWORK, command: new Uint8Array([0xee]) })).toThrow(GateTrap);
  });
  expect(steps.filter((step) => "call" in step && step.returns === "trap")).toHaveLength(1);
  await expect(replay(onNode(wasm), steps)).resolves.toMatch(/^[0-9a-f]{64}$/);
  const quiet = steps.map((step) =>
    "call" in step && step.returns === "trap" ? { ...step, returns: "DONE" as const } : step,
  );
  await expect(replay(onNode(wasm), quiet)).rejects.toThrow(/work returns trap, not DONE/);
});
