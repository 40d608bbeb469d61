import type { Signature, Signatures } from "./signature.js";

/** The C between ports/c/replay and what wasm2c made of one module: instance, memory, exports and imports by number. */
export function glue({ imports, exports }: Signatures): string {
  return [
    '#include "dosegate.h"',
    '#include "replay.h"',
    "",
    "/* The image's: replay_import on a stack of its own. */",
    "uint32_t image_import(uint32_t import, const uint32_t* args, uint32_t count);",
    "",
    "static Z_dosegate_instance_t instance;",
    "",
    "void replay_instantiate(void) {",
    `  Z_dosegate_instantiate(&instance${imports.length > 0 ? ", 0" : ""});`,
    "}",
    "uint8_t* replay_memory(void) {",
    "  return instance.w2c_memory.data;",
    "}",
    "uint32_t replay_call(uint32_t export, const uint32_t* args) {",
    "  (void)args;",
    "  switch (export) {",
    ...exports.map((signature, number) => `    case ${number}: ${exported(signature)}`),
    "  }",
    "  return 0xffffffff;",
    "}",
    ...imports.map(imported),
    "",
  ].join("\n");
}

function exported({ name, parameters, returns }: Signature): string {
  const args = Array.from({ length: parameters }, (_, i) => `, args[${i}]`).join("");
  const call = `Z_dosegateZ_${mangled(name)}(&instance${args})`;
  return returns ? `return ${call};` : `${call}; return 0;`;
}

function imported({ name, parameters }: Signature, number: number): string {
  const names = Array.from({ length: parameters }, (_, i) => `a${i}`);
  return [
    `uint32_t Z_hostZ_${mangled(name)}(struct Z_host_instance_t* host${names.map((a) => `, uint32_t ${a}`).join("")}) {`,
    "  (void)host;",
    `  return image_import(${number}, (const uint32_t[]){${names.join(", ") || "0"}}, ${parameters});`,
    "}",
  ].join("\n");
}

/** wasm2c marks what C does not allow, and its own mark, with Z (wabt 1.0.32). */
function mangled(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`export ${name}: no name in C`);
  return name.replaceAll("Z", "ZZ");
}
