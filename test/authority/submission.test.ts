import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  type BodyOf,
  type Command,
  type CommandBody,
  decodeCommand,
  signCommand,
} from "../../host-sim/authority/command.js";
import {
  approvalSubmission,
  approveRecord,
  emergencySubmission,
  submission,
  submitRecord,
} from "../../host-sim/authority/submission.js";
import { decodeApprove, decodeSubmit } from "../../host-sim/gate/records.js";
import { DOCTOR, fill, hex, NURSE, RECEIVER } from "./support.js";

const START: BodyOf<"start"> = {
  kind: "start",
  drug: {
    area: 1,
    drug: 1001,
    variant: 2,
    epoch: 0,
    version: 7,
    rootPrefix: fill(8, 0xab),
    rootVersionMin: 1,
  },
  unit: 0x111,
  dose: 50_000,
  rateNlPerH: 13_100_000,
  vtbiNl: 250_000_000,
  concentration: { amount: 4_000_000_000, volumeNl: 250_000_000 },
  setId: 1,
  totalNl: 500_000_000,
};

const command = (body: CommandBody): Command => ({
  sessionId: fill(8, 1),
  sequence: 3,
  lifeS: 300,
  patientToken: fill(16, 2),
  orderId: fill(16, 3),
  body,
});

describe("a submit record", () => {
  const node = (n: number): Uint8Array => fill(32, n);
  const proofs = {
    drug: { entry: fill(79, 7), index: 5, path: [node(1), node(2)] },
    profile: { entry: fill(56, 8), index: 4, path: [node(3)] },
  };

  it("has the layout of SPEC 11.2", () => {
    const { record, object, digest } = submission(1, command(START), RECEIVER, DOCTOR, proofs);
    const view = new DataView(record.buffer);
    expect([view.getUint16(0, true), view.getUint16(2, true), view.getUint32(4, true)]).toEqual([
      0x0101,
      1,
      record.length,
    ]);
    expect([view.getUint32(8, true), view.getUint16(12, true), view.getUint16(14, true)]).toEqual([
      1,
      object.length,
      79,
    ]);
    expect([view.getUint16(16, true), record[18], record[19]]).toEqual([56, 2, 1]);
    expect([view.getUint32(20, true), view.getUint32(24, true), view.getUint32(28, true)]).toEqual([5, 4, 0]);
    const tail = [
      object,
      proofs.drug.entry,
      ...proofs.drug.path,
      proofs.profile.entry,
      ...proofs.profile.path,
    ];
    expect(hex(record.subarray(32))).toBe(tail.map(hex).join(""));
    expect(hex(digest)).toBe(hex(signCommand(command(START), RECEIVER, DOCTOR).digest));
    expect(decodeSubmit(record)).toMatchObject({ port: 1, ...proofs });
  });

  it("of an emergency brings the bare payload, from the panel", () => {
    const { record, object, digest } = emergencySubmission(command(START), proofs);
    expect(decodeSubmit(record)).toEqual({ port: 0, command: object, emergency: true, ...proofs });
    expect(new DataView(record.buffer).getUint32(28, true)).toBe(1);
    expect(decodeCommand(object)).toMatchObject({ body: START, patientToken: fill(16, 2), sequence: 1 });
    expect(hex(digest)).toBe(createHash("sha256").update(object).digest("hex"));
  });

  it("of a bedside command brings nothing along", () => {
    const { record, object } = submission(0, command({ kind: "pause" }), RECEIVER, NURSE);
    expect(record).toHaveLength(32 + object.length);
  });

  it("is refused for an order without proofs, and for a pause with them", () => {
    expect(() => submission(1, command(START), RECEIVER, DOCTOR)).toThrow(/needs the drug's entry/);
    expect(() => submission(1, command({ kind: "pause" }), RECEIVER, NURSE, proofs)).toThrow(
      /brings no library entries/,
    );
  });

  it("is refused for an entry of 513 bytes, an empty one, and a path of 17 nodes", () => {
    const signed = signCommand(command(START), RECEIVER, DOCTOR);
    const withDrug = (drug: Partial<(typeof proofs)["drug"]>) => ({
      ...proofs,
      drug: { ...proofs.drug, ...drug },
    });
    expect(() => submitRecord(1, signed, withDrug({ entry: fill(512, 0) }))).not.toThrow();
    expect(() => submitRecord(1, signed, withDrug({ entry: fill(513, 0) }))).toThrow(/513 bytes/);
    expect(() => submitRecord(1, signed, withDrug({ entry: fill(0, 0) }))).toThrow(/0 bytes/);
    expect(() =>
      submitRecord(1, signed, withDrug({ path: Array.from({ length: 17 }, () => node(0)) })),
    ).toThrow(/17 nodes/);
  });
});

it("an approve record has the layout of SPEC 11.2", () => {
  const approval = {
    sessionId: fill(8, 1),
    sequence: 1,
    lifeS: 60,
    commandDigest: fill(32, 1),
    mask: 4,
    nonce: fill(8, 1),
    reasonCode: 1,
  };
  const { record, object, digest } = approvalSubmission(2, approval, RECEIVER, DOCTOR);
  const view = new DataView(record.buffer);
  expect([view.getUint16(0, true), view.getUint16(2, true), view.getUint32(4, true)]).toEqual([
    0x0102,
    1,
    record.length,
  ]);
  expect([view.getUint32(8, true), view.getUint32(12, true)]).toEqual([2, 0]);
  expect(hex(record.subarray(16))).toBe(hex(object));
  expect(decodeApprove(record)).toEqual({ port: 2, approval: object });
  expect(hex(approveRecord(2, { bytes: object, digest }).record)).toBe(hex(record));
});
