import { type Command, InvalidArgumentError } from "commander";
import { type KeyPair, KeyFileError, readKeyFile } from "../authority/keys.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import {
  describeArea,
  describeDrug,
  describeHeader,
  describeProfile,
} from "../authority/library/describe.js";
import { generateLibrary } from "../authority/library/generate.js";
import {
  type Checked,
  checkLibrary,
  loadLibrary,
  PUMP_CLASS_DEFAULT,
  readSources,
} from "../authority/library/load.js";
import { ILLUSTRATIVE } from "../authority/library/groups.js";
import { formatProblem, LibraryError, UnreadableError } from "../authority/library/problem.js";
import {
  isCompiledDirectory,
  readLibrary,
  signerWarnings,
  treeInfo,
  writeLibrary,
} from "../authority/library/signed.js";
import { checkAreas } from "../authority/library/structure.js";
import { PUMP_CLASSES } from "../authority/rate.js";
import { CliError } from "./errors.js";

const PUMP_CLASS_HELP = "1 large volume, 2 syringe, 3 ambulatory PCA: whose ceilings apply (SPEC 5.1)";

/** `dosegate library check | sign | inspect | generate` (docs/LIBRARY.md). */
export function registerLibrary(program: Command): void {
  const library = program
    .command("library")
    .description("Checks, signs, shows and generates drug libraries.");

  library
    .command("check")
    .description("Says, line by line, what a pump would refuse in a library written in YAML.")
    .argument("<paths...>", "files, or directories of .yaml files; together they are one library")
    .option("--pump-class <n>", PUMP_CLASS_HELP, pumpClass, PUMP_CLASS_DEFAULT)
    .action((paths: string[], options: { pumpClass: number }) =>
      guarded(() => check(paths, options.pumpClass)),
    );

  library
    .command("sign")
    .description("Compiles a library and signs its manifest.")
    .argument("<paths...>", "files, or directories of .yaml files; together they are one library")
    .requiredOption(
      "--keys <file>",
      "private key file; once per signer, an author and an approver",
      collect,
      [],
    )
    .requiredOption("--out <dir>", "directory for manifest.cose, entries.bin and tree.json")
    .option("--pump-class <n>", PUMP_CLASS_HELP, pumpClass, PUMP_CLASS_DEFAULT)
    .action((paths: string[], options: { keys: string[]; out: string; pumpClass: number }) =>
      guarded(() => signTo(paths, options)),
    );

  library
    .command("inspect")
    .description("Shows a library in words: one that is signed, or YAML.")
    .argument("<dir>", "directory of a signed library, or of .yaml files")
    .option("--drug <name>", "only drugs whose name contains this")
    .action((directory: string, options: { drug?: string }) =>
      guarded(() => inspect(directory, options.drug)),
    );

  library
    .command("generate")
    .description("Makes a library of any size for benchmarks; the same seed gives the same bytes.")
    .requiredOption("--entries <n>", "entries in all, profiles included, 1 to 65536", count)
    .option("--areas <n>", "care areas", count, 5)
    .option("--seed <text>", "anything printable", "1")
    .option("--keys <file>", "private key file to sign with; once per signer", collect, [])
    .option("--out <dir>", "directory for entries.bin and tree.json, and manifest.cose if signed")
    .action((options: GenerateFlags) => guarded(() => generate(options)));
}

function check(paths: readonly string[], pump: number): void {
  const checked = checkLibrary(readSources(paths), pump);
  printProblems(checked);
  const errors = countOf(checked, "error");
  if (checked.library) {
    print(describeHeader(checked.library.header));
    for (const area of checked.library.areas) {
      print([describeArea(area), ...describeProfile(area.profile).map((line) => `  ${line}`)]);
    }
    print([sizesOf(checked.library), sourcesOf(checked), fitOf(checked)]);
  }
  print([`${errors} errors, ${countOf(checked, "warning")} warnings`]);
  if (errors > 0) process.exitCode = 1;
}

function signTo(
  paths: readonly string[],
  options: { keys: readonly string[]; out: string; pumpClass: number },
): void {
  const signers = readKeys(options.keys);
  const library = loadLibrary(paths, options.pumpClass);
  writeLibrary(options.out, library, signers);
  print([...describeHeader(library.header), sizesOf(library)]);
  print([`signed by ${signers.map(({ name, duty }) => `${name} (${duty})`).join(", ")} into ${options.out}`]);
}

function inspect(directory: string, drugName: string | undefined): void {
  const signed = isCompiledDirectory(directory) ? readLibrary(directory) : undefined;
  const library = signed?.library ?? loadLibrary(directory);
  print(describeHeader(library.header));
  if (signed?.manifest) {
    print([`signed by key ids ${signed.signers.join(", ")} (not verified: no trust is named)`]);
  } else print(["not signed"]);
  print([sizesOf(library)]);
  const wanted = drugName === undefined ? undefined : new Set(library.named(drugName));
  if (wanted?.size === 0) {
    throw new CliError(
      `no drug's name contains "${drugName ?? ""}"; try a part of it, or leave --drug out`,
      1,
    );
  }
  for (const area of library.areas) {
    const drugs = wanted ? area.drugs.filter((drug) => wanted.has(drug)) : area.drugs;
    if (wanted && drugs.length === 0) continue;
    print(["", describeArea(area), ...describeProfile(area.profile).map((line) => `  ${line}`)]);
    for (const drug of drugs) print(describeDrug(library, drug).map((line) => `  ${line}`));
  }
}

interface GenerateFlags {
  readonly entries: number;
  readonly areas: number;
  readonly seed: string;
  readonly keys: readonly string[];
  readonly out?: string;
}

function generate(options: GenerateFlags): void {
  const signers = options.keys.length > 0 ? readKeys(options.keys) : [];
  if (signers.length > 0 && options.out === undefined) {
    throw new CliError("--keys needs --out: name the directory for the signed library");
  }
  const library = generateLibrary(options);
  print([sizesOf(library)]);
  if (options.out !== undefined) {
    writeLibrary(options.out, library, signers);
    print([`written to ${options.out}`]);
  }
}

function readKeys(files: readonly string[]): KeyPair[] {
  if (files.length === 0) throw new CliError("--keys: name a private key file for each signer");
  const signers = files.map((file) => readKeyFile(file));
  for (const warning of signerWarnings(signers)) process.stderr.write(`warning: ${warning}\n`);
  return signers;
}

function printProblems({ problems }: Checked): void {
  print(problems.map(formatProblem));
}

function countOf({ problems }: Checked, severity: "error" | "warning"): number {
  return problems.filter((problem) => problem.severity === severity).length;
}

function sizesOf(library: CompiledLibrary): string {
  const { entries, entryBytes, pathNodesMax, root } = treeInfo(library);
  return (
    `${entries} entries in ${library.areas.length} areas, mean ${entryBytes.mean} B, largest ${entryBytes.max} B; ` +
    `path ${pathNodesMax} nodes; root ${root}`
  );
}

/** How far the limits rest on documents. */
function sourcesOf({ areas }: Checked): string {
  const entries = areas.flatMap(({ profile, drugs }) => [
    profile.origin,
    ...drugs.map(({ origin }) => origin),
  ]);
  const sources = entries.flatMap((origin) => [...origin.sources.values()]);
  const cited = sources.filter((source) => source !== ILLUSTRATIVE).length;
  return `${sources.length} limit groups: ${cited} cite a source, ${sources.length - cited} illustrative`;
}

/** Which pump classes would accept the same entries. */
function fitOf({ areas }: Checked): string {
  const text = Object.entries(PUMP_CLASSES).map(([number, { name }]) => {
    const refused = checkAreas(areas, Number(number)).filter(({ severity }) => severity === "error").length;
    return refused === 0 ? `${name}: fits` : `${name}: ${refused} errors`;
  });
  return `pump classes: ${text.join("; ")}`;
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** Turns what an author or a key file did wrong into one clear message and its exit code. */
function guarded(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (error instanceof UnreadableError) throw new CliError(error.message);
    if (error instanceof LibraryError) throw new CliError(`the library is refused\n${error.message}`, 1);
    if (error instanceof KeyFileError || error instanceof RangeError) throw new CliError(error.message);
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== undefined && path !== undefined) {
      throw new CliError(`${path}: cannot be used (${code}); check the path`);
    }
    throw error;
  }
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function count(value: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(value)) throw new InvalidArgumentError("write a whole number above 0");
  return Number(value);
}

function pumpClass(value: string): number {
  if (!Object.hasOwn(PUMP_CLASSES, value)) throw new InvalidArgumentError("write 1, 2 or 3");
  return Number(value);
}
