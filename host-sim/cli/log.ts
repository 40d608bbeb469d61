import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type Attestation, AttestationError, verifyAttestation } from "../authority/attestation.js";
import { fromHex } from "../authority/bytes.js";
import { decodeEnvelope, digestOf } from "../authority/cose.js";
import { EncodingError } from "../authority/encoding.js";
import { loadLibrary } from "../authority/library/load.js";
import { decodeProvisioning, derivedKeys, type Provisioning } from "../authority/provisioning.js";
import { decodeRoot, ROOT_AAD } from "../authority/root.js";
import { decodeExport, ExportError, type LogExport } from "../log/export.js";
import type { NamedRoot } from "../log/history.js";
import { reportLines } from "../log/report-text.js";
import { type Report, type Trust, verifyLog } from "../log/verify.js";
import { CliError } from "./errors.js";
import { readJsonFile } from "./json-file.js";
import { described, writeOutput } from "./root.js";

interface VerifyOptions {
  log: string;
  logKey?: string;
  provisioning?: string;
  library?: string[];
  root?: string[];
  attestation?: string;
  nonce?: string;
  attestKey?: string;
  verdicts: boolean;
  json?: boolean;
  export?: string;
}

const HELP = `
The keys are those of the provisioning: --provisioning takes the pump's block and needs no other; else --log-key, and
--attest-key beside --attestation, each a file of 32 bytes or 64 hex digits, or the digits themselves.
Without an attestation a log whose end was cut off cannot be told from a shorter one.

Exit code: 0 verified, 1 the log is bad, 2 something needed is missing or cannot be used.`;

/** `dosegate log verify`. */
export function registerLog(program: Command): void {
  program
    .command("log")
    .description("Checks the sealed event logs of pumps.")
    .command("verify")
    .description(
      "Verifies an exported log and judges every decision in it again; names the first bad record.",
    )
    .requiredOption("--log <file>", "exported log (docs/SPEC.md 8.1)")
    .option("--log-key <file|hex>", "log key of the pump")
    .option("--provisioning <file>", "provisioning block of the pump: log key, attestation key, first root")
    .option("--library <path...>", "drug libraries that judged: each a directory or a YAML file")
    .option("--root <file...>", "signed root documents that the log must name")
    .option("--attestation <file>", "attestation of the pump: the log must lead to its heads")
    .option("--nonce <hex>", "the nonce that the attestation was asked with, 64 hex digits")
    .option("--attest-key <file|hex>", "attestation key of the pump")
    .option("--no-verdicts", "check the records and the history only, without any library")
    .option("--export <file>", "write the verified records there as JSON lines")
    .option("--json", "print one JSON object instead of lines")
    .addHelpText("after", HELP)
    .action(verify);
}

function verify(options: VerifyOptions): void {
  const log = readLog(options.log);
  const provisioning =
    options.provisioning === undefined ? undefined : readProvisioning(options.provisioning);
  const report = verifyLog(log, readTrust(options, log, provisioning));
  if (options.export !== undefined) writeOutput(options.export, exportLines(report));
  if (options.json === true) {
    console.log(JSON.stringify({ ...report, records: undefined }, null, 2));
  } else {
    for (const line of reportLines(report, options.verdicts)) console.log(line);
  }
  if (!report.ok) process.exitCode = 1;
  else if (options.verdicts && report.missingLibraries.length > 0) {
    throw new CliError(
      `library ${report.missingLibraries.join(", ")} judged, but was not given; add it with --library, or leave the ` +
        "verdicts out with --no-verdicts",
    );
  }
}

function readTrust(options: VerifyOptions, log: LogExport, provisioning: Provisioning | undefined): Trust {
  const logKey =
    options.logKey === undefined ? provisioning?.logKey : readKey(options.logKey, "--log-key", "log key");
  if (!logKey) throw new CliError("the log key is missing; give --log-key or --provisioning");
  const libraries = (options.verdicts ? (options.library ?? []) : []).map((path) =>
    described(() => loadLibrary(path, provisioning?.pumpClass)),
  );
  const roots = [
    ...(provisioning ? [rootOf(provisioning.root, options.provisioning!)] : []),
    ...(options.root ?? []).map((file) => rootOf(readBytes(file), file)),
  ];
  const attestation = readAttestation(options, log, provisioning);
  return { logKey, libraries, roots, ...(attestation && { attestation }) };
}

/** The verified records, one JSON object a line. */
function exportLines(report: Report): string {
  return report.records.map((record) => `${JSON.stringify({ device: report.device, ...record })}\n`).join("");
}

function readLog(file: string): LogExport {
  try {
    return decodeExport(readJsonFile(file));
  } catch (error) {
    if (error instanceof ExportError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}

function readProvisioning(file: string): Provisioning {
  try {
    return decodeProvisioning(readBytes(file));
  } catch (error) {
    if (error instanceof EncodingError) {
      throw new CliError(`${file}: not a provisioning block: ${error.message}`);
    }
    throw error;
  }
}

function rootOf(bytes: Uint8Array, file: string): NamedRoot {
  try {
    const envelope = decodeEnvelope(bytes);
    return { version: decodeRoot(envelope.payload).version, digest: digestOf(envelope, ROOT_AAD) };
  } catch (error) {
    if (error instanceof EncodingError) throw new CliError(`${file}: not a root document: ${error.message}`);
    throw error;
  }
}

function readAttestation(
  options: VerifyOptions,
  log: LogExport,
  provisioning: Provisioning | undefined,
): Attestation | undefined {
  if (options.attestation === undefined) return undefined;
  const key =
    options.attestKey === undefined
      ? provisioning && derivedKeys(provisioning.deviceSecret).attest
      : readKey(options.attestKey, "--attest-key", "attestation key");
  if (!key) throw new CliError("the attestation key is missing; give --attest-key or --provisioning");
  const nonce = fromHex(options.nonce ?? "");
  if (nonce?.length !== 32) {
    throw new CliError("--nonce: give the 64 hex digits that the attestation was asked with");
  }
  const bytes = readBytes(options.attestation);
  // A record of the module is a header of 8 bytes and the COSE_Mac0 (SPEC 11.2); the latter alone begins with its tag.
  const object = bytes[0] === 0x02 && bytes[1] === 0x06 ? bytes.subarray(8) : bytes;
  try {
    return verifyAttestation(object, { deviceId: log.deviceId, key, nonce });
  } catch (error) {
    if (error instanceof AttestationError) throw new CliError(`${options.attestation}: ${error.message}`, 1);
    throw error;
  }
}

/** 32 bytes: hex digits as they are, or a file of bytes or of hex digits. */
function readKey(given: string, option: string, what: string): Uint8Array {
  const written = fromHex(given);
  if (written?.length === 32) return written;
  const bytes = readBytes(given);
  const key = bytes.length === 32 ? bytes : fromHex(Buffer.from(bytes).toString("latin1").trim());
  if (key?.length === 32) return key;
  throw new CliError(`${option} ${given}: the ${what} is neither 32 bytes nor 64 hex digits`);
}

function readBytes(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new CliError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}); check the path`,
    );
  }
}
