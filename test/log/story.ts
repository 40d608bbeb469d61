/** A short life of one pump, written down as its log: provisioned, a library, an order, an override, a stop. */
import { createHash } from "node:crypto";
import type { CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import { checkLibrary } from "../../host-sim/authority/library/load.js";
import { LIBRARY } from "../cli/support.js";
import { details, StreamWriter } from "./writer.js";

export const DEVICE = new Uint8Array(16).fill(0xd0);
export const LOG_KEY = new Uint8Array(32).fill(0x17);
export const ROOT_DIGEST = new Uint8Array(32).fill(0x77);

/** Event kinds of SPEC 8. */
export const K = {
  PROVISIONED: 1,
  BOOT: 2,
  ROOT_UPDATED: 3,
  LIBRARY_ACTIVATED: 5,
  DECISION: 6,
  LOCAL: 7,
  ALARM: 8,
  COMPLETE: 9,
  LOST: 10,
  REFUSED: 11,
} as const;

const MCG_PER_KG_MIN = 1 | (1 << 4) | (1 << 8);

export function library(): CompiledLibrary {
  const { library: made, problems } = checkLibrary([{ name: "library.yaml", text: LIBRARY }]);
  if (!made) throw new Error(problems.map(({ message }) => message).join("\n"));
  return made;
}

/**
 * A start of drug 1001 variant 1 (4 mg in 250 mL) for 70 kg: 0.05 mcg/kg/min are 50,000 pg, thus 3.5 mcg/min or 210 mcg/h, thus
 * 13.125 mL/h, on the step of 0.1 mL/h above 10: 13.1 mL/h.
 */
export const START_INPUTS: Readonly<Record<number, number>> = {
  0: 7,
  1: 1001,
  2: 1,
  3: 2,
  4: 5,
  5: 70_000,
  6: 0,
  7: MCG_PER_KG_MIN,
  8: 50_000,
  9: 13_100_000,
  10: 250_000_000,
  11: 4_000_000_000,
  12: 250_000_000,
  13: 1,
  14: 0,
  15: 500_000_000,
  17: 1,
  23: 1,
};

/** What is different about a decision. */
export interface DecisionParts {
  readonly digest?: number;
  readonly kind?: number;
  readonly verdict?: number;
  readonly status?: number;
  readonly limit?: number;
  readonly bound?: number;
  readonly softMask?: number;
  readonly waived?: number;
  readonly inputs?: Readonly<Record<number, number>> | undefined;
  readonly reason?: number;
  readonly approver?: number;
  /** Of a log-ack: stream and sequence. */
  readonly acked?: readonly [number, number];
}

/** Details of a DECISION; a permitted start unless something else is said. */
export function decision(parts: DecisionParts = {}): Map<number, never> {
  const inputs = "inputs" in parts ? parts.inputs : START_INPUTS;
  return details({
    0: 1,
    1: new Uint8Array(8).fill(0x0a),
    2: new Uint8Array(
      createHash("sha256")
        .update(`command ${parts.digest ?? 0}`)
        .digest(),
    ),
    3: parts.kind ?? 2,
    4: parts.verdict ?? 1,
    5: parts.status ?? 0,
    6: parts.limit ?? 0,
    7: parts.bound ?? 0,
    8: parts.softMask ?? 0,
    9: parts.waived ?? 0,
    10: new Uint8Array(16).fill(0x50),
    11: new Uint8Array(16).fill(0x51),
    12: inputs && details(inputs),
    13: parts.reason,
    14: parts.approver === undefined ? undefined : new Uint8Array(8).fill(parts.approver),
    15: parts.acked?.[0],
    16: parts.acked?.[1],
  }) as Map<number, never>;
}

/** 1.2 mcg/kg/min: 315 mL/h, above the soft maximum of 1 mcg/kg/min only. */
export const SOFT_INPUTS = { ...START_INPUTS, 8: 1_200_000, 9: 315_000_000 };
/** The mask of that: limit 2, continuous dose above maximum. */
export const SOFT_MASK = 1 << 2;
export const SOFT_BOUND = 1_000_000;
export const ASKED: DecisionParts = {
  digest: 9,
  verdict: 3,
  status: 0x6b,
  limit: 2,
  bound: SOFT_BOUND,
  softMask: SOFT_MASK,
  inputs: SOFT_INPUTS,
};
/** Permitted after an override at the panel. */
export const WAIVED_LOCALLY: DecisionParts = {
  digest: 9,
  softMask: SOFT_MASK,
  waived: SOFT_MASK,
  inputs: SOFT_INPUTS,
  reason: 3,
};
/** Permitted after a signed approval. */
export const WAIVED: DecisionParts = { ...WAIVED_LOCALLY, approver: 0x0b };

export function provisioned(log: StreamWriter): void {
  log.newBoot();
  log.event(K.PROVISIONED, details({ 0: DEVICE, 1: 1, 2: ROOT_DIGEST, 3: 1 }));
}

export function boot(log: StreamWriter, counter: number, tampered = 0): void {
  log.newBoot();
  log.event(K.BOOT, details({ 0: 0, 1: 500, 2: counter, 3: tampered, 4: 0, 5: 0 }));
}

export function activated(
  log: StreamWriter,
  compiled: CompiledLibrary,
  version = compiled.header.version,
): void {
  const { epoch } = compiled.header;
  const digest = new Uint8Array(32).fill(0x66);
  log.event(K.LIBRARY_ACTIVATED, details({ 0: epoch, 1: version, 2: compiled.root, 3: digest, 4: 0 }));
}

/** LOCAL: action, program, phase after, rate after. */
export function local(log: StreamWriter, action: number, generation: number, rateNlPerH: number): void {
  log.event(K.LOCAL, details({ 0: action, 1: generation, 2: 1, 3: rateNlPerH, 4: 1000, 5: 0 }));
}

/** A fresh stream 0 with the device provisioned and the library active. */
export function begun(compiled: CompiledLibrary = library()): StreamWriter {
  const log = new StreamWriter(0, DEVICE, LOG_KEY);
  provisioned(log);
  activated(log, compiled);
  return log;
}

/** Both streams. */
export function story(compiled: CompiledLibrary = library()): {
  decisions: StreamWriter;
  meter: StreamWriter;
} {
  const decisions = begun(compiled);
  decisions.event(K.DECISION, decision({ digest: 1, kind: 1, inputs: undefined }));
  boot(decisions, 4);
  decisions.event(K.DECISION, decision({ digest: 2 }));
  local(decisions, 3, 1, 10_000_000);
  local(decisions, 4, 1, 13_100_000);
  decisions.event(K.DECISION, decision({ digest: 3, verdict: 2, status: 0x60, inputs: undefined }));
  decisions.raw(new Uint8Array());
  decisions.event(K.ALARM, details({ 0: 8, 1: 1, 2: 5000, 3: 2 }));
  local(decisions, 1, 1, 0);
  decisions.event(K.DECISION, decision(ASKED));
  decisions.event(K.DECISION, decision(WAIVED));
  decisions.event(K.COMPLETE, details({ 0: 2, 1: 250_000_000, 2: 3, 3: 2 }));

  const meter = new StreamWriter(1, DEVICE, LOG_KEY);
  meter.newBoot();
  for (let i = 0; i < 6; i++) meter.raw(new Uint8Array(), Buffer.alloc(12, i));
  meter.event(K.REFUSED, details({ 0: 1, 1: 0x33, 2: 4, 3: 900 }));
  return { decisions, meter };
}
