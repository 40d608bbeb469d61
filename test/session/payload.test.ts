import { describe, expect, it } from "vitest";
import { approvalAad } from "../../host-sim/authority/approval.js";
import { commandAad, type CommandBody, encodeCommandUnchecked } from "../../host-sim/authority/command.js";
import { sign1 } from "../../host-sim/authority/cose.js";
import { type CborValue, decodeCbor, encodeCbor } from "../../host-sim/authority/encoding.js";
import { COMMAND_KINDS } from "../../host-sim/authority/roles.js";
import { encodeApprove, encodeSubmit } from "../../host-sim/gate/records.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { bolusBody, MG, ML, outcome, startBody, titrateBody, ward } from "../support/ward.js";

type Path = readonly number[];
type Tree = CborValue | Map<number, Tree> | Tree[];

const BED = ward();
/** A bucket of tokens is not what these tests are about: an hour passes before each. */
function rested(): Bed {
  BED.device.clock.advanceMs(60_000);
  return BED;
}

const WHOLE = { unit: 2, dose: MG, rateNlPerH: 60 * ML, volumeNl: ML };
const STEP = { afterNl: ML, dose: MG, rateNlPerH: ML };
const { unit, dose, rateNlPerH, ...BAG } = startBody(BED);

const BODIES = {
  associate: { kind: "associate", weightG: 70_000, bsaCm2: 18_000, area: 1 },
  start: startBody(BED, { range: { min: MG, max: 9 * MG, stepMax: MG, intervalS: 60 } }),
  "start in steps": startBody(BED, { loading: WHOLE, steps: [STEP, STEP] }),
  "start of a whole dose": startBody(BED, { mode: "intermittent", durationS: 1200 }),
  "start of a secondary": startBody(BED, { mode: "secondary", durationS: 1200 }),
  titrate: titrateBody(BED),
  bolus: bolusBody(BED),
  loading: { ...bolusBody(BED), kind: "loading" },
  "new bag": { kind: "new bag", vtbiNl: ML },
  PCA: {
    ...BAG,
    kind: "PCA",
    pca: { ...WHOLE, lockoutS: 480 },
    basal: { unit, dose, rateNlPerH },
    loading: WHOLE,
  },
  pause: { kind: "pause" },
  resume: { kind: "resume" },
  stop: { kind: "stop" },
  disassociate: { kind: "disassociate" },
  calibrate: { kind: "calibrate", setId: 1, plPerStep: 100_000 },
  configure: { kind: "configure", configuration: { nearEndS: 300, pausedLongS: 600, kvoSMax: 3600 } },
  "log-ack": { kind: "log-ack", stream: 0, acknowledged: 1 },
  time: { kind: "time", timeS: 1_770_000_000 },
} as const satisfies Record<string, CommandBody>;
type BodyName = keyof typeof BODIES;

/** What may be left out: without a step a program has one less, without its time a secondary is continuous. */
const OPTIONAL: Readonly<Partial<Record<BodyName, readonly string[]>>> = {
  start: ["6.9"],
  "start in steps": ["6.15", "6.16", "6.16.0", "6.16.1"],
  "start of a secondary": ["6.18"],
  PCA: ["6.15"],
};

function payloadOf(body: CommandBody): Map<number, Tree> {
  const session = BED.desk.open();
  const { token } = BED.patient;
  const header = {
    sessionId: session.sessionId,
    sequence: 1,
    lifeS: 300,
    patientToken: token,
    orderId: BED.orderId,
  };
  return copy(decodeCbor(encodeCommandUnchecked({ ...header, body }))) as Map<number, Tree>;
}

/** Sends these bytes as a command's payload, signed by whoever may sign `kind`. */
function answer(payload: Uint8Array, kind: CommandBody["kind"]): { status: string; detail: number } {
  const bed = rested();
  const session = bed.desk.session();
  const { prescriber, nurse, engineer, timekeeper } = bed.hospital.keys;
  const { role } = COMMAND_KINDS[kind];
  const key = { order: prescriber, bedside: nurse, service: engineer, time: timekeeper }[role];
  const receiver = { deviceId: bed.issued.deviceId, challenge: session.challenge };
  const command = sign1(payload, commandAad(receiver), key).bytes;
  const judged = bed.pump.gate.submit(encodeSubmit({ port: 1, command }));
  const detail = new DataView(bed.pump.gate.instance.read("result").buffer).getUint32(120, true);
  return { status: outcome(judged), detail };
}

const encoded = (tree: Tree): Uint8Array => encodeCbor(tree);

function copy(value: Tree): Tree {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copy(item)]));
  if (value instanceof Uint8Array) return value.slice();
  return Array.isArray(value) ? value.map((item) => copy(item)) : value;
}

const inside = (tree: Tree, key: number): Tree | undefined =>
  tree instanceof Map ? tree.get(key) : (tree as Tree[])[key];

function at(tree: Tree, path: Path): Tree {
  return path.reduce((node, key) => inside(node, key)!, tree);
}

/** A copy of `tree` in which the value at `path` is another one; undefined removes it. */
function changed(tree: Tree, path: Path, value: Tree | undefined): Tree {
  const out = copy(tree);
  const parent = at(out, path.slice(0, -1));
  const key = path.at(-1)!;
  if (Array.isArray(parent)) {
    if (value === undefined) parent.splice(key, 1);
    else parent[key] = value;
  } else if (value === undefined) (parent as Map<number, Tree>).delete(key);
  else (parent as Map<number, Tree>).set(key, value);
  return out;
}

/** Every place in the tree, outermost first. */
function places(tree: Tree, path: Path = []): Path[] {
  const keys = tree instanceof Map ? [...tree.keys()] : Array.isArray(tree) ? [...tree.keys()] : [];
  return keys.flatMap((key) => [[...path, key], ...places(inside(tree, key)!, [...path, key])]);
}

const maps = (tree: Tree): Path[] => [[], ...places(tree)].filter((path) => at(tree, path) instanceof Map);

/** Other types than the one that stands there. */
function otherTypes(value: Tree): Tree[] {
  const all: Tree[] = [7, -1, new Uint8Array(8), "text", null, [1, 2], new Map<number, Tree>([[0, 1]])];
  return all.filter((other) => kindOf(other) !== kindOf(value));
}

function kindOf(value: Tree): string {
  if (value instanceof Map) return "map";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "list";
  return typeof value === "number" && value < 0 ? "negative" : value === null ? "null" : typeof value;
}

/** SPEC 4.2 */
describe.each(Object.keys(BODIES) as BodyName[])("a payload: %s", (name) => {
  const body = BODIES[name];

  const refusals = (paths: readonly Path[], change: (tree: Tree, path: Path) => Tree[]) => {
    const tree = payloadOf(body);
    for (const path of paths) {
      for (const bad of change(tree, path)) {
        expect(answer(encoded(bad), body.kind).status, path.join(".")).toBe("SCHEMA");
      }
    }
  };

  it("is read as it stands", () => {
    expect(answer(encoded(payloadOf(body)), body.kind).status).not.toMatch(/SCHEMA|CBOR|KIND/);
  });

  it("is refused without any one of its keys", () => {
    const optional = OPTIONAL[name] ?? [];
    const paths = places(payloadOf(body)).filter((path) => !optional.includes(path.join(".")));
    refusals(paths, (tree, path) => [changed(tree, path, undefined)]);
  });

  it("is read without what may be left out", () => {
    for (const path of places(payloadOf(body))) {
      if (OPTIONAL[name]?.includes(path.join(".")) !== true) continue;
      const left = answer(encoded(changed(payloadOf(body), path, undefined)), body.kind).status;
      expect(left, path.join(".")).not.toMatch(/SCHEMA|CBOR|KIND/);
    }
  });

  it("is refused with any other key, in any of its maps", () => {
    refusals(maps(payloadOf(body)), (tree, path) => {
      const present = at(tree, path) as Map<number, Tree>;
      const others = Array.from({ length: 24 }, (_, key) => key).filter((key) => !present.has(key));
      return others.map((key) => changed(tree, [...path, key], 1));
    });
  });

  it("is refused with any value of another type", () => {
    refusals(places(payloadOf(body)), (tree, path) =>
      otherTypes(at(tree, path)).map((other) => changed(tree, path, other)),
    );
  });

  it("is refused with bytes of another length", () => {
    const paths = places(payloadOf(body)).filter((path) => at(payloadOf(body), path) instanceof Uint8Array);
    refusals(paths, (tree, path) => {
      const { length } = at(tree, path) as Uint8Array;
      return [0, length - 1, length + 1].map((other) => changed(tree, path, new Uint8Array(other)));
    });
  });
});

/** Each field's range: where it is, in which kind, and its least and greatest value. */
const RANGES: readonly [string, BodyName, Path, number, number][] = [
  ["sequence", "pause", [2], 1, 2 ** 32 - 1],
  ["life", "pause", [3], 1, 3600],
  ["mode", "start", [6, 0], 1, 1],
  ["area of the reference", "start", [6, 1, 0], 1, 65_535],
  ["drug", "start", [6, 1, 1], 1, 2 ** 32 - 1],
  ["variant", "start", [6, 1, 2], 0, 65_535],
  ["epoch", "start", [6, 1, 3], 0, 2 ** 32 - 1],
  ["version", "start", [6, 1, 4], 0, 2 ** 32 - 1],
  ["minimum root version", "start", [6, 1, 6], 0, 2 ** 32 - 1],
  ["unit", "start", [6, 2], 0, 0xfff],
  ["dose", "start", [6, 3], 1, 2 ** 53 - 1],
  ["rate", "start", [6, 4], 1, 2 ** 32 - 1],
  ["VTBI", "start", [6, 5], 1, 2 ** 53 - 1],
  ["amount", "start", [6, 6, 0], 1, 2 ** 53 - 1],
  ["volume of the concentration", "start", [6, 6, 1], 1, 2 ** 37 - 1],
  ["set", "start", [6, 7], 1, 2 ** 32 - 1],
  ["total", "start", [6, 8], 1, 2 ** 53 - 1],
  ["minimum of the range", "start", [6, 9, 0], 0, 2 ** 53 - 1],
  ["maximum of the range", "start", [6, 9, 1], 1, 2 ** 53 - 1],
  ["step of the range", "start", [6, 9, 2], 1, 2 ** 53 - 1],
  ["interval of the range", "start", [6, 9, 3], 0, 86_400],
  ["weight", "associate", [6, 10], 0, 2 ** 32 - 1],
  ["body surface", "associate", [6, 11], 0, 2 ** 32 - 1],
  ["area", "associate", [6, 12], 1, 65_535],
  ["mode of PCA", "PCA", [6, 0], 4, 4],
  ["unit of a loading dose", "start in steps", [6, 15, 0], 0, 0xff],
  ["loading dose", "start in steps", [6, 15, 1], 1, 2 ** 53 - 1],
  ["rate of a loading dose", "start in steps", [6, 15, 2], 1, 2 ** 32 - 1],
  ["volume of a loading dose", "start in steps", [6, 15, 3], 1, 2 ** 53 - 1],
  ["volume before a step", "start in steps", [6, 16, 0, 0], 1, 2 ** 53 - 1],
  ["dose of a step", "start in steps", [6, 16, 1, 1], 1, 2 ** 53 - 1],
  ["rate of a step", "start in steps", [6, 16, 1, 2], 1, 2 ** 32 - 1],
  ["unit of a PCA dose", "PCA", [6, 17, 0], 0, 0xff],
  ["PCA dose", "PCA", [6, 17, 1], 1, 2 ** 53 - 1],
  ["rate of a PCA dose", "PCA", [6, 17, 2], 1, 2 ** 32 - 1],
  ["volume of a PCA dose", "PCA", [6, 17, 3], 1, 2 ** 53 - 1],
  ["lockout", "PCA", [6, 17, 4], 1, 86_400],
  ["duration", "start of a whole dose", [6, 18], 1, 86_400],
  ["duration of a secondary", "start of a secondary", [6, 18], 1, 86_400],
  ["picolitres per step", "calibrate", [6, 19], 1, 10 ** 9],
  ["near end", "configure", [6, 20, 0], 60, 3600],
  ["paused long", "configure", [6, 20, 1], 60, 3600],
  ["KVO", "configure", [6, 20, 2], 0, 14_400],
  ["time", "time", [6, 21], 0, 2 ** 53 - 1],
  ["stream", "log-ack", [6, 13], 0, 1],
  ["acknowledged", "log-ack", [6, 14], 0, 2 ** 32 - 1],
];

describe("the range of a field", () => {
  it.each(RANGES)("%s", (_what, name, path, least, greatest) => {
    const { kind } = BODIES[name];
    const tree = payloadOf(BODIES[name]);
    const status = (value: number) => answer(encoded(changed(tree, path, value)), kind).status;
    expect(status(least)).not.toMatch(/SCHEMA|CBOR/);
    expect(status(greatest)).not.toMatch(/SCHEMA|CBOR/);
    if (least > 0) expect(status(least - 1)).toBe("SCHEMA");
    if (greatest < 2 ** 53 - 1) expect(status(greatest + 1)).toBe("SCHEMA");
  });

  it("steps: at most nine after the first, one less beside a loading dose", () => {
    const tree = payloadOf(BODIES["start in steps"]);
    const many = (count: number) =>
      changed(
        tree,
        [6, 16],
        Array.from({ length: count }, () => [ML, MG, ML]),
      );
    const status = (body: Tree) => answer(encoded(body), "start").status;
    expect(status(many(8))).not.toMatch(/SCHEMA|CBOR/);
    expect(status(many(9))).toBe("SCHEMA");
    expect(status(many(0))).toBe("SCHEMA");
    const unloaded = (count: number) => changed(many(count), [6, 15], undefined);
    expect(status(unloaded(9))).not.toMatch(/SCHEMA|CBOR/);
    expect(status(unloaded(10))).toBe("SCHEMA");
  });

  it.each([0, 16, 17, 2 ** 32 - 1])("kind %i is unknown or reserved", (kind) => {
    const tree = payloadOf({ kind: "pause" });
    expect(answer(encoded(changed(tree, [0], kind)), "pause").status).toBe("KIND");
  });
});

/** SPEC 1.1 */
describe("a payload that is not deterministic CBOR", () => {
  const honest = encoded(payloadOf({ kind: "pause" }));
  const hex = Buffer.from(honest).toString("hex");
  const altered = (from: string, to: string) => {
    const text = hex.replace(from, to);
    expect(text).not.toBe(hex);
    return new Uint8Array(Buffer.from(text, "hex"));
  };

  it.each([
    ["a byte behind it", () => new Uint8Array([...honest, 0])],
    ["no bytes at all", () => new Uint8Array()],
    ["a byte missing", () => honest.slice(0, -1)],
    ["an indefinite map", () => new Uint8Array([0xbf, ...honest.slice(1), 0xff])],
    ["a kind in two bytes", () => altered("0008", "001808")],
    ["keys in another order", () => altered("0201", "0701")],
    ["a key twice", () => altered("0201", "0101")],
    ["a list for the map", () => new Uint8Array([0x87, ...honest.slice(1)])],
    ["a tag before it", () => new Uint8Array([0xc0, ...honest])],
    ["a float for the sequence", () => altered("0201", "02f93c00")],
  ])("%s is refused", (_what, bytes) => {
    expect(answer(bytes(), "pause").status).toMatch(/^(CBOR|SCHEMA)$/);
  });

  it("is CBOR for a broken encoding, SCHEMA for a sound one of something else", () => {
    expect(answer(altered("0008", "001808"), "pause").status).toBe("CBOR");
    expect(answer(new Uint8Array([...honest, 0]), "pause").status).toBe("CBOR");
    expect(answer(encodeCbor({ 0: 8 }), "pause").status).toBe("SCHEMA");
  });

  it("is refused at its place: one byte a level, the innermost lowest, each a key plus one", () => {
    const tree = payloadOf(BODIES.start);
    expect(answer(encoded(changed(tree, [6, 7], 0)), "start")).toEqual({ status: "SCHEMA", detail: 0x708 });
    expect(answer(encoded(changed(tree, [6, 1, 5], 0)), "start")).toEqual({
      status: "SCHEMA",
      detail: 0x70206,
    });
  });
});

/** SPEC 4.3 */
describe("the payload of an approval", () => {
  const session = () => BED.desk.open();
  const honest = (): Map<number, Tree> =>
    new Map<number, Tree>([
      [0, session().sessionId],
      [1, 1],
      [2, 300],
      [3, new Uint8Array(32)],
      [4, 4],
      [5, new Uint8Array(8)],
      [6, 1],
    ]);
  const approved = (tree: Tree): string => {
    const bed = rested();
    const receiver = { deviceId: bed.issued.deviceId, challenge: bed.desk.session().challenge };
    const approval = sign1(encoded(tree), approvalAad(receiver), bed.hospital.keys.supervisor).bytes;
    return outcome(bed.pump.gate.approve(encodeApprove({ port: 1, approval })));
  };

  it("as it stands reaches the pending slot", () => expect(approved(honest())).toBe("PENDING_NONE"));

  it("is refused without any key, with any other, with any other type", () => {
    const tree = honest();
    for (const path of places(tree)) {
      expect(approved(changed(tree, path, undefined)), path.join()).toBe("SCHEMA");
      for (const other of otherTypes(at(tree, path))) {
        expect(approved(changed(tree, path, other))).toBe("SCHEMA");
      }
    }
    for (let key = 7; key < 24; key++) expect(approved(changed(tree, [key], 1))).toBe("SCHEMA");
  });

  it.each([
    [1, 1, 2 ** 32 - 1],
    [2, 1, 3600],
    [4, 1, 0x7fff_ffff],
    [6, 1, 255],
  ])("key %i lies in %i..%i", (key, least, greatest) => {
    const tree = honest();
    expect(approved(changed(tree, [key], least))).not.toBe("SCHEMA");
    expect(approved(changed(tree, [key], greatest))).not.toBe("SCHEMA");
    expect(approved(changed(tree, [key], least - 1))).toBe("SCHEMA");
    expect(approved(changed(tree, [key], greatest + 1))).toBe("SCHEMA");
  });
});
