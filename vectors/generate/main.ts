/**
 * Writes the vectors: `npm run vectors`. The same bytes each time from the same module. limits.json is written without asking a gate;
 * protocol vectors are played against build/dosegate.wasm and written only where it does what they state.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { limitVectors } from "./limits.js";
import { layOut } from "./lay-out.js";

const folder = join(process.cwd(), "vectors");
const limits = limitVectors();
write("limits.json", layOut(limits));
console.log(`limits.json: ${limits.numberOfTests} tests in ${limits.testGroups.length} groups`);

// The module is loaded where the sources of the pump look for it: not beside what they are compiled to.
process.env["DOSEGATE_WASM"] ??= join(process.cwd(), "build", "dosegate.wasm");
const { generate, layOutFixtures, layOutTopic } = await import("./protocol/files.js");
const { coverageOf, layOutSubset, subsetOf } = await import("./protocol/summary.js");
const { primitiveFiles, layOutPrimitives } = await import("./primitives/files.js");

mkdirSync(join(folder, "primitives"), { recursive: true });
for (const [name, file] of Object.entries(primitiveFiles())) {
  write(`primitives/${name}.json`, layOutPrimitives(file));
  console.log(`primitives/${name}.json: ${file.cases.length} cases`);
}

const wasm = new Uint8Array(readFileSync(process.env["DOSEGATE_WASM"]));
const { fixtures, topics } = generate(wasm, undefined, (topic, count) => {
  console.log(`protocol/${topic}.json: ${count} tests`);
});
mkdirSync(join(folder, "protocol"), { recursive: true });
write("protocol/fixtures.json", layOutFixtures(fixtures));
for (const [topic, vectors] of Object.entries(topics)) write(`protocol/${topic}.json`, layOutTopic(vectors));
write("protocol/subset.json", layOutSubset(subsetOf(topics, fixtures.fixtures)));
write("COVERAGE.md", coverageOf(topics));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}
