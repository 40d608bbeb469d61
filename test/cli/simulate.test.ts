import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../../host-sim/cli/program.js";
import { PriceList } from "../../host-sim/pump/profile.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { Ward } from "../../host-sim/ward/ward.js";

const folder = mkdtempSync(join(tmpdir(), "dosegate-simulate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const out: string[] = [];
const err: string[] = [];
beforeEach(() => {
  out.length = 0;
  err.length = 0;
  vi.spyOn(console, "log").mockImplementation((text: string) => void out.push(text));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => (err.push(String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const simulate = async (...args: string[]) => {
  const flood = args.includes("--flood") ? [] : ["--no-flood"];
  const short = ["--no-attacks", "--no-stories", "--no-profiles"];
  await run(["simulate", "--hours", "1", "--pumps", "2", ...short, ...flood, ...args]);
  return process.exitCode ?? 0;
};

describe("dosegate simulate", () => {
  it("ends with 0, says what happened, and writes a report", async () => {
    const file = join(folder, "day.html");
    expect(await simulate("--report", file)).toBe(0);
    const text = out.join("\n");
    for (const line of [
      "Attacks on the ward's network",
      "Logs: 2 of 2 verify",
      "All is as it must be.",
      `Report: ${file}`,
    ]) {
      expect(text).toContain(line);
    }
    expect(readFileSync(file, "utf8")).toMatch(/^<!doctype html>/);
    expect(err.join("")).toContain("[1/1] 08:00 in the ward");
  });

  it("prints the same JSON for the same seed, measured times aside", async () => {
    const once = async (seed: string) => {
      out.length = 0;
      expect(await simulate("--no-report", "--json", "--seed", seed)).toBe(0);
      const { latency, ...rest } = JSON.parse(out.join("\n")) as Record<string, unknown>;
      expect(latency).toBeDefined();
      return rest;
    };
    const first = await once("5");
    expect(first).toMatchObject({ ok: true, seed: "5", report: null, problems: [] });
    expect(await once("5")).toEqual(first);
    expect(await once("6")).not.toEqual(first);
    expect(err).toEqual([]);
  });

  it("ends with 1 and names the pump when more left it than its gate has counted", async () => {
    const runDay = Object.getOwnPropertyDescriptor(Ward.prototype, "run")!.value as (this: Ward) => void;
    vi.spyOn(Ward.prototype, "run").mockImplementation(function (this: Ward) {
      runDay.call(this);
      const { pump } = this.sides[0]!.bed;
      pump.account.book(pump.device.motor.deliveredPl + 10n ** 12n, 1);
    });
    expect(await simulate("--no-report")).toBe(1);
    expect(out.join("\n")).toMatch(/NOT as it must be[^]*Adult ICU 1: the gate counted less/);
  });

  it.each([
    ["--hours", "0"],
    ["--hours", "169"],
    ["--hours", "many"],
    ["--pumps", "0"],
    ["--pumps", "65"],
    ["--pumps", "1.5"],
    ["--flood", "none"],
    ["--flood", "0"],
  ])("ends with 2 for %s %s", async (option, value) => {
    expect(await simulate("--no-report", option, value)).toBe(2);
    expect(err.join("")).toContain(`${option} ${value}: give a whole number of 1..`);
  });

  it("floods a pump, and says what that cost", async () => {
    expect(await simulate("--no-report", "--flood", "200")).toBe(0);
    const text = out.join("\n");
    expect(text).toContain("Flood: 200 forged messages at one pump");
    expect(text).toMatch(/held +slices before STOP acted/);
    expect(text).not.toContain("BROKEN");
  });

  it("checks deadlines on the processors that are named, and says who meets them", async () => {
    expect(await simulate("--no-report", "--profile", "m4-64", "--profile", "rp2040-133")).toBe(0);
    const text = out.join("\n");
    expect(text).toMatch(
      /Deadlines by processor[^]*meets all {2}Cortex-M4, 64 MHz[^]*meets all {2}Cortex-M0\+ \(RP2040\)/,
    );
    expect(text).not.toContain("48 MHz");
  });

  it("ends with 1 when a processor that is named misses a deadline", async () => {
    vi.spyOn(PriceList.prototype, "callUs").mockReturnValue(200_000);
    expect(await simulate("--no-report", "--profile", "host", "--json")).toBe(1);
    const { problems, profiles } = JSON.parse(out.join("\n")) as {
      problems: string[];
      profiles: { name: string; met: boolean; deadlines: { of: string; met: boolean }[] }[];
    };
    expect(problems.join()).toMatch(/host: deadline missed: tick served: .*, deadline 50 ms/);
    expect(profiles).toMatchObject([{ name: "host", met: false }]);
    expect(profiles[0]!.deadlines.find(({ of }) => of === "stop")).toMatchObject({ met: false });
  });

  it("ends with 2 for a processor that there is not, and names those that there are", async () => {
    expect(await simulate("--no-report", "--profile", "z80")).toBe(2);
    expect(err.join("")).toContain("--profile: no profile z80: there are m4-168, m4-64");
    expect(err.join("")).toContain("or all");
  });

  it("ends with 2 where the report cannot be written, and says so", async () => {
    expect(await simulate("--report", join(folder, "none", "day.html"))).toBe(2);
    expect(err.join("")).toContain("cannot be written (ENOENT)");
  });

  it("tells what stories held after the day, unless they are left out", async () => {
    const left = ["--no-attacks", "--no-flood", "--no-profiles", "--no-report"];
    const short = ["simulate", "--hours", "1", "--pumps", "1", ...left];
    await run(short);
    expect(process.exitCode ?? 0).toBe(0);
    expect(out.join("\n")).toMatch(/ok +A patient presses[^]*window of 4 h +6\.3 mg of 6 mg +105 %/);
    out.length = 0;
    await run([...short, "--no-stories"]);
    expect(out.join("\n")).not.toContain("Stories");
  });

  it("tells one story step by step, and all of them as JSON", async () => {
    await run(["simulate", "--story", "secondary"]);
    expect(process.exitCode ?? 0).toBe(0);
    expect(out.join("\n")).toMatch(/the antibiotic's bag ends[^]*as planned[^]*12 min of 15 min/);
    expect(out.join("\n")).not.toContain("not as planned");
    out.length = 0;
    await run(["simulate", "--story", "all", "--json"]);
    const { ok, stories } = JSON.parse(out.join("\n")) as { ok: boolean; stories: { name: string }[] };
    expect(ok).toBe(true);
    expect(stories.map(({ name }) => name)).toContain("degraded");
  });

  it("ends with 2 for a story that there is not", async () => {
    await run(["simulate", "--story", "none"]);
    expect(process.exitCode).toBe(2);
    expect(err.join("")).toContain("--story none: give one of secondary, program");
  });

  it("ends with 1 when a story is not as planned: the power is away for longer", async () => {
    const powerCycle = Object.getOwnPropertyDescriptor(Pump.prototype, "powerCycle")!
      .value as Pump["powerCycle"];
    vi.spyOn(Pump.prototype, "powerCycle").mockImplementation(function (this: Pump, cycle, boot) {
      return powerCycle.call(this, { ...cycle, offMs: 2 * (cycle?.offMs ?? 0) }, boot);
    });
    await run(["simulate", "--story", "restart"]);
    expect(process.exitCode).toBe(1);
    expect(out.join("\n")).toContain("<- not as planned");
  });

  it("tells the story of one pump, step by step", async () => {
    await run(["simulate", "--pump"]);
    expect(process.exitCode ?? 0).toBe(0);
    const text = out.join("\n");
    for (const word of [
      "provision",
      "install",
      "associate",
      "start",
      "titrate",
      "bolus",
      "pause",
      "resume",
      "stop",
    ]) {
      expect(text).toContain(word);
    }
    expect(text).not.toContain("not as planned");
  });

  it("tells the same story as JSON", async () => {
    await run(["simulate", "--pump", "--json", "--seed", "9"]);
    const { ok, steps } = JSON.parse(out.join("\n")) as { ok: boolean; steps: unknown[] };
    expect(ok).toBe(true);
    expect(steps.length).toBeGreaterThan(15);
  });
});
