import { describe, expect, it } from "vitest";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { PHASE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import {
  bolus,
  DAY_S,
  done,
  drug,
  libraryOf,
  limits,
  MG,
  ML,
  MODULE,
  NOW_S,
  outcome,
  PATIENT,
  permitted,
  profile,
  running,
  send,
  start,
  startBody,
  titrate,
  ward,
} from "../support/ward.js";
import { Bed as NewBed } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";

const up = (bed: Bed) => outcome(titrate(bed, { dose: 6 * MG }));
const down = (bed: Bed) => outcome(titrate(bed, { dose: 4 * MG }));
const bounded = (hardMax: number): Drug => drug({ continuous: limits("mg/h", { hardMax }) });

/** A root document that drops a key the library was signed with, and takes others instead: the library is revoked. */
function revoke(bed: Bed): void {
  const { root, keys } = bed.hospital;
  const others = root.keys.map((key) => (key === keys.pharmacist ? author() : key));
  const next = { ...root, version: root.version + 1, issuedS: root.issuedS + 1, keys: others };
  done(bed.pump.trustUpdate(bed.hospital.publishRoot(next).bytes));
  bed.desk.open();
}

function author() {
  const { name, algorithm, publicKey, holder } = new Hospital({
    seed: "new pharmacist",
    library: libraryOf(),
    nowS: NOW_S,
  }).keys.pharmacist;
  return { name, algorithm, publicKey, holder, duty: "author", roles: ["library"], kinds: [] } as const;
}

/** SPEC 3.5, 4.4 step 11 */
describe("a permit", () => {
  it("outlives the library it was given under: the rate runs on under stricter limits", () => {
    const bed = running({ models: [profile(), bounded(10 * MG)] });
    done(bed.install(libraryOf([profile(), bounded(3 * MG)], { version: 2 })));
    bed.pump.runFor(600_000);
    expect(bed.pump.inspect()).toMatchObject({ phase: PHASE.RUNNING, rateNlPerH: BigInt(5 * ML) });
    expect(up(bed)).toBe("LIMIT_HARD");
    expect(down(bed)).toBe("PERMIT");
    // Not even back to where it ran a moment ago: that would be an increase.
    expect(outcome(titrate(bed, { dose: 5 * MG }))).toBe("LIMIT_HARD");
  });

  it("keeps its range at the panel", () => {
    const range = { min: MG, max: 9 * MG, stepMax: 9 * MG, intervalS: 0 };
    const bed = running({ models: [profile(), bounded(10 * MG)] }, { range });
    done(bed.install(libraryOf([profile(), bounded(3 * MG)], { version: 2 })));
    done(bed.pump.panel("TITRATE", { value: BigInt(9 * MG) }));
    expect(bed.pump.inspect().rateNlPerH).toBe(BigInt(9 * ML));
  });

  it("is raised, and given a bolus, by the active library alone", () => {
    const bed = running({ models: [profile(), bounded(5 * MG)] });
    const old = bed.library;
    expect(up(bed)).toBe("LIMIT_HARD");
    done(bed.install(libraryOf([profile(), bounded(8 * MG)], { version: 2 })));
    const { drug: meant } = startBody(bed);
    const stale = { ...meant, version: old.header.version, rootPrefix: old.root.slice(0, 8) };
    expect(outcome(titrate(bed, { dose: 6 * MG, drug: stale }, { library: old }))).toBe("LIBRARY_REFERENCE");
    expect(outcome(bolus(bed, { drug: stale }, { library: old }))).toBe("LIBRARY_REFERENCE");
    expect(up(bed)).toBe("PERMIT");
    expect(outcome(bolus(bed))).toBe("PERMIT");
  });

  it("whose drug the new library no longer has may be lowered and not raised", () => {
    const bed = running();
    const gone = libraryOf([profile(), drug({ drug: 77 })], { version: 2 });
    const meant = drug();
    done(bed.install(gone));
    const other = { drug: { ...gone.reference(1, 77, 1), drug: meant.drug } };
    const proofs = gone.proofs(1, 77, 1);
    const forged = Object.assign(Object.create(gone) as typeof gone, { proofs: () => proofs });
    expect(outcome(titrate(bed, { of: meant, ...other, dose: 6 * MG }, { library: forged }))).toBe("PROOF");
    expect(outcome(titrate(bed, { of: meant, ...other, dose: 4 * MG }, { library: forged }))).toBe("PERMIT");
  });
});

describe("a revoked library", () => {
  it("refuses starts, increases and boluses; what runs goes on and may be lowered", () => {
    const bed = running();
    revoke(bed);
    expect(bed.pump.inspect().flags & STATE_FLAG.REVOKED).toBe(STATE_FLAG.REVOKED);
    expect(bed.pump.inspect().phase).toBe(PHASE.RUNNING);
    expect(up(bed)).toBe("LIBRARY_REVOKED");
    expect(outcome(bolus(bed))).toBe("LIBRARY_REVOKED");
    expect(down(bed)).toBe("PERMIT");
    permitted(send(bed, { kind: "pause" }));
    permitted(send(bed, { kind: "resume" }));
    permitted(send(bed, { kind: "stop" }));
    expect(outcome(start(bed))).toBe("LIBRARY_REVOKED");
  });
});

describe("no library", () => {
  it("refuses a start", () => {
    const library = libraryOf();
    const hospital = new Hospital({ seed: "ward", library, nowS: NOW_S });
    const bed = new NewBed({ name: "bare", hospital, library, module: MODULE });
    bed.pump.powerOn();
    done(bed.pump.provision(bed.issued.block));
    permitted(bed.associate(PATIENT));
    expect(outcome(start(bed))).toBe("LIBRARY_NONE");
  });
});

describe("the library that an order names", () => {
  it.each([
    ["another epoch", { epoch: 2 }],
    ["another version", { version: 2 }],
    ["another root", { rootPrefix: new Uint8Array(8) }],
  ])("by %s is not the active one", (_what, change) => {
    const bed = ward();
    const { drug: meant } = startBody(bed);
    expect(outcome(start(bed, { drug: { ...meant, ...change } }))).toBe("LIBRARY_REFERENCE");
  });

  it.each([
    [1, "PERMIT"],
    [2, "LIBRARY_NEEDS_ROOT"],
  ])("may ask for root version %i: %s", (rootVersionMin, wanted) => {
    const bed = ward();
    const { drug: meant } = startBody(bed);
    expect(outcome(start(bed, { drug: { ...meant, rootVersionMin } }))).toBe(wanted);
  });
});

/** SPEC 3.5 */
describe("a proof", () => {
  const others = Array.from({ length: 6 }, (_, i) => drug({ drug: 20 + i, name: `drug ${i}` }));
  const models = [profile(), drug(), ...others, profile({ area: 2 }), drug({ area: 2 })];
  const library = libraryOf(models);

  it.each(Array.from({ length: 7 }, (_, i) => [i === 0 ? 10 : 19 + i] as const))(
    "leads from drug %i to the root",
    (code) => {
      const bed = ward({ models });
      expect(
        outcome(start(bed, { of: models.find((m) => m.kind === "drug" && m.drug === code) as Drug })),
      ).toBe("PERMIT");
    },
  );

  const honest = library.proofs(1, 10, 1);
  const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  it.each([
    ["another entry", { drug: library.proofs(1, 20, 1).drug }],
    ["the profile for the entry", { drug: honest.profile }],
    ["the entry for the profile", { profile: honest.drug }],
    ["another area's profile", { profile: library.proofs(2, 10, 1).profile }],
    ["a changed entry", { drug: { ...honest.drug, entry: flipped(honest.drug.entry, 20) } }],
    [
      "a changed node",
      { drug: { ...honest.drug, path: honest.drug.path.map((n, i) => (i === 1 ? flipped(n, 0) : n)) } },
    ],
    ["a node less", { drug: { ...honest.drug, path: honest.drug.path.slice(1) } }],
    ["a node more", { drug: { ...honest.drug, path: [...honest.drug.path, honest.drug.path[0]!] } }],
    ["the next index", { drug: { ...honest.drug, index: honest.drug.index + 1 } }],
    ["an index beyond the library", { drug: { ...honest.drug, index: models.length + honest.drug.index } }],
  ])("with %s is refused", (_what, change) => {
    const bed = ward({ library });
    const forged = Object.assign(Object.create(library) as typeof library, {
      proofs: () => ({ ...honest, ...change }),
    });
    expect(outcome(start(bed, {}, { library: forged }))).toBe("PROOF");
    expect(bed.pump.inspect().phase).toBe(PHASE.IDLE);
  });
});

/** SPEC 3.4, 6.3 */
describe("a library that waits for its date", () => {
  const next = libraryOf([profile(), bounded(3 * MG)], { version: 2, enableS: NOW_S + DAY_S });

  it("judges nothing until somebody activates it at the panel", () => {
    const bed = ward();
    const active = bed.library;
    done(bed.install(next));
    bed.library = bed.desk.library = active;
    expect(bed.pump.inspect()).toMatchObject({ activeVersion: 1, nextVersion: 2 });
    expect(outcome(start(bed))).toBe("PERMIT");
    expect(bed.pump.panel("ACTIVATE_LIBRARY", { confirm: false }).status).toBe(3);
    expect(bed.pump.inspect().activeVersion).toBe(1);
    done(bed.pump.panel("ACTIVATE_LIBRARY"));
    expect(bed.pump.inspect()).toMatchObject({ activeVersion: 2, nextVersion: 0 });
    expect(up(bed)).toBe("LIBRARY_REFERENCE");
    bed.library = bed.desk.library = next;
    expect(up(bed)).toBe("LIMIT_HARD");
    expect(statusName(bed.pump.panel("ACTIVATE_LIBRARY").status)).toBe("NOTHING");
  });
});

/** SPEC 2.5 */
describe("an expired root document", () => {
  it("accepts nothing new; what runs goes on, and down", () => {
    const bed = running();
    bed.device.clock.setWallTimeS(bed.hospital.root.expiresS);
    bed.desk.open();
    expect(up(bed)).toBe("EXPIRED");
    expect(outcome(send(bed, { kind: "new bag", vtbiNl: ML }))).toBe("EXPIRED");
    expect(down(bed)).toBe("PERMIT");
    bed.pump.runFor(60_000);
    expect(bed.pump.inspect().phase).toBe(PHASE.RUNNING);
    permitted(send(bed, { kind: "stop" }));
    expect(outcome(start(bed))).toBe("EXPIRED");
  });
});
