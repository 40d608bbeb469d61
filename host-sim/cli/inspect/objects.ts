/** SPEC's CBOR objects in words. Each function throws EncodingError for bytes that are not its object. */
import { type Approval, decodeApproval } from "../../authority/approval.js";
import { type Attestation, decodeAttestationPayload } from "../../authority/attestation.js";
import { toHex } from "../../authority/bytes.js";
import { ALGORITHM, kidOf } from "../../authority/cose.js";
import { decodeDecommissioning } from "../../authority/decommission.js";
import { decodeManifest } from "../../authority/manifest.js";
import { decodeProvisioning } from "../../authority/provisioning.js";
import { PUMP_CLASSES } from "../../authority/rate.js";
import { ROLE_NAMES } from "../../authority/roles.js";
import { decodeRoot, rootProblems, WARM_RESTART_MS_DEFAULT } from "../../authority/root.js";
import { dateField, durationField, field, group, hexField, secretField, type Shown } from "./shown.js";
import { flagWords, maskWords, phaseWords, type Recognised } from "./words.js";

export function showRoot(payload: Uint8Array): Recognised {
  const root = decodeRoot(payload);
  const thresholds = ROLE_NAMES.map((role) => `${role} ${root.thresholds[role] ?? 0}`).join(", ");
  const problems = rootProblems(root);
  return {
    what: "root document (SPEC 2.2)",
    parts: [
      field("facility", root.facility),
      field("version", root.version),
      dateField("issued", root.issuedS),
      dateField("expires", root.expiresS),
      hexField("library id", root.libraryId),
      field("library epoch", root.libraryEpoch),
      group(
        "keys",
        String(root.keys.length),
        root.keys.map((key, i) =>
          group(String(i), toHex(kidOf(key.publicKey)), [
            field(
              "algorithm",
              key.algorithm,
              key.algorithm === ALGORITHM.ed25519 ? "Ed25519 (-19)" : "EdDSA (-8)",
            ),
            hexField("public key", key.publicKey),
            hexField("holder", key.holder),
            field("duty", key.duty),
            field("roles", key.roles.join(", ")),
            field("kinds", key.kinds.join(", ") || "none"),
          ]),
        ),
      ),
      field("thresholds", thresholds),
      group("policy", "", [
        durationField("max skew", root.policy.maxSkewS),
        durationField("command life max", root.policy.commandLifeSMax),
        field("local override", root.policy.localOverride ? "yes" : "no"),
        root.policy.emergencySMax === undefined
          ? field("emergency", 0, "not allowed")
          : durationField("emergency", root.policy.emergencySMax),
        warmRestartField(root.policy.warmRestartMsMax),
      ]),
      ...problems.map((p) => field("contradiction", `${p.field}: ${p.problem}; ${p.next}`)),
    ],
  };
}

function warmRestartField(ms: number | undefined): Shown {
  const words = `${ms ?? WARM_RESTART_MS_DEFAULT} ms${ms === undefined ? ", because nothing is said" : ""}`;
  return field("warm restart", ms ?? WARM_RESTART_MS_DEFAULT, words);
}

export function showManifest(payload: Uint8Array): Recognised {
  const manifest = decodeManifest(payload);
  const abi = manifest.abiMin;
  return {
    what: "library manifest (SPEC 3.1)",
    parts: [
      hexField("library id", manifest.libraryId),
      field("epoch", manifest.epoch),
      field("version", manifest.version),
      dateField("issued", manifest.issuedS),
      manifest.enableS === 0 ? field("enable", 0, "at once") : dateField("enable", manifest.enableS),
      dateField("expires", manifest.expiresS),
      durationField("grace", manifest.graceS),
      field("entries", manifest.entryCount),
      hexField("Merkle root", manifest.merkleRoot),
      field("minimum root version", manifest.rootVersionMin),
      field("minimum ABI", abi, `${abi >>> 16}.${abi & 0xffff}`),
    ],
  };
}

export function showApproval(payload: Uint8Array): Recognised {
  const approval: Approval = decodeApproval(payload);
  return {
    what: "approval of a waiting command (SPEC 4.3)",
    parts: [
      hexField("session id", approval.sessionId),
      field("sequence", approval.sequence),
      durationField("life", approval.lifeS),
      hexField("command digest", approval.commandDigest),
      field("waives", approval.mask, maskWords(approval.mask)),
      hexField("pending nonce", approval.nonce),
      field("reason code", approval.reasonCode),
    ],
  };
}

/** The object says which life of which pump it ends; the pump's id is signed, not written. */
export function showDecommissioning(payload: Uint8Array): Recognised {
  const { counter } = decodeDecommissioning(payload);
  return { what: "decommissioning of one pump (SPEC 2.7)", parts: [field("counter", counter)] };
}

export function showAttestation(payload: Uint8Array): Recognised {
  const a: Attestation = decodeAttestationPayload(payload);
  return {
    what: "attestation (SPEC 11.2)",
    parts: [
      hexField("nonce", a.nonce),
      group("decisions", `next sequence ${a.decisions.nextSequence}`, [hexField("chain", a.decisions.chain)]),
      group("meter", `next sequence ${a.meter.nextSequence}`, [hexField("chain", a.meter.chain)]),
      group("root", `version ${a.rootVersion}`, [hexField("digest", a.rootDigest)]),
      group(
        "library",
        a.library.version === 0 ? "none" : `epoch ${a.library.epoch}, version ${a.library.version}`,
        [hexField("Merkle root", a.library.merkleRoot)],
      ),
      field("counter", a.counter),
      field("boot", a.boot),
      field("phase", a.phase, phaseWords(a.phase)),
      field("flags", a.flags, flagWords(a.flags)),
    ],
  };
}

/** `nested` shows the root document inside. */
export function showProvisioning(
  block: Uint8Array,
  nested: (name: string, bytes: Uint8Array) => Shown,
): Recognised {
  const p = decodeProvisioning(block);
  return {
    what: "provisioning block (SPEC 2.3)",
    parts: [
      hexField("device id", p.deviceId),
      secretField("device secret", p.deviceSecret),
      secretField("log key", p.logKey),
      field("pump class", p.pumpClass, `${PUMP_CLASSES[p.pumpClass]!.name} (${p.pumpClass})`),
      ...p.calibrations.map((c) => field(`set ${c.setId}`, c.plPerStep, `${c.plPerStep} pL per motor step`)),
      nested("root document", p.root),
    ],
  };
}
