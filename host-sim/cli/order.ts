import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { fromHex, toHex } from "../authority/bytes.js";
import type { Receiver } from "../authority/command.js";
import { EncodingError } from "../authority/encoding.js";
import { formatRate, formatVolume } from "../authority/dose.js";
import { type KeyPair, readKeyFile } from "../authority/keys.js";
import { loadLibrary } from "../authority/library/load.js";
import { formatProblem } from "../authority/library/problem.js";
import { type OrderFile, parseOrderFile, summarize } from "../authority/order-file.js";
import { COMMAND_KINDS } from "../authority/roles.js";
import { submission } from "../authority/submission.js";
import { decodeSession, RecordError, type Session } from "../gate/records.js";
import { CliError } from "./errors.js";
import { readTextFile } from "./json-file.js";
import { orCliError } from "./keys.js";
import { described, writeOutput } from "./root.js";

interface SignOptions {
  in: string;
  session: string;
  key: string;
  library?: string[];
  out?: string;
  unchecked?: boolean;
}

const EXAMPLE = `
order.yaml, for example:
  kind: start
  device: 8f3c0000000000000000000000000001   # the pump
  pump_class: 1
  patient: 00112233445566778899aabbccddeeff  # token, never a name
  order: 0000000000000000000000000000002a
  sequence: 1
  life: 5 min
  area: 1
  drug: 10
  variant: 0
  weight: 70 kg
  dose: 5 mcg/kg/min
  vtbi: 250 mL
  total: 500 mL
  set: 1
  range: { min: 2 mcg/kg/min, max: 10 mcg/kg/min, step: 2 mcg/kg/min, interval: 10 min }
A concentration is written only where the library leaves it open; a bolus has a rate instead of vtbi, total, set, range.

Exit code: 0 signed, 2 the order or a file cannot be used.`;

/** `dosegate order sign`. */
export function registerOrder(program: Command): void {
  program
    .command("order")
    .description("Signs orders and bedside commands for one pump and one session.")
    .command("sign")
    .description(
      "Computes rate and volume from the dose, checks the limits, signs, and makes the pump's submit record.",
    )
    .requiredOption("--in <file>", "YAML order in clinical units")
    .requiredOption("--session <file|hex>", "session record that the pump gave: a file, or 128 hex digits")
    .requiredOption("--key <file>", "private key file of the signer")
    .option("--library <path...>", "drug library: its directory or YAML files (start, titrate, bolus)")
    .option("--out <file>", "where the submit record goes; as hex on stdout if left out")
    .option("--unchecked", "sign although limits are broken, to see the gate refuse")
    .addHelpText("after", EXAMPLE)
    .action(signOrder);
}

function signOrder(options: SignOptions): void {
  const session = readSession(options.session);
  const signer = orCliError(() => readKeyFile(options.key));
  const { library: paths } = options;
  const library = paths && described(() => loadLibrary(paths));
  const order = described(() =>
    parseOrderFile(options.in, readTextFile(options.in), {
      ...(library && { library }),
      unchecked: options.unchecked === true,
    }),
  );
  warnAboutKey(options.key, signer, order);
  for (const warning of order.warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  const receiver: Receiver = { deviceId: order.deviceId, challenge: session.challenge };
  const command = { ...order.command, sessionId: session.sessionId };
  const { record, digest } = readable(options.in, () =>
    submission(session.port, command, receiver, signer, order.proofs),
  );
  if (options.out === undefined) {
    console.log(toHex(record));
    return;
  }
  writeOutput(options.out, record);
  console.log(`${options.out}: ${summarize(order)}, ${record.length} bytes`);
  const { body } = order.command;
  if ("rateNlPerH" in body) console.log(`  rate   ${formatRate(body.rateNlPerH)}`);
  if (body.kind === "bolus") console.log(`  volume ${formatVolume(body.volumeNl)}`);
  console.log(`  digest ${toHex(digest)}`);
}

/** The gate decides by its root document; this is only what the key file says of itself. */
function warnAboutKey(path: string, signer: KeyPair, order: OrderFile): void {
  const { kind } = order.command.body;
  const { role } = COMMAND_KINDS[kind];
  if (!signer.roles.includes(role) || !signer.kinds.includes(kind)) {
    process.stderr.write(
      `${path}: warning: this key is not meant to sign ${kind} (role ${role}); the gate will refuse it\n`,
    );
  }
}

function readable<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof EncodingError || error instanceof RangeError) {
      throw new CliError(`${path}: ${error.message}`);
    }
    throw error;
  }
}

const SESSION_BYTES = 64;

function readSession(source: string): Session {
  const bytes = fromHex(source)?.length === SESSION_BYTES ? fromHex(source)! : sessionFile(source);
  try {
    return decodeSession(bytes);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new CliError(`--session: ${error.message}; give the record that sessionOpen returned`);
  }
}

function sessionFile(path: string): Uint8Array {
  if (!existsSync(path)) {
    throw new CliError(
      `--session: "${path}" is neither a file nor ${SESSION_BYTES * 2} hex digits; give the pump's session record`,
    );
  }
  try {
    const raw = new Uint8Array(readFileSync(path));
    return fromHex(Buffer.from(raw).toString("latin1").trim()) ?? raw;
  } catch (error) {
    throw new CliError(
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}); check the path`,
    );
  }
}
