import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { CliError } from "./errors.js";
import { readJsonFile } from "./json-file.js";

/** One case of a file, by primitive; hex fields are still hex. The schema beside the vectors says what each means. */
export type PrimitiveCase = { id: string | number; valid?: boolean } & Record<string, unknown>;

/** A file of vectors for one primitive, checked against vectors/primitive-vectors.schema.json. */
export interface PrimitiveVectors {
  readonly schema: string;
  readonly primitive: Primitive;
  readonly source?: string;
  readonly cases: readonly PrimitiveCase[];
}

export type Primitive =
  | "sha256"
  | "sha512"
  | "hmac-sha256"
  | "ed25519-verify"
  | "cbor-strict"
  | "cose-sign1-verify"
  | "merkle-inclusion";

const SCHEMA_URL = new URL("../../vectors/primitive-vectors.schema.json", import.meta.url);
let validate: ValidateFunction | undefined;

/** Reads a file of primitive vectors, or refuses it with the line and column, or the field, and what is wrong there. */
export function readPrimitiveVectors(path: string): PrimitiveVectors {
  const data = readJsonFile(path);
  validate ??= new Ajv({
    verbose: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
  }).compile(JSON.parse(readFileSync(SCHEMA_URL, "utf8")) as object);
  if (!validate(data)) {
    // Of a failed `if`, only what its `then` or `else` found is worth saying.
    const error = validate.errors!.find((e) => e.keyword !== "if")!;
    throw new CliError(`${path}: ${describe(error)}`);
  }
  const vectors = data as PrimitiveVectors;
  const seen = new Map<string, number>();
  for (const [i, { id }] of vectors.cases.entries()) {
    const first = seen.get(String(id));
    if (first !== undefined) {
      throw new CliError(
        `${path}: cases[${i}].id: ${JSON.stringify(id)} is the id of cases[${first}] already`,
      );
    }
    seen.set(String(id), i);
  }
  return vectors;
}

/** `cases[3].digest: odd number of hex digits (63)` instead of `/cases/3/digest must match pattern ...`. */
function describe(error: ErrorObject): string {
  const place = error.instancePath
    .replace(/\/(\d+)/g, "[$1]")
    .replace(/\//g, ".")
    .replace(/^\./, "");
  const params = error.params as Record<string, unknown>;
  if (error.keyword === "required") {
    const field = String(params["missingProperty"]);
    return `${place === "" ? field : `${place}.${field}`}: missing`;
  }
  return `${place === "" ? "the file" : place}: ${complaint(error, params)}`;
}

function complaint(error: ErrorObject, params: Record<string, unknown>): string {
  const data = error.data;
  const got = JSON.stringify(data);
  const shown = got.length > 60 ? `${got.slice(0, 57)}...` : got;
  switch (error.keyword) {
    case "const":
      return `must be ${JSON.stringify(params["allowedValue"])}, not ${shown}`;
    case "enum":
      return `must be one of ${(params["allowedValues"] as string[]).join(", ")}, not ${shown}`;
    case "type":
      return `must be ${[params["type"]].flat().join(" or ")}, not ${shown}`;
    case "minItems":
      return "is empty: a file without cases would prove nothing";
    case "minLength":
      return "is empty";
    case "pattern":
      return hexComplaint(String(data), String(params["pattern"]), shown);
    default:
      return `${error.message ?? "not as the schema says"}, not ${shown}`;
  }
}

function hexComplaint(text: string, pattern: string, shown: string): string {
  if (!pattern.includes("a-f")) return `must be a whole number in decimal digits, not ${shown}`;
  const at = text.search(/[^0-9a-fA-F]/);
  if (at >= 0) return `not hex: ${JSON.stringify(text[at])} at position ${at}`;
  return `odd number of hex digits (${text.length})`;
}
