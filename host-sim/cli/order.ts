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
import { emergencySubmission, submission } from "../authority/submission.js";
import { decodeSession, RecordError, type Session } from "../gate/records.js";
import { CliError } from "./errors.js";
import { readTextFile } from "./json-file.js";
import { orCliError } from "./keys.js";
import { described, writeOutput } from "./root.js";

interface OrderOptions {
  in: string;
  library?: string[];
  unchecked?: boolean;
}

interface EmergencyOptions extends OrderOptions {
  out?: string;
}

interface SignOptions extends EmergencyOptions {
  session: string;
  key: string;
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
A concentration is written only where the library leaves it open. A bolus or a loading dose has a rate instead of vtbi,
total, set, range. More that a start may say:
  mode: continuous | intermittent | secondary
  loading: { dose: 100 mcg, rate: 100 mL/h }
  steps: [{ after: 20 mL, dose: 4 mcg/kg/min }, { after: 50 mL, dose: 3 mcg/kg/min }]
  duration: 30 min            # of a whole dose (dose: 1 g); no vtbi then
kind: PCA has pca: { dose: 1 mg, rate: 60 mL/h, lockout: 8 min }, and a dose only if it has a basal rate.
kind: calibrate has set, pl_per_step; configure has near_end, paused_long, kvo; time has time; all without patient and order.

Exit code: 0 signed, 2 the order or a file cannot be used.`;

/** `dosegate order sign` and `dosegate order emergency`. */
export function registerOrder(program: Command): void {
  const orders = program
    .command("order")
    .description("Signs orders and bedside commands for one pump and one session.");
  orders
    .command("emergency")
    .description(
      "Makes the submit record of an order that nobody signs, for the pump's own panel (SPEC 6.6).",
    )
    .requiredOption("--in <file>", "YAML order in clinical units: a continuous start or a titrate")
    .requiredOption("--library <path...>", "drug library: its directory or YAML files")
    .option("--out <file>", "where the submit record goes; as hex on stdout if left out")
    .option("--unchecked", "make it although limits are broken, to see the gate refuse")
    .addHelpText("after", "\nDevice, sequence and life of the order are not looked at.")
    .action(emergencyOrder);
  orders
    .command("sign")
    .description(
      "Computes rate and volume from the dose, checks the limits, signs, and makes the pump's submit record.",
    )
    .requiredOption("--in <file>", "YAML order in clinical units")
    .requiredOption("--session <file|hex>", "session record that the pump gave: a file, or 128 hex digits")
    .requiredOption("--key <file>", "private key file of the signer")
    .option("--library <path...>", "drug library: its directory or YAML files (every kind with a dose)")
    .option("--out <file>", "where the submit record goes; as hex on stdout if left out")
    .option("--unchecked", "sign although limits are broken, to see the gate refuse")
    .addHelpText("after", EXAMPLE)
    .action(signOrder);
}

function emergencyOrder(options: EmergencyOptions): void {
  const order = readOrder(options);
  const { body } = order.command;
  const { proofs } = order;
  const plain =
    body.kind === "titrate" ||
    (body.kind === "start" && !body.mode && !body.range && !body.steps && !body.loading);
  if (!plain || !proofs) {
    const what = "is no plain start or titrate; limit: one step, no range, mode continuous";
    throw new CliError(`${options.in}: kind: ${what}; have it signed instead`);
  }
  const { record, digest } = readable(options.in, () => emergencySubmission(order.command, proofs));
  tell(options.out, order, record, digest);
}

/** Reads the order, and says which soft limits it breaks. */
function readOrder(options: OrderOptions): OrderFile {
  const { library: paths } = options;
  const library = paths && described(() => loadLibrary(paths));
  const order = described(() =>
    parseOrderFile(options.in, readTextFile(options.in), {
      ...(library && { library }),
      unchecked: options.unchecked === true,
    }),
  );
  for (const warning of order.warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  return order;
}

function signOrder(options: SignOptions): void {
  const session = readSession(options.session);
  const signer = orCliError(() => readKeyFile(options.key));
  const order = readOrder(options);
  warnAboutKey(options.key, signer, order);
  const receiver: Receiver = { deviceId: order.deviceId, challenge: session.challenge };
  const command = { ...order.command, sessionId: session.sessionId };
  const { record, digest } = readable(options.in, () =>
    submission(session.port, command, receiver, signer, order.proofs),
  );
  tell(options.out, order, record, digest);
}

/** Writes the record, and what followed from the dose, for the person who signs. */
function tell(out: string | undefined, order: OrderFile, record: Uint8Array, digest: Uint8Array): void {
  if (out === undefined) {
    console.log(toHex(record));
    return;
  }
  writeOutput(out, record);
  console.log(`${out}: ${summarize(order)}, ${record.length} bytes`);
  const { body } = order.command;
  if ("rateNlPerH" in body) console.log(`  rate   ${formatRate(body.rateNlPerH)}`);
  if ("volumeNl" in body) console.log(`  volume ${formatVolume(body.volumeNl)}`);
  if (body.kind === "start") {
    if (body.durationS !== undefined) console.log(`  volume ${formatVolume(body.vtbiNl)}`);
    if (body.loading) console.log(`  loading dose ${formatVolume(body.loading.volumeNl)}`);
    for (const step of body.steps ?? []) {
      console.log(`  then, after ${formatVolume(step.afterNl)}, rate ${formatRate(step.rateNlPerH)}`);
    }
  }
  if (body.kind === "PCA") {
    console.log(`  each dose ${formatVolume(body.pca.volumeNl)}`);
    if (body.basal) console.log(`  basal rate ${formatRate(body.basal.rateNlPerH)}`);
  }
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
