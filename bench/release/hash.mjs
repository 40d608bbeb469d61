/**
 * Prints the SHA-256 and size of both modules in build/. `--write` publishes them in docs/BUILD.md, between its markers;
 * without it the exit status is 1 if what is published is something else.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { moduleSha256, MODULES, readModule } from "./build.mjs";

const DOCUMENT = new URL("../../docs/BUILD.md", import.meta.url);
const BLOCK = /<!-- sha256 -->\n[^]*?<!-- \/sha256 -->/;

const lines = MODULES.map((name) => `${moduleSha256(name)}  build/${name}`);
for (const [i, line] of lines.entries()) console.log(`${line}  ${readModule(MODULES[i]).length} bytes`);

const before = readFileSync(DOCUMENT, "utf8");
if (!BLOCK.test(before))
  throw new Error("docs/BUILD.md: the markers <!-- sha256 --> are gone; put them back");
const block = `<!-- sha256 -->\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n<!-- /sha256 -->`;
const after = before.replace(BLOCK, block);
if (process.argv.includes("--write")) {
  writeFileSync(DOCUMENT, after);
} else if (after !== before) {
  console.error("docs/BUILD.md publishes other hashes: npm run build:wasm && npm run hash -- --write");
  process.exitCode = 1;
}
