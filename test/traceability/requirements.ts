/** The list of requirements, docs/requirements.yaml: what is asked of a gate, by whom, where it is done and which tests show it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ErrorObject } from "ajv";
import { parse } from "yaml";

/** The repository: this folder is as deep as the one that it is compiled to. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const LIST = "docs/requirements.yaml";

/**
 * `inside`: the gate does it. `partly`: the gate does its part, `reason` says what remains with others. `outside`: no gate can, with the
 * reason. `planned`: meant to be inside, not there yet.
 */
export type Scope = "inside" | "partly" | "outside" | "planned";

/** Tests of a file whose full name (`describe > describe > it`) contains `name`. */
export interface TestReference {
  readonly file: string;
  readonly name: string;
}

export interface Requirement {
  /** As it is cited: `GIP 1.4.3`, `Open PCA R5.2`, `CVE-2015-3956`, `DG-LIB-03`. */
  readonly id: string;
  /** Other ids of the same thing. */
  readonly also?: readonly string[];
  /** Sections of SPEC that say it, `SPEC 4.4, 6.2`, or what else it is taken from; of our own ids only, as others say it themselves. */
  readonly source?: string;
  readonly text: string;
  readonly scope: Scope;
  readonly reason?: string;
  /** Files that do it. */
  readonly code: readonly string[];
  readonly tests: readonly TestReference[];
}

/** Who asks. `cited` is how ids of this origin begin. */
export interface Origin {
  readonly name: string;
  readonly cited: string;
  readonly title: string;
}

export interface RequirementList {
  readonly origins: readonly Origin[];
  /** Groups of our own ids, `DG-LIB`, with a title. */
  readonly rooms: Readonly<Record<string, string>>;
  /** Ids that look like citations and are none, with why they stand where they stand. */
  readonly placeholders: Readonly<Record<string, string>>;
  readonly requirements: readonly Requirement[];
}

/** The list cannot be used: where, what, and what to do. */
export class ListError extends Error {}

const TEXT = { type: "string", minLength: 1, pattern: "^\\S(.*\\S)?$" };
const ID =
  "^(GIP (hazard )?\\d+(\\.\\d+)+|Open PCA (R\\d+(\\.\\d+)+(\\(\\d+\\))?|EC\\d+|table \\d+)|CVE-\\d{4}-\\d{4,7}|DG-[A-Z]{3}-\\d{2})$";
const demand = (where: object, demanded: object): object => ({ if: { properties: where }, then: demanded });

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["origins", "rooms", "placeholders", "requirements"],
  properties: {
    origins: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "cited", "title"],
        properties: { name: TEXT, cited: TEXT, title: TEXT },
      },
    },
    rooms: { type: "object", propertyNames: { pattern: "^DG-[A-Z]{3}$" }, additionalProperties: TEXT },
    placeholders: { type: "object", additionalProperties: TEXT },
    requirements: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["id", "text", "scope"],
        properties: {
          id: { type: "string", pattern: ID },
          also: { type: "array", minItems: 1, items: { type: "string", pattern: ID } },
          source: TEXT,
          text: TEXT,
          scope: { enum: ["inside", "partly", "outside", "planned"] },
          reason: TEXT,
          code: { type: "array", uniqueItems: true, items: TEXT },
          tests: {
            type: "array",
            uniqueItems: true,
            items: {
              type: "object",
              additionalProperties: false,
              required: ["file", "name"],
              properties: { file: { type: "string", pattern: "^test/.+\\.test\\.ts$" }, name: TEXT },
            },
          },
        },
        allOf: [
          demand(
            { scope: { enum: ["inside", "partly"] } },
            { required: ["code", "tests"], properties: { code: { minItems: 1 }, tests: { minItems: 1 } } },
          ),
          demand({ scope: { enum: ["partly", "outside"] } }, { required: ["reason"] }),
          demand(
            { scope: { const: "outside" } },
            { properties: { code: { maxItems: 0 }, tests: { maxItems: 0 } } },
          ),
          demand({ scope: { enum: ["inside", "planned"] } }, { properties: { reason: false } }),
          demand({ id: { pattern: "^DG-" } }, { required: ["source"] }),
        ],
      },
    },
  },
};

const validate = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false }).compile(SCHEMA);

/** Ids of a requirement, its own first. */
export function idsOf({ id, also }: Requirement): string[] {
  return [id, ...(also ?? [])];
}

/** The origin whose ids begin like this one; of several the longest. */
export function originOf({ origins }: RequirementList, id: string): Origin | undefined {
  const fitting = origins.filter(({ cited }) => id.startsWith(cited));
  return fitting.sort((a, b) => b.cited.length - a.cited.length)[0];
}

/** Reads a list from YAML text. Throws ListError that names the requirement and the field. */
export function parseRequirements(text: string): RequirementList {
  const data: unknown = parse(text);
  if (!validate(data)) {
    const said = validate.errors!.filter(({ keyword }) => keyword !== "if").map((e) => describe(e, data));
    throw new ListError(`${LIST}:\n  ${[...new Set(said)].join("\n  ")}`);
  }
  const list = data as Omit<RequirementList, "requirements"> & {
    requirements: (Omit<Requirement, "code" | "tests"> & Partial<Requirement>)[];
  };
  const requirements = list.requirements.map((r) => ({ ...r, code: r.code ?? [], tests: r.tests ?? [] }));
  return { ...list, requirements };
}

export function loadRequirements(): RequirementList {
  return parseRequirements(readFileSync(join(ROOT, LIST), "utf8"));
}

/** `GIP 1.4.3: tests: must NOT have fewer than 1 items`. */
function describe({ instancePath, message, params }: ErrorObject, data: unknown): string {
  const [, collection, index, ...field] = instancePath.split("/");
  const items = (data as { requirements?: readonly { id?: unknown }[] }).requirements;
  const id = collection === "requirements" ? items?.[Number(index)]?.id : undefined;
  const place = typeof id === "string" ? [id, ...field] : instancePath.split("/").slice(1);
  const extra = (params as Record<string, unknown>)["additionalProperty"];
  const name = typeof extra === "string" ? ` "${extra}"` : "";
  return `${place.join(": ")}: ${message ?? "is wrong"}${name}`;
}
