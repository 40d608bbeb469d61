/** What a verdict depends on is read again in the last slice: the world may have moved since the first (SPEC 10). */
import { describe, expect, it } from "vitest";
import { decodeSubmit, encodeSubmit } from "../../host-sim/gate/records.js";
import { LOCAL_ACTION, PHASE, SENSOR } from "../../host-sim/gate/names.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { bedOf, DAY_S, everyScene, NOW_S, PATIENT, Run, type Scene, sceneOf, titration } from "./scene.js";

const scenes = new Map(everyScene().map((scene) => [scene.title, scene]));
const scene = (title: string): Scene => scenes.get(title)!;

/** Runs all slices but the last, lets `change` happen, runs the last. */
function beforeTheLast(of: Scene, change: (run: Run) => void): { run: Run; status: string } {
  const calls = slicesOf(of);
  const run = new Run(of);
  run.tick();
  expect(run.stage()).toBe(STATUS.WORKING);
  const ended = run.finish((slice) => {
    if (slice === calls - 1) change(run);
  });
  expect(ended.calls).toBe(calls);
  return { run, status: statusName(ended.status) };
}

function slicesOf(of: Scene): number {
  const run = new Run(of);
  run.tick();
  run.stage();
  return run.finish().calls;
}

describe("before the last slice", () => {
  it("an alarm pauses: a bolus is refused, and nothing of it is given", () => {
    const { run, status } = beforeTheLast(scene("submit, bolus"), (now) => {
      now.device.clock.advanceMs(100);
      expect(now.tick(SENSOR.AIR).generation).toBe(0);
    });
    expect(status).toBe("ALARM_ACTIVE");
    expect(run.state()).toMatchObject({ phase: PHASE.PAUSED, bolusLeftNl: 0n });
  });

  it("the library expires: a start and an increase are refused, a reduction is not", () => {
    const later = (now: Run): void => now.device.clock.setWallTimeS(NOW_S + 400 * DAY_S);
    expect(beforeTheLast(scene("submit, start"), later).status).toBe("LIBRARY_EXPIRED");
    expect(beforeTheLast(scene("submit, titrate upward"), later).status).toBe("LIBRARY_EXPIRED");
    expect(beforeTheLast(scene("submit, titrate downward"), later).status).toBe("OK");
  });

  it("the root document expires: an approval cannot let its command through", () => {
    const later = (now: Run): void => now.device.clock.setWallTimeS(NOW_S + 731 * DAY_S);
    expect(beforeTheLast(scene("approve"), later).status).toBe("EXPIRED");
  });

  it.each(["submit, start", "submit, titrate upward", "submit, bolus", "submit, pause", "approve"])(
    "%s: its life ends, and it is refused without effect; within its life it is not",
    (title) => {
      const of = scene(title);
      const before = new Run(of).state();
      // Lives are 300 s from the session's opening, which is at most a minute before the scene.
      const { run, status } = beforeTheLast(of, (now) => now.device.clock.advanceMs(300_000));
      expect(status).toBe("COMMAND_EXPIRED");
      expect(run.state()).toMatchObject({
        phase: before.phase,
        rateNlPerH: before.rateNlPerH,
        bolusLeftNl: 0n,
      });
      expect(beforeTheLast(of, (now) => now.device.clock.advanceMs(200_000)).status).toBe("OK");
    },
  );

  it("the clock fails: nothing is judged by an older time", () => {
    const fail = (now: Run): void => now.device.clock.uptimeOutage.begin(1);
    expect(beforeTheLast(scene("submit, titrate upward"), fail).status).toBe("CLOCK");
  });

  it("the panel lowers the rate: what came as a reduction, without entries, is no increase that nobody proved", () => {
    const bed = bedOf("running");
    const { record } = bed.desk.prepare(
      bed.hospital.keys.prescriber,
      PATIENT.token,
      bed.orderId,
      titration("4 mg/h"),
    );
    const { port, command } = decodeSubmit(record);
    const bare = encodeSubmit({ port, command });
    const of = sceneOf("bare", "running", bed, { verb: "submit", bytes: bare });
    expect(beforeTheLast(of, () => undefined).status).toBe("OK");
    const { run, status } = beforeTheLast(of, (now) => {
      expect(now.local({ action: LOCAL_ACTION.REDUCE, value: 2_000_000n })).toBe(STATUS.OK);
    });
    expect(status).toBe("PROOF");
    expect(run.state().rateNlPerH).toBe(2_000_000n);
  });

  it("the panel raises nothing that staged work could see: library and override wait until it has ended", () => {
    const of = scene("approve");
    const calls = slicesOf(of);
    const run = new Run(of);
    run.stage();
    const { state } = run.gate.inspect();
    const ended = run.finish((slice) => {
      for (const request of [
        { action: LOCAL_ACTION.OVERRIDE, mask: state!.pendingMask, reasonCode: 1 },
        { action: LOCAL_ACTION.ACTIVATE_LIBRARY },
      ]) {
        const first = run.gate.local(request);
        expect(first.status).toBe(STATUS.CONFIRM_NEEDED);
        expect(statusName(run.gate.confirm(first.result!.nonce).status), `slice ${slice}`).toBe("BUSY");
      }
    });
    expect(ended).toMatchObject({ status: STATUS.OK, calls });
  });

  it("a manifest expires: the commit that was begun in time still ends, a begin after it does not", () => {
    const later = (now: Run): void => now.device.clock.setWallTimeS(NOW_S + 400 * DAY_S);
    expect(beforeTheLast(scene("libraryCommit"), later).status).toBe("OK");
    const run = new Run(scene("libraryCommit"));
    later(run);
    run.stage();
    expect(statusName(run.finish().status)).toBe("EXPIRED");
  });
});

describe("cancelled staged work", () => {
  it("uses no sequence up and activates no session: the same bytes are judged as if for the first time", () => {
    const of = scene("submit, stop");
    for (let slice = 0; slice < slicesOf(of); slice++) {
      const run = new Run(of);
      run.stage();
      for (let i = 0; i < slice; i++) run.slice();
      run.gate.cancel();
      run.stage();
      expect(statusName(run.finish().status)).toBe("OK");
      // Now it is used up: the same bytes bring the stored verdict, and no second effect.
      expect(run.stage()).toBe(STATUS.DONE);
    }
  });
});
