/** Which release of a package is measured. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Directory of an installed package. Throws if it is not installed. */
export function packageDirectory(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      readFileSync(join(folder, name, "package.json"));
      return join(folder, name);
    } catch {
      // Not in this folder: the next one up.
    }
  }
  throw new Error(`${name} is not installed: npm ci`);
}

/** The version in its package.json. */
export function packageVersion(name: string): string {
  const text = readFileSync(join(packageDirectory(name), "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The repository's root, from the sources and from what they compile to. */
export const ROOT = dirname(dirname(packageDirectory("assemblyscript")));
