/**
 * AssemblyScript that exists for tests only: trust and library behind exports of their own, over a store that the test
 * holds in its hands. Each text stands in for the file of its name while the module is compiled.
 */
export const ENTRY = "assembly/trust-bench.ts";

const bench = `
import "./crypto/ed25519";
import * as install from "./library/install";
import * as active from "./library/active";
import * as look from "./library/lookup";
import * as provisioning from "./trust/provisioning";
import * as trust from "./trust/update";
import * as device from "./trust/device";
import * as ceilings from "./library/ceilings";
import { thresholdStatus } from "./trust/threshold";
import { findKey } from "./trust/root";
import * as layout from "./layout";
import { State } from "./store/state";
import { Root, ROOT_BYTES } from "./trust/root";
import { Install } from "./library/install";
import { Manifest } from "./library/manifest";
import { DRUG_BYTES, PROFILE_BYTES } from "./library/entry";
import { Tree } from "./codec/merkle";

export function io(): usize { return layout.IO_BUFFER; }
export function result(): usize { return layout.RESULT; }
export function input(): usize { return layout.INPUT; }
export function region(n: u32): usize {
  if (n == 0) return layout.STATE;
  if (n == 1) return layout.NEXT;
  if (n == 2) return layout.TRUST;
  if (n == 3) return layout.ACTIVE;
  if (n == 4) return layout.WAITING;
  if (n == 5) return layout.INSTALL;
  if (n == 6) return layout.INSTALL_MANIFEST;
  if (n == 7) return layout.INSTALL_TREE;
  if (n == 8) return layout.DRUG;
  if (n == 9) return layout.PROFILE;
  return layout.DEVICE;
}
export function regionBytes(n: u32): u32 {
  if (n <= 1) return <u32>offsetof<State>();
  if (n == 2) return ROOT_BYTES;
  if (n == 3 || n == 4 || n == 6) return <u32>offsetof<Manifest>();
  if (n == 5) return <u32>offsetof<Install>();
  if (n == 7) return <u32>(offsetof<Tree>() + 17 * 32);
  if (n == 8) return DRUG_BYTES;
  if (n == 9) return PROFILE_BYTES;
  return provisioning.PROVISIONING_BYTES;
}
export function stateBoot(): u32 { return changetype<State>(layout.NEXT).boot; }
export function stateCounter(): u32 { return changetype<State>(layout.NEXT).counter; }
export function stateFlags(): u32 { return changetype<State>(layout.NEXT).flags; }
export function stateRootVersion(): u32 { return changetype<State>(layout.NEXT).root_version; }
export function stateFloor(): u64 { return changetype<State>(layout.NEXT).floor_s; }
export function stateActive(): u32 { return changetype<State>(layout.NEXT).manifest_active; }
export function stateNext(): u32 { return changetype<State>(layout.NEXT).manifest_next; }
export function activeVersion(): u32 { return active.activeManifest().version; }
export function waitingVersion(): u32 { return active.waitingManifest().version; }
export function setFlags(flags: u32): void {
  changetype<State>(layout.NEXT).flags = flags;
  changetype<State>(layout.STATE).flags = flags;
}
export function provision(length: u32): u32 { return provisioning.provisionBegin(length); }
export function provisionStep(): u32 { return provisioning.provisionStep(); }
export function trustUpdate(length: u32): u32 { return trust.trustUpdateBegin(length); }
export function trustUpdateStep(): u32 { return trust.trustUpdateStep(); }
export function trustLoad(): u32 { return trust.trustLoad(); }
export function libraryLoad(): u32 { return active.libraryLoad(); }
export function libraryBegin(length: u32): u32 { return install.libraryBeginBegin(length); }
export function libraryBeginStep(): u32 { return install.libraryBeginStep(); }
export function libraryEntry(length: u32): u32 { return install.libraryEntryBegin(length); }
export function libraryEntryStep(): u32 { return install.libraryEntryStep(); }
export function libraryCommit(): u32 { return install.libraryCommitBegin(); }
export function libraryCommitStep(): u32 { return install.libraryCommitStep(); }
export function libraryAbort(): u32 { return install.libraryAbort(); }
export function installOpen(): u32 { return install.installOpen() ? 1 : 0; }
export function activateNext(how: u32): u32 { return active.activateNext(how); }
export function libraryActivateIfDue(): u32 { return active.libraryActivateIfDue(); }
export function libraryUsable(): u32 { return active.libraryUsable(); }
export function libraryInGrace(): u32 { return active.libraryInGrace() ? 1 : 0; }
export function lookupDrug(key: u64, entry: usize, length: u32, index: u32, path: usize, nodes: u32): u32 {
  return look.lookupDrug(key, entry, length, index, path, nodes);
}
export function lookupProfile(area: u32, entry: usize, length: u32, index: u32, path: usize, nodes: u32): u32 {
  return look.lookupProfile(area, entry, length, index, path, nodes);
}
export function calibration(set: u32): u32 { return device.calibrationPlPerStep(set); }
export function pumpClass(): u32 { return device.pumpClass(); }
export function ceilingRate(p: u32, c: u32): u64 { return ceilings.ceilingRate(p, c); }
export function ceilingVtbi(p: u32, c: u32): u64 { return ceilings.ceilingVtbi(p, c); }
export function ceilingTotal(p: u32, c: u32): u64 { return ceilings.ceilingTotal(p, c); }
export function ceilingBolus(p: u32, c: u32): u64 { return ceilings.ceilingBolus(p, c); }
export function rateStep(p: u32, rate: u32): u32 { return ceilings.rateStepNlPerH(p, rate); }
export function threshold(keys: u32, role: u32): u32 { return thresholdStatus(layout.TRUST, keys, role); }
export function knowsKid(kid: usize): u32 { return findKey(layout.TRUST, kid) != 0 ? 1 : 0; }
`;

const journal = `
import { METER, METER_NEXT, NEXT, STATE } from "../layout";
import { State } from "./state";
@external("test", "commitStatus") declare function commitStatus(stream: u32): u32;
export function commit(stream: u32): u32 {
  const s = commitStatus(stream);
  if (s == 0) memory.copy(STATE, NEXT, offsetof<State>());
  else memory.copy(NEXT, STATE, offsetof<State>());
  return s;
}
export function rollback(): void { memory.copy(NEXT, STATE, offsetof<State>()); }
`;

const opening = `
@external("test", "formatStatus") declare function formatStatus(): u32;
export function formatBegin(_logKey: usize): void {}
export function formatStep(): u32 { return formatStatus(); }
`;

const objects = `
import { NEXT } from "../layout";
import { State } from "./state";
export const PART_DEVICE: u32 = 0;
export const PART_ROOT: u32 = 1;
export const PART_MANIFESTS: u32 = 2;
@external("test", "stage") declare function stage(part: u32, address: usize, length: u32): void;
@external("test", "begin") declare function begin(): void;
@external("test", "step") declare function step(): u32;
@external("test", "read") declare function read(part: u32, out: usize, max: u32): u32;
export function objectsStage(part: u32, address: usize, length: u32): void { stage(part, address, length); }
export function objectsBegin(): void { begin(); }
export function objectsStep(): u32 {
  const s = step();
  if (s == 0) changetype<State>(NEXT).object_segment ^= 1;
  return s;
}
export function objectRead(part: u32, out: usize, max: u32): u32 { return read(part, out, max); }
`;

const counter = `
import * as host from "../host";
import { COUNTER, OK, TAMPERED } from "../status";
import { COUNTER_WORD, STATE } from "../layout";
import { State } from "./state";
export function counterCheckAtBoot(): u32 {
  const expected = changetype<State>(STATE).counter;
  if (host.counterRead(COUNTER_WORD) != 0) return COUNTER;
  const found = load<u32>(COUNTER_WORD);
  if (found == expected) return OK;
  return expected == 0 || found != expected - 1 ? TAMPERED : counterAdvance();
}
export function counterAdvance(): u32 { return host.counterAdvance() == 0 ? 0 : COUNTER; }
`;

const event = `
@external("test", "eventBegin") declare function begin(kind: u32, details: u32): void;
@external("test", "eventUnsigned") declare function unsigned_(key: u32, value: u64): void;
@external("test", "eventBytes") declare function bytes(key: u32, address: usize, length: u32): void;
export function eventBegin(kind: u32, details: u32): void { begin(kind, details); }
export function eventUnsigned(key: u32, value: u64): void { unsigned_(key, value); }
export function eventBytes(key: u32, address: usize, length: u32): void { bytes(key, address, length); }
`;

/** Files by their paths, in place of what the folder holds. */
export const SOURCES: ReadonlyMap<string, string> = new Map([
  [ENTRY, bench],
  ["assembly/store/journal.ts", journal],
  ["assembly/store/opening.ts", opening],
  ["assembly/store/objects.ts", objects],
  ["assembly/store/counter.ts", counter],
  ["assembly/log/event.ts", event],
]);

/** Rooms whose records the bench's memory map keeps; it has none of the others. */
const ROOMS = /^\.\/(crypto\/|codec\/|library\/|trust\/|store\/state|limits|throttle)/;
const BUILT_IN = ["memory", "data", "offsetof", "i32"];

/** The memory map without the regions of rooms that the bench does not compile. */
export function trimLayout(layout: string): string {
  const known = new Set(BUILT_IN);
  const kept = layout.replace(
    /import \{([^}]*)\} from "([^"]*)";\n/g,
    (line, names: string, from: string) => {
      if (!ROOMS.test(from)) return "";
      for (const name of names.split(",")) known.add(name.trim());
      return line;
    },
  );
  for (const [, name] of kept.matchAll(/const (\w+): usize = \d+;\n/g)) known.add(name!);
  const far = kept.replace(
    /export const \w+: usize = (memory\.data\([^;]*);\n/g,
    (statement, value: string) =>
      (value.match(/[A-Za-z_]\w*/g) ?? []).every((name) => known.has(name)) ? statement : "",
  );
  // A near region begins behind the one before it: one that the bench does not have takes no room.
  for (const [, name] of far.matchAll(/const (\w+): usize =\s/g)) known.add(name!);
  return far.replace(/const \w+: usize =\s+[A-Z]\w+ \+[^;]*;\n/g, (statement) =>
    statement
      .replace(/offsetof<(\w+)>\(\)/g, (size, name: string) => (known.has(name) ? size : "0"))
      .replace(/\b[A-Z][A-Z0-9_]+\b/g, (name) => (known.has(name) ? name : "0")),
  );
}
