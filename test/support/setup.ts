import { execFileSync } from "node:child_process";
import { MODULE_VARIABLE } from "../../host-sim/gate/instance.js";

/** Builds both modules once per run, so that no test ever sees yesterday's bytes; unless another build is to be tested. */
export default function setup(): void {
  if (process.env[MODULE_VARIABLE] !== undefined) return;
  execFileSync("npm", ["run", "--silent", "build:wasm"], { stdio: "inherit" });
}
