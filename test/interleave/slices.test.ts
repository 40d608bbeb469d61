/** Ticks, panel actions and questions between any two slices of any staged verb (SPEC 10). */
import { describe, expect, it } from "vitest";
import { LOCAL_ACTION, PHASE } from "../../host-sim/gate/names.js";
import type { State } from "../../host-sim/gate/records.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { everyScene, Run, type Scene } from "./scene.js";

const GRANT_MS = 5_000n;
/** What the pump's time moves on by between two slices. */
const BETWEEN_MS = 100;

/** What a stop or a pause before the last slice makes of a verb; those that are not named are not touched by it. */
const AFTER_STOP: Readonly<Record<string, string>> = {
  "submit, titrate upward": "PHASE",
  "submit, titrate downward": "PHASE",
  "submit, bolus": "PHASE",
  "submit, new bag": "PHASE",
  "submit, pause": "PHASE",
  "submit, resume": "PHASE",
  "submit, stop": "PHASE",
  approve: "PENDING_NONE",
};
const AFTER_PAUSE: Readonly<Record<string, string>> = {
  "submit, bolus": "PHASE",
  "submit, pause": "PHASE",
};

const slices: Record<string, number> = {};

/** What does not depend on when it is looked at. */
function lasting(state: State): Partial<State> {
  return {
    ...state,
    deliveredNl: 0n,
    reservedNl: 0n,
    uncertainNl: 0n,
    bolusLeftNl: 0n,
    meterNextSequence: 0,
    ledgerClockS: 0,
    window1h: 0n,
    window2h: 0n,
    window4h: 0n,
    window24h: 0n,
  };
}

describe.each(everyScene().map((scene) => [scene.title, scene] as const))("%s", (title, scene) => {
  const clean = undisturbed(scene);
  slices[title] = clean.calls;

  it("ends well when nothing is between its slices", () => {
    expect(statusName(clean.status)).toBe("OK");
    expect(clean.calls).toBeGreaterThan(0);
  });

  it("ends the same with ticks and looks between any two slices, and the motor never waits", () => {
    const run = new Run(scene);
    run.tick();
    const began = { pl: run.device.motor.deliveredPl, us: run.device.clock.elapsedUs };
    expect(run.stage()).toBe(STATUS.WORKING);
    const ended = run.finish(() => {
      const before = run.grant!;
      run.device.clock.advanceMs(BETWEEN_MS);
      const grant = run.tick();
      expect(grant.generation).toBe(before.generation);
      if (scene.situation === "running") {
        expect(grant.generation).not.toBe(0);
        expect(grant.untilUptimeMs).toBe(run.device.clock.uptimeMs() + GRANT_MS);
        expect(grant.grantNumber).toBe(before.grantNumber + 1);
        expect(grant.reachStep).toBeGreaterThanOrEqual(before.reachStep);
        expect(run.device.motor.running).toBe(true);
      }
      expect(run.state().phase).toBe(phaseIn(scene));
    });
    expect(ended.status).toBe(clean.status);
    expect(ended.calls).toBe(clean.calls);
    expect(ended.verdict?.verdict).toBe(clean.verdict?.verdict);
    expect(lasting(run.state())).toEqual(lasting(clean.state));
    const movedPl = run.device.motor.deliveredPl - began.pl;
    const hours = (run.device.clock.elapsedUs - began.us) / 3_600_000_000;
    const wantedPl = scene.situation === "running" ? 6_000_000 * 1000 * hours : 0;
    expect(Math.abs(Number(movedPl) - wantedPl)).toBeLessThanOrEqual(200_000); // two motor steps
  });

  it("is BUSY to every other verb between any two slices, and unharmed by them", () => {
    const run = new Run(scene);
    expect(run.stage()).toBe(STATUS.WORKING);
    const ended = run.finish(() => expect(busy(run)).toEqual([]));
    expect(ended.status).toBe(clean.status);
    expect(lasting(run.state())).toEqual(lasting(clean.state));
  });

  it("cancelled at any slice changes nothing, and succeeds when repeated", () => {
    const before = new Run(scene).state();
    for (let slice = 0; slice < clean.calls; slice++) {
      const run = new Run(scene);
      expect(run.stage()).toBe(STATUS.WORKING);
      for (let i = 0; i < slice; i++) expect(run.slice()).toBe(STATUS.WORKING);
      expect(run.gate.cancel()).toBe(STATUS.CANCELLED);
      expect(run.gate.cancel()).toBe(STATUS.NOTHING);
      run.background();
      expect(run.state(), `cancelled before slice ${slice}`).toEqual(before);
      expect(statusName(run.stage()), `again after ${slice} slices`).toBe("WORKING");
      expect(statusName(run.finish().status), `again after ${slice} slices`).toBe(statusName(clean.status));
      expect(lasting(run.state())).toEqual(lasting(clean.state));
    }
  });

  // An idle pump has nothing to stop, and one that does not run nothing to pause.
  const stops = scene.situation !== "idle";
  const pauses = scene.situation === "running";
  if (stops) {
    it("gives way to a local STOP between any two slices", () => {
      const wanted = AFTER_STOP[title] ?? "OK";
      for (let slice = 0; slice < clean.calls; slice++) {
        const run = halted(scene, slice, LOCAL_ACTION.STOP, wanted);
        expect(run.state()).toMatchObject({ phase: PHASE.IDLE, rateNlPerH: 0n, bolusLeftNl: 0n });
      }
    });
  }

  if (pauses) {
    it("gives way to a local PAUSE between any two slices", () => {
      const wanted = AFTER_PAUSE[title] ?? "OK";
      for (let slice = 0; slice < clean.calls; slice++) {
        const run = halted(scene, slice, LOCAL_ACTION.PAUSE, wanted);
        const phase = title === "submit, stop" ? PHASE.IDLE : PHASE.PAUSED;
        expect(run.state()).toMatchObject({ phase, bolusLeftNl: 0n });
      }
    });
  }
});

it("prints how many slices each verb takes", () => {
  console.log(
    `slices: ${Object.entries(slices)
      .map(([title, count]) => `${title} ${count}`)
      .join("; ")}`,
  );
  expect(Object.keys(slices).length).toBeGreaterThanOrEqual(17);
});

function undisturbed(scene: Scene) {
  const run = new Run(scene);
  const staged = run.stage();
  if (staged !== STATUS.WORKING) throw new Error(`${scene.title} answers ${statusName(staged)}`);
  const ended = run.finish();
  return { ...ended, state: run.state() };
}

function phaseIn({ situation }: Scene): number {
  return situation === "running" ? PHASE.RUNNING : situation === "paused" ? PHASE.PAUSED : PHASE.IDLE;
}

/** Every other verb, and what it answers where that is not BUSY. */
function busy(run: Run): string[] {
  const { gate } = run;
  const bytes = new Uint8Array(64).fill(0xa5);
  const answers: Record<string, number> = {
    trustUpdate: gate.stage("trustUpdate", bytes),
    libraryBegin: gate.stage("libraryBegin", bytes),
    libraryEntry: gate.stage("libraryEntry", bytes),
    libraryCommit: gate.instance.call("libraryCommit"),
    libraryAbort: gate.libraryAbort(),
    sessionOpen: gate.sessionOpen(1).status,
    submit: gate.stage("submit", bytes),
    approve: gate.stage("approve", bytes),
    attest: gate.instance.call("attest"),
    logRead: gate.logRead(0, 0).status,
  };
  const wrong = Object.entries(answers).filter(([, status]) => status !== STATUS.BUSY);
  if (gate.stage("provision", bytes) !== STATUS.ALREADY_PROVISIONED) wrong.push(["provision", 0]);
  return wrong.map(([verb, status]) => `${verb} answers ${statusName(status)}`);
}

/** Runs the scene with `action` before slice `slice`: nothing moves from then on, and it ends with `wanted`. */
function halted(scene: Scene, slice: number, action: number, wanted: string): Run {
  const run = new Run(scene);
  run.tick();
  expect(run.stage()).toBe(STATUS.WORKING);
  let stoppedPl: bigint | null = null;
  const ended = run.finish((now) => {
    run.device.clock.advanceMs(BETWEEN_MS);
    if (now === slice) {
      expect(statusName(run.local({ action })), `before slice ${slice}`).toBe("OK");
      expect(run.tick().generation).toBe(0);
      stoppedPl = run.device.motor.deliveredPl;
    } else {
      expect(run.tick().generation === 0).toBe(stoppedPl !== null || scene.situation !== "running");
    }
  });
  expect(statusName(ended.status), `after the action before slice ${slice}`).toBe(wanted);
  run.seconds(10);
  expect(run.grant!.generation).toBe(0);
  expect(run.device.motor.deliveredPl).toBe(stoppedPl);
  return run;
}
