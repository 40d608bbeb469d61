import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { MODULE_VARIABLE } from "../../host-sim/gate/instance.js";
import { copy, linkPackages, ROOT, scratch } from "./stage.js";

const PUBLISH = "npm run build:wasm && npm run hash -- --write";
const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** The hash that docs/BUILD.md publishes for a module. */
function published(name: string): string | undefined {
  const page = readFileSync(join(ROOT, "docs/BUILD.md"), "utf8");
  const block = /<!-- sha256 -->\n([^]*)<!-- \/sha256 -->/.exec(page)?.[1] ?? "";
  return new RegExp(`^([0-9a-f]{64}) {2}build/${name.replace(".", "\\.")}$`, "m").exec(block)?.[1];
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Builds the release module in a new folder with the commands of package.json; its hash. */
async function built(name: string): Promise<string> {
  const folder = scratch(name);
  folders.push(folder);
  copy(folder, "assembly", "asconfig.json", "package.json");
  linkPackages(folder);
  await promisify(execFile)("npm", ["run", "--silent", "build:gate"], { cwd: folder });
  return sha256(join(folder, "build/dosegate.wasm"));
}

// Under another module the checkout's own build is not the one of its sources.
describe.skipIf(process.env[MODULE_VARIABLE] !== undefined)("the build", () => {
  it("gives the same release module in two other folders, and the one of this checkout", async () => {
    const [one, other] = await Promise.all([built("one"), built("a-folder-with-a-longer-name")]);
    expect(other).toBe(one);
    expect(sha256(join(ROOT, "build/dosegate.wasm"))).toBe(one);
  });

  it.each(["dosegate.wasm", "dosegate-diag.wasm"])(
    `gives the %s whose SHA-256 docs/BUILD.md publishes (${PUBLISH})`,
    (name) => expect(sha256(join(ROOT, "build", name)), `stale: ${PUBLISH}`).toBe(published(name)),
  );

  it("puts no custom section into a module: no names, no paths, no producers", () => {
    const bytes = new Uint8Array(readFileSync(join(ROOT, "build/dosegate.wasm")));
    expect(sections(bytes)).not.toContain(0);
    // A custom section of one empty name, appended by hand, is seen.
    expect(sections(new Uint8Array([...bytes, 0, 1, 0]))).toContain(0);
  });
});

/** Section numbers of a module, in order (WebAssembly core 5.5.2). */
function sections(wasm: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < wasm.length;) {
    ids.push(wasm[at++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return ids;
}
