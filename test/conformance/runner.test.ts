/** The runner itself notices: whatever differs in a vector or a driver, it says where and how. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LineDriver } from "../../host-sim/conformance/line-driver.js";
import { type Driver, DriverError, LINE_BYTES_MAX } from "../../host-sim/conformance/protocol.js";
import { runVectors, type Work } from "../../host-sim/conformance/runner.js";
import type { CallStep, HostLine, ProtocolVector, Step } from "../../host-sim/conformance/vector.js";
import { ALL, failures, onNode, results, SUITE, vectorAt } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-runner-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Draft = { -readonly [K in keyof CallStep]: CallStep[K] };
const calls = (steps: readonly Step[], name: string): Draft[] =>
  steps.filter((step): step is CallStep => "call" in step && step.call === name);

/** Why a vector fails with one thing changed; undefined if it passes. */
async function altered(work: Work, change: (vector: ProtocolVector) => void): Promise<string | undefined> {
  const vector = structuredClone(work.vector);
  change(vector);
  return (await results(onNode(), [{ ...work, vector }]))[0]!.why;
}

const started = vectorAt("trust", "a reduction under a revoked library");
const boot = vectorAt("statuses", "COUNTER");

describe("a vector that is not what the gate does", () => {
  it("passes as it was recorded", async () => {
    for (const work of [started, boot]) expect(await altered(work, () => undefined)).toBeUndefined();
  });

  it("fails with another status, by name", async () => {
    const why = await altered(started, ({ steps }) => void (calls(steps, "submit")[0]!.returns = "BUSY"));
    expect(why).toMatch(/^step \d+ of \d+: submit returns WORKING, not BUSY$/);
  });

  it("fails with another byte in an area, and names the field", async () => {
    const why = await altered(started, ({ steps }) => {
      const [area, offset, text] = calls(steps, "inspect")[0]!.changes![0]!;
      calls(steps, "inspect")[0]!.changes = [[area, offset + 8, text]];
    });
    expect(why).toMatch(/inspect: byte \d+ of the inspect buffer.* is 0x[0-9a-f]{2}, not 0x[0-9a-f]{2}$/);
  });

  it("fails with a change that was not recorded, and with one that does not come", async () => {
    const none = await altered(started, ({ steps }) => delete calls(steps, "inspect")[0]!.changes);
    expect(none).toMatch(/of the inspect buffer/);
    const more = await altered(started, ({ steps }) => {
      calls(steps, "submit")[0]!.changes = [["tick", 127, "55"]];
    });
    expect(more).toMatch(/byte 127 of the tick buffer.* is 0x00, not 0x55/);
  });

  /** The vector's first host call of this name is another. */
  const host = (name: string, change: (line: HostLine) => HostLine | null) => (vector: ProtocolVector) => {
    for (const step of vector.steps as Draft[]) {
      const at = step.host?.findIndex((line) => line[0] === name) ?? -1;
      if (at < 0) continue;
      const made = change(step.host![at]!);
      step.host = [...step.host!.slice(0, at), ...(made === null ? [] : [made]), ...step.host!.slice(at + 1)];
      return;
    }
    throw new Error(`no ${name} in this vector`);
  };

  it("fails with other bytes programmed, and another address", async () => {
    const program = (change: (line: [string, number, string, number]) => unknown[]) =>
      host(
        "flashProgram",
        (line) => change(line as unknown as [string, number, string, number]) as unknown as HostLine,
      );
    const bytes = await altered(
      started,
      program(([name, at, data, status]) => [name, at, `ff${data.slice(2)}`, status]),
    );
    expect(bytes).toMatch(/programs other bytes: byte 0 is 0x[0-9a-f]{2}, not 0xff/);
    const place = await altered(
      started,
      program(([name, at, data, status]) => [name, at + 32, data, status]),
    );
    expect(place).toMatch(/flashProgram\(\d+, \d+ B\), not flashProgram/);
  });

  it("fails with a host call too many, one too few, and another in its place", async () => {
    expect(
      await altered(
        started,
        host("uptimeMs", () => null),
      ),
    ).toMatch(/host call \d+ is |the vector has none/);
    const twice = await altered(boot, (vector) => {
      const step = vector.steps.find((one) => "call" in one && one.host !== undefined) as Draft;
      step.host = [...step.host!, step.host!.at(-1)!];
    });
    expect(twice).toMatch(/was not made: counterRead/);
    expect(
      await altered(
        boot,
        host("counterRead", () => ["wallTimeS", 0, "0000000000000000"]),
      ),
    ).toMatch(/is counterRead\(\), not wallTimeS\(\)/);
  });

  it("fails with another clock, by what the gate makes of it", async () => {
    expect(
      await altered(
        started,
        host("uptimeMs", () => ["uptimeMs", 0, "ff".repeat(8)]),
      ),
    ).toBeDefined();
  });

  it("fails with another memory at its end, if it is of this module", async () => {
    const wasm = onNode().hello.module;
    const why = await altered({ ...started, module: wasm }, (vector) => {
      (vector as { memory: string }).memory = "00".repeat(32);
    });
    expect(why).toMatch(/^memory ends as [0-9a-f]{64}, not 0{64}$/);
  });

  it("leaves memory out if it is of another module, and says so", async () => {
    const [result] = await results(onNode(), [{ ...started, module: "00".repeat(32) }]);
    expect(result).toMatchObject({ passed: true, skipped: "memory" });
    const fault = vectorAt("statuses", /^FAULT/);
    const [other] = await results(onNode(), [{ ...fault, module: "00".repeat(32) }]);
    expect(other).toMatchObject({ passed: true, skipped: "vector" });
  });

  it("fails where its fixture does, with the fixture's name", async () => {
    const fixtures = structuredClone(SUITE.fixtures);
    calls(fixtures["idle"]!.steps, "submit")[0]!.returns = "BUSY";
    const [result] = await runVectors(onNode(), [started], { fixtures });
    expect(result!.why).toMatch(/^fixture "idle": step \d+ of \d+: submit returns WORKING, not BUSY$/);
  });
});

describe("a driver with few slots", () => {
  const few = ALL.filter((_one, i) => i % 40 === 0);

  it.each([0, 1, 2])("of %i passes all the same", async (slots) => {
    const driver = onNode();
    Object.assign(driver.hello, { slots });
    const saved = new Set<number>();
    const kept = onNode();
    const save = kept.save.bind(driver);
    driver.save = (slot) => {
      saved.add(slot);
      return save(slot);
    };
    expect(await failures(driver, few)).toEqual([]);
    expect(saved.size).toBe(slots);
  });
});

describe("a driver that breaks the protocol", () => {
  const answers = (script: string): Promise<LineDriver> => {
    const path = join(folder, "driver.mjs");
    writeFileSync(path, script);
    return LineDriver.start({ command: [process.execPath, path], timeoutS: 2 });
  };
  const hello = { ok: "hello", protocol: 1, driver: "d", engine: "e", module: "00".repeat(32), slots: 1 };
  const says = (...lines: readonly (object | string)[]): string => {
    const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    return `process.stdout.write(${JSON.stringify(texts.map((text) => `${text}\n`).join(""))}); setTimeout(() => 0, 4000);`;
  };
  const refused = async (
    script: string,
    why: RegExp,
    ask?: (driver: Driver) => Promise<unknown>,
  ): Promise<void> => {
    await expect(answers(script).then((driver) => ask?.(driver))).rejects.toThrow(why);
    await expect(answers(script).then((driver) => ask?.(driver))).rejects.toThrow(DriverError);
  };
  const load = (driver: Driver): Promise<unknown> => driver.load();

  it("is named with what it says: not JSON, another answer, another version, an error", async () => {
    await refused(says("hello"), /says what is no line of the protocol: hello/);
    await refused(says({ ok: "load" }), /answers hello with/);
    await refused(says({ ...hello, protocol: 2 }), /answers hello with .*"protocol":2/);
    await refused(says(hello, { error: "no memory" }), /refuses load: no memory/, load);
    await refused(says(hello, { ok: "load" }), /leaves heap_base out/, load);
    await refused(says(hello, "x".repeat(LINE_BYTES_MAX)), /says a line of 4353 bytes/, load);
  });

  it("is named when it ends, is silent, or makes a host call that there is not", async () => {
    await refused(
      "console.error('no such file'); process.exit(3)",
      /is gone \(exit 3\); it says: no such file/,
    );
    await refused(says(hello), /silent for 2 s/, load);
    await refused(says(hello, { host: "format" }), /host call of no such name/, (driver) =>
      driver.call("inspect", [], () => ({ cut: true })),
    );
  });

  it("is started again, and only the vector that it died in fails", async () => {
    const dying = onNode();
    dying.save = () => Promise.reject(new DriverError("it died"));
    const found = await runVectors(dying, [started, boot], {
      fixtures: SUITE.fixtures,
      restart: () => Promise.resolve(onNode()),
    });
    expect(found.filter(({ passed }) => !passed).map(({ why }) => why)).toEqual(["the driver died: it died"]);
    expect(found).toHaveLength(2);
  });
});
