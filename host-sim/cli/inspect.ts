import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { fromHex } from "../authority/bytes.js";
import { CliError } from "./errors.js";
import { identify } from "./inspect/identify.js";
import { lines } from "./inspect/shown.js";

/** Larger inputs are no single object or record of ours. */
const INPUT_BYTES_MAX = 1 << 20;

/** `dosegate inspect`. */
export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description(
      "Says in words what an object or record is: envelope, signers, every field with unit or date.",
    )
    .argument("<file>", "file of bytes or of hex digits; - for standard input")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nSecrets are not shown. Exit code: 0 recognised, 1 nothing that SPEC knows, 2 no such file.",
    )
    .action((file: string, options: { json?: boolean }) => {
      const { known, shown } = identify(unwrapHex(readInput(file)));
      console.log(
        options.json === true ? JSON.stringify({ known, ...shown }, null, 2) : lines(shown).join("\n"),
      );
      if (!known) process.exitCode = 1;
    });
}

function readInput(file: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(file === "-" ? 0 : file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError(`${file}: cannot be read (${code}); name a file, or - for standard input`);
  }
  if (bytes.length <= INPUT_BYTES_MAX) return bytes;
  throw new CliError(
    `${file}: has ${bytes.length} bytes; an object or record has at most 8192, and its hex twice that`,
  );
}

/** Text of hex digits, blanks between them allowed, as the bytes it stands for; anything else as it is. */
function unwrapHex(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1").replace(/\s+/g, "");
  return (text.length > 0 ? fromHex(text) : undefined) ?? bytes;
}
