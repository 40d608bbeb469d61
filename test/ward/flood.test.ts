/** A flood of forged messages in the middle of a therapy (SPEC 7, 10): every bound, and that each of them can be seen to break. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadModule } from "../../host-sim/gate/gate.js";
import { PORT } from "../../host-sim/gate/names.js";
import { COUNT_MAX, runFlood } from "../../host-sim/ward/flood/flood.js";
import { type FloodResult, problemsOf } from "../../host-sim/ward/flood/result.js";
import { LONG } from "../support/snapshot.js";
import { type Weakness, weakenedGate } from "../support/weakened.js";

/** The full form: DOSEGATE_LONG=1 npx vitest run test/ward/flood.test.ts, or dosegate simulate --flood. */
const COUNT = LONG ? 10_000 : 1_000;
const module = loadModule();
const results = new Map<string, FloodResult>();

function flood(seed: string): FloodResult {
  const made = results.get(seed) ?? runFlood({ seed, module, count: COUNT });
  results.set(seed, made);
  return made;
}

describe.each(["1", "flood"])(`${COUNT} forged messages, seed %s`, (seed) => {
  let result: FloodResult;
  beforeAll(() => {
    result = flood(seed);
  });

  it("break no bound", () => {
    expect(result.problems).toEqual([]);
  });

  it("are all sent, and reach every check: of form, session, key, budget, sequence, signature", () => {
    const sent = result.techniques.reduce((sum, { messages }) => sum + messages, 0);
    expect(sent).toBe(COUNT);
    const answers = new Set(result.techniques.flatMap(({ answers }) => Object.keys(answers)));
    for (const name of [
      "BAD_RECORD",
      "ENVELOPE",
      "SESSION",
      "KID_UNKNOWN",
      "THROTTLED",
      "SEQUENCE",
      "SIGNATURE",
    ]) {
      expect(answers).toContain(name);
    }
    expect(result.techniques.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(0);
  });

  it("keep neither STOP nor a tick waiting for more than the slice under way", () => {
    expect(result.stops).toMatchObject({ count: 200, slicesMax: 1 });
    expect(result.ticks).toMatchObject({ slicesMax: 1 });
    expect(result.ticks.count).toBeGreaterThan(result.floodMs / 1000);
  });

  it("leave the therapy as it is without them, to the picolitre", () => {
    expect(result.deliveredPl).toBe(result.quietDeliveredPl);
    expect(result.deliveredPl).toBeGreaterThan(0n);
    expect(result.countedNl * 1000n).toBeGreaterThanOrEqual(result.deliveredPl);
  });

  it("delay nobody at a port that is not flooded by more than the verification under way in each other inbox", () => {
    const { orders, accepted, attempts, maxSlices } = result.ports.find(({ port }) => port === PORT.PANEL)!;
    expect([accepted, attempts]).toEqual([orders, orders]);
    expect(orders).toBeGreaterThan(10);
    expect(maxSlices).toBeLessThanOrEqual(3 * 70 + 40);
  });

  it("leave the genuine orders at the same port a share: all are accepted, four of five within 10 s", () => {
    const orders = result.asked.filter(({ port }) => port === PORT.NETWORK);
    const waits = orders.map(({ waitMs }) => waitMs ?? Infinity);
    expect(waits.length).toBeGreaterThan(10);
    expect(Math.max(...waits)).toBeLessThan(60_000);
    expect(waits.filter((ms) => ms <= 10_000).length / waits.length).toBeGreaterThanOrEqual(0.8);
  });

  it("are told in the log to the last refusal, with one record a minute and port", () => {
    expect(result.refusalsLogged).toBe(result.refusalsGiven);
    expect(result.refusalsGiven).toBeGreaterThan(COUNT / 2);
    expect(result.refusedRecords.count).toBeLessThanOrEqual(result.refusedRecords.bound);
    expect(result.log).toMatchObject({ ok: true, lost: 0 });
    expect(result.missing).toBe(0);
  });
});

describe("a flood", () => {
  it("is the same twice, to the last order", () => {
    expect(runFlood({ seed: "1", module, count: COUNT })).toEqual(flood("1"));
  });

  it.each([0, 1.5, COUNT_MAX + 1])("of %d messages is refused", (count) => {
    expect(() => runFlood({ seed: "1", module, count })).toThrow(/is not a whole number/);
  });
});

describe("what makes a flood fail", () => {
  const one = { count: 3, bound: 2 };
  it.each<[string, RegExp, (result: FloodResult) => Partial<FloodResult>]>([
    [
      "a forged message that is accepted",
      /^accepted: noise: 1/,
      ({ techniques }) => ({
        techniques: techniques.map((it) => (it.technique === "noise" ? { ...it, accepted: 1 } : it)),
      }),
    ],
    [
      "a tick that waited two slices",
      /^a tick waited for 2/,
      ({ ticks }) => ({ ticks: { ...ticks, slicesMax: 2 } }),
    ],
    [
      "a STOP that waited two slices",
      /^STOP waited for 2/,
      ({ stops }) => ({ stops: { ...stops, slicesMax: 2 } }),
    ],
    ["a STOP that was never served", /^STOP was never/, ({ stops }) => ({ stops: { ...stops, count: 0 } })],
    [
      "one verification too many",
      /^verifications of .*, x: 3/,
      () => ({ verifications: [{ what: "x", ...one }] }),
    ],
    ["one record too many", /^records of refusals: 3/, () => ({ refusedRecords: one })],
    ["one program too many", /^flash programs .*: 3/, () => ({ extraPrograms: one })],
    ["one erase too many", /^flash erases .*: 3/, () => ({ extraErases: one })],
    [
      "one picolitre",
      /pL delivered/,
      ({ deliveredPl }) => ({ deliveredPl: deliveredPl + 1n, countedNl: 10n ** 9n }),
    ],
    ["a count below the truth", /counted less/, () => ({ countedNl: 0n })],
    [
      "a refusal that is not told",
      /refusals told/,
      ({ refusalsGiven }) => ({ refusalsLogged: refusalsGiven - 1 }),
    ],
    ["a lost record", /1 records lost/, ({ log }) => ({ log: { ...log, lost: 1 } })],
    ["an order of which the log does not tell", /1 permitted orders/, () => ({ missing: 1 })],
    [
      "an order refused elsewhere",
      /not accepted/,
      ({ ports }) => ({ ports: ports.map((it) => ({ ...it, accepted: 0 })) }),
    ],
    [
      "an order late elsewhere",
      /slices that an order/,
      ({ ports }) => ({ ports: ports.map((it) => ({ ...it, maxSlices: 281 })) }),
    ],
  ])("is %s", (_, message, change) => {
    const good = flood("1");
    expect(problemsOf({ ...good, ...change(good) })).toEqual([expect.stringMatching(message)]);
  });

  /** Gates that lack one rule; the problems that must be named, and those that a weakness must not hide. */
  it.each<[Weakness, readonly RegExp[]]>([
    ["ration", [/^verifications of forgeries, network/]],
    ["refusalPace", [/^records of refusals/, /^flash programs that the flood caused/]],
    ["betweenSlices", [/^a tick waited/, /^STOP waited/, /pL delivered/]],
  ])("is a gate without %s", async (weakness, messages) => {
    const { problems } = runFlood({ seed: "1", module: await weakenedGate(weakness), count: 400 });
    for (const message of messages) {
      expect(
        problems.some((problem) => message.test(problem)),
        `${String(message)} in ${problems.join("; ")}`,
      ).toBe(true);
    }
  });
});
