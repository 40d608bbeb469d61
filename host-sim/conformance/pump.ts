/** One driver's instance as a vector sees it: steps in, the first difference out. */
import { createHash } from "node:crypto";
import { AREAS, AREA_NAMES, LAYOUTS, type AreaName } from "../gate/abi.js";
import type { Fields } from "../gate/layout.js";
import { type CallEnd, DATA_BYTES_MAX, type Driver, fromHex, toHex } from "./protocol.js";
import { blankAreas, placeOf } from "./recorder.js";
import { HostScript, returnText } from "./script.js";
import { ShadowFlash } from "./shadow-flash.js";
import type { CallStep, FlipStep, Step } from "./vector.js";

/** What the runner knows beside what the driver keeps. */
export interface Known {
  readonly areas: Readonly<Record<AreaName, Uint8Array>>;
  readonly flash: ShadowFlash;
}

/** Where a vector and a driver part, in words. */
export class Difference extends Error {
  override readonly name = "Difference";
}

export class DrivenPump {
  readonly driver: Driver;
  heapBase = 0;
  /** Calls made, and what they cost where the driver can tell. */
  calls = 0;
  instructions = 0;
  #addresses: Record<AreaName, number> | null = null;
  #areas = blankAreas();
  #flash = new ShadowFlash();

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Back to before the first instance: blank flash. */
  blank(): void {
    this.#flash = new ShadowFlash();
  }

  known(): Known {
    return { areas: structuredClone(this.#areas), flash: this.#flash.copy() };
  }

  /** After the driver restored a state. */
  recall({ areas, flash }: Known): void {
    this.#areas = structuredClone(areas);
    this.#flash = flash.copy();
  }

  /** Throws Difference. */
  async do(step: Step): Promise<void> {
    if ("call" in step) {
      for (let i = 0; i < (step.times ?? 1); i++) await this.#call(step);
      return;
    }
    if ("flip" in step) return this.#flip(step);
    await this.#load();
  }

  /** SHA-256 of linear memory [0, heap base). */
  memory(): Promise<string> {
    return this.driver.hash(0, this.heapBase);
  }

  async #load(): Promise<void> {
    this.heapBase = (await this.driver.load()).heapBase;
    this.#areas = blankAreas();
    if (this.#addresses !== null) return;
    const addresses = {} as Record<AreaName, number>;
    for (const area of AREA_NAMES) {
      const { status } = await this.driver.call(AREAS[area].address, [], () => ({ cut: true }));
      if (status === undefined) throw new Difference(`${AREAS[area].address} trapped`);
      addresses[area] = status;
      await this.driver.watch(status, AREAS[area].bytes);
    }
    this.#addresses = addresses;
  }

  async #call(step: CallStep): Promise<void> {
    for (const [area, text] of step.write ?? []) {
      const bytes = fromHex(text);
      await this.#write(this.#address(area), bytes);
      this.#areas[area].set(bytes);
    }
    const script = new HostScript(step.host ?? [], this.#flash);
    const end = await this.driver.call(step.call, step.args ?? [], script.answer);
    this.calls++;
    this.instructions += end.instructions ?? 0;
    script.end();
    if (script.difference !== null) throw new Difference(`${step.call}: ${script.difference}`);
    const returns = returnOf(step, end);
    if (returns !== step.returns) {
      throw new Difference(`${step.call} returns ${returns}, not ${step.returns}`);
    }
    for (const [area, offset, text] of step.changes ?? []) this.#areas[area].set(fromHex(text), offset);
    if (end.watched !== this.#expectedHash()) throw await this.#areaDifference(step.call);
  }

  async #flip({ flip }: FlipStep): Promise<void> {
    const image = new Uint8Array(this.heapBase);
    for (let at = 0; at < image.length; at += DATA_BYTES_MAX) {
      image.set(await this.driver.read(at, Math.min(DATA_BYTES_MAX, image.length - at)), at);
    }
    const at = placeOf(image, flip);
    await this.driver.write(at, new Uint8Array([image[at]! ^ flip.xor]));
  }

  async #write(at: number, bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += DATA_BYTES_MAX) {
      await this.driver.write(at + from, bytes.subarray(from, from + DATA_BYTES_MAX));
    }
  }

  #expectedHash(): string {
    const hash = createHash("sha256");
    for (const area of AREA_NAMES) hash.update(this.#areas[area]);
    return hash.digest("hex");
  }

  async #areaDifference(call: string): Promise<Difference> {
    for (const area of AREA_NAMES) {
      const expected = this.#areas[area];
      for (let at = 0; at < expected.length; at += DATA_BYTES_MAX) {
        const length = Math.min(DATA_BYTES_MAX, expected.length - at);
        const got = await this.driver.read(this.#address(area) + at, length);
        const i = got.findIndex((byte, k) => byte !== expected[at + k]);
        if (i < 0) continue;
        const [want, have] = [expected[at + i]!, got[i]!].map((byte) => toHex(new Uint8Array([byte])));
        return new Difference(
          `${call}: byte ${at + i} of the ${area} buffer${fieldText(expected, at + i)} is 0x${have}, not 0x${want}`,
        );
      }
    }
    return new Difference(`${call}: the driver's hash of the shared areas is not that of what it holds`);
  }

  #address(area: AreaName): number {
    if (this.#addresses === null) throw new Error("no instance is loaded yet");
    return this.#addresses[area];
  }
}

function returnOf(step: CallStep, { status, trap }: CallEnd): CallStep["returns"] {
  if (status === undefined) return trap === "cut" ? "cut" : "trap";
  return returnText(step.call, status);
}

/** ` (verdict.status)`, if a record that is known begins the area. */
function fieldText(area: Uint8Array, at: number): string {
  const type = area[0]! | (area[1]! << 8);
  const layout = LAYOUTS.find((known) => known.type === type);
  if (layout === undefined) return "";
  const found = Object.entries(layout.fields as Fields).find(
    ([, { offset, bytes }]) => at >= offset && at < offset + bytes,
  );
  return found === undefined ? "" : ` (${layout.name} ${found[0]})`;
}
