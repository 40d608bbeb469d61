/** A root document as an administrator writes it: YAML with dates, durations and key files, problems with their lines. */
import { dirname, resolve } from "node:path";
import { fromHex } from "./bytes.js";
import { parseInstant } from "./instant.js";
import { KeyFileError, readPublicKeyFile, type TrustedKey } from "./keys.js";
import { Fields, SourceFile } from "./library/document.js";
import { integer } from "./library/words.js";
import { LibraryError, type Problem, sortProblems } from "./library/problem.js";
import { parseDurationS, QuantityError } from "./quantity.js";
import { ROLE_NAMES } from "./roles.js";
import { type Root, rootProblems, type Thresholds } from "./root.js";

const KEYS = [
  "facility",
  "version",
  "issued",
  "expires",
  "library_id",
  "library_epoch",
  "keys",
  "thresholds",
  "policy",
];
const POLICY_KEYS = ["max_skew", "command_life", "local_override", "emergency", "warm_restart"];

/** Thrown with every problem of a description, each with file, line, field and next step. */
export { LibraryError as DescriptionError } from "./library/problem.js";

/**
 * Reads a root document from YAML; key files are looked up beside `path`. Throws DescriptionError with every problem: of the
 * text, and where the document contradicts itself (SPEC 2.2).
 */
export function parseRootFile(path: string, text: string): Root {
  const problems: Problem[] = [];
  const file = new SourceFile(path, text, problems, "`facility:`");
  const root = file.root && readRoot(file.root, dirname(path));
  if (root && problems.length === 0) {
    for (const { field, problem, next } of rootProblems(root)) {
      problems.push({
        severity: "error",
        file: path,
        line: lineOfField(file.root, field),
        subject: field,
        message: `${problem}; ${next}`,
      });
    }
  }
  if (!root || problems.length > 0) throw new LibraryError(sortProblems(problems));
  return root;
}

function readRoot(fields: Fields, directory: string): Root | undefined {
  fields.only(KEYS);
  const facility = fields.requiredText("facility", "General Hospital");
  const version = fields.required("version", "1", integer);
  const issuedS = fields.required("issued", "2026-01-31", parseInstant);
  const expiresS = fields.required("expires", "2027-01-31", parseInstant);
  const libraryId = fields.required("library_id", "00112233445566778899aabbccddeeff", hex16);
  const libraryEpoch = fields.required("library_epoch", "0", integer);
  const keys = readKeys(fields, directory);
  const thresholds = readThresholds(fields);
  const policy = readPolicy(fields);
  if (facility === undefined || version === undefined || issuedS === undefined || expiresS === undefined) {
    return undefined;
  }
  if (!libraryId || libraryEpoch === undefined || !thresholds || !policy) return undefined;
  return { facility, version, issuedS, expiresS, libraryId, libraryEpoch, keys, thresholds, policy };
}

/** 32 hex digits. Throws QuantityError. */
export function hex16(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length === 16) return bytes;
  throw new QuantityError(`"${text}" is not 16 bytes; write 32 hexadecimal digits`);
}

function readKeys(fields: Fields, directory: string): TrustedKey[] {
  if (!fields.has("keys")) fields.missing("keys", "[keys/author.pub.json, keys/approver.pub.json]");
  return fields.words("keys").flatMap((name) => {
    try {
      return [readPublicKeyFile(resolve(directory, name))];
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      fields.error("keys", `keys: ${error.message}`);
      return [];
    }
  });
}

function readThresholds(fields: Fields): Thresholds | undefined {
  const written = fields.fields("thresholds");
  if (!written) {
    if (!fields.has("thresholds")) {
      fields.missing("thresholds", "{ root: 2, library: 2, order: 1, bedside: 1 }");
    }
    return undefined;
  }
  written.only(ROLE_NAMES);
  return Object.fromEntries(ROLE_NAMES.map((role) => [role, written.read(role, integer) ?? 0]));
}

function readPolicy(fields: Fields): Root["policy"] | undefined {
  const written = fields.fields("policy");
  if (!written) {
    if (!fields.has("policy")) {
      fields.missing("policy", "{ max_skew: 1 day, command_life: 10 min, local_override: no }");
    }
    return undefined;
  }
  written.only(POLICY_KEYS);
  const maxSkewS = written.required("max_skew", "1 day", parseDurationS);
  const commandLifeSMax = written.required("command_life", "10 min", parseDurationS);
  const localOverride = written.required("local_override", "no", yesOrNo);
  // Left out: no emergency orders, and the gate's own time for a restart.
  const emergencySMax = written.read("emergency", parseDurationS);
  const warmRestartS = written.read("warm_restart", parseDurationS);
  if (maxSkewS === undefined || commandLifeSMax === undefined || localOverride === undefined) {
    return undefined;
  }
  return {
    maxSkewS,
    commandLifeSMax,
    localOverride,
    ...(emergencySMax !== undefined && { emergencySMax }),
    ...(warmRestartS !== undefined && { warmRestartMsMax: warmRestartS * 1000 }),
  };
}

function yesOrNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new QuantityError(`"${text}" is neither; write yes or no`);
}

/** Line of "policy.max_skew", "keys[2]" or "version". */
function lineOfField(fields: Fields, field: string): number {
  const [first, second] = field.split(".");
  const name = first!.replace(/\[.*$/, "");
  const inner = second === undefined ? undefined : fields.fields(name);
  return inner ? inner.lineOf(second!) : fields.lineOf(name);
}
