/** Every kind of object, spoilt in every field: signed by those who may, so that nothing but the field speaks against it. */
import { sign, sign1 } from "../../../host-sim/authority/cose.js";
import { approvalAad, encodeApproval } from "../../../host-sim/authority/approval.js";
import { decommissionAad, encodeDecommissioning } from "../../../host-sim/authority/decommission.js";
import { encodeEntry } from "../../../host-sim/authority/library/entry.js";
import { encodeManifest, LIBRARY_AAD } from "../../../host-sim/authority/manifest.js";
import { encodeRootUnchecked, ROOT_AAD } from "../../../host-sim/authority/root.js";
import { approveRecord } from "../../../host-sim/authority/submission.js";
import type { Verdict } from "../../../host-sim/gate/records.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { Hospital } from "../../../host-sim/ward/hospital.js";
import { done, libraryOf, ML, NOW_S, profile, start } from "../../../test/support/ward.js";
import { liquid } from "../../../test/support/programs.js";
import { everyField, values } from "./malform.js";
import { BLANK, IDLE, SOFT, watched } from "./places.js";
import { notCbor, silent, spoilt } from "./spoilt.js";
import { bedPlace, type BedScene, type Came, type Draft, type Scene } from "./scene.js";

// --- provisioning -------------------------------------------------------------------------------------------------

const WORKSHOP = new Hospital({ seed: "ward", library: libraryOf(), nowS: NOW_S });

export function provisioningDrafts(): Draft[] {
  const { block } = WORKSHOP.issuePump("bed");
  const hand = ({ gate }: Scene, payload: Uint8Array): Came => gate.provision(payload);
  const cases = [
    ...everyField(block, [], { extra: 6 }),
    ...values(block, [
      [[0], new Uint8Array(15), "a byte short"],
      [[0], new Uint8Array(17), "a byte long"],
      [[1], new Uint8Array(31), "a byte short"],
      [[1], new Uint8Array(33), "a byte long"],
      [[2], new Uint8Array(31), "a byte short"],
      [[2], new Uint8Array(33), "a byte long"],
      [[3], 0, "0"],
      [[3], 4, "4"],
      [[4, 0, 0], 0, "set 0"],
      [[4, 0, 0], 2 ** 32, "set 2^32"],
      [[4, 0, 1], 0, "0 pL"],
      [[4, 0, 1], 1_000_000_001, "10^9 pL and one"],
    ]),
  ];
  return [...spoilt(BLANK, "provisioning", cases, hand), ...notCbor(BLANK, "provisioning", hand).slice(1)];
}

// --- root document ------------------------------------------------------------------------------------------------

export function rootDrafts(): Draft[] {
  const { root } = WORKSHOP;
  const next = encodeRootUnchecked({ ...root, version: 2, issuedS: NOW_S + 1 });
  const hand = ({ bed }: BedScene, payload: Uint8Array): Came => {
    const { rootAuthor, rootApprover } = bed.hospital.keys;
    return bed.pump.trustUpdate(sign(payload, ROOT_AAD, [rootAuthor, rootApprover]).bytes);
  };
  const cases = [
    ...everyField(next, [], { extra: 9 }),
    ...everyField(next, [6, 0], { extra: 6 }),
    ...everyField(next, [8], { extra: 5 }),
    ...values(next, [
      [[0], "", "empty"],
      [[0], "x".repeat(33), "of 33 bytes"],
      [[1], 0, "0"],
      [[1], 2 ** 32, "2^32"],
      [[4], new Uint8Array(15), "a byte short"],
      [[5], 2 ** 32, "2^32"],
      [[6], [], "without keys"],
      [[6, 0, 1], new Uint8Array(31), "a byte short"],
      [[6, 0, 2], new Uint8Array(7), "a byte short"],
      [[6, 0, 3], 0, "0"],
      [[6, 0, 3], 3, "3"],
      [[6, 0, 4], 0, "no role"],
      [[6, 0, 4], 128, "of a role that is not there"],
      [[6, 0, 5], 0x10000, "of a kind that is not there"],
      [[7, 0], 17, "17"],
      [[8, 0], 86_400 * 30 + 1, "30 days and a second"],
      [[8, 1], 0, "0"],
      [[8, 1], 3601, "an hour and a second"],
      [[8, 2], 4, "of an unknown flag"],
    ]),
  ];
  return [...spoilt(IDLE, "root document", cases, hand), ...notCbor(IDLE, "root document", hand)];
}

// --- manifest and entries -----------------------------------------------------------------------------------------

const NEXT_LIBRARY = libraryOf(undefined, { version: 2 });

export function manifestDrafts(): Draft[] {
  const good = encodeManifest(NEXT_LIBRARY.manifest());
  const hand = ({ bed, gate }: BedScene, payload: Uint8Array): Came => {
    const { pharmacist, pharmacyChief } = bed.hospital.keys;
    return gate.libraryBegin(sign(payload, LIBRARY_AAD, [pharmacist, pharmacyChief]).bytes);
  };
  const cases = [
    ...everyField(good, [], { extra: 11 }),
    ...values(good, [
      [[0], new Uint8Array(15), "a byte short"],
      [[0], new Uint8Array(17), "a byte long"],
      [[1], 2 ** 32, "2^32"],
      [[2], 0, "0"],
      [[2], 2 ** 32, "2^32"],
      [[6], 0, "0"],
      [[6], 65_537, "65,537"],
      [[7], new Uint8Array(31), "a byte short"],
      [[8], 2 ** 32, "2^32"],
      [[9], 2 ** 32, "2^32"],
      [[10], 2_592_001, "30 days and a second"],
    ]),
  ];
  return [...spoilt(IDLE, "manifest", cases, hand), ...notCbor(IDLE, "manifest", hand)];
}

const BEGUN = bedPlace(
  "install begun",
  "A manifest of five entries was accepted, none came yet.",
  (recorder) => {
    const bed = watched(recorder);
    const { bytes } = bed.hospital.publishLibrary(NEXT_LIBRARY, { entryCount: 5 });
    done(bed.pump.gate.libraryBegin(bytes));
    return bed;
  },
);
export const PROFILE_TAKEN = bedPlace(
  "install, profile taken",
  "The area's profile was accepted.",
  (recorder) => {
    const bed = BEGUN.make(recorder).bed;
    done(bed.pump.gate.libraryEntry(encodeEntry(profile())));
    return bed;
  },
);
export { BEGUN };

export function entryDrafts(): Draft[] {
  const hand = ({ gate }: BedScene, entry: Uint8Array): Came => gate.libraryEntry(entry);
  const area = encodeEntry(profile({ airUl: 50, occlusionMmHg: 300 }));
  const rich = encodeEntry(
    liquid({
      vtbi: { hardMax: 100 * ML },
      weightG: { min: 1000, max: 100_000 },
      bsaCm2: { min: 1000, max: 30_000 },
      titrationStep: { intervalS: 60, bounds: { hardMax: ML } },
      windows: { unit: liquid().bolusDose!.unit, limits: { "1h": { hardMax: 100 * ML } } },
    }),
  );
  const profileCases = [
    ...everyField(area, [], { optional: [10, 11], extra: 12 }),
    ...values(area, [
      [[0], 0, "0"],
      [[0], 65_536, "65,536"],
      [[3], "", "empty"],
      [[3], "x".repeat(49), "of 49 bytes"],
      [[4], 0, "0"],
      [[4], 4, "4"],
      [[5], 0, "0"],
      [[6], 0, "0"],
    ]),
  ];
  const drugCases = [
    ...everyField(rich, [], { optional: [5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20], extra: 22 }),
    ...everyField(rich, [7], { extra: 2 }),
    ...everyField(rich, [19], { extra: 2 }),
    ...everyField(rich, [20], { optional: [1, 2, 3, 4], extra: 5 }),
    ...everyField(rich, [10], { optional: [0, 1, 2, 3], extra: 4 }),
    ...values(rich, [
      [[1], 2 ** 32, "2^32"],
      [[2], 65_536, "65,536"],
      [[3], "", "empty"],
      [[3], "x".repeat(49), "of 49 bytes"],
      [[4], 0, "0"],
      [[19, 0], 0, "0"],
      [[19, 0], 86_401, "a day and a second"],
    ]),
  ];
  return [
    ...spoilt(BEGUN, "profile", profileCases, hand),
    ...spoilt(PROFILE_TAKEN, "drug", drugCases, hand),
    ...notCbor(PROFILE_TAKEN, "drug", hand).slice(1),
  ];
}

// --- approval, decommissioning ------------------------------------------------------------------------------------

const WAITS = bedPlace("order waits", "An order waits for its approval.", (recorder) => {
  const bed = watched(recorder, { models: SOFT });
  start(bed);
  return bed;
});

export function approvalDrafts(): Draft[] {
  const payload = (bed: Bed, waiting: Pick<Verdict, "digest" | "softMask" | "nonce">) =>
    encodeApproval({
      sessionId: bed.desk.session().sessionId,
      sequence: 1,
      lifeS: 300,
      commandDigest: waiting.digest,
      mask: waiting.softMask,
      nonce: waiting.nonce,
      reasonCode: 1,
    });
  // Malformed, it is not compared with what waits.
  const waiting = { digest: new Uint8Array(32), softMask: 4, nonce: new Uint8Array(8) };
  const hand = ({ bed }: BedScene, object: Uint8Array): Came => {
    const receiver = { deviceId: bed.issued.deviceId, challenge: bed.desk.session().challenge };
    const signed = sign1(object, approvalAad(receiver), bed.hospital.keys.supervisor);
    return bed.pump.approve(approveRecord(1, signed).record);
  };
  const model = payload(WAITS.make(silent()).bed, waiting);
  const ranges: (readonly [number, number | Uint8Array, string])[] = [
    [0, new Uint8Array(7), "a byte short"],
    [1, 0, "0"],
    [2, 0, "0"],
    [2, 3601, "an hour and a second"],
    [3, new Uint8Array(31), "a byte short"],
    [4, 0, "0"],
    [4, 0x8000_0000, "2^31"],
    [5, new Uint8Array(7), "a byte short"],
    [6, 0, "0"],
    [6, 256, "256"],
  ];
  const cases = [
    ...everyField(model, [], { extra: 7 }),
    ...values(
      model,
      ranges.map(([key, value, what]) => [[key], value, what] as const),
    ),
  ];
  return [...spoilt(WAITS, "approval", cases, hand), ...notCbor(WAITS, "approval", hand)];
}

export function decommissionDrafts(): Draft[] {
  const hand = ({ bed }: BedScene, object: Uint8Array): Came => {
    const { rootAuthor, rootApprover } = bed.hospital.keys;
    return bed.pump.gate.decommission(
      sign(object, decommissionAad(bed.issued.deviceId), [rootAuthor, rootApprover]).bytes,
    );
  };
  return spoilt(
    IDLE,
    "decommissioning",
    everyField(encodeDecommissioning({ counter: 3 }), [], { extra: 1 }),
    hand,
  );
}
