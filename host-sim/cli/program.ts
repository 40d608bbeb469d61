import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { registerAttack } from "./attack.js";
import { registerConformance } from "./conformance.js";
import { registerDecommission } from "./decommission.js";
import { CliError } from "./errors.js";
import { registerRoot } from "./root.js";
import { registerOrder } from "./order.js";
import { registerKeys } from "./keys.js";
import { registerInspect } from "./inspect.js";
import { registerLibrary } from "./library.js";
import { registerLog } from "./log.js";
import { registerSimulate } from "./simulate.js";

/** Every subcommand lives in a file of its own and adds itself: name, options, help and action. */
const REGISTRATIONS: ((program: Command) => void)[] = [
  registerSimulate,
  registerConformance,
  registerAttack,
  registerLibrary,
  registerKeys,
  registerRoot,
  registerDecommission,
  registerOrder,
  registerInspect,
  registerLog,
];

/** The version in package.json, two folders up from here in `host-sim/` and in `dist/` alike. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The `dosegate` command with all its subcommands. */
export function createProgram(): Command {
  const program = new Command("dosegate")
    .description("Signs, checks and simulates what an infusion pump's security gate judges.")
    .version(packageVersion())
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "dosegate: "));
      },
    })
    .exitOverride();
  for (const register of REGISTRATIONS) register(program);
  return program;
}

/**
 * Runs one command line (without node and script) and sets the exit code: 0 done, 1 the answer is no (a subcommand sets it, or
 * throws a CliError with 1), 2 wrong usage or a file that cannot be used.
 */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else if (error instanceof CliError) {
      process.stderr.write(`dosegate: ${error.message}\n`);
      process.exitCode = error.exitCode;
    } else {
      throw error;
    }
  }
}
