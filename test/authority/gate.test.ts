import { beforeAll, describe, expect, it } from "vitest";
import { verifyAttestation } from "../../host-sim/authority/attestation.js";
import type { Command, CommandBody } from "../../host-sim/authority/command.js";
import { commandAad } from "../../host-sim/authority/command.js";
import { sign1 } from "../../host-sim/authority/cose.js";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import { checkLibrary } from "../../host-sim/authority/library/load.js";
import { signManifest } from "../../host-sim/authority/manifest.js";
import { parseOrderFile } from "../../host-sim/authority/order-file.js";
import { derivedKeys, encodeProvisioning } from "../../host-sim/authority/provisioning.js";
import { type Root, signRoot } from "../../host-sim/authority/root.js";
import { approvalSubmission, type Proofs, submission } from "../../host-sim/authority/submission.js";
import { Device } from "../../host-sim/device/device.js";
import { Gate, type Judged, loadModule } from "../../host-sim/gate/gate.js";
import { BOOT_CAUSE, PORT, VERDICTS } from "../../host-sim/gate/names.js";
import { Primitives } from "../../host-sim/gate/primitives.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { changed, LIBRARY, START } from "../cli/support.js";
import { APPROVER, AUTHOR, DEVICE_ID, DOCTOR, fill, key, NURSE, RECEIVER, ROOT } from "./support.js";

/** What the hospital signs, judged by the very module that runs in a pump. */

const library = checkLibrary([{ name: "library.yaml", text: LIBRARY }]).library!;
const { header } = library;
const SECRET = fill(32, 0x5e);
const ISSUED_S = header.issuedS;
const PHYSICIAN = key("physician", "approver", "override");
const root: Root = {
  ...ROOT,
  version: header.minimumRootVersion,
  issuedS: ISSUED_S,
  expiresS: header.expiresS,
  libraryId: header.id,
  libraryEpoch: header.epoch,
  keys: [...ROOT.keys, PHYSICIAN],
  thresholds: { ...ROOT.thresholds, override: 1 },
};

describe("the gate's primitives accept what the authority makes", () => {
  const gate = new Primitives();
  const aad = commandAad(RECEIVER);
  const payload = encodeCbor({ 0: 1, 1: fill(300, 2) });

  it("a signature, and not an altered one", () => {
    const { bytes } = sign1(payload, aad, DOCTOR);
    expect(gate.coseSign1(DOCTOR.publicKey, aad, bytes)).toEqual({ valid: true });
    expect(gate.coseSign1(NURSE.publicKey, aad, bytes).valid).toBe(false);
    bytes[bytes.length - 1]! ^= 1;
    expect(gate.coseSign1(DOCTOR.publicKey, aad, bytes).valid).toBe(false);
  });

  it("every library entry as deterministic CBOR", () => {
    for (const entry of library.entries) expect(gate.cborItem(entry.bytes).valid).toBe(true);
    expect(gate.cborItem(Uint8Array.from([...payload, 0])).valid).toBe(false);
  });
});

describe("the gate", () => {
  let gate: Gate;
  const name = (ended: { status: number }): string => statusName(ended.status);

  beforeAll(() => {
    const device = new Device({ seed: "authority", wallTimeS: ISSUED_S + 3600 });
    gate = new Gate(loadModule(), device);
    gate.boot(BOOT_CAUSE.POWER_ON);
    gate.settle();
  });

  it("is provisioned by the authority's block", () => {
    const block = encodeProvisioning({
      deviceId: DEVICE_ID,
      deviceSecret: SECRET,
      logKey: fill(32, 0x10),
      pumpClass: 1,
      calibrations: [{ setId: 1, plPerStep: 1000 }],
      root: signRoot(root, [AUTHOR, APPROVER]).bytes,
    });
    expect(name(gate.provision(block))).toBe("OK");
    gate.settle();
  });

  it("refuses a root document that skips a version, and takes the next one", () => {
    const update = (version: number): string =>
      name(gate.trustUpdate(signRoot({ ...root, version }, [AUTHOR, APPROVER]).bytes));
    expect(update(root.version + 2)).toBe("ROOT_VERSION");
    expect(update(root.version + 1)).toBe("OK");
    gate.settle();
  });

  const manifest = (version: number) =>
    signManifest(
      {
        libraryId: header.id,
        epoch: header.epoch,
        version,
        issuedS: header.issuedS,
        enableS: 0,
        expiresS: header.expiresS,
        entryCount: library.entries.length,
        merkleRoot: library.root,
        rootVersionMin: header.minimumRootVersion,
        abiMin: 0,
        graceS: header.graceS,
      },
      [AUTHOR, APPROVER],
    ).bytes;

  it("installs the signed library, and not the same version again", () => {
    const install = (bytes: Uint8Array): string => {
      const begun = gate.libraryBegin(bytes);
      if (begun.status !== STATUS.OK) return name(begun);
      for (const entry of library.entries) {
        const taken = gate.libraryEntry(entry.bytes);
        if (taken.status !== STATUS.OK) return name(taken);
      }
      return name(gate.libraryCommit());
    };
    expect(install(manifest(header.version))).toBe("OK");
    gate.settle();
    expect(install(manifest(header.version))).toBe("LIBRARY_ROLLBACK");
  });

  /** Light enough that the hard maximum is reached before the profile's rate. */
  const FOR_40_KG = changed(START, "weight: 70 kg", "weight: 40 kg");
  const token = fill(16, 0x70);
  let sequence = 0;
  let lastDigest = fill(32, 0);
  const answer = ({ status, verdict }: Judged): string => {
    gate.settle();
    return verdict?.verdict === VERDICTS.PERMIT ? "PERMIT" : statusName(verdict?.status ?? status);
  };
  const send = (signer: typeof DOCTOR, body: CommandBody, proofs?: Proofs): string => {
    const { session } = gate.sessionOpen(PORT.NETWORK);
    const command: Command = {
      sessionId: session!.sessionId,
      sequence: ++sequence,
      lifeS: 60,
      patientToken: token,
      orderId: fill(16, 1),
      body,
    };
    const receiver = { deviceId: DEVICE_ID, challenge: session!.challenge };
    const sent = submission(PORT.NETWORK, command, receiver, signer, proofs);
    lastDigest = sent.digest;
    return answer(gate.submit(sent.record));
  };
  const order = (text: string, unchecked = false) =>
    parseOrderFile("order.yaml", text, { library, unchecked });

  it("permits an association and a start at the rate that the authority computed", () => {
    expect(send(DOCTOR, { kind: "associate", weightG: 40_000, bsaCm2: 0, area: 7 })).toBe("ROLE");
    expect(send(NURSE, { kind: "associate", weightG: 40_000, bsaCm2: 0, area: 7 })).toBe("PERMIT");
    const start = order(FOR_40_KG);
    const { body } = start.command;
    if (body.kind !== "start") throw new Error("not a start");
    expect(send(DOCTOR, { ...body, rateNlPerH: body.rateNlPerH + 10_000 }, start.proofs)).toBe(
      "RATE_MISMATCH",
    );
    expect(send(DOCTOR, body, start.proofs)).toBe("PERMIT");
    expect(gate.inspect().state).toMatchObject({ rateNlPerH: 7_500_000n, vtbiNl: 250_000_000n, phase: 1 });
  });

  it("agrees with the desk's check of an increase: within, soft, hard", () => {
    const titrate = (dose: string): string => {
      const text = changed(
        FOR_40_KG.replace(/(vtbi|total|set|range): .*\n/g, ""),
        "kind: start",
        "kind: titrate",
      );
      const read = order(changed(text, "0.05 mcg/kg/min", dose), true);
      const said = read.warnings.map(({ message }) =>
        message.includes("hard") ? "LIMIT_HARD" : "LIMIT_SOFT",
      );
      const { body } = read.command;
      const judged = send(DOCTOR, body, read.proofs);
      expect(judged).toBe(said[0] ?? "PERMIT");
      return judged;
    };
    // Both read the same entry: soft maximum 1, hard maximum 2 mcg/kg/min.
    expect(titrate("1 mcg/kg/min")).toBe("PERMIT");
    expect(titrate("2.01 mcg/kg/min")).toBe("LIMIT_HARD");
    expect(titrate("1.01 mcg/kg/min")).toBe("LIMIT_SOFT"); // it waits for an approval now
  });

  it("lets the physician's approval waive the soft limit that waits, and no other holder's", () => {
    const { state } = gate.inspect();
    const waiting = lastDigest;
    const approve = (signer: typeof DOCTOR, mask: number): string => {
      const { session } = gate.sessionOpen(PORT.NETWORK);
      const approval = {
        sessionId: session!.sessionId,
        sequence: ++sequence,
        lifeS: 60,
        commandDigest: waiting,
        mask,
        nonce: state!.pendingNonce,
        reasonCode: 1,
      };
      const receiver = { deviceId: DEVICE_ID, challenge: session!.challenge };
      return answer(gate.approve(approvalSubmission(PORT.NETWORK, approval, receiver, signer).record));
    };
    expect(state!.pendingMask).toBe(1 << 2);
    expect(approve(DOCTOR, 1 << 2)).toBe("ROLE");
    expect(approve(PHYSICIAN, 1 << 3)).toBe("APPROVAL_MISMATCH");
    expect(approve(PHYSICIAN, 1 << 2)).toBe("PERMIT");
  });

  it("attests under the key that the authority derives", () => {
    const nonce = fill(32, 0x77);
    const attested = gate.attest(nonce);
    expect(name(attested)).toBe("OK");
    const key = derivedKeys(SECRET).attest;
    const attestation = verifyAttestation(attested.mac0!, { deviceId: DEVICE_ID, key, nonce });
    expect(attestation).toMatchObject({
      rootVersion: root.version + 1,
      library: { epoch: header.epoch, version: header.version, merkleRoot: library.root },
    });
  });
});
