/** Writes ports/c/dosegate.h from the tables of host-sim/gate, which other tests hold against module and SPEC. */
import * as abi from "../../host-sim/gate/abi.js";
import type { Field, Layout } from "../../host-sim/gate/layout.js";
import * as names from "../../host-sim/gate/names.js";
import { STATUS, STATUS_SENTENCES, type StatusName } from "../../host-sim/gate/status.js";

/** `rateNlPerH` -> `rate_nl_per_h`, `window24h` -> `window_24h`. */
export function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([a-z])(\d+h)$/, "$1_$2")
    .toLowerCase();
}

const upper = (name: string): string => snake(name).toUpperCase();
const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

/** What each export is for, and its parameters by name. */
const EXPORT_TEXTS: Readonly<Record<abi.ExportName, readonly [text: string, ...parameters: string[]]>> = {
  abiVersion: ["major << 16 | minor; compare with DOSEGATE_ABI_VERSION before anything else."],
  ioBuffer: [
    "Address of the I/O area in linear memory. dosegate_put and dosegate_get spare you the addresses.",
  ],
  resultBuffer: ["Address of the result area."],
  tickBuffer: ["Address of the tick area."],
  localBuffer: ["Address of the local area."],
  inspectBuffer: ["Address of the inspect area."],
  boot: [
    "Once after every reset: reads stored state. `cause`: DOSEGATE_BOOT_..., plus DOSEGATE_OFF_TIME_TRUSTED if `off_ms` comes from a\n" +
      " * clock that can be trusted. `off_ms`: time without power, 0xffffffff if unknown. A second one is BAD_ARGUMENT.",
    "cause",
    "off_ms",
  ],
  provision: [
    "Stages the provisioning block of `length` bytes in the I/O area. Outcome. Wipe the I/O area afterwards.",
    "length",
  ],
  decommission: ["Stages a decommissioning. Outcome.", "length"],
  trustUpdate: ["Stages a root document. Outcome.", "length"],
  libraryBegin: ["Stages a library manifest: begins an install. Outcome.", "length"],
  libraryEntry: ["Stages one raw entry of the install under way. Outcome.", "length"],
  libraryCommit: ["Stages the commit of the install. Outcome."],
  libraryAbort: ["Drops the install."],
  sessionOpen: ["Makes a challenge for a port: session record in the result area.", "port"],
  submit: ["Stages a command: submit record with what it carries, `length` bytes in all. Verdict.", "length"],
  approve: ["Stages an approval: approve record with what it carries. Verdict.", "length"],
  attest: [
    "Stages an attestation over the 32-byte nonce in the I/O area. Outcome; attestation record in the I/O area.",
  ],
  work: [
    "Runs up to `units` slices of staged or background work: WORKING, DONE (the record of staged work is in the result area), NOTHING,\n" +
      " * or what keeps background work from being done.",
    "units",
  ],
  cancel: ["Drops staged work without effect: CANCELLED, or NOTHING."],
  local: [
    "One action at the panel: local record in, local result out, both in the local area. Legal between slices.",
  ],
  tick: [
    "Reports the motor, returns a grant: tick record in, grant record out, both in the tick area. Legal between slices.",
  ],
  logRead: [
    "Copies records of a stream, from `sequence` on, to the I/O area: log record.",
    "stream",
    "sequence",
  ],
  inspect: ["State record in the inspect area. Legal always after boot, also between slices."],
};

/** Prototypes of what an image supplies for each import. */
const IMPORT_TEXTS: Readonly<Record<abi.HostImportName, readonly [text: string, parameters: string]>> = {
  flashGeometry: [
    "Geometry of the gate's own partition; always the same.",
    "struct dosegate_flash_geometry* out",
  ],
  flashRead: [
    "Reads `length` bytes at `address` of the partition; DOSEGATE_HOST_UNCORRECTABLE for a torn or damaged unit.",
    "uint32_t address, uint8_t* out, uint32_t length",
  ],
  flashProgram: [
    "Programs whole, aligned units that have not been programmed since their erase; returns when they are.",
    "uint32_t address, const uint8_t* from, uint32_t length",
  ],
  flashErase: ["Erases one sector; returns when it is. Only ever called inside work.", "uint32_t sector"],
  uptimeMs: ["Milliseconds since boot; never goes back.", "uint64_t* out"],
  wallTimeS: ["Unix seconds; a failure means that the time is not known.", "uint64_t* out"],
  entropy: [
    "Fills `length` bytes from a hardware source; fails rather than repeat.",
    "uint8_t* out, uint32_t length",
  ],
  counterRead: ["The hardware monotonic counter.", "uint32_t* out"],
  counterAdvance: ["One more; whether it moved is asked by reading.", "void"],
};

const HEAD = `/*
 * Dosegate's interface for C (docs/SPEC.md, 11): exports, imports, shared areas, records and statuses. Engine-neutral:
 * gate-wasm2c.c and gate-wasm3.c implement it. One gate, one motor, one instance.
 *
 * Generated from the ABI's tables by test/ports/header.test.ts (npx vitest run test/ports/header.test.ts -u), which holds it
 * against the module: change it there.
 */
#ifndef DOSEGATE_H
#define DOSEGATE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Records are little-endian, and read as structures: write accessors for a big-endian core."
#endif
`;

const MEMORY_TEXT = `/* --- memory ----------------------------------------------------------------------------------------------------- */

enum dosegate_area {
${abi.AREA_NAMES.map((name) => `  DOSEGATE_AREA_${upper(name)},`).join("\n")}
};
${abi.AREA_NAMES.map((name) => `#define DOSEGATE_${upper(name)}_BYTES ${abi.AREAS[name].bytes}u`).join("\n")}

/* A new instance of the module, as after power-on: linear memory as the module begins. Before it nothing else may be called. */
void dosegate_instantiate(void);

/* Copies to or from an area, from its beginning. False, and nothing copied, if \`bytes\` is more than it has. */
bool dosegate_put(enum dosegate_area area, const void* from, uint32_t bytes);
bool dosegate_get(enum dosegate_area area, void* to, uint32_t bytes);

/* Any bytes of linear memory, for debuggers and conformance drivers. False, and nothing copied, beyond its end. */
bool dosegate_peek(uint32_t at, void* to, uint32_t bytes);
bool dosegate_poke(uint32_t at, const void* from, uint32_t bytes);
/* Below it lies all that the module ever writes: an engine needs no more memory than this. */
uint32_t dosegate_heap_base(void);

/*
 * A trap of the module, or of an engine that cannot go on, calls port_trapped (runtime/include/port.h), which the image supplies and
 * which does not return: a pump stops its motor and resets. An image that leaves a call by longjmp instead, there or
 * in a host function, says so before its next call; that call is dosegate_instantiate in anything but a test rig.
 */
void dosegate_abandoned(void);
`;

function define(prefix: string, table: Readonly<Record<string, number>>, digits = 0): string {
  return Object.entries(table)
    .map(([name, value]) => `#define DOSEGATE_${prefix}${name} ${digits === 0 ? value : hex(value, digits)}u`)
    .join("\n");
}

function numbers(): string {
  const part = (text: string, lines: string) => `/* ${text} */\n${lines}`;
  return [
    `/* --- numbers ${"-".repeat(104)} */`,
    "/* What this header was made for. A module of the same major version and a minor one at least as high will do. */",
    "#define DOSEGATE_ABI_VERSION 0x00010000u",
    "",
    part("First argument of boot (SPEC 11.1).", define("BOOT_", names.BOOT_CAUSE)),
    `#define DOSEGATE_OFF_TIME_TRUSTED ${names.OFF_TIME_TRUSTED}u`,
    "#define DOSEGATE_OFF_TIME_UNKNOWN 0xffffffffu",
    part("Verdict words (SPEC 4.4); any other word permits nothing.", define("VERDICT_", names.VERDICTS, 8)),
    part("Where commands come from (SPEC 4.1).", define("PORT_", names.PORT)),
    part("Flag of a submit record.", define("SUBMIT_FLAG_", names.SUBMIT_FLAG)),
    part("Phases of a program (SPEC 6.1).", define("PHASE_", names.PHASE)),
    part("Actions at the panel (SPEC 6.4).", define("LOCAL_", names.LOCAL_ACTION)),
    part("Sensor bits of a tick record.", define("SENSOR_", names.SENSOR)),
    part("Alarm bits (SPEC 6.7).", define("ALARM_", names.ALARM, 5)),
    part("Flag bits of the state record.", define("STATE_", names.STATE_FLAG, 2)),
    part(
      "What a host call returns (SPEC 11.3): any other than OK is a failure.",
      "#define DOSEGATE_HOST_OK 0u",
    ),
    "#define DOSEGATE_HOST_FAILING 1u",
    "#define DOSEGATE_HOST_UNCORRECTABLE 2u",
    "",
  ].join("\n");
}

function statuses(): string {
  const rows = (Object.keys(STATUS) as StatusName[]).map(
    (name) =>
      `  /* ${STATUS_SENTENCES[name].replace(/`/g, "")} */\n  DOSEGATE_${name} = ${hex(STATUS[name], 2)},`,
  );
  return [
    `/* --- statuses (SPEC 12) ${"-".repeat(93)} */`,
    "enum dosegate_status {",
    ...rows,
    "};",
    "",
    "/* Every status by its name. */",
    "#define DOSEGATE_STATUSES(X) \\",
    wrapped(Object.keys(STATUS).map((name) => `X(${name})`)),
    "",
  ].join("\n");
}

/** Words in lines of a macro's body. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 110) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join(" \\\n");
}

function member(name: string, { kind, bytes }: Field): string {
  if (kind === "bytes") return `  uint8_t ${snake(name)}[${bytes}];`;
  return `  uint${bytes * 8}_t ${snake(name)};`;
}

function record(layout: Layout): string {
  const tag = snake(layout.name.replace(/ /g, "_"));
  const fields = Object.entries(layout.fields).sort(([, a], [, b]) => a.offset - b.offset);
  const asserts = fields.map(([name, { offset }]) => `DOSEGATE_AT(${tag}, ${snake(name)}, ${offset});`);
  return [
    `#define DOSEGATE_${upper(tag)}_TYPE ${hex(layout.type, 4)}u`,
    `struct dosegate_${tag} {`,
    "  struct dosegate_head head;",
    ...fields.map(([name, field]) => member(name, field)),
    layout.tail ? "  /* Bytes follow, up to head.length. */\n};" : "};",
    `_Static_assert(sizeof(struct dosegate_${tag}) == ${layout.bytes}, "${tag}");`,
    ...asserts,
    "",
  ].join("\n");
}

function records(): string {
  return [
    `/* --- records (SPEC 11.2) ${"-".repeat(92)} */`,
    "struct dosegate_head {",
    "  uint16_t type;",
    "  uint16_t version;",
    "  uint32_t length;",
    "};",
    "/* The head of a record of this version, `bytes` long with its head. */",
    "#define DOSEGATE_HEAD(record_type, bytes) ((struct dosegate_head){(record_type), 1, (bytes)})",
    "#define DOSEGATE_AT(record, field, at) \\",
    '  _Static_assert(__builtin_offsetof(struct dosegate_##record, field) == (at), #record "." #field)',
    "",
    ...abi.LAYOUTS.map(record),
  ].join("\n");
}

function exportsText(): string {
  const names = Object.keys(abi.EXPORTS) as abi.ExportName[];
  const prototypes = names.map((name) => {
    const [text, ...parameters] = EXPORT_TEXTS[name];
    if (parameters.length !== abi.EXPORTS[name].length) throw new Error(`${name}: name its parameters`);
    const list = parameters.length === 0 ? "void" : parameters.map((one) => `uint32_t ${one}`).join(", ");
    const comment = text.includes("\n") ? `/*\n * ${text}\n */` : `/* ${text} */`;
    return `${comment}\nuint32_t dosegate_${snake(name)}(${list});`;
  });
  return [
    `/* --- exports (SPEC 11.1) ${"-".repeat(92)} */`,
    '/* "Outcome" and "Verdict": the call stages its work and returns WORKING; that record ends it, in the result area. */',
    ...prototypes,
    "",
    "/* Every export: its name in the module, its name here, its number of parameters. */",
    "#define DOSEGATE_EXPORTS(X) \\",
    names.map((name) => `  X(${name}, ${snake(name)}, ${abi.EXPORTS[name].length})`).join(" \\\n"),
    "",
  ].join("\n");
}

function importsText(): string {
  const names = Object.keys(abi.IMPORTS) as abi.HostImportName[];
  return [
    `/* --- imports (SPEC 11.3): the image supplies them ${"-".repeat(67)} */`,
    "/* docs/INTEGRATION.md says what each must guarantee. None may call an export (NESTED). */",
    "struct dosegate_flash_geometry {",
    "  uint32_t program_unit_bytes;",
    "  uint32_t sector_bytes;",
    "  uint32_t sector_count;",
    "  uint32_t erase_ms_max;",
    "};",
    ...names.map((name) => {
      const [text, parameters] = IMPORT_TEXTS[name];
      return `/* ${text} */\nuint32_t dosegate_host_${snake(name)}(${parameters});`;
    }),
    "",
    "/* Every import: its name in the module, its name here, its number of parameters. */",
    "#define DOSEGATE_IMPORTS(X) \\",
    names.map((name) => `  X(${name}, ${snake(name)}, ${abi.IMPORTS[name].length})`).join(" \\\n"),
    "",
  ].join("\n");
}

/** The whole header. */
export function headerText(): string {
  return [HEAD, numbers(), statuses(), records(), MEMORY_TEXT, exportsText(), importsText(), "#endif\n"].join(
    "\n",
  );
}
