import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { toHex } from "../authority/bytes.js";
import { ALGORITHM, kidOf } from "../authority/cose.js";
import {
  KeyFileError,
  newKey,
  readPublicKeyFile,
  simulatedKey,
  type TrustedKey,
  writeKeyFiles,
} from "../authority/keys.js";
import {
  COMMAND_KIND_NAMES,
  COMMAND_KINDS,
  type CommandKind,
  DUTY_NAMES,
  type DutyName,
  ROLE_NAMES,
  type RoleName,
} from "../authority/roles.js";
import { CliError } from "./errors.js";

interface NewOptions {
  holder: string;
  role: RoleName[];
  duty: DutyName;
  kind?: CommandKind[];
  name?: string;
  seed?: string;
  out: string;
}

/** `dosegate keys new` and `dosegate keys show`. */
export function registerKeys(program: Command): void {
  const keys = program.command("keys").description("Makes and shows signing keys of a simulated hospital.");
  keys
    .command("new")
    .description(
      "Makes a key pair: PREFIX.key.json to sign with (mode 0600) and PREFIX.pub.json for a root document.",
    )
    .requiredOption(
      "--holder <id>",
      "who holds it: 16 hex digits, or any text that names a person or service",
    )
    .requiredOption(
      "--role <role...>",
      `what it signs: ${ROLE_NAMES.join(", ")}`,
      collect(ROLE_NAMES, "role"),
    )
    .addOption(
      new Option("--duty <duty>", "the holder's part in two-person rules")
        .choices(DUTY_NAMES)
        .makeOptionMandatory(),
    )
    .option(
      "--kind <kind...>",
      "command kinds; all of the roles' if left out",
      collect(COMMAND_KIND_NAMES, "kind"),
    )
    .option("--name <name>", "what people call it; the prefix's last part if left out")
    .option(
      "--seed <text>",
      "derive the key from a text, the same in every run: for simulations and vectors only",
    )
    .requiredOption("--out <prefix>", "path without extension")
    .action(makeKey);
  keys
    .command("show")
    .description("Shows what a root document would say of a key; never its private part.")
    .argument("<file...>", "key files")
    .option("--json", "print JSON")
    .action((files: string[], options: { json?: boolean }) => {
      const shown = files.map((file) => ({ file, key: orCliError(() => readPublicKeyFile(file)) }));
      if (options.json === true) {
        console.log(
          JSON.stringify(
            shown.map(({ file, key }) => ({ file, ...plain(key) })),
            null,
            2,
          ),
        );
      } else for (const { file, key } of shown) print(file, key);
    });
}

const KEY_WARNING =
  "a simulation key, stored without protection; never sign with it for a pump that is in use";

function makeKey(options: NewOptions): void {
  for (const kind of options.kind ?? []) {
    const { role } = COMMAND_KINDS[kind];
    if (!options.role.includes(role)) {
      throw new CliError(
        `--kind ${kind}: only role ${role} signs it; add --role ${role} or leave the kind out`,
      );
    }
  }
  const description = {
    name: options.name ?? basename(options.out),
    holder: options.holder,
    duty: options.duty,
    roles: [...new Set(options.role)],
    ...(options.kind && { kinds: [...new Set(options.kind)] }),
  };
  const key = options.seed === undefined ? newKey(description) : simulatedKey(options.seed, description);
  mkdirSync(dirname(options.out), { recursive: true });
  const { privateFile, publicFile } = orCliError(() => writeKeyFiles(options.out, key));
  print(privateFile, key);
  console.log(`  public part  ${publicFile}`);
  process.stderr.write(`${privateFile}: warning: ${KEY_WARNING}\n`);
}

/** Commander calls this for every value of a repeated option. */
function collect<T extends string>(
  allowed: readonly T[],
  what: string,
): (value: string, before?: T[]) => T[] {
  return (value, before) => {
    const found = allowed.find((candidate) => candidate === value);
    if (!found) throw new InvalidArgumentError(`no such ${what}; write one of: ${allowed.join(", ")}`);
    return [...(before ?? []), found];
  };
}

function print(file: string, key: TrustedKey): void {
  const shown = plain(key);
  console.log(`${file}: ${key.name}`);
  for (const [name, value] of Object.entries(shown)) {
    if (name !== "name") {
      console.log(`  ${name.replace("_", " ").padEnd(11)}  ${[value].flat().join(", ") || "none"}`);
    }
  }
}

function plain(key: TrustedKey): Record<string, string | readonly string[]> {
  return {
    name: key.name,
    kid: toHex(kidOf(key.publicKey)),
    algorithm: key.algorithm === ALGORITHM.ed25519 ? "Ed25519 (-19)" : "EdDSA (-8)",
    public_key: toHex(key.publicKey),
    holder: toHex(key.holder),
    duty: key.duty,
    roles: key.roles,
    kinds: key.kinds,
  };
}

/** Runs something that may meet an unusable key file. */
export function orCliError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof KeyFileError) throw new CliError(error.message);
    throw error;
  }
}
