import { beforeEach, describe, expect, it } from "vitest";
import { decodeCbor, encodeCbor, type Encodable } from "../../host-sim/authority/encoding.js";
import { simulatedKey } from "../../host-sim/authority/keys.js";
import { encodeRootUnchecked, type Policy } from "../../host-sim/authority/root.js";
import { TrustBench } from "../support/trust-bench.js";
import {
  KEYS,
  listed,
  provisioningBlock,
  rootDocument,
  signRootAnyway,
  signRootPayload,
  statusName,
} from "../support/trust-fixture.js";

/** What the gate makes of a root document's policy, its kinds and the role time (SPEC 2.1, 2.2). */
let bench: TrustBench;
beforeEach(async () => {
  bench = await TrustBench.create();
});

const PLAIN: Policy = { maxSkewS: 60, commandLifeSMax: 600, localOverride: false };
const provision = (root: Uint8Array) => bench.run("provision", provisioningBlock(root));
const withPolicy = (change: Partial<Policy>) =>
  provision(signRootAnyway(rootDocument({ policy: { ...PLAIN, ...change } })));

/** The payload of a root document in which a map of its own stands under a key. */
function altered(change: (fields: Map<number, Encodable>) => void): Uint8Array {
  const fields = new Map(
    decodeCbor(encodeRootUnchecked(rootDocument({ policy: PLAIN }))) as Map<number, Encodable>,
  );
  change(fields);
  return signRootPayload(fields);
}
const policyMap = (policy: Encodable): Uint8Array => altered((fields) => fields.set(8, policy));

/** Flags, longest emergency and longest restart of the record in force. */
function policyInForce(): number[] {
  const trust = bench.region("trust");
  const view = new DataView(trust.buffer, trust.byteOffset);
  return [64, 68, 72].map((at) => view.getUint32(at, true));
}

describe("a policy", () => {
  it.each<[Partial<Policy>, number[]]>([
    [{}, [0, 0, 5000]],
    [{ localOverride: true }, [1, 0, 5000]],
    [{ emergencySMax: 60 }, [2, 60, 5000]],
    [{ emergencySMax: 7200, localOverride: true }, [3, 7200, 5000]],
    [{ warmRestartMsMax: 0 }, [0, 0, 0]],
    [{ warmRestartMsMax: 60_000 }, [0, 0, 60_000]],
  ])("of %o is taken", (change, inForce) => {
    expect(statusName(withPolicy(change).status)).toBe("OK");
    expect(policyInForce()).toEqual(inForce);
  });

  it.each<[string, Partial<Policy>, number]>([
    ["an emergency of 59 s", { emergencySMax: 59 }, 0x0904],
    ["an emergency of 0 s", { emergencySMax: 0 }, 0x0904],
    ["an emergency of 7,201 s", { emergencySMax: 7201 }, 0x0904],
    ["a restart of 60,001 ms", { warmRestartMsMax: 60_001 }, 0x0905],
  ])("with %s is refused at its key", (_name, change, detail) => {
    const { status, detail: where } = withPolicy(change);
    expect([statusName(status), where]).toEqual(["SCHEMA", detail]);
  });

  it.each<[string, Encodable, string, number]>([
    ["the flag of an emergency without its length", { 0: 0, 1: 60, 2: 2 }, "ROOT_SENSE", 9],
    ["the length of an emergency without its flag", { 0: 0, 1: 60, 2: 1, 3: 60 }, "ROOT_SENSE", 9],
    ["a flag that nobody knows", { 0: 0, 1: 60, 2: 4 }, "SCHEMA", 0x0903],
    ["a key that nobody knows", { 0: 0, 1: 60, 2: 0, 5: 0 }, "SCHEMA", 0x0906],
  ])("with %s is refused", (_name, policy, status, detail) => {
    const outcome = provision(policyMap(policy));
    expect([statusName(outcome.status), outcome.detail]).toEqual([status, detail]);
    // The same hand writes one that is taken.
    expect(statusName(provision(policyMap({ 0: 0, 1: 60, 2: 2, 3: 60, 4: 0 })).status)).toBe("OK");
  });
});

describe("the role time", () => {
  const clock = simulatedKey("policy", { name: "clock", holder: "clock", duty: "author", roles: ["time"] });
  const keys = [...rootDocument().keys, clock];

  it("signs the kind 15 and is in use like any other", () => {
    const thresholds = { root: 2, library: 2, order: 1, time: 1 };
    expect(clock.kinds).toEqual(["time"]);
    expect(statusName(provision(signRootAnyway(rootDocument({ keys, thresholds }))).status)).toBe("OK");
  });

  it.each<[string, number]>([
    ["in no use", 0],
    ["by two, though a command has one signer", 2],
  ])("is refused %s", (_name, time) => {
    const thresholds = { root: 2, library: 2, order: 1, time };
    const outcome = provision(signRootAnyway(rootDocument({ keys, thresholds })));
    expect([statusName(outcome.status), outcome.detail]).toEqual(["ROOT_SENSE", 8]);
  });
});

describe("a kind mask", () => {
  /** The prescriber's key, the last one, with this mask. */
  const masked = (mask: number): Uint8Array =>
    altered((fields) => {
      const keys = [...(fields.get(6) as Map<number, Encodable>[])];
      const last = new Map(keys.at(-1)).set(5, mask);
      fields.set(6, [...keys.slice(0, -1), last]);
    });

  it.each([0, 1, 0xffff])("of %i is taken for a key with a role that has kinds", (mask) => {
    expect(statusName(provision(masked(mask)).status)).toBe("OK");
  });

  it("with a kind beyond the last is refused", () => {
    const outcome = provision(masked(0x1_0000));
    expect(statusName(outcome.status)).toBe("SCHEMA");
    // array under key 6, item 4, key 5
    expect(outcome.detail).toBe(0x070506);
  });

  it("is refused for keys of roles override, root and library alone", () => {
    const approver = simulatedKey("policy", {
      name: "a",
      holder: "a",
      duty: "approver",
      roles: ["override"],
      kinds: ["time"],
    });
    const thresholds = { root: 2, library: 2, order: 1, override: 1 };
    const outcome = provision(
      signRootAnyway(rootDocument({ keys: [...rootDocument().keys, approver], thresholds })),
    );
    expect([statusName(outcome.status), outcome.detail]).toEqual(["ROOT_SENSE", 7]);
    const root = listed(KEYS.rootAuthor, { kinds: ["time"] });
    const spoilt = provision(signRootAnyway(rootDocument({ keys: [root, ...rootDocument().keys.slice(1)] })));
    expect([statusName(spoilt.status), spoilt.detail]).toEqual(["ROOT_SENSE", 7]);
  });
});

it("the hand that alters payloads writes the document as it stands", () => {
  const same = decodeCbor(encodeCbor(decodeCbor(encodeRootUnchecked(rootDocument({ policy: PLAIN })))));
  expect(same).toEqual(decodeCbor(encodeRootUnchecked(rootDocument({ policy: PLAIN }))));
});
