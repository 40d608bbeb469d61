/** Drug libraries: begin, entries, commit, the one that waits (SPEC 3). */
import { encodeEntry } from "../../../host-sim/authority/library/entry.js";
import type { Drug, LibraryHeader, Profile } from "../../../host-sim/authority/library/model.js";
import { type Manifest, signManifest } from "../../../host-sim/authority/manifest.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import {
  DAY_S,
  done,
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  NOW_S,
  profile,
  start,
  startBody,
} from "../../../test/support/ward.js";
import { BEGUN, PROFILE_TAKEN } from "./objects.js";
import { holder, IDLE, RUNNING, watched } from "./places.js";
import { bedPlace, type BedScene, type Came, type Draft, type Place, vector } from "./scene.js";
import { TWO_AUTHORS } from "./trust.js";

const UPDATE = "LibraryUpdate";
const next = (change: Partial<LibraryHeader> = {}) => libraryOf(undefined, { version: 2, ...change });

/** Installs a library whose manifest says what `change` says. */
function install(bed: Bed, change: Partial<Manifest> = {}, header: Partial<LibraryHeader> = {}): Came {
  const library = next(header);
  return bed.install(library, bed.hospital.publishLibrary(library, change).bytes);
}

function manifests(
  comment: string,
  status: StatusName,
  change: Partial<Manifest> = {},
  before: (bed: Bed) => void = () => undefined,
): Draft {
  return vector(
    IDLE,
    `library ${comment}`,
    status === "OK" ? [UPDATE, "Accepted"] : UPDATE,
    ({ bed }) => {
      before(bed);
      return install(bed, change);
    },
    status,
  );
}

export function manifestUpdateDrafts(): Draft[] {
  const expiresS = NOW_S + 365 * DAY_S;
  const clock = (wallS: number) => (bed: Bed) => {
    bed.device.clock.setWallTimeS(wallS);
  };
  return [
    manifests("of the next version", "OK"),
    manifests("of the installed version", "LIBRARY_ROLLBACK", { version: 1 }),
    manifests("of version 2^32-1", "OK", { version: 0xffff_ffff }),
    manifests("of another id", "LIBRARY_ID", { libraryId: new Uint8Array(16) }),
    manifests("of a lower epoch", "LIBRARY_ID", { epoch: 0 }),
    manifests("of a higher epoch", "LIBRARY_ID", { epoch: 2 }),
    manifests("that needs the root document in force", "OK", { rootVersionMin: 1 }),
    manifests("that needs the next root document", "LIBRARY_NEEDS_ROOT", { rootVersionMin: 2 }),
    manifests("that needs this ABI", "OK", { abiMin: 1 << 16 }),
    manifests("that needs the next ABI", "LIBRARY_NEEDS_ABI", { abiMin: (1 << 16) + 1 }),
    manifests("that needs another major ABI", "LIBRARY_NEEDS_ABI", { abiMin: 2 << 16 }),
    manifests("a second before its end", "OK", {}, clock(expiresS - 2)),
    manifests("at its end", "EXPIRED", {}, clock(expiresS)),
    manifests("issued in a month", "FUTURE", { issuedS: NOW_S + 31 * DAY_S, expiresS: NOW_S + 60 * DAY_S }),
    manifests(
      "issued in 401 days",
      "TIME_STEP",
      { issuedS: NOW_S + 401 * DAY_S, expiresS: NOW_S + 500 * DAY_S },
      clock(NOW_S + 401 * DAY_S),
    ),
    manifests("with a count one too low", "ENTRY_COUNT", { entryCount: 1 }),
    manifests("with a count one too high", "ENTRY_COUNT", { entryCount: 3 }),
    manifests("of another root", "LIBRARY_ROOT", { merkleRoot: new Uint8Array(32) }),
    vector(
      IDLE,
      "library signed by its author alone",
      [UPDATE, "Signer"],
      ({ bed }) => bed.install(next(), signManifest(next().manifest(), [bed.hospital.keys.pharmacist]).bytes),
      "THRESHOLD",
    ),
    vector(
      IDLE,
      "library signed by a stranger beside",
      [UPDATE, "Signer"],
      ({ bed }) => {
        const { pharmacist, pharmacyChief } = bed.hospital.keys;
        return bed.install(
          next(),
          signManifest(next().manifest(), [pharmacist, pharmacyChief, holder("stranger", ["library"])]).bytes,
        );
      },
      "KID_UNKNOWN",
    ),
    vector(
      IDLE,
      "library signed by a prescriber",
      [UPDATE, "Signer"],
      ({ bed }) => {
        const { pharmacist, prescriber } = bed.hospital.keys;
        return bed.install(next(), signManifest(next().manifest(), [pharmacist, prescriber]).bytes);
      },
      "ROLE",
    ),
    vector(
      TWO_AUTHORS,
      "library signed by two authors",
      [UPDATE, "Signer"],
      ({ bed }) => {
        const second = holder("second pharmacist", ["library"]);
        return bed.install(
          next(),
          signManifest(next().manifest(), [bed.hospital.keys.pharmacist, second]).bytes,
        );
      },
      "DUTY",
    ),
    vector(
      IDLE,
      "library with a bit of a signature wrong",
      [UPDATE, "Forgery"],
      ({ bed }) => {
        const bytes = bed.hospital.publishLibrary(next()).bytes.slice();
        bytes[bytes.length - 1]! ^= 1;
        return bed.install(next(), bytes);
      },
      "SIGNATURE",
    ),
  ];
}

/** One more entry of the install under way. */
function entries(
  place: Place<BedScene>,
  comment: string,
  status: StatusName,
  ...models: readonly (Profile | Drug)[]
): Draft {
  return vector(
    place,
    `entry ${comment}`,
    status === "OK" ? ["LibraryEntry", "Accepted"] : "LibraryEntry",
    ({ gate }) => models.map((model) => gate.libraryEntry(encodeEntry(model))).at(-1)!,
    status,
  );
}

export function entryUpdateDrafts(): Draft[] {
  const sense = (comment: string, change: Partial<Drug>): Draft =>
    entries(PROFILE_TAKEN, comment, "ENTRY_SENSE", drug(change));
  const ceiling = (comment: string, ...models: (Profile | Drug)[]): Draft =>
    entries(models[0]!.kind === "profile" ? BEGUN : PROFILE_TAKEN, comment, "ENTRY_CEILING", ...models);
  return [
    entries(BEGUN, "that is a profile, first", "OK", profile()),
    entries(BEGUN, "that is a drug, first", "ENTRY_PROFILE", drug()),
    entries(PROFILE_TAKEN, "that is the same profile again", "ENTRY_ORDER", profile()),
    entries(PROFILE_TAKEN, "of the next area without its profile", "ENTRY_PROFILE", drug({ area: 2 })),
    entries(PROFILE_TAKEN, "that is the next area's profile", "OK", profile({ area: 2 })),
    entries(PROFILE_TAKEN, "that is the same drug again", "ENTRY_ORDER", drug(), drug()),
    entries(PROFILE_TAKEN, "of a lower drug", "ENTRY_ORDER", drug(), drug({ drug: 9 })),
    entries(PROFILE_TAKEN, "of a lower variant", "ENTRY_ORDER", drug({ variant: 2 }), drug({ variant: 1 })),
    entries(PROFILE_TAKEN, "of the next variant", "OK", drug(), drug({ variant: 2 })),
    sense("whose soft maximum is above the hard one", { vtbi: { softMax: 2, hardMax: 1 } }),
    sense("whose hard minimum is above the soft one", { vtbi: { hardMin: 2, softMin: 1 } }),
    sense("whose minimum is above its maximum", { vtbi: { hardMin: 2, hardMax: 1 } }),
    sense("whose weight range descends", { weightG: { min: 2000, max: 1000 } }),
    sense("whose surface range descends", { bsaCm2: { min: 2000, max: 1000 } }),
    sense("whose continuous unit has no time", { continuous: limits("mg") }),
    sense("whose bolus unit has a time", { bolusDose: limits("mg/h") }),
    sense("whose unit is of another dimension", { continuous: limits("unit/h") }),
    sense("with a window of another dimension", {
      windows: { unit: limits("unit").unit, limits: { "1h": { hardMax: 1 } } },
    }),
    sense("with a window that has a minimum", {
      windows: { unit: limits("mg").unit, limits: { "1h": { hardMin: 1 } } },
    }),
    sense("with a titration step that has a minimum", {
      titrationStep: { intervalS: 60, bounds: { hardMin: 1 } },
    }),
    sense("with a PCA dose and a lockout that has no minimum", {
      pcaDose: limits("mg"),
      lockout: { hardMax: 600 },
    }),
    ceiling("whose rate is above the ceiling", profile({ rateNlPerHMax: 1000 * ML })),
    ceiling("whose VTBI is above the ceiling", profile({ vtbiNlMax: 10_000 * ML })),
    ceiling(
      "whose KVO rate is above its own rate",
      profile({ rateNlPerHMax: 5 * ML, kvoRateNlPerH: 6 * ML }),
    ),
    ceiling("whose VTBI bound is above the ceiling", drug({ vtbi: { hardMax: 10_000 * ML } })),
    entries(BEGUN, "whose rate is the ceiling", "OK", profile({ rateNlPerHMax: 999 * ML })),
    vector(
      PROFILE_TAKEN,
      "commit before the last entry",
      UPDATE,
      ({ gate }) => gate.libraryCommit(),
      "ENTRY_COUNT",
    ),
    vector(
      PROFILE_TAKEN,
      "entry after an abort",
      UPDATE,
      ({ gate }) => {
        gate.libraryAbort();
        return gate.libraryEntry(encodeEntry(drug()));
      },
      "INSTALL_NONE",
    ),
    vector(
      PROFILE_TAKEN,
      "a refused manifest leaves the install",
      [UPDATE, "Accepted"],
      ({ bed, gate }) => {
        gate.libraryBegin(bed.hospital.publishLibrary(next(), { version: 1 }).bytes);
        return gate.libraryEntry(encodeEntry(drug()));
      },
      "OK",
    ),
    vector(
      PROFILE_TAKEN,
      "an accepted manifest begins anew",
      UPDATE,
      ({ bed, gate }) => {
        done(gate.libraryBegin(bed.hospital.publishLibrary(next()).bytes));
        return gate.libraryEntry(encodeEntry(drug()));
      },
      "ENTRY_PROFILE",
    ),
    vector(
      PROFILE_TAKEN,
      "a reset leaves no install",
      [UPDATE, "Reset"],
      ({ bed }) => {
        bed.pump.powerCycle();
        return bed.pump.gate.libraryEntry(encodeEntry(drug()));
      },
      "INSTALL_NONE",
    ),
  ];
}

const WAITS = bedPlace("next library waits", "Library 2 is installed and due in a day.", (recorder) => {
  const bed = watched(recorder);
  const library = next({ enableS: NOW_S + DAY_S });
  done(
    bed.pump.installLibrary(
      bed.hospital.publishLibrary(library).bytes,
      library.entries.map(({ bytes }) => bytes),
    ),
  );
  return bed;
});

export function useDrafts(): Draft[] {
  const late = (bed: Bed, wallS: number): void => {
    bed.device.clock.setWallTimeS(wallS);
  };
  return [
    vector(
      WAITS,
      "an order by the library that is active",
      ["LibraryState", "Accepted"],
      ({ bed }) => start(bed),
      "OK",
    ),
    vector(
      WAITS,
      "an order by the library that waits",
      "LibraryState",
      ({ bed }) => start(bed, { drug: { ...startBody(bed).drug, version: 2 } }),
      "LIBRARY_REFERENCE",
    ),
    vector(
      WAITS,
      "the panel makes it active",
      ["LibraryState", "Panel", "Accepted"],
      ({ bed }) => bed.pump.panel("ACTIVATE_LIBRARY"),
      "OK",
    ),
    vector(
      WAITS,
      "an order by the old one after that",
      "LibraryState",
      ({ bed }) => {
        done(bed.pump.panel("ACTIVATE_LIBRARY"));
        return start(bed);
      },
      "LIBRARY_REFERENCE",
    ),
    vector(
      WAITS,
      "a library of the version that waits",
      UPDATE,
      ({ bed }) => install(bed),
      "LIBRARY_ROLLBACK",
    ),
    vector(
      WAITS,
      "a later one takes its place",
      [UPDATE, "Accepted"],
      ({ bed }) => install(bed, { version: 3 }),
      "OK",
    ),
    vector(
      IDLE,
      "nothing waits to be made active",
      ["LibraryState", "Panel"],
      ({ bed }) => bed.pump.panel("ACTIVATE_LIBRARY"),
      "NOTHING",
    ),
    vector(
      IDLE,
      "an order a second before the library's end",
      ["LibraryState", "Accepted"],
      ({ bed }) => {
        late(bed, NOW_S + 365 * DAY_S - 2);
        return start(bed);
      },
      "OK",
    ),
    vector(
      IDLE,
      "an order at the library's end",
      "LibraryState",
      ({ bed }) => {
        late(bed, NOW_S + 365 * DAY_S);
        return start(bed);
      },
      "LIBRARY_EXPIRED",
    ),
    vector(
      IDLE,
      "an order for another epoch",
      "LibraryState",
      ({ bed }) => start(bed, { drug: { ...startBody(bed).drug, epoch: 2 } }),
      "LIBRARY_REFERENCE",
    ),
    vector(
      IDLE,
      "an order under another root prefix",
      "LibraryState",
      ({ bed }) => start(bed, { drug: { ...startBody(bed).drug, rootPrefix: new Uint8Array(8) } }),
      "LIBRARY_REFERENCE",
    ),
    vector(
      IDLE,
      "an order that needs the next root document",
      "LibraryState",
      ({ bed }) => start(bed, { drug: { ...startBody(bed).drug, rootVersionMin: 2 } }),
      "LIBRARY_NEEDS_ROOT",
    ),
    vector(
      IDLE,
      "an order for another variant than its proof's",
      ["LibraryState", "Forgery"],
      ({ bed }) => {
        const { library } = bed;
        const body = startBody(bed);
        const lying = Object.assign(Object.create(library) as typeof library, {
          proofs: () => library.proofs(1, 10, 1),
        });
        return start(bed, { drug: { ...body.drug, variant: 2 } }, { library: lying });
      },
      "PROOF",
    ),
    vector(
      RUNNING,
      "ten seconds of a program while a library is replaced",
      [UPDATE, "Accepted"],
      ({ bed }) => {
        const came = install(bed, {}, {});
        bed.pump.runFor(3_000);
        return came;
      },
      "OK",
    ),
    vector(
      IDLE,
      "an order above a limit that the new library has",
      ["LibraryState", "Limit"],
      ({ bed }) => {
        const strict = libraryOf([profile(), drug({ continuous: limits("mg/h", { hardMax: 4 * MG }) })], {
          version: 2,
        });
        done(bed.install(strict));
        return start(bed);
      },
      { status: "LIMIT_HARD", limit: 2 },
    ),
  ];
}
