import { describe, expect, it } from "vitest";
import { type KeyPair, simulatedKey } from "../../host-sim/authority/keys.js";
import { FLAG_APPROVAL, FLAG_OVERRIDE } from "../../host-sim/authority/library/model.js";
import { PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";
import {
  bolus,
  done,
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  NOW_S,
  outcome,
  permitted,
  profile,
  send,
  start,
  titrate,
  ward,
  type WardOptions,
} from "../support/ward.js";

/** A dose and a VTBI with soft maxima of 4 mg/h and 50 mL, hard ones of 8 mg/h and 200 mL. */
const SOFT = drug({
  continuous: limits("mg/h", { softMax: 4 * MG, hardMax: 8 * MG }),
  vtbi: { softMax: 50 * ML, hardMax: 200 * ML },
});
const MODELS = [profile(), SOFT];
const MASK = (1 << 2) | (1 << 8);

/** A start that breaks both soft limits and waits. */
function waiting(options: WardOptions = {}) {
  const bed = ward({ models: MODELS, ...options });
  const sent = start(bed);
  expect(outcome(sent)).toBe("NEEDS_OVERRIDE");
  return { bed, sent, verdict: sent.verdict! };
}
const pending = (bed: Bed): boolean => (bed.pump.inspect().flags & STATE_FLAG.PENDING) !== 0;
const runs = (bed: Bed): boolean => bed.pump.inspect().phase === PHASE.RUNNING;
const panel = (bed: Bed, mask: number, reasonCode = 1): string =>
  statusName(bed.pump.panel("OVERRIDE", { mask, reasonCode }).status);

/** SPEC 4.3 */
describe("a command that breaks soft limits", () => {
  it("waits under a nonce, with the mask of all of them, and runs nothing", () => {
    const { bed, verdict } = waiting();
    expect(verdict.softMask).toBe(MASK);
    expect(verdict.nonce.some((byte) => byte !== 0)).toBe(true);
    expect(bed.pump.inspect()).toMatchObject({ pendingMask: MASK, pendingNonce: verdict.nonce });
    expect(runs(bed)).toBe(false);
  });

  it("keeps another one from waiting, and lets one that needs no override pass", () => {
    const { bed } = waiting();
    expect(outcome(start(bed))).toBe("PENDING_BUSY");
    expect(bed.pump.inspect().pendingMask).toBe(MASK);
    expect(outcome(start(bed, { dose: 4 * MG, vtbiNl: 50 * ML }))).toBe("PERMIT");
  });

  it.each([
    ["at the panel", (bed: Bed) => void done(bed.pump.panel("STOP"))],
    ["by a signed stop", (bed: Bed) => void permitted(send(bed, { kind: "stop" }))],
  ])("no longer waits after a stop %s", (_how, stop) => {
    const { bed, sent } = waiting();
    stop(bed);
    expect(pending(bed)).toBe(false);
    expect(outcome(bed.approve(sent))).toBe("PENDING_NONE");
    expect(panel(bed, MASK)).toBe("PENDING_NONE");
  });

  it("does not survive a power cycle", () => {
    const { bed, sent } = waiting();
    bed.pump.powerCycle();
    bed.desk.open();
    expect(pending(bed)).toBe(false);
    expect(outcome(bed.approve(sent))).toBe("PENDING_NONE");
  });

  it("waits as long as its own life, and frees the slot then", () => {
    const { bed, sent } = waiting();
    bed.pump.runFor(290_000);
    bed.desk.open();
    bed.pump.runFor(5_000);
    expect(outcome(start(bed))).toBe("PENDING_BUSY");
    bed.pump.runFor(20_000);
    expect(outcome(bed.approve(sent))).toBe("PENDING_NONE");
    expect(outcome(start(bed))).toBe("NEEDS_OVERRIDE");
  });
});

describe("a signed approval", () => {
  it("permits the waiting command, once", () => {
    const { bed, sent } = waiting();
    const approved = bed.approve(sent);
    expect(outcome(approved)).toBe("PERMIT");
    expect(approved.verdict).toMatchObject({ generation: 1, kind: 2, softMask: MASK });
    expect(runs(bed)).toBe(true);
    expect(pending(bed)).toBe(false);
    expect(outcome(bed.approve(sent))).toBe("PENDING_NONE");
  });

  it.each([
    ["only one of the limits", MASK & ~(1 << 2)],
    ["a limit more", MASK | (1 << 4)],
    ["other limits", 1 << 4],
  ])("for %s is refused, and the command waits on", (_what, mask) => {
    const { bed, verdict } = waiting();
    const { supervisor } = bed.hospital.keys;
    expect(outcome(bed.desk.approve(supervisor, verdict, 1, { mask }))).toBe("APPROVAL_MISMATCH");
    expect(runs(bed)).toBe(false);
    expect(outcome(bed.desk.approve(supervisor, verdict, 1))).toBe("PERMIT");
  });

  it("of another digest or another nonce is refused", () => {
    const { bed, verdict } = waiting();
    const { supervisor } = bed.hospital.keys;
    const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const other = { ...verdict, digest: flipped(verdict.digest) };
    expect(outcome(bed.desk.approve(supervisor, other, 1))).toBe("APPROVAL_MISMATCH");
    const nonce = flipped(verdict.nonce);
    expect(outcome(bed.desk.approve(supervisor, verdict, 1, { nonce }))).toBe("APPROVAL_MISMATCH");
    expect(runs(bed)).toBe(false);
  });

  it("of an earlier nonce does not fit the same order made again", () => {
    const { bed, verdict } = waiting();
    done(bed.pump.panel("STOP"));
    const again = start(bed);
    const { supervisor } = bed.hospital.keys;
    expect(outcome(bed.desk.approve(supervisor, verdict, 1))).toBe("APPROVAL_MISMATCH");
    expect(outcome(bed.desk.approve(supervisor, again.verdict!, 1))).toBe("PERMIT");
  });

  it("by the holder who signed the command is refused, whatever key it is", () => {
    const library = libraryOf(MODELS);
    const hospital = new Hospital({ seed: "ward", library, nowS: NOW_S });
    const second = simulatedKey("ward", {
      name: "second card",
      holder: "prescriber",
      duty: "approver",
      roles: ["override"],
    });
    hospital.publishRoot({ ...hospital.root, keys: [...hospital.root.keys, second] });
    const { bed, sent } = waiting({ hospital, library });
    expect(outcome(bed.approve(sent, 1, second))).toBe("APPROVER_SAME");
    expect(outcome(bed.approve(sent))).toBe("PERMIT");
  });

  it.each<[string, (bed: Bed) => KeyPair, string]>([
    ["by a prescriber", ({ hospital }) => hospital.keys.secondPrescriber, "ROLE"],
    ["by a nurse", ({ hospital }) => hospital.keys.nurse, "ROLE"],
    [
      "by a stranger",
      () => simulatedKey("x", { name: "x", holder: "x", duty: "approver", roles: ["override"] }),
      "KID_UNKNOWN",
    ],
  ])("%s is refused", (_who, key, wanted) => {
    const { bed, sent } = waiting();
    expect(outcome(bed.approve(sent, 1, key(bed)))).toBe(wanted);
    expect(runs(bed)).toBe(false);
  });

  it("judges everything again: a new library refuses what it permitted", () => {
    const { bed, sent } = waiting();
    done(bed.install(libraryOf(MODELS, { version: 2 })));
    expect(outcome(bed.approve(sent))).toBe("LIBRARY_REFERENCE");
    expect(runs(bed)).toBe(false);
    expect(pending(bed)).toBe(false);
  });

  it("judges everything again: a program that has begun meanwhile refuses it", () => {
    const { bed, sent } = waiting();
    permitted(start(bed, { dose: 4 * MG, vtbiNl: 50 * ML }));
    expect(outcome(bed.approve(sent))).toBe("PHASE");
    expect(bed.pump.inspect().generation).toBe(1);
  });

  it("judges everything again: another weight may refuse it", () => {
    const narrow = [profile(), drug({ ...SOFT, weightG: { min: 60_000, max: 80_000 } })];
    const { bed, sent } = waiting({ models: narrow });
    permitted(bed.associate({ ...bed.patient, weightG: 59_999 }));
    expect(outcome(bed.approve(sent))).toBe("LIMIT_HARD");
  });

  it("of a titration and of a bolus moves what was asked for", () => {
    const entry = drug({
      continuous: limits("mg/h", { softMax: 6 * MG }),
      bolusDose: limits("mg", { softMax: MG }),
    });
    const bed = ward({ models: [profile(), entry] });
    permitted(start(bed));
    permitted(bed.approve(titrate(bed, { dose: 7 * MG })));
    expect(bed.pump.inspect()).toMatchObject({
      rateNlPerH: BigInt(7 * ML),
      permittedRateNlPerH: BigInt(7 * ML),
    });
    permitted(bed.approve(bolus(bed)));
    expect(bed.pump.inspect().bolusLeftNl).toBe(BigInt(2 * ML));
  });

  it("that comes again as it was returns its verdict and starts nothing more", () => {
    const { bed, verdict } = waiting();
    let record: Uint8Array = new Uint8Array();
    const relayed = bed.pump.approve.bind(bed.pump);
    bed.pump.approve = (approval) => relayed((record = approval as Uint8Array));
    const first = bed.desk.approve(bed.hospital.keys.supervisor, verdict, 1);
    const again = relayed(record);
    expect(again.verdict).toEqual(first.verdict);
    expect(bed.pump.inspect().generation).toBe(1);
  });
});

/** SPEC 6.3 */
describe("an override at the panel", () => {
  it("permits the waiting command, once, in two steps", () => {
    const { bed } = waiting();
    const asked = bed.pump.panel("OVERRIDE", { mask: MASK, reasonCode: 7, confirm: false });
    expect(statusName(asked.status)).toBe("CONFIRM_NEEDED");
    expect(runs(bed)).toBe(false);
    done(bed.pump.confirm(asked.result!.nonce));
    expect(runs(bed)).toBe(true);
    expect(panel(bed, MASK)).toBe("PENDING_NONE");
  });

  it.each([
    ["one limit less", MASK & ~(1 << 2), 1],
    ["one limit more", MASK | (1 << 4), 1],
    ["no limit", 0, 1],
    ["no reason", MASK, 0],
    ["a reason beyond 255", MASK, 256],
  ])("with %s is refused, and the command waits on", (_what, mask, reasonCode) => {
    const { bed } = waiting();
    expect(panel(bed, mask, reasonCode)).toBe("APPROVAL_MISMATCH");
    expect(runs(bed)).toBe(false);
    expect(panel(bed, MASK, 255)).toBe("OK");
  });

  it("is refused where root policy does not allow it", () => {
    const { bed, sent } = waiting({ hospital: { localOverride: false } });
    expect(panel(bed, MASK)).toBe("OVERRIDE_NOT_ALLOWED");
    expect(outcome(bed.approve(sent))).toBe("PERMIT");
  });

  it("is refused where the entry asks for a signature", () => {
    const models = [profile(), { ...SOFT, flags: FLAG_OVERRIDE | FLAG_APPROVAL }];
    const { bed, sent } = waiting({ models });
    expect(panel(bed, MASK)).toBe("OVERRIDE_NOT_ALLOWED");
    expect(outcome(bed.approve(sent))).toBe("PERMIT");
  });

  it("is refused with nothing waiting", () => {
    expect(panel(ward(), MASK)).toBe("PENDING_NONE");
  });

  it("judges everything again", () => {
    const { bed } = waiting();
    done(bed.install(libraryOf(MODELS, { version: 2 })));
    expect(panel(bed, MASK)).toBe("LIBRARY_REFERENCE");
    expect(runs(bed)).toBe(false);
  });

  it("gives no verdict to bytes that somebody else sent meanwhile", () => {
    const { bed, sent } = waiting();
    // On another port, a session of its own, a signature that does not hold.
    const { session } = bed.pump.openSession(2);
    const forged = bed.desk.prepare(
      bed.hospital.keys.prescriber,
      bed.patient.token,
      bed.orderId,
      { kind: "pause" },
      { port: 2, sessionId: session!.sessionId, receiver: { challenge: new Uint8Array(32) } },
    );
    const before = outcome(bed.pump.submit(forged.record));
    expect(panel(bed, MASK)).toBe("OK");
    expect(outcome(bed.pump.submit(forged.record))).toBe(before);
    // And the command itself still gets the verdict that it was given.
    expect(outcome(bed.pump.submit(sent.submission.record))).toBe("NEEDS_OVERRIDE");
  });
});
