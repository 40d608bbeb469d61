/**
 * Vectors of the limits (vectors/limits.json) as they stand in the file: figures and unit texts, nothing to compute.
 * vectors/limits.schema.json says what each field means.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import type { Bounds, Profile, Range, WindowName } from "../authority/library/model.js";
import type { BodyOf, CommandBody, OrderStep, StartMode, TitrationRange } from "../authority/command.js";
import type { LocalActionName, VerdictName } from "../gate/names.js";
import type { StatusName } from "../gate/status.js";

export const LIMIT_SCHEMA = "dosegate-limit-vectors/1";

/** Bounds of a dose with the text of its unit, "mg/kg/h". */
export type LimitsText = Bounds & { readonly unit: string };

export interface DrugText {
  readonly area: number;
  readonly drug: number;
  readonly name: string;
  readonly ingredient: number;
  readonly concentration?: { readonly amount: number; readonly volumeNl: number };
  readonly customConcentration?: Bounds;
  readonly continuous?: LimitsText;
  readonly bolusDose?: LimitsText;
  readonly bolusRate?: LimitsText;
  readonly intermittent?: LimitsText;
  readonly loading?: LimitsText;
  readonly pcaDose?: LimitsText;
  readonly vtbi?: Bounds;
  readonly duration?: Bounds;
  readonly lockout?: Bounds;
  readonly titrationStep?: Bounds & { readonly intervalS: number };
  readonly windows?: { readonly unit: string } & Readonly<Partial<Record<WindowName, Bounds>>>;
  readonly weightG?: Range;
  readonly bsaCm2?: Range;
  /** By the words of SPEC 3.2's table, as authors write them. */
  readonly flags: readonly string[];
}

export type ProfileText = Omit<Profile, "kind">;

export interface LibraryText {
  readonly profiles: readonly ProfileText[];
  readonly drugs: readonly DrugText[];
}

export interface RatedText {
  readonly unit: string;
  readonly dose: number;
  readonly rateNlPerH: number;
}
export interface WholeText extends RatedText {
  readonly volumeNl: number;
}
export interface PcaText extends WholeText {
  readonly lockoutS: number;
}

interface BagText {
  /** Code of the drug in the fixture's library. */
  readonly drug: number;
  readonly vtbiNl: number;
  readonly totalNl: number;
  readonly concentration: { readonly amount: number; readonly volumeNl: number };
  readonly setId: number;
  readonly loading?: WholeText;
}

export type StartText = { readonly kind: "start" } & BagText &
  RatedText & {
    readonly mode?: StartMode;
    readonly range?: TitrationRange;
    readonly steps?: readonly OrderStep[];
    readonly durationS?: number;
  };
export type PcaOrderText = { readonly kind: "PCA" } & BagText & {
    readonly pca: PcaText;
    readonly basal?: RatedText;
  };
export type TitrateText = { readonly kind: "titrate"; readonly drug: number } & RatedText;
export type DoseText = { readonly kind: "bolus" | "loading"; readonly drug: number } & WholeText;

/** A command's body: of those with a drug the unit is a text and the drug a code of the fixture's library. */
export type BodyText =
  | StartText
  | PcaOrderText
  | TitrateText
  | DoseText
  | BodyOf<Exclude<CommandBody["kind"], "start" | "PCA" | "titrate" | "bolus" | "loading">>;

/** One thing that happens to the pump. */
export type Operation =
  | {
      readonly op: "order";
      readonly body: BodyText;
      /** `other`: for somebody who is not in the bed. */
      readonly patient?: "other";
      /** `other`: under an order id that the pump does not know. */
      readonly order?: "other";
    }
  | { readonly op: "emergency"; readonly body: BodyText }
  | { readonly op: "approve" }
  | {
      readonly op: "panel";
      readonly action: LocalActionName;
      readonly value?: number;
      readonly mask?: number;
      readonly reasonCode?: number;
      /** The patient's token goes with it. */
      readonly token?: true;
      /** How long after the first step the second is made, ms. 1,000 if left out. */
      readonly confirmAfterMs?: number;
      /** False: no tick comes between the last operation and this one, so that the sensors are not read. */
      readonly tick?: false;
    }
  | { readonly op: "run"; readonly s: number }
  | { readonly op: "pass"; readonly s: number }
  | { readonly op: "uptime"; readonly ms: number }
  | { readonly op: "reset"; readonly cause: "POWER_ON" | "WARM" | "UNKNOWN"; readonly offMs: number }
  | { readonly op: "sensor"; readonly sensor: "OCCLUSION" | "AIR" | "INTERLOCK"; readonly on: boolean }
  | { readonly op: "library"; readonly library: LibraryText };

/** A step of a history: it must succeed, or end with `status`. */
export type Past = Operation & { readonly status?: StatusName };

export interface Expected {
  /** Of the panel and of a demand PERMIT is OK, and DENY every other status. */
  readonly verdict?: VerdictName;
  readonly status?: StatusName;
  readonly limit?: number;
  readonly bound?: number;
  readonly softMask?: number;
  /** Phase after a reset. */
  readonly phase?: "IDLE" | "RUNNING" | "PAUSED" | "COMPLETE" | "KVO";
}

export interface LimitTest {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  /** What happens after the group's history and before the operation. */
  readonly before?: readonly Past[];
  readonly operation: Operation;
  readonly expected: Expected;
}

export interface Fixture {
  readonly pumpClass: number;
  /** 0 g or cm2: unknown. `associated` false: nobody is in the bed until the history says so. */
  readonly patient: { readonly weightG: number; readonly bsaCm2: number; readonly area: number };
  readonly associated?: false;
  readonly policy?: { readonly emergencySMax?: number; readonly warmRestartMsMax?: number };
  readonly library: LibraryText;
}

export interface TestGroup extends Fixture {
  readonly comment: string;
  readonly history: readonly Past[];
  readonly tests: readonly LimitTest[];
}

export interface Note {
  readonly bugType: string;
  readonly description: string;
  /** What a pump that got this wrong would do to the patient. */
  readonly effect: string;
  readonly links: readonly string[];
}

export interface LimitVectors {
  readonly algorithm: string;
  readonly schema: string;
  readonly numberOfTests: number;
  readonly header: readonly string[];
  readonly notes: Readonly<Record<string, Note>>;
  readonly testGroups: readonly TestGroup[];
}

const SCHEMA_URL = new URL("../../vectors/limits.schema.json", import.meta.url);
let validate: ValidateFunction | undefined;

/** Checks against vectors/limits.schema.json. Throws TypeError that names the place and what is wrong there. */
export function checkLimitVectors(data: unknown): LimitVectors {
  validate ??= new Ajv({ allowUnionTypes: true, strictRequired: false }).compile(
    JSON.parse(readFileSync(SCHEMA_URL, "utf8")) as object,
  );
  if (!validate(data)) {
    const { instancePath, message = "not as the schema says" } = validate.errors![0]!;
    throw new TypeError(`${instancePath === "" ? "the file" : instancePath}: ${message}`);
  }
  return data as LimitVectors;
}

/** True for a file that says it holds limit vectors. */
export function claimsLimits(data: unknown): boolean {
  return typeof data === "object" && data !== null && "schema" in data && data.schema === LIMIT_SCHEMA;
}
