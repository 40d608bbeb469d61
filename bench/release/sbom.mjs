/**
 * Writes build/sbom.cdx.json, a CycloneDX 1.5 bill of materials of the build: every npm package of the lock file with version,
 * licence and hash, the release and the diagnostic module with their SHA-256, and what compiled them.
 *
 * It comes from the lock file, not from node_modules, so that it is the same on every platform; serial number and time,
 * which the standard leaves optional, would make each run differ, and are left out.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { COMPILERS, manifest, moduleSha256, MODULES } from "./build.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { name, version, license, devDependencies } = manifest();

const args = ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "library", "--package-lock-only"];
const bom = JSON.parse(execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 }));
delete bom.serialNumber;
delete bom.metadata.timestamp;
// Of the lock file npm says pre-build; with the modules in it, it is the build's.
bom.metadata.lifecycles = [{ phase: "build" }];
// npm names the root after its folder.
bom.metadata.component.name = name;

// By version too: the compiler brings a binaryen of its own, which is another component.
const compilers = COMPILERS.map((compiler) => {
  const wanted = `${compiler}@${devDependencies[compiler]}`;
  const found = bom.components.find((component) => `${component.name}@${component.version}` === wanted);
  if (found === undefined) throw new Error(`the lock file has no ${wanted}: run npm install`);
  return found;
});
for (const file of MODULES) {
  bom.components.push({
    "bom-ref": `file:${file}`,
    type: "file",
    name: file,
    version,
    scope: "required",
    hashes: [{ alg: "SHA-256", content: moduleSha256(file) }],
    licenses: [{ license: { id: license } }],
    properties: compilers.map((compiler) => ({
      name: `dosegate:built-with:${compiler.name}`,
      value: compiler.version,
    })),
  });
  bom.dependencies.push({
    ref: `file:${file}`,
    dependsOn: compilers.map((compiler) => compiler["bom-ref"]),
  });
}
const root = bom.dependencies.find((entry) => entry.ref === bom.metadata.component["bom-ref"]);
root.dependsOn.push(...MODULES.map((file) => `file:${file}`));

writeFileSync(new URL("../../build/sbom.cdx.json", import.meta.url), JSON.stringify(bom, null, 2) + "\n");
console.log(`build/sbom.cdx.json: ${bom.components.length} components`);
