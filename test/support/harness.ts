/** Parts of the gate as modules of their own: a text of thin exports, compiled from the present sources for the tests that drive them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "./asc.js";

const ROOT = join(import.meta.dirname, "../..");
// prettier-ignore
const OPTIONS = [
  "--runtime=stub", "--use=abort=", "--initialMemory=1", "--maximumMemory=1", "--memoryBase=8192", "--optimizeLevel=3", "--shrinkLevel=2",
  "--disable=bulk-memory", "--disable=sign-extension", "--disable=nontrapping-f2i", "--disable=mutable-globals",
];

/** Compiles `source` as if it were a file in assembly/. Throws what the compiler says. */
export async function compileHarness(name: string, source: string): Promise<WebAssembly.Module> {
  const entry = `assembly/${name}-harness.ts`;
  let binary: Uint8Array | undefined;
  let messages = "";
  const { error } = await main([entry, `--outFile=${name}.wasm`, ...OPTIONS], {
    readFile: (file: string) => {
      if (file === entry) return source;
      try {
        return readFileSync(join(ROOT, file), "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
    stderr: { write: (chunk) => void (messages += String(chunk)) },
  });
  if (error !== null || binary === undefined) throw new Error(`the ${name} does not compile\n${messages}`);
  return new WebAssembly.Module(new Uint8Array(binary));
}
