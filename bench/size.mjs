/**
 * Prints what the shipped module costs: bytes, compressed bytes, SHA-256. Fails above the budget, so that growth is a decision.
 * Features, imports and exports are checked by test/gate/abi.test.ts.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** Bytes. The aim is 40 KiB (docs/DESIGN.md, limitations, says where this stands). */
const BUDGET_BYTES = 72_500;

const wasm = readFileSync(new URL("../build/dosegate.wasm", import.meta.url));
const digest = createHash("sha256").update(wasm).digest("hex");
console.log(
  `dosegate.wasm ${wasm.length} bytes (${gzipSync(wasm, { level: 9 }).length} gzip), sha256 ${digest}`,
);
if (wasm.length > BUDGET_BYTES) {
  console.error(
    `dosegate.wasm is above its budget of ${BUDGET_BYTES} bytes: make it smaller, or raise bench/size.mjs knowingly`,
  );
  process.exit(1);
}
