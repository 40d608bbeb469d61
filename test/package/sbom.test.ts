import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy, MANIFEST, readJson, ROOT, run, scratch } from "./stage.js";

interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}
interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly version: number;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const MODULES = ["dosegate.wasm", "dosegate-diag.wasm"];
const INPUTS = [
  "package.json",
  "package-lock.json",
  "bench/release",
  ...MODULES.map((name) => `build/${name}`),
];
const folders: string[] = [];

/** The bill as `npm run sbom` writes it, in a folder of its own that has no packages installed. */
function written(name: string): string {
  const folder = scratch(name);
  folders.push(folder);
  copy(folder, ...INPUTS);
  run(folder, process.execPath, "bench/release/sbom.mjs");
  return readFileSync(join(folder, "build/sbom.cdx.json"), "utf8");
}

/** What a reader of CycloneDX 1.5 cannot do without, and this bill lacks. */
function defects(bom: Bom): string[] {
  const found: string[] = [];
  if (bom.bomFormat !== "CycloneDX") found.push("bomFormat");
  if (!/^1\.[5-9]$/.test(bom.specVersion)) found.push("specVersion");
  if (bom.version !== 1) found.push("version");
  const all = [bom.metadata.component, ...bom.components];
  const refs = new Set(all.map((component) => component["bom-ref"]));
  if (refs.size !== all.length) found.push("bom-ref is not unique");
  for (const { name, version, type, hashes } of all) {
    if (!name || !version || !["library", "file"].includes(type)) found.push(`component ${name}`);
    const lengths: Record<string, number> = { "SHA-512": 128, "SHA-256": 64, "SHA-1": 40 };
    for (const { alg, content } of hashes ?? []) {
      if (!/^[0-9a-f]+$/.test(content) || content.length !== lengths[alg]) found.push(`hash of ${name}`);
    }
  }
  for (const { ref, dependsOn = [] } of bom.dependencies) {
    for (const to of [ref, ...dependsOn]) {
      if (!refs.has(to)) found.push(`dependency on ${to}, which is no component`);
    }
  }
  return found;
}

describe("the bill of materials", () => {
  let text = "";
  let bom: Bom;
  /** Of two components of one name, the one that package.json asks for. */
  const named = (name: string): Component | undefined => {
    const version = MANIFEST.dependencies[name] ?? MANIFEST.devDependencies[name] ?? MANIFEST.version;
    return bom.components.find((component) => component.name === name && component.version === version);
  };

  beforeAll(() => {
    text = written("sbom");
    bom = JSON.parse(text) as Bom;
  });
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  it("has what CycloneDX 1.5 requires, and every dependency in it is a component", () => {
    expect(defects(bom)).toEqual([]);
    expect(bom.metadata.component).toMatchObject({ name: "dosegate", version: MANIFEST.version });
  });

  it("would be refused with a reference to nothing, a short hash, or a component of no version", () => {
    const [first, ...rest] = bom.components;
    const changed = (edit: Partial<Component>): Bom => ({
      ...bom,
      components: [{ ...first!, ...edit }, ...rest],
    });
    expect(defects(changed({ "bom-ref": "elsewhere" }))).not.toEqual([]);
    expect(defects(changed({ hashes: [{ alg: "SHA-256", content: "00" }] }))).toEqual([
      `hash of ${first!.name}`,
    ]);
    expect(defects(changed({ version: "" }))).toEqual([`component ${first!.name}`]);
  });

  it("has every package of the lock file, and none besides", () => {
    const { packages } = readJson(join(ROOT, "package-lock.json")) as {
      packages: Record<string, { version: string }>;
    };
    const locked = Object.entries(packages)
      .filter(([path]) => path !== "")
      .map(([path, { version }]) => `${path.split("node_modules/").at(-1)!}@${version}`);
    const listed = bom.components
      .filter(({ type }) => type === "library")
      .map((c) => `${c.name}@${c.version}`);
    expect([...new Set(listed)].sort()).toEqual([...new Set(locked)].sort());
  });

  it.each(Object.entries(MANIFEST.dependencies))(
    "has %s %s, needed at run time, with its hash",
    (name, version) => {
      expect(named(name)).toMatchObject({ version, hashes: [{ alg: "SHA-512" }] });
    },
  );

  it.each(["assemblyscript", "binaryen"])("has %s, which makes the module, with its hash", (name) => {
    expect(named(name)).toMatchObject({
      version: MANIFEST.devDependencies[name],
      hashes: [{ alg: "SHA-512" }],
    });
  });

  it("knows the compiler's own code generator from the optimizer that runs after it", () => {
    const binaryens = bom.components.filter(({ name }) => name === "binaryen");
    const compiler = named("assemblyscript")!["bom-ref"];
    const on = bom.dependencies.find(({ ref }) => ref === compiler)?.dependsOn ?? [];
    const brought = binaryens.filter((component) => on.includes(component["bom-ref"]));
    expect(brought.map(({ version }) => version)).toHaveLength(1);
    expect(brought).not.toContain(named("binaryen"));
  });

  it.each(MODULES)(
    "has %s with the SHA-256 of its bytes, built with two compilers and nothing else",
    (name) => {
      const content = createHash("sha256")
        .update(readFileSync(join(ROOT, "build", name)))
        .digest("hex");
      const module = named(name)!;
      expect(module).toMatchObject({ type: "file", hashes: [{ alg: "SHA-256", content }] });
      const { assemblyscript, binaryen } = MANIFEST.devDependencies;
      expect(module.properties).toEqual([
        { name: "dosegate:built-with:assemblyscript", value: assemblyscript },
        { name: "dosegate:built-with:binaryen", value: binaryen },
      ]);
      const on = bom.dependencies.find(({ ref }) => ref === module["bom-ref"])?.dependsOn;
      expect(on).toEqual([named("assemblyscript")!["bom-ref"], named("binaryen")!["bom-ref"]]);
    },
  );

  it("names packages by package URL alone: no server, no folder of this machine", () => {
    const hosts = new Set([...text.matchAll(/\w+:\/\/([^/"]*)/g)].map((match) => match[1]));
    expect([...hosts]).toEqual(["cyclonedx.org"]);
    expect(text).not.toContain(folders[0]);
    for (const { name, purl } of bom.components.filter(({ type }) => type === "library")) {
      expect(purl, name).toMatch(/^pkg:npm\/[^?]+@[^?]+$/);
    }
  });

  it("is the same to the byte in another folder", () => expect(written("another")).toBe(text));
});
