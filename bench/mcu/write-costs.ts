/** `npm run bench:costs`: what the simulator charges, made anew from bench/results/mcu.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { costsOf, costsText } from "./costs.js";
import type { Result } from "./figures.js";
import { RESULTS, ROOT } from "./paths.js";

const result = JSON.parse(readFileSync(RESULTS, "utf8")) as Result;
const file = join(ROOT, "host-sim/pump/profile-costs.ts");
writeFileSync(file, costsText(costsOf(result)));
console.log(`${file}: prices of the module ${result.module.sha256.slice(0, 12)}`);
