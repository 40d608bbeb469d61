/** Cuts the power at the steps of a story's calls, lets the pump recover, and holds it to what it had acknowledged. */
import type { Device, DeviceState } from "../../host-sim/device/device.js";
import { PowerCut } from "../../host-sim/device/errors.js";
import { TORN_SECTORS, TORN_UNITS, type CutShape } from "../../host-sim/device/flash-fault.js";
import type { HostHook } from "../../host-sim/device/hook.js";
import { deviceHost, Instance } from "../../host-sim/gate/instance.js";
import { numbers } from "../support/random.js";
import type { CutPoint } from "./cut-points.js";
import { claim, goOn, OFF_MS, powerOn, recover } from "./recovery.js";
import type { Scenario } from "./scenario.js";

/** Every way a flash step can end. */
export const SHAPES: readonly CutShape[] = [
  { when: "before" },
  { when: "after" },
  ...TORN_UNITS.map((unit, i) => ({
    when: "inside" as const,
    unit,
    sector: TORN_SECTORS[i % TORN_SECTORS.length]!,
  })),
];

/** One cut: at a flash step in one of SHAPES, or at a counter advance, before (0) or after (1) it. */
export interface Cut {
  readonly at: "step" | "advance";
  readonly number: number;
  readonly shape: number;
}

/** A cut in a call of the story and, perhaps, another in the boot after it. */
export interface Case {
  readonly point: number;
  readonly cut: Cut;
  readonly again?: Cut;
}

/** What the motor's controller does meanwhile; it has a power supply of its own. */
const MOTORS = ["resets", "keeps-steps", "keeps-running"] as const;

export const CASE_VARIABLE = "DOSEGATE_CASE";

/** `therapy/8/noise/17.s31.4+s5.0`: the fourth shape at step 31 of call 17, then the first at step 5 of the boot. */
export function caseId({ name, setup }: Scenario, { point, cut, again }: Case): string {
  const word = ({ at, number, shape }: Cut): string => `${at === "step" ? "s" : "c"}${number}.${shape}`;
  const second = again === undefined ? "" : `+${word(again)}`;
  return `${name}/${setup.unitBytes}/${setup.blankRead}/${point}.${word(cut)}${second}`;
}

/** Reads the last part of an id. Throws for what is none. */
export function parseCase(text: string): Case {
  const match = /^(\d+)\.([sc])(\d+)\.(\d+)(?:\+([sc])(\d+)\.(\d+))?$/.exec(text);
  if (match === null) throw new Error(`${CASE_VARIABLE}: "${text}" is not like 17.s31.4 or 17.s31.4+s5.0`);
  const [, point, at, number, shape, at2, number2, shape2] = match;
  const cut = (letter: string, n: string, s: string): Cut => {
    return { at: letter === "s" ? "step" : "advance", number: Number(n), shape: Number(s) };
  };
  const again = at2 === undefined ? {} : { again: cut(at2, number2!, shape2!) };
  return { point: Number(point), cut: cut(at!, number!, shape!), ...again };
}

/** All cuts of something that takes so many steps and advances; `shapes` of each step, another choice at each. */
export function* cutsOf(steps: number, advances: number, shapes: number, stride = 1): Generator<Cut> {
  for (let number = 0; number < steps; number += stride) {
    for (let i = 0; i < shapes; i++) {
      yield { at: "step", number, shape: ((number / stride) * shapes + i) % SHAPES.length };
    }
  }
  for (let number = 0; number < advances; number++) {
    for (let shape = 0; shape < 2; shape++) yield { at: "advance", number, shape };
  }
}

/** Runs `body`, in which the power must go. */
function during(device: Device, cut: Cut, body: () => void): void {
  let left = cut.number;
  const hook: HostHook = {
    before: ({ name }) => {
      if (name === "counterAdvance" && left === 0 && cut.shape === 0) device.cutPower("before the advance");
    },
    after: ({ name }) => {
      if (name === "counterAdvance" && left-- === 0) device.cutPower("after the advance");
    },
  };
  if (cut.at === "step") device.flash.cutAfter(cut.number, SHAPES[cut.shape]);
  else device.hooks.push(hook);
  try {
    body();
  } catch (thrown) {
    if (thrown instanceof PowerCut) return;
    throw thrown;
  } finally {
    device.hooks.length = 0;
    device.flash.clearFaults();
  }
  claim(false, "it ended before the step at which the power was to go");
}

/** The world just before the call of `point`, and the call itself. */
export function call(scenario: Scenario, point: CutPoint): void {
  const instance = new Instance(scenario.module, deviceHost(scenario.device));
  new Uint8Array(instance.memory.buffer).set(point.memory);
  instance.call(point.name, ...point.args);
}

/** Loses the power of the call, and takes the pump to where it gets its power back. */
function lose(scenario: Scenario, { point, cut }: Case): CutPoint {
  const { device } = scenario;
  const found = scenario.points[point]!;
  device.restore(found.device);
  during(device, cut, () => call(scenario, found));
  device.powerCycle({ offMs: OFF_MS, motor: MOTORS[(cut.number + cut.shape) % MOTORS.length]! });
  return found;
}

function loseAgain(scenario: Scenario, again: Cut): void {
  const { device } = scenario;
  during(device, again, () => powerOn(device, scenario));
  device.powerCycle({ offMs: OFF_MS });
}

/** Recovers; service afterwards is tried in every fourth case, a choice that the case itself makes. */
function settle(scenario: Scenario, point: CutPoint, cut: Cut): void {
  const pump = recover(scenario, point);
  if (pump !== null && (cut.number + cut.shape) % 4 === 0) goOn(scenario, point, pump);
}

/** One case. Throws Broken, or whatever else should not have happened. */
export function runCase(scenario: Scenario, one: Case): void {
  const point = lose(scenario, one);
  if (one.again !== undefined) loseAgain(scenario, one.again);
  settle(scenario, point, one.again ?? one.cut);
}

/** How thoroughly a story is cut. */
export interface Plan {
  /** Shapes tried at each step. */
  readonly shapes: number;
  /** Every so many steps. */
  readonly stride: number;
  /** Which cuts are followed by others in the boot after them: those in call `point`, or one in `every`, chosen by `seed`. */
  readonly again?: { readonly point: number } | { readonly every: number; readonly seed: number };
  /** Second cuts at every so many steps of that boot. */
  readonly againStride: number;
}

export interface Count {
  cuts: number;
  again: number;
}

/** All cases of a plan. The first that fails is thrown with the command that replays it. */
export function sweep(scenario: Scenario, plan: Plan): Count {
  const count: Count = { cuts: 0, again: 0 };
  const { again } = plan;
  const random = numbers(again !== undefined && "seed" in again ? again.seed : 0);
  const isChosen = (point: number): boolean => {
    if (again === undefined) return false;
    return "point" in again ? again.point === point : random() * again.every < 1;
  };
  for (const point of scenario.points) {
    for (const cut of cutsOf(point.steps, point.advances, plan.shapes, plan.stride)) {
      const one = { point: point.index, cut };
      count.cuts++;
      reported(scenario, one, () => runCase(scenario, one));
      if (isChosen(point.index)) count.again += cutRecovery(scenario, one, plan.againStride);
    }
  }
  return count;
}

/** Cuts the boot after a cut, at its steps. */
function cutRecovery(scenario: Scenario, one: Case, stride: number): number {
  const { device } = scenario;
  const point = lose(scenario, one);
  const saved: DeviceState = device.save();
  powerOn(device, scenario);
  const steps = device.flash.steps - saved.flash.steps;
  const advances = device.counter.value - saved.counter.value;
  let cuts = 0;
  for (const again of cutsOf(steps, advances, 1, stride)) {
    cuts++;
    reported(scenario, { ...one, again }, () => {
      device.restore(saved);
      loseAgain(scenario, again);
      settle(scenario, point, again);
    });
  }
  return cuts;
}

function reported(scenario: Scenario, one: Case, body: () => void): void {
  try {
    body();
  } catch (thrown) {
    const { name, args } = scenario.points[one.point]!;
    const what = thrown instanceof Error ? thrown.message : String(thrown);
    const replay = `${CASE_VARIABLE}=${caseId(scenario, one)} npx vitest run test/power`;
    throw new Error(`${name}(${args.join(", ")}): ${what}\nreplay it with: ${replay}`, { cause: thrown });
  }
}
