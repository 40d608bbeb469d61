import { describe, expect, it } from "vitest";
import { simulatedKey } from "../../host-sim/authority/keys.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  outcome,
  PATIENT,
  permitted,
  profile,
  type Sending,
  start,
  type StartBody,
  startBody,
  ward,
} from "../support/ward.js";

/** One thing wrong with a start, at its step of SPEC 4.4. */
interface Defect {
  readonly step: number;
  readonly what: string;
  readonly status: string;
  readonly body?: Partial<StartBody> | ((body: StartBody) => Partial<StartBody>);
  readonly sending?: Sending;
  readonly record?: (record: Uint8Array) => void;
  readonly prepare?: (bed: Bed) => void;
  /** Weight of the patient who is in the bed. */
  readonly weightG?: number;
}

const STRANGER = simulatedKey("rules", {
  name: "stranger",
  holder: "stranger",
  duty: "author",
  roles: ["order"],
});
const NURSE = simulatedKey("ward", { name: "nurse", holder: "nurse", duty: "author", roles: ["bedside"] });

/** Everything that the defects need to be sole causes. */
const MODELS = [
  profile({ weightG: { min: 60_000, max: 80_000 }, vtbiNlMax: 50 * ML }),
  drug({ continuous: limits("mg/h", { hardMax: 8 * MG }), vtbi: { softMax: 40 * ML } }),
];
/** The same reference, another entry: proofs that lead to another root. */
const OTHER = libraryOf([MODELS[0]!, drug({ name: "other" })]);

const DEFECTS: readonly Defect[] = [
  {
    step: 1,
    what: "a flag that does not exist",
    status: "BAD_RECORD",
    record: (record) => void (record[28] = 2),
  },
  { step: 2, what: "set 0", status: "SCHEMA", body: { setId: 0 } },
  { step: 3, what: "an unknown session", status: "SESSION", sending: { sessionId: new Uint8Array(8) } },
  { step: 4, what: "an unknown key", status: "KID_UNKNOWN", sending: { key: STRANGER } },
  { step: 5, what: "a nurse's key", status: "ROLE", sending: { key: NURSE } },
  { step: 6, what: "a sequence too far ahead", status: "SEQUENCE", sending: { sequence: 300 } },
  {
    step: 8,
    what: "another pump's challenge",
    status: "SIGNATURE",
    sending: { receiver: { challenge: new Uint8Array(32) } },
  },
  {
    step: 9,
    what: "a program that runs",
    status: "PHASE",
    prepare: (bed) => void permitted(start(bed, { vtbiNl: ML })),
  },
  { step: 10, what: "another patient", status: "PATIENT", sending: { token: new Uint8Array(16).fill(1) } },
  {
    step: 11,
    what: "another library version",
    status: "LIBRARY_REFERENCE",
    body: ({ drug: meant }) => ({ drug: { ...meant, version: meant.version + 1 } }),
  },
  { step: 12, what: "another library's entry", status: "PROOF", sending: { library: OTHER } },
  { step: 13, what: "a weight outside the area's range", status: "LIMIT_PROFILE", weightG: 59_999 },
  { step: 14, what: "another unit", status: "UNIT", body: { unit: 0x201 } },
  {
    step: 15,
    what: "another concentration",
    status: "LIMIT_HARD",
    body: { concentration: { amount: 2 * MG, volumeNl: ML } },
  },
  { step: 16, what: "an unknown set", status: "SET", body: { setId: 99 } },
  {
    step: 17,
    what: "a rate that does not follow",
    status: "RATE_MISMATCH",
    body: ({ rateNlPerH }) => ({ rateNlPerH: rateNlPerH + 10_000 }),
  },
  { step: 18, what: "a total above the ceiling", status: "LIMIT_CEILING", body: { totalNl: 49_996 * ML } },
  { step: 19, what: "a VTBI above the area's", status: "LIMIT_PROFILE", body: { vtbiNl: 60 * ML } },
  {
    step: 20,
    what: "a dose above the hard maximum",
    status: "LIMIT_HARD",
    body: { dose: 9 * MG, rateNlPerH: 9 * ML },
  },
  { step: 21, what: "a VTBI above the soft maximum", status: "NEEDS_OVERRIDE", body: { vtbiNl: 45 * ML } },
];

/** Sends a start with these defects; where two touch the same field the first one's wins. */
function sent(...defects: readonly Defect[]): string {
  const weightG = defects.find((defect) => defect.weightG !== undefined)?.weightG;
  const bed = ward({ models: MODELS, patient: { ...PATIENT, weightG: weightG ?? 70_000 } });
  // The program that is in the way must itself have been in order.
  const busy = defects.some((defect) => defect.prepare);
  if (busy && weightG !== undefined) return "";
  for (const defect of defects) defect.prepare?.(bed);
  bed.newOrder(bed.library.areas[0]!.drugs[0]!);
  let body = startBody(bed, { vtbiNl: 10 * ML, dose: 5 * MG });
  let sending: Sending = {};
  for (const { body: change = {}, sending: forged = {} } of [...defects].reverse()) {
    body = { ...body, ...(typeof change === "function" ? change(body) : change) };
    sending = { ...sending, ...forged };
  }
  const { key = bed.hospital.keys.prescriber, token = bed.patient.token, ...forgery } = sending;
  const { record } = bed.desk.prepare(key, token, bed.orderId, body, forgery);
  for (const defect of defects) defect.record?.(record);
  return outcome(bed.pump.submit(record));
}

/** SPEC 4.4 */
describe("a start in which nothing is wrong", () => {
  it("is permitted", () => expect(sent()).toBe("PERMIT"));
});

describe("a start", () => {
  it.each(DEFECTS)("with $what is refused at step $step: $status", (defect) => {
    expect(sent(defect)).toBe(defect.status);
  });
});

describe("of two things that are wrong", () => {
  it.each(DEFECTS)("$what is the reason before everything later", (first) => {
    for (const second of DEFECTS) {
      if (second.step <= first.step || (first.sending?.key && second.sending?.key)) continue;
      const answer = sent(first, second);
      if (answer !== "") expect(answer, `with ${second.what}`).toBe(first.status);
    }
  });
});
