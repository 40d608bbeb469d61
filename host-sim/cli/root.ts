import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { toHex } from "../authority/bytes.js";
import { readKeyFile } from "../authority/keys.js";
import { DescriptionError, parseRootFile } from "../authority/root-file.js";
import { RootError, signRoot } from "../authority/root.js";
import { CliError } from "./errors.js";
import { readTextFile } from "./json-file.js";
import { orCliError } from "./keys.js";

interface SignOptions {
  in: string;
  keys: string[];
  out: string;
}

const EXAMPLE = `
root.yaml, for example:
  facility: General Hospital
  version: 1
  issued: 2026-01-31
  expires: 2027-01-31
  library_id: 00112233445566778899aabbccddeeff
  library_epoch: 0
  keys: [keys/author.pub.json, keys/approver.pub.json, keys/doctor.pub.json]
  thresholds: { root: 2, library: 2, order: 1 }
  policy: { max_skew: 1 day, command_life: 10 min, local_override: no }
Two more keys of policy may be written: emergency, how long an order at the panel that nobody signed may last (left out:
none is allowed), and warm_restart, how long power may be away for a program to go on by itself (left out: 5 s).

Exit code: 0 signed, 2 the description or a key cannot be used.`;

/** `dosegate root sign`. */
export function registerRoot(program: Command): void {
  program
    .command("root")
    .description("Signs root documents: which keys a pump trusts, and for what.")
    .command("sign")
    .description("Checks a description against itself and signs it.")
    .requiredOption("--in <file>", "YAML description")
    .requiredOption("--keys <file...>", "private key files of the signers")
    .requiredOption("--out <file>", "where the signed object goes")
    .addHelpText("after", EXAMPLE)
    .action((options: SignOptions) => {
      const root = described(() => parseRootFile(options.in, readTextFile(options.in)));
      const signers = options.keys.map((file) => orCliError(() => readKeyFile(file)));
      try {
        const signed = signRoot(root, signers);
        writeOutput(options.out, signed.bytes);
        console.log(
          `${options.out}: root version ${root.version} of ${root.facility}, ${signed.bytes.length} bytes`,
        );
        console.log(`  digest ${toHex(signed.digest)}`);
      } catch (error) {
        if (error instanceof RootError) {
          throw new CliError(
            error.problems.map((p) => `${options.in}: ${p.field}: ${p.problem}; ${p.next}`).join("\n"),
          );
        }
        if (error instanceof RangeError) throw new CliError(`--keys: ${error.message}`);
        throw error;
      }
    });
}

/** Runs something that may meet an unusable description. */
export function described<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DescriptionError) throw new CliError(error.message);
    throw error;
  }
}

/** Writes a result, or says why not. */
export function writeOutput(path: string, bytes: Uint8Array | string): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new CliError(
      `${path}: cannot be written (${(error as NodeJS.ErrnoException).code ?? "unknown"}); check the path`,
    );
  }
}
