/** What a build consists of and what its bytes are: read by hash.mjs, sbom.mjs and their tests. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export const MODULES = ["dosegate.wasm", "dosegate-diag.wasm"];

/** npm packages that turn assembly/ into a module, and nothing else does: compiler and optimizer. */
export const COMPILERS = ["assemblyscript", "binaryen"];

/** SHA-256 of a module in build/, in hex. Throws if it has not been built. */
export function moduleSha256(name) {
  return createHash("sha256").update(readModule(name)).digest("hex");
}

/** Its bytes. */
export function readModule(name) {
  try {
    return readFileSync(new URL(`../../build/${name}`, import.meta.url));
  } catch (cause) {
    throw new Error(`build/${name} cannot be read; build it with: npm run build:wasm`, { cause });
  }
}

/** package.json, parsed. */
export function manifest() {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
}
