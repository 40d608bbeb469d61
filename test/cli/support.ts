import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { run } from "../../host-sim/cli/program.js";
import { HEAD } from "../authority/library/support.js";

/** What one command line came to. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `dosegate` in this process. */
export async function dosegate(...args: string[]): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const log = vi.spyOn(console, "log").mockImplementation((...words: unknown[]) => {
    stdout += `${words.join(" ")}\n`;
  });
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await run(args);
    return { exitCode: process.exitCode, stdout, stderr };
  } finally {
    process.exitCode = before;
    for (const spy of [log, out, err]) spy.mockRestore();
  }
}

/** A folder of its own for one test file. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "dosegate-cli-"));

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.file(name), content);
    return this.file(name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A text in which one line is replaced; an absent line is the test's mistake. */
export function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the text has no "${from}"`);
  return text.replace(from, to);
}

/** Drug 1001 variant 1 has a fixed concentration, 3 a free one; limits are round figures. */
export const LIBRARY = `${HEAD}        bolus: { unit: mcg, soft_max: 100, hard_max: 200, source: illustrative }
        bolus_rate: { unit: mcg/min, soft_max: 40, hard_max: 50, source: illustrative }
        vtbi: { unit: mL, soft_max: 250, hard_max: 500, source: illustrative }
        flags: [override]
        variants:
          - { variant: 1, concentration: 4 mg / 250 mL }
          - { variant: 3, concentration: { unit: mcg/mL, hard_min: 8, soft_max: 64, hard_max: 128, source: illustrative } }
      - name: FUROsemide
        code: 1002
        ingredient: { code: 6, dimension: mass }
        continuous: { unit: mg/h, soft_max: 20, source: illustrative }
        weight: { unit: kg, min: 40, max: 150, source: illustrative }
        flags: []
        variants:
          - { variant: 1, concentration: 100 mg / 100 mL }
`;

/** Drug 1 may be given in every way but as a whole dose in a time, drug 2 only so, drug 3 only continuously. 1 mg is 1 mL, of drug 2 20 mg. */
export const LIBRARY_OF_MODES = `${HEAD.slice(0, HEAD.indexOf("    drugs:"))}    drugs:
      - name: morphTest
        code: 1
        ingredient: { code: 1, dimension: mass }
        continuous: { unit: mg/h, hard_max: 10, source: illustrative }
        bolus: { unit: mg, hard_max: 5, source: illustrative }
        loading: { unit: mg, soft_max: 15, hard_max: 20, source: illustrative }
        pca: { unit: mg, soft_max: 2, hard_max: 3, source: illustrative }
        bolus_rate: { unit: mg/min, hard_max: 5, source: illustrative }
        lockout: { unit: min, hard_min: 5, soft_min: 6, source: illustrative }
        windows:
          unit: mg
          4h: { soft_max: 35, hard_max: 45 }
          source: illustrative
        flags: [override, emergency]
        variants:
          - { variant: 0, concentration: 100 mg / 100 mL }
      - name: cefTest
        code: 2
        ingredient: { code: 2, dimension: mass }
        intermittent: { unit: g, soft_max: 2, hard_max: 3, source: illustrative }
        duration: { unit: min, hard_min: 10, soft_min: 20, source: illustrative }
        advisory: 4
        flags: [override]
        variants:
          - { variant: 0, concentration: 2 g / 100 mL }
      - name: plainTest
        code: 3
        ingredient: { code: 3, dimension: mass }
        continuous: { unit: mg/h, hard_max: 10, source: illustrative }
        titration_step: { interval: 20 min, unit: mg/h, soft_max: 2, hard_max: 4, source: illustrative }
        flags: [override, resume]
        variants:
          - { variant: 0, concentration: 100 mg / 100 mL }
`;

export const START = `kind: start
device: 8f3c0000000000000000000000000001
pump_class: 1
patient: 00112233445566778899aabbccddeeff
order: 0000000000000000000000000000002a
sequence: 1
life: 5 min
area: 7
drug: 1001
variant: 1
weight: 70 kg
dose: 0.05 mcg/kg/min
vtbi: 250 mL
total: 500 mL
set: 1
range: { min: 0.02 mcg/kg/min, max: 0.2 mcg/kg/min, step: 0.05 mcg/kg/min, interval: 10 min }
`;

export const BOLUS = `kind: bolus
device: 8f3c0000000000000000000000000001
pump_class: 1
patient: 00112233445566778899aabbccddeeff
order: 0000000000000000000000000000002a
sequence: 2
life: 5 min
area: 7
drug: 1001
variant: 1
dose: 80 mcg
rate: 120 mL/h
`;
