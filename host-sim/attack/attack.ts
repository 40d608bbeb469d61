/**
 * An attack on a pump in use: a published vulnerability as a story that runs against the gate, with what the patient got and what
 * a pump that believes what it receives would have given.
 *
 * An attack is refused only if every step ended with the status that SPEC names for it, nothing but the meters of the running
 * therapy changed, and to the picolitre what was ordered left the pump. Where a gate cannot refuse all of an attack but can bound
 * it, the attack says what it bounds and by how much less than ordered the patient may get of it; never more. It is then
 * called bounded, not refused.
 */
import type { DeviceOptions } from "../device/device.js";
import type { StatusName } from "../gate/status.js";
import type { FaultReason } from "../log/fault.js";
import { Assault } from "./assault.js";
import { conclude } from "./conclusion.js";
import { prepareScene } from "./scene.js";
import type { Therapy } from "./therapy.js";

/** What of the gate stops an attack, by short name. */
export const MECHANISMS = {
  SL: "signed drug library, proved again at every use",
  SC: "signed commands, by role and kind",
  AR: "replay refused: session, sequence and life of a command",
  RB: "rollback refused: versions that only rise, and a hardware counter",
  BD: "commands bound to one pump and one patient",
  HL: "hard limits and ceilings, whoever signed",
  CW: "what a patient has had of an ingredient counts over hours, across orders and restarts",
  FL: "verification is rationed, so that a flood buys nothing",
  TL: "tamper-evident log",
  KR: "keys are taken back by the next root document",
  "2P": "two people sign a library: an author and an approver",
  CE: "ceilings compiled into the module, above every library",
  PV: "provisioning once, into an empty device",
} as const;
export type Mechanism = keyof typeof MECHANISMS;

/** What a step must end with: a status, a log verifier's reason, or, of many messages that fail in many ways, a refusal of each. */
export type Expected = StatusName | FaultReason | "refused";

/** One thing the attacker tried. */
export interface Step {
  readonly what: string;
  /** What the gate answered. */
  readonly status: string;
  /** What SPEC says it must answer; for a log that was altered, what its verifier must say. */
  readonly expected: Expected;
  /** The attacker got what it wanted: a permit, an install, or a change of anything it should not touch. */
  readonly accepted: boolean;
  /** No gate can refuse it: a loss of power, or less flow asked for at the panel. Only in attacks that are bounded. */
  readonly conceded: boolean;
  /** Fields of the state record (SPEC 11.2) that changed, beyond the meters of the running therapy. */
  readonly changed: readonly string[];
  /** What this step alone makes of the hour on a pump without a gate. */
  readonly withoutGate: Given;
}

/** A volume that went into the patient, with the drug in it. */
export interface Given {
  readonly nl: number;
  /** "15.2 mL" */
  readonly volume: string;
  /** "243 mcg" */
  readonly amount: string;
}

export interface LogLine {
  readonly stream: "decisions" | "meter";
  readonly sequence: number;
  readonly event: string;
  /** In words. */
  readonly text: string;
}

/** What proves the outcome afterwards. */
export interface Evidence {
  /** One sentence for each step: what the gate answered and what that status means. */
  readonly answers: readonly string[];
  /** Events in the sealed log since the attack began. */
  readonly log: readonly LogLine[];
  /** The whole log verified: chain, tags, history, and every verdict judged again. */
  readonly logVerified: boolean;
}

/** How far an attack gets where a gate can bound it and no more. */
export interface Bound {
  /** What holds, in one sentence. */
  readonly held: string;
  /** Largest part of the ordered dose that may be missing because of it, %. That none is too much goes without saying. */
  readonly missingPercentMax: number;
}

/** How it ended: with everything refused, with what its bound allows, or otherwise. */
export type Ending = "refused" | "bounded" | "accepted";

/** How an attack ended. */
export interface Outcome {
  readonly steps: readonly Step[];
  readonly ending: Ending;
  /** Why it counts as neither refused nor bounded; empty if it is. */
  readonly problems: readonly string[];
  /** What was measured of its bound. */
  readonly figures: readonly string[];
  /** "NORepinephrine 4 mg in 250 mL, adult of 80 kg, 0.05 mcg/kg/min" */
  readonly therapy: string;
  /** What clinicians ordered while it went on. */
  readonly orders: readonly string[];
  /** From the attacker's first step on, ms. */
  readonly windowMs: number;
  /** What the same hour gives without an attacker. */
  readonly ordered: Given;
  readonly withGate: Given;
  /** By the model of unguarded.ts: the step that goes furthest from what was ordered. */
  readonly withoutGate: Given;
  /** That step. */
  readonly worstStep: string;
  readonly doseWithGateNl: number;
  readonly doseWithoutGateNl: number;
  readonly evidence: Evidence;
}

/** What an attack is run with. */
export interface AttackContext {
  /** The gate under attack. */
  readonly module: WebAssembly.Module;
}

/** What people read of an attack. */
export interface AttackDescription {
  /** "CVE-2015-3956" */
  readonly id: string;
  readonly title: string;
  readonly product: string;
  /** The published cause, in one line. */
  readonly cause: string;
  /** What is done here. */
  readonly modelled: string;
  readonly notModelled: string;
  readonly mechanisms: readonly Mechanism[];
  /** Left out: the gate refuses all of it. */
  readonly bound?: Bound;
}

export interface Attack extends AttackDescription {
  readonly run: (context: AttackContext) => Outcome;
}

/** What people read of an attack, without the attack. */
export function describeAttack(attack: AttackDescription): AttackDescription {
  const { id, title, product, cause, modelled, notModelled, mechanisms, bound } = attack;
  return { id, title, product, cause, modelled, notModelled, mechanisms, ...(bound && { bound }) };
}

/** An attack as it is written down: the patient, and what the attacker does to the pump. */
export interface AttackPlan extends AttackDescription {
  readonly therapy: Therapy;
  /** What is wrong with the pump before anybody attacks it. */
  readonly pump?: Pick<DeviceOptions, "entropyStuck">;
  readonly perform: (assault: Assault) => void;
}

/** Runs a plan against a fresh pump with a running therapy, and beside it the same hour without the attacker. */
export function defineAttack(plan: AttackPlan): Attack {
  const { therapy, pump, perform, bound } = plan;
  return {
    ...describeAttack(plan),
    run: ({ module }) => {
      const assault = new Assault(prepareScene(module, therapy, pump));
      perform(assault);
      return conclude(assault, prepareScene(module, therapy, pump), bound);
    },
  };
}
