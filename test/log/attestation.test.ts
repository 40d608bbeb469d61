import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AttestationError, verifyAttestation } from "../../host-sim/authority/attestation.js";
import { decodeAttestation } from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { verifyStream } from "../support/stream-verifier.js";
import {
  bootedStore,
  DEVICE_ID,
  DEVICE_SECRET,
  LOG_KEY,
  provisionedDevice,
  type Store,
} from "../support/store.js";

const NONCE = new Uint8Array(32).fill(0x77);
const ROOT_DIGEST = new Uint8Array(32).fill(0x11);
const LIBRARY_ROOT = new Uint8Array(32).fill(0x22);
const KEY = new Uint8Array(createHmac("sha256", DEVICE_SECRET).update("dosegate attest").digest());

function attest(store: Store): Uint8Array {
  store.bytes(store.at("IO"), 32).set(NONCE);
  expect(store.call("attestBegin", 32)).toBe(STATUS.WORKING);
  // root digest, library epoch, version, root, flags
  const address = store.hand(new Uint8Array(20), 2);
  const view = new DataView(store.memory.buffer, address, 20);
  [store.hand(ROOT_DIGEST, 0), 5, 6, store.hand(LIBRARY_ROOT, 1), 9].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  expect(store.call("attestStep", address)).toBe(STATUS.DONE);
  return decodeAttestation(store.bytes(store.at("IO"), 8192)).slice();
}

describe("an attestation", () => {
  const store = bootedStore(provisionedDevice());
  store.decide(1);
  store.reserve(1n, 2n);
  const object = attest(store);
  const expected = { deviceId: DEVICE_ID, key: KEY, nonce: NONCE };

  it("states the heads that the logs lead to, and what it was given", () => {
    const attestation = verifyAttestation(object, expected);
    expect(attestation).toMatchObject({
      nonce: NONCE,
      rootVersion: 1,
      rootDigest: ROOT_DIGEST,
      library: { epoch: 5, version: 6, merkleRoot: LIBRARY_ROOT },
      counter: 2,
      boot: 1,
      phase: 0,
      flags: 9,
    });
    for (const [stream, head] of [attestation.decisions, attestation.meter].entries()) {
      const identity = { logKey: LOG_KEY, deviceId: DEVICE_ID, stream };
      const report = verifyStream(identity, store.pages(stream), { attested: head });
      expect(report.fault).toBeNull();
    }
  });

  it.each([
    ["another nonce", { nonce: new Uint8Array(32) }],
    ["another device", { deviceId: new Uint8Array(16) }],
    ["another key", { key: new Uint8Array(32) }],
  ])("proves nothing to who expects %s", (_what, wrong) => {
    expect(() => verifyAttestation(object, { ...expected, ...wrong })).toThrow(AttestationError);
  });

  it.each([0, 31, 33])("is refused for a nonce of %i bytes", (length) => {
    expect(store.call("attestBegin", length)).toBe(STATUS.BAD_LENGTH);
  });

  it("goes out of date with the next record", () => {
    const { decisions } = verifyAttestation(object, expected);
    store.decide(2);
    const identity = { logKey: LOG_KEY, deviceId: DEVICE_ID, stream: 0 };
    expect(verifyStream(identity, store.pages(0), { attested: decisions }).fault?.reason).toBe("head");
  });
});
