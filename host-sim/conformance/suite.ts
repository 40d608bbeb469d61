/** Reads protocol vectors and their fixtures, checks them, and picks from them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { lint } from "./lint.js";
import type { Work } from "./runner.js";
import {
  FIXTURES_SCHEMA,
  PROTOCOL_SCHEMA,
  type Fixture,
  type ProtocolFixtures,
  type ProtocolVectors,
} from "./vector.js";

/** Vectors of one or more topics, with every fixture that they begin at. */
export interface Suite {
  readonly fixtures: Readonly<Record<string, Fixture>>;
  readonly topics: readonly ProtocolVectors[];
}

export const FIXTURES_FILE = "fixtures.json";
export const SUBSET_FILE = "subset.json";
const SCHEMA_URL = new URL("../../vectors/protocol.schema.json", import.meta.url);
let validate: ValidateFunction | undefined;

/** Throws TypeError that names the place and what is wrong there. */
export function checkSchema(data: unknown): ProtocolVectors | ProtocolFixtures {
  validate ??= new Ajv({ allowUnionTypes: true, strictRequired: false, strictTuples: false }).compile(
    JSON.parse(readFileSync(SCHEMA_URL, "utf8")) as object,
  );
  if (!validate(data)) {
    // Of what a `oneOf` tried, the deepest place is what was meant.
    const deepest = validate.errors!.reduce((a, b) =>
      b.instancePath.split("/").length > a.instancePath.split("/").length ? b : a,
    );
    const { instancePath, message = "not as the schema says" } = deepest;
    throw new TypeError(`${instancePath === "" ? "the file" : instancePath}: ${message}`);
  }
  return data as ProtocolVectors | ProtocolFixtures;
}

export function claimsProtocol(data: unknown): boolean {
  if (typeof data !== "object" || data === null || !("schema" in data)) return false;
  return data.schema === PROTOCOL_SCHEMA || data.schema === FIXTURES_SCHEMA;
}

/** The suite of a folder, or of some of its files: fixtures come from the folder in any case. Throws TypeError, naming the file. */
export function readSuite(paths: readonly string[]): Suite {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? topicFiles(path) : [path]));
  const topics = files
    .filter((file) => basename(file) !== FIXTURES_FILE)
    .map((file) => read(file) as ProtocolVectors);
  const folders = [...new Set(files.map((file) => dirname(file)))];
  const fixtures = Object.assign(
    {},
    ...folders.map((folder) => (read(join(folder, FIXTURES_FILE)) as ProtocolFixtures).fixtures),
  ) as Suite["fixtures"];
  const suite = { fixtures, topics };
  const problems = lint(suite);
  if (problems.length > 0) throw new TypeError(problems.slice(0, 5).join("\n"));
  return suite;
}

function topicFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && name !== FIXTURES_FILE && name !== SUBSET_FILE)
    .sort()
    .map((name) => join(folder, name));
}

function read(file: string): ProtocolVectors | ProtocolFixtures {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, "utf8"));
    return checkSchema(data);
  } catch (error) {
    throw new TypeError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Every vector, or those of a subset: topic to tcIds. */
export function workOf({ topics }: Suite, subset?: Readonly<Record<string, readonly number[]>>): Work[] {
  return topics.flatMap(({ topic, module, tests }) =>
    tests
      .filter(({ tcId }) => subset === undefined || (subset[topic] ?? []).includes(tcId))
      .map((vector) => ({ topic, module, vector })),
  );
}

/** The committed subset of a folder. */
export function readSubset(folder: string): Readonly<Record<string, readonly number[]>> {
  const { tests } = JSON.parse(readFileSync(join(folder, SUBSET_FILE), "utf8")) as {
    tests: Record<string, number[]>;
  };
  return tests;
}
