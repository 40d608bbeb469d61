import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { equalBytes, fromHex, toHex } from "../authority/bytes.js";
import { decodeEnvelope } from "../authority/cose.js";
import { signDecommissioning } from "../authority/decommission.js";
import { EncodingError } from "../authority/encoding.js";
import { type KeyPair, readKeyFile } from "../authority/keys.js";
import { decodeRoot, holdersReach, type Root } from "../authority/root.js";
import { CliError } from "./errors.js";
import { orCliError } from "./keys.js";
import { writeOutput } from "./root.js";

interface SignOptions {
  device: Uint8Array;
  counter: number;
  keys: string[];
  root?: string;
  out: string;
}

const HELP = `
The counter is that of the pump's state record (dosegate inspect): the object serves this life of this pump and no other. The
pump must be idle. What it is given ends it: its keys and its log are erased, and it can never be provisioned again.

Exit code: 0 signed, 2 a key, a file or an argument cannot be used.`;

/** `dosegate decommission sign`. */
export function registerDecommission(program: Command): void {
  program
    .command("decommission")
    .description("Ends a pump for good, by the holders who could replace its root document.")
    .command("sign")
    .description("Signs the end of one pump.")
    .requiredOption("--device <hex>", "device id, 32 hex digits", deviceId)
    .requiredOption("--counter <number>", "counter of the pump's state record", counterOf)
    .requiredOption("--keys <file...>", "private key files of the signers, role root")
    .option("--root <file>", "the pump's signed root document: checks that the signers reach its threshold")
    .requiredOption("--out <file>", "where the signed object goes")
    .addHelpText("after", HELP)
    .action(signEnd);
}

function signEnd({ device, counter, keys, root, out }: SignOptions): void {
  const signers = keys.map((file) => orCliError(() => readKeyFile(file)));
  if (root !== undefined) mustReach(root, signers);
  const signed = signable(() => signDecommissioning({ counter }, device, signers));
  writeOutput(out, signed.bytes);
  console.log(`${out}: the end of pump ${toHex(device)} at counter ${counter}, ${signed.bytes.length} bytes`);
  console.log(`  digest ${toHex(signed.digest)}`);
}

function signable<T>(sign: () => T): T {
  try {
    return sign();
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(`--keys: ${error.message}`);
    throw error;
  }
}

/** The pump asks the same of its stored root document (SPEC 2.7). */
function mustReach(path: string, signers: readonly KeyPair[]): void {
  const root = rootOf(path);
  const listed = signers.map((signer) => {
    const key = root.keys.find((candidate) => equalBytes(candidate.publicKey, signer.publicKey));
    if (key?.roles.includes("root")) return key;
    throw new CliError(`--keys: ${signer.name} is no root key of ${path}; the pump refuses any such signer`);
  });
  const missing = holdersReach(root, "root", listed);
  if (missing !== undefined) throw new CliError(`--keys: ${missing}; name more key files`);
}

function rootOf(path: string): Root {
  try {
    return decodeRoot(decodeEnvelope(new Uint8Array(readFileSync(path))).payload);
  } catch (error) {
    if (error instanceof EncodingError) {
      throw new CliError(`${path}: is no signed root document: ${error.message}`);
    }
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new CliError(`${path}: cannot be read (${code}); check the path`);
  }
}

function deviceId(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length === 16) return bytes;
  throw new InvalidArgumentError("write 32 hexadecimal digits.");
}

function counterOf(text: string): number {
  const counter = Number(text);
  if (/^[0-9]{1,10}$/.test(text) && counter <= 0xffff_ffff) return counter;
  throw new InvalidArgumentError("write the whole number that the state record shows.");
}
