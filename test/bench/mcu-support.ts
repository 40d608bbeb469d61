import binaryen from "binaryen";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFrom, type Check, type Core } from "../../bench/mcu/build.js";
import { ReplayDiffers, type Run, runQemu } from "../../bench/mcu/emulator.js";
import { WORK } from "../../bench/mcu/paths.js";
import { encodeScript, type RecordedCall, type Recording } from "../../bench/mcu/script.js";
import { signatures } from "../../bench/mcu/signature.js";
import { missingPackages, missingText } from "../../bench/mcu/tools.js";

/** The Debian packages are there. Where they must be they are required; elsewhere their absence is told. */
export const HAS_TOOLS = ((): boolean => {
  const missing = missingPackages();
  if (missing.length === 0) return true;
  if (process.env.CI === "true") throw new Error(missingText(missing));
  process.stderr.write(`skipped: ${missingText(missing)}\n`);
  return false;
})();

/** A module of this text, as a file. */
export function wasmOf(name: string, text: string): { readonly path: string; readonly wasm: Uint8Array } {
  const module = binaryen.parseText(text);
  const wasm = module.emitBinary();
  module.dispose();
  mkdirSync(WORK, { recursive: true });
  const path = join(WORK, `${name}.wasm`);
  writeFileSync(path, wasm);
  return { path, wasm };
}

/** A call with arguments and the answer that it must give. */
export function calling(name: string, args: readonly number[], status: number): RecordedCall {
  return { op: "call", name, args, status, inputs: [], imports: [], changes: [] };
}

/** A recording of calls without shared areas. */
export function recordingOf(calls: readonly RecordedCall[]): Recording {
  return { areas: [], memoryBytes: 0, steps: [{ op: "instance", addresses: [] }, ...calls] };
}

/** Runs a recording on a module; the sentence of a replay that differs, else its counts. */
export async function replayOn(
  module: { readonly path: string; readonly wasm: Uint8Array },
  target: { readonly label: string; readonly core: Core; readonly check: Check },
  recording: Recording,
): Promise<Run | string> {
  const image = await buildFrom(module.path, target.label, target.core, target.check);
  const script = join(WORK, `${target.label}-${target.core}-${target.check}.script`);
  writeFileSync(script, encodeScript(recording, signatures(module.wasm)));
  try {
    return await runQemu(image, script);
  } catch (thrown) {
    if (thrown instanceof ReplayDiffers) return thrown.message;
    throw thrown;
  }
}
