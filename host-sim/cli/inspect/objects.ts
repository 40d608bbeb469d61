/** SPEC's CBOR objects in words. Each function throws EncodingError for bytes that are not its object. */
import { type Approval, decodeApproval } from "../../authority/approval.js";
import { type Attestation, decodeAttestationPayload } from "../../authority/attestation.js";
import { toHex } from "../../authority/bytes.js";
import { type Command, decodeCommand, type DrugReference } from "../../authority/command.js";
import { ALGORITHM, kidOf } from "../../authority/cose.js";
import {
  BASE_UNITS,
  formatAmount,
  formatConcentration,
  formatDose,
  formatDoseUnit,
  formatRate,
  formatVolume,
  formatWeight,
  formatBodySurface,
  unpackDoseUnit,
} from "../../authority/dose.js";
import { decodeEntry } from "../../authority/library/entry.js";
import type { Bounds, DoseLimits, Drug, Profile } from "../../authority/library/model.js";
import { decodeManifest } from "../../authority/manifest.js";
import { decodeProvisioning } from "../../authority/provisioning.js";
import { PATIENT_CLASSES, PUMP_CLASSES } from "../../authority/rate.js";
import { COMMAND_KINDS, ROLE_NAMES } from "../../authority/roles.js";
import { decodeRoot, rootProblems } from "../../authority/root.js";
import { STATE_FLAG, phaseName } from "../../gate/names.js";
import { LIMIT_NAMES } from "../../gate/names.js";
import { dateField, durationField, field, group, hexField, secretField, type Shown } from "./shown.js";

/** A recognised object. */
export interface Recognised {
  readonly what: string;
  readonly parts: readonly Shown[];
}

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
      ]),
      ...problems.map((p) => field("contradiction", `${p.field}: ${p.problem}; ${p.next}`)),
    ],
  };
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

/** A dose in its packed unit. */
export function doseWords(value: number, packed: number): string {
  const unit = unpackDoseUnit(packed);
  return unit ? formatDose({ value, unit }) : `${value} of no known unit (${packed})`;
}

export function unitWords(packed: number): string {
  const unit = unpackDoseUnit(packed);
  return unit ? formatDoseUnit(unit) : `none known (${packed})`;
}

/** An amount of drug: its dimension follows from the order's unit. */
function amountWords(amount: number, volumeNl: number, packed: number): string {
  const unit = unpackDoseUnit(packed);
  if (!unit) return `${amount} base units in ${formatVolume(volumeNl)}`;
  return formatConcentration({ amount: { value: amount, dimension: unit.amount.dimension }, volumeNl });
}

export const weightWords = (weightG: number): string => (weightG === 0 ? "unknown" : formatWeight(weightG));
export const surfaceWords = (bsaCm2: number): string =>
  bsaCm2 === 0 ? "unknown" : formatBodySurface(bsaCm2);

export function showCommand(payload: Uint8Array): Recognised {
  const command = decodeCommand(payload);
  const { kind } = command.body;
  const { number, role } = COMMAND_KINDS[kind];
  return {
    what: `command: ${kind} (SPEC 4.2)`,
    parts: [
      field("kind", number, `${kind} (${number}), for a key of role ${role}`),
      hexField("session id", command.sessionId),
      field("sequence", command.sequence),
      durationField("life", command.lifeS),
      hexField("patient token", command.patientToken),
      hexField("order id", command.orderId),
      ...showBody(command),
    ],
  };
}

function showBody({ body }: Command): Shown[] {
  switch (body.kind) {
    case "associate":
      return [
        field("weight", body.weightG, weightWords(body.weightG)),
        field("body surface", body.bsaCm2, surfaceWords(body.bsaCm2)),
        field("area", body.area),
      ];
    case "new bag":
      return [field("VTBI", body.vtbiNl, formatVolume(body.vtbiNl))];
    case "log-ack":
      return [
        field("stream", body.stream, body.stream === 0 ? "decisions (0)" : "meter (1)"),
        field("acknowledged up to", body.acknowledged),
      ];
    case "start":
    case "titrate":
    case "bolus":
      return [
        showReference(body.drug),
        field("dose", body.dose, doseWords(body.dose, body.unit)),
        field("rate", body.rateNlPerH, formatRate(body.rateNlPerH)),
        ...(body.kind === "bolus" ? [field("volume", body.volumeNl, formatVolume(body.volumeNl))] : []),
        ...(body.kind === "start" ? showStart(body) : []),
      ];
    default:
      return [];
  }
}

function showStart(body: Extract<Command["body"], { kind: "start" }>): Shown[] {
  const { amount, volumeNl } = body.concentration;
  const parts = [
    field("VTBI", body.vtbiNl, formatVolume(body.vtbiNl)),
    field("total", body.totalNl, formatVolume(body.totalNl)),
    field("concentration", amount, amountWords(amount, volumeNl, body.unit)),
    field("set", body.setId),
  ];
  if (!body.range) return parts;
  const { min, max, stepMax, intervalS } = body.range;
  return [
    ...parts,
    group("titration range", "", [
      field("minimum", min, doseWords(min, body.unit)),
      field("maximum", max, doseWords(max, body.unit)),
      field("largest step", stepMax, doseWords(stepMax, body.unit)),
      durationField("shortest interval", intervalS),
    ]),
  ];
}

function showReference(drug: DrugReference): Shown {
  const words = `area ${drug.area}, drug ${drug.drug}, variant ${drug.variant}`;
  return group("drug", words, [
    field("library", `epoch ${drug.epoch}, version ${drug.version}`),
    hexField("library root begins", drug.rootPrefix),
    field("minimum root version", drug.rootVersionMin),
  ]);
}

/** "continuous dose above maximum, VTBI above maximum" */
export function maskWords(mask: number): string {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) if ((mask >>> bit) & 1) names.push(LIMIT_NAMES[bit] ?? `bit ${bit}`);
  return names.join(", ") || "none";
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

export function flagWords(flags: number): string {
  const names = Object.entries(STATE_FLAG).filter(([, bit]) => (flags & bit) !== 0);
  return names.map(([name]) => name.toLowerCase()).join(", ") || "none";
}

export function phaseWords(phase: number): string {
  return phaseName(phase) ?? `unknown (${phase})`;
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

export function showEntry(bytes: Uint8Array): Recognised {
  const entry = decodeEntry(bytes);
  return entry.kind === "profile" ? showProfile(entry) : showDrug(entry);
}

function showProfile(profile: Profile): Recognised {
  const patient = PATIENT_CLASSES[profile.patientClass]?.name ?? "unknown";
  return {
    what: `library entry: profile of care area ${profile.area} (SPEC 3.2)`,
    parts: [
      field("name", profile.name),
      field("patient class", profile.patientClass, `${patient} (${profile.patientClass})`),
      field("rate max", profile.rateNlPerHMax, formatRate(profile.rateNlPerHMax)),
      field("VTBI max", profile.vtbiNlMax, formatVolume(profile.vtbiNlMax)),
      rangeField("weight", profile.weightG, formatWeight),
      rangeField("body surface", profile.bsaCm2, formatBodySurface),
      field(
        "KVO rate",
        profile.kvoRateNlPerH,
        profile.kvoRateNlPerH === 0 ? "none" : formatRate(profile.kvoRateNlPerH),
      ),
    ],
  };
}

function showDrug(drug: Drug): Recognised {
  const dimension = drug.ingredient & 7;
  const flags = [
    [1, "soft limits may be overridden"],
    [2, "only by a signed approval"],
    [4, "KVO allowed"],
  ] as const;
  const perMl = (value: number): string => `${formatAmount({ value, dimension })}/mL`;
  return {
    what: `library entry: area ${drug.area}, drug ${drug.drug}, variant ${drug.variant} (SPEC 3.2)`,
    parts: [
      field("name", drug.name),
      field(
        "ingredient",
        drug.ingredient,
        `${drug.ingredient >>> 3}, counted in ${BASE_UNITS[dimension] ?? "no known unit"}`,
      ),
      ...(drug.concentration ? [field("concentration", formatConcentration(drug.concentration))] : []),
      ...(drug.customConcentration
        ? [boundsField("custom concentration", drug.customConcentration, perMl)]
        : []),
      ...limitsField("continuous", drug.continuous),
      ...limitsField("bolus dose", drug.bolusDose),
      ...limitsField("bolus rate", drug.bolusRate),
      ...(drug.vtbi ? [boundsField("VTBI", drug.vtbi, formatVolume)] : []),
      ...(drug.weightG ? [rangeField("weight", drug.weightG, formatWeight)] : []),
      ...(drug.bsaCm2 ? [rangeField("body surface", drug.bsaCm2, formatBodySurface)] : []),
      field(
        "flags",
        drug.flags,
        flags.flatMap(([bit, name]) => ((drug.flags & bit) !== 0 ? [name] : [])).join(", ") || "none",
      ),
    ],
  };
}

function rangeField(
  name: string,
  range: { min: number; max: number },
  format: (value: number) => string,
): Shown {
  return field(name, `${range.min}..${range.max}`, `${format(range.min)} to ${format(range.max)}`);
}

function limitsField(name: string, limits: DoseLimits | undefined): Shown[] {
  if (!limits) return [];
  return [boundsField(name, limits.bounds, (value) => formatDose({ value, unit: limits.unit }))];
}

function boundsField(name: string, bounds: Bounds, format: (value: number) => string): Shown {
  const named = [
    ["hard minimum", bounds.hardMin],
    ["soft minimum", bounds.softMin],
    ["soft maximum", bounds.softMax],
    ["hard maximum", bounds.hardMax],
  ] as const;
  const parts = named.flatMap(([bound, value]) =>
    value === undefined ? [] : [field(bound, value, format(value))],
  );
  return group(name, parts.length === 0 ? "no bounds" : "", parts);
}
