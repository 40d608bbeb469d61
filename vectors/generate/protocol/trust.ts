/** Root documents: who has to sign, in which order, and what becomes of libraries (SPEC 2). */
import { sign } from "../../../host-sim/authority/cose.js";
import type { KeyPair } from "../../../host-sim/authority/keys.js";
import { encodeRootUnchecked, type Root, ROOT_AAD } from "../../../host-sim/authority/root.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { DAY_S, done, NOW_S, send, start, titrate, titrateBody } from "../../../test/support/ward.js";
import { holder, hospitalWith, IDLE, RUNNING, watched } from "./places.js";
import { bedPlace, type BedScene, type Came, type Draft, vector } from "./scene.js";

type Change = Partial<Root> | ((bed: Bed) => Partial<Root>);

/** The next root document, as `change` has it, signed by `signers`. */
function nextRoot(bed: Bed, change: Change = {}, signers?: readonly KeyPair[]): Uint8Array {
  const { root, keys } = bed.hospital;
  const next = {
    ...root,
    version: root.version + 1,
    issuedS: NOW_S + 1,
    ...(typeof change === "function" ? change(bed) : change),
  };
  return sign(encodeRootUnchecked(next), ROOT_AAD, signers ?? [keys.rootAuthor, keys.rootApprover]).bytes;
}

const update = (bed: Bed, change?: Change, signers?: readonly KeyPair[]): Came =>
  bed.pump.trustUpdate(nextRoot(bed, change, signers));

/** A root update at `idle` that comes to `status`. */
function updates(
  comment: string,
  status: StatusName,
  change: Change = {},
  more: {
    readonly wallS?: number;
    readonly signers?: (bed: Bed) => readonly KeyPair[];
    readonly detail?: number;
  } = {},
): Draft {
  return vector(
    IDLE,
    `root document ${comment}`,
    status === "OK" ? ["Trust", "Accepted"] : "Trust",
    ({ bed }) => {
      if (more.wallS !== undefined) bed.device.clock.setWallTimeS(more.wallS);
      return update(bed, change, more.signers?.(bed));
    },
    { status, ...(more.detail !== undefined && { detail: more.detail }) },
  );
}

const keysOf = ({ hospital }: Bed): Bed["hospital"]["keys"] => hospital.keys;
const without = (bed: Bed, gone: KeyPair): Root["keys"] =>
  bed.hospital.root.keys.filter((key) => key !== gone);
const changed = (bed: Bed, key: KeyPair, change: object): Root["keys"] =>
  bed.hospital.root.keys.map((one) => (one === key ? { ...one, ...change } : one));

export function rootUpdateDrafts(): Draft[] {
  const stranger = holder("stranger", ["root"]);
  const until = NOW_S + 730 * DAY_S;
  return [
    updates("N+1", "OK"),
    updates("of the version in force", "ROOT_VERSION", { version: 1 }, { detail: 2 }),
    updates("N+2", "ROOT_VERSION", { version: 3 }, { detail: 2 }),
    updates("of version 2^32-1", "ROOT_VERSION", { version: 0xffff_ffff }, { detail: 2 }),
    updates("for another library id", "LIBRARY_ID", { libraryId: new Uint8Array(16) }, { detail: 5 }),
    updates("of a lower epoch", "LIBRARY_ID", { libraryEpoch: 0 }, { detail: 6 }),
    updates("of a higher epoch", "OK", { libraryEpoch: 2 }),
    updates("a second before its end", "OK", { expiresS: until }, { wallS: until - 2 }),
    updates("at its end", "EXPIRED", { expiresS: until }, { wallS: until }),
    updates("issued at known time and skew, and a second", "FUTURE", (bed) => ({
      issuedS: NOW_S + bed.hospital.root.policy.maxSkewS + 10_000,
      expiresS: until,
    })),
    updates(
      "that raises the floor by 400 days",
      "OK",
      { issuedS: NOW_S + 400 * DAY_S, expiresS: until },
      { wallS: NOW_S + 400 * DAY_S },
    ),
    updates(
      "that raises the floor by 400 days and a second",
      "TIME_STEP",
      { issuedS: NOW_S + 400 * DAY_S + 1, expiresS: until },
      { wallS: NOW_S + 400 * DAY_S + 1 },
    ),
    updates("signed by the author alone", "THRESHOLD", {}, { signers: (bed) => [keysOf(bed).rootAuthor] }),
    updates(
      "signed by the approver alone",
      "THRESHOLD",
      {},
      { signers: (bed) => [keysOf(bed).rootApprover] },
    ),
    updates(
      "signed by a stranger beside",
      "KID_UNKNOWN",
      {},
      {
        signers: (bed) => [keysOf(bed).rootAuthor, keysOf(bed).rootApprover, stranger],
      },
    ),
    updates(
      "signed by a pharmacist beside",
      "ROLE",
      {},
      {
        signers: (bed) => [keysOf(bed).rootAuthor, keysOf(bed).rootApprover, keysOf(bed).pharmacist],
      },
    ),
    updates(
      "of new root keys that the old ones did not sign",
      "THRESHOLD",
      (bed) => ({
        keys: [...without(bed, keysOf(bed).rootAuthor), stranger],
      }),
      { signers: (bed) => [stranger, keysOf(bed).rootApprover] },
    ),
    updates("of new root keys that did not sign themselves", "THRESHOLD", (bed) => ({
      keys: [...without(bed, keysOf(bed).rootAuthor), stranger],
    })),
    updates(
      "of new root keys, signed by old and new",
      "OK",
      (bed) => ({
        keys: [...without(bed, keysOf(bed).rootAuthor), stranger],
      }),
      { signers: (bed) => [keysOf(bed).rootAuthor, keysOf(bed).rootApprover, stranger] },
    ),
    vector(
      IDLE,
      "root document with a bit of a signature wrong",
      ["Trust", "Forgery"],
      ({ bed }) => {
        const bytes = nextRoot(bed);
        bytes[bytes.length - 10]! ^= 1;
        return bed.pump.trustUpdate(bytes);
      },
      "SIGNATURE",
    ),
    vector(
      IDLE,
      "root documents N+1 and N+2",
      ["Trust", "Accepted"],
      ({ bed }) => {
        done(update(bed));
        return update(bed, { version: 3 });
      },
      "OK",
    ),
  ];
}

export function rootSenseDrafts(): Draft[] {
  const sense = (comment: string, change: Change): Draft => updates(comment, "ROOT_SENSE", change);
  return [
    sense("that expires as it is issued", { expiresS: NOW_S + 1 }),
    sense("with one key twice", (bed) => ({
      keys: [...bed.hospital.root.keys.slice(1), bed.hospital.root.keys[1]!],
    })),
    sense("with a key of a role that is not used", (bed) => ({
      thresholds: { ...bed.hospital.root.thresholds, time: 0 },
    })),
    sense("with a threshold of two for orders", (bed) => ({
      thresholds: { ...bed.hospital.root.thresholds, order: 2 },
    })),
    sense("with a root threshold of 0", (bed) => ({
      thresholds: { ...bed.hospital.root.thresholds, root: 0 },
    })),
    sense("with fewer holders than its root threshold", (bed) => ({
      thresholds: { ...bed.hospital.root.thresholds, root: 3 },
    })),
    sense("with fewer holders than its library threshold", (bed) => ({
      thresholds: { ...bed.hospital.root.thresholds, library: 3 },
    })),
    sense("with a used role that nobody has", (bed) => ({ keys: without(bed, keysOf(bed).timekeeper) })),
    sense("with two library holders and no author", (bed) => ({
      keys: changed(bed, keysOf(bed).pharmacist, { duty: "approver" }),
    })),
    sense("with two library holders and no approver", (bed) => ({
      keys: changed(bed, keysOf(bed).pharmacyChief, { duty: "author" }),
    })),
    sense("with two root keys of one holder", (bed) => ({
      keys: changed(bed, keysOf(bed).rootApprover, { holder: keysOf(bed).rootAuthor.holder }),
    })),
  ];
}

const REVOKED = bedPlace(
  "library revoked",
  "A root update has replaced the pharmacist: the active library is REVOKED.",
  (recorder) => {
    const bed = watched(recorder);
    revoke(bed);
    bed.desk.open();
    return bed;
  },
);
const RUNNING_REVOKED = bedPlace("running, library revoked", "The same while a program runs.", (recorder) => {
  const { bed } = RUNNING.make(recorder);
  revoke(bed);
  bed.desk.open();
  return bed;
});

/** Another pharmacist's key takes the place of the one that signed the library. */
function revoke(bed: Bed): void {
  const { root, keys } = bed.hospital;
  const others = root.keys.map((key) => (key === keys.pharmacist ? holder("new author", ["library"]) : key));
  done(
    bed.pump.trustUpdate(
      bed.hospital.publishRoot({ ...root, version: 2, issuedS: NOW_S + 1, keys: others }).bytes,
    ),
  );
}

/** Root document 3 vouches for the pharmacist again. */
function vouchAgain(bed: Bed): Came {
  const { root, keys } = bed.hospital;
  const restored = [
    ...root.keys.filter(({ roles }) => !(roles as readonly string[]).includes("library")),
    keys.pharmacist,
    keys.pharmacyChief,
  ];
  return bed.pump.trustUpdate(
    bed.hospital.publishRoot({ ...root, version: 3, issuedS: NOW_S + 2, keys: restored }).bytes,
  );
}

export function revokedDrafts(): Draft[] {
  const at = (comment: string, act: (scene: BedScene) => Came | number, status: StatusName): Draft =>
    vector(REVOKED, comment, "LibraryState", act, status);
  const running = (comment: string, act: (scene: BedScene) => Came | number, status: StatusName): Draft =>
    vector(RUNNING_REVOKED, comment, "LibraryState", act, status);
  return [
    at("start under a revoked library", ({ bed }) => start(bed), "LIBRARY_REVOKED"),
    at(
      "start under a library that is vouched for again",
      ({ bed }) => {
        done(vouchAgain(bed));
        bed.desk.open();
        return start(bed);
      },
      "OK",
    ),
    running(
      "an increase under a revoked library",
      ({ bed }) => titrate(bed, { dose: 6_000_000_000 }),
      "LIBRARY_REVOKED",
    ),
    running(
      "a reduction under a revoked library",
      ({ bed }) => {
        const body = titrateBody(bed, { dose: 4_000_000_000 });
        return send(bed, body);
      },
      "OK",
    ),
    running("a stop under a revoked library", ({ bed }) => send(bed, { kind: "stop" }), "OK"),
    running(
      "ten seconds more of what runs",
      ({ bed }) => {
        bed.pump.runFor(10_000);
        return bed.pump.grant === null ? -1 : 0;
      },
      "OK",
    ),
  ];
}

export function expiredRootDrafts(): Draft[] {
  const late = NOW_S + 730 * DAY_S;
  const at = (place: typeof IDLE, comment: string, status: StatusName, act: (bed: Bed) => Came): Draft =>
    vector(
      place,
      `after the root document's end: ${comment}`,
      "Trust",
      ({ bed }) => {
        bed.device.clock.setWallTimeS(late);
        return act(bed);
      },
      status,
    );
  return [
    at(IDLE, "start", "EXPIRED", (bed) => start(bed)),
    at(RUNNING, "an increase", "EXPIRED", (bed) => titrate(bed, { dose: 6_000_000_000 })),
    at(RUNNING, "pause", "OK", (bed) => send(bed, { kind: "pause" })),
    at(RUNNING, "stop", "OK", (bed) => send(bed, { kind: "stop" })),
    at(IDLE, "the next root document", "OK", (bed) =>
      update(bed, { issuedS: NOW_S + 1, expiresS: late + DAY_S }),
    ),
    at(RUNNING, "a rate reduced at the panel", "OK", (bed) =>
      bed.pump.panel("REDUCE", { value: 4_000_000n }),
    ),
  ];
}

const TWO_AUTHORS = bedPlace(
  "two pharmacists",
  "The root document lists a second author of libraries.",
  (recorder) => watched(recorder, { hospital: hospitalWith(holder("second pharmacist", ["library"])) }),
);
export { TWO_AUTHORS };

export function decommissioningDrafts(): Draft[] {
  const object = (bed: Bed, change: { counter?: number; device?: Uint8Array } = {}) =>
    bed.hospital.decommission(
      change.device ?? bed.issued.deviceId,
      change.counter ?? bed.pump.inspect().counter,
    ).bytes;
  return [
    vector(
      IDLE,
      "decommissioning",
      ["Trust", "Accepted"],
      ({ bed }) => bed.pump.decommission(object(bed)),
      "OK",
    ),
    vector(
      RUNNING,
      "decommissioning of a pump that runs",
      "Trust",
      ({ bed }) => bed.pump.decommission(object(bed)),
      "PHASE",
    ),
    vector(
      IDLE,
      "decommissioning with the counter of another life",
      "Trust",
      ({ bed }) => bed.pump.decommission(object(bed, { counter: bed.pump.inspect().counter + 1 })),
      "COUNTER",
    ),
    vector(
      IDLE,
      "decommissioning of another pump",
      ["Trust", "Forgery"],
      ({ bed }) => bed.pump.decommission(object(bed, { device: new Uint8Array(16) })),
      "SIGNATURE",
    ),
  ];
}
