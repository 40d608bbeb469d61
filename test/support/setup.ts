import { execFileSync } from "node:child_process";

/** Builds both modules once per run, so that no test ever sees yesterday's bytes. */
export default function setup(): void {
  execFileSync("npm", ["run", "--silent", "build:wasm"], { stdio: "inherit" });
}
