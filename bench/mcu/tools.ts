/** The programs of Debian that build and run images, and how to get them. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

interface Tool {
  readonly program: string;
  readonly debianPackage: string;
}

const TOOLS: readonly Tool[] = [
  { program: "wasm2c", debianPackage: "wabt" },
  { program: "arm-none-eabi-gcc", debianPackage: "gcc-arm-none-eabi" },
  { program: "qemu-system-arm", debianPackage: "qemu-system-arm" },
];
/** What the compiler needs beside itself, and a file that shows it is there. */
const LIBRARY = {
  debianPackage: "libnewlib-arm-none-eabi",
  file: "/usr/lib/arm-none-eabi/newlib/nano.specs",
};
const LIBRARY_FILES = [LIBRARY.file, "/usr/lib/arm-none-eabi/lib/nano.specs"];

/** wabt's header for what its wasm2c writes: of the same package, so that both fit. */
export const WASM_RT_H = "/usr/include/wasm-rt.h";

/** Names of the packages that are not installed. */
export function missingPackages(): string[] {
  const missing = TOOLS.filter(({ program }) => versionOf(program) === null);
  const names = missing.map(({ debianPackage }) => debianPackage);
  if (!existsSync(WASM_RT_H) && !names.includes("wabt")) names.push("wabt");
  if (!LIBRARY_FILES.some((file) => existsSync(file))) names.push(LIBRARY.debianPackage);
  return names;
}

/** What to do about them. */
export function missingText(packages: readonly string[]): string {
  return (
    `Debian packages are missing: ${packages.join(" ")}.\n` +
    `As root: apt-get install -y --no-install-recommends ${packages.join(" ")}\n` +
    "or: npm run bench:mcu -- --install"
  );
}

/** Installs what is missing; needs root. Throws if that fails. */
export function installPackages(packages: readonly string[]): void {
  if (packages.length === 0) return;
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
  ]) {
    const { status } = spawnSync("apt-get", args, {
      stdio: ["ignore", "inherit", "inherit"],
      env: environment,
    });
    if (status !== 0) throw new Error(`apt-get ${args.join(" ")} failed: run it as root, on Debian`);
  }
}

/** First line of what each program says of its version. */
export function toolVersions(): Record<string, string> {
  return Object.fromEntries(TOOLS.map(({ program }) => [program, versionOf(program) ?? "missing"]));
}

function versionOf(program: string): string | null {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? (stdout.split("\n")[0]?.trim() ?? "") : null;
}
