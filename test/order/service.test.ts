/** Commands that are about the pump, not about a patient (SPEC 4.2, 4.4): when they may come, and what they refuse. */
import { describe, expect, it } from "vitest";
import type { CommandBody } from "../../host-sim/authority/command.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { DAY_S, NOW_S, outcome, permitted, send, start, ward } from "../support/ward.js";

const calibrate = (setId: number, plPerStep = 50_000): CommandBody => ({
  kind: "calibrate",
  setId,
  plPerStep,
});
const CONFIGURE: CommandBody = {
  kind: "configure",
  configuration: { nearEndS: 120, pausedLongS: 240, kvoSMax: 60 },
};
const time = (timeS: number): CommandBody => ({ kind: "time", timeS });

function serve(bed: Bed, body: CommandBody) {
  const { engineer, timekeeper } = bed.hospital.keys;
  const key = body.kind === "time" ? timekeeper : engineer;
  return outcome(send(bed, body, { key, token: new Uint8Array(16) }));
}

describe("a calibration", () => {
  it("takes a known set, and new ones while fewer than four are known", () => {
    const bed = ward();
    expect(serve(bed, calibrate(1))).toBe("PERMIT");
    expect(serve(bed, calibrate(7))).toBe("PERMIT");
    expect(serve(bed, calibrate(8))).toBe("PERMIT");
    expect(serve(bed, calibrate(9))).toBe("SET");
    expect(serve(bed, calibrate(8, 60_000))).toBe("PERMIT");
  });

  it("makes its set one that an order may name", () => {
    const bed = ward();
    expect(outcome(start(bed, { setId: 7 }))).toBe("SET");
    expect(serve(bed, calibrate(7))).toBe("PERMIT");
    expect(outcome(start(bed, { setId: 7 }))).toBe("PERMIT");
  });
});

describe.each([
  ["calibrate", calibrate(1), "PHASE"],
  ["configure", CONFIGURE, "PHASE"],
  ["time", time(NOW_S + DAY_S), "PERMIT"],
] as const)("%s", (_kind, body, whileRunning) => {
  it("is permitted while nothing runs, whoever is associated", () => {
    expect(serve(ward(), body)).toBe("PERMIT");
    expect(serve(ward({ patient: null }), body)).toBe("PERMIT");
  });

  it(`while a program runs or is paused is ${whileRunning}`, () => {
    const bed = ward();
    permitted(start(bed));
    expect(serve(bed, body)).toBe(whileRunning);
    permitted(send(bed, { kind: "pause" }));
    const again = body.kind === "time" ? time(NOW_S + 2 * DAY_S) : body;
    expect(serve(bed, again)).toBe(whileRunning);
  });

  it("is refused to an order key", () => {
    const bed = ward();
    expect(outcome(send(bed, body, { key: bed.hospital.keys.prescriber }))).toBe("ROLE");
  });
});

/** SPEC 2.5 */
describe("a signed time", () => {
  const FLOOR_S = NOW_S;
  it.each([
    [0, "BAD_ARGUMENT"],
    [1, "PERMIT"],
    [400 * DAY_S, "PERMIT"],
    [400 * DAY_S + 1, "TIME_STEP"],
  ])("%i s above the floor is %s", (by, wanted) => {
    expect(serve(ward(), time(FLOOR_S + by))).toBe(wanted);
  });

  it("raises the floor: the same again is refused", () => {
    const bed = ward();
    expect(serve(bed, time(FLOOR_S + DAY_S))).toBe("PERMIT");
    expect(bed.pump.inspect().floorS).toBe(BigInt(FLOOR_S + DAY_S));
    expect(serve(bed, time(FLOOR_S + DAY_S))).toBe("BAD_ARGUMENT");
  });
});
