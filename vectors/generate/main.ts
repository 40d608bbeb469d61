/** Writes vectors/limits.json: `npm run vectors`. The same bytes each time; no gate is asked. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { limitVectors } from "./limits.js";
import { layOut } from "./lay-out.js";

const path = join(process.cwd(), "vectors", "limits.json");
const vectors = limitVectors();
writeFileSync(path, layOut(vectors));
console.log(`${path}: ${vectors.numberOfTests} tests in ${vectors.testGroups.length} groups`);
