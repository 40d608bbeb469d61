/** Thresholds, duties and the library's root in the module that ships: their own tests build the source by themselves. */
import { beforeEach, describe, expect, it } from "vitest";
import { encodeCbor } from "../../host-sim/authority/encoding.js";
import type { Signer } from "../../host-sim/authority/cose.js";
import { Device } from "../../host-sim/device/device.js";
import { Gate, loadModule } from "../../host-sim/gate/gate.js";
import { BOOT_CAUSE } from "../../host-sim/gate/names.js";
import {
  drugEntry,
  ENTRIES,
  KEYS,
  library,
  provisioningBlock,
  rootDocument,
  ROOT_SIGNERS,
  signRootAnyway,
  statusName,
  T0,
} from "../support/trust-fixture.js";

const known = [...rootDocument().keys, KEYS.rootAuthorTwin, KEYS.rootSpare, KEYS.librarySpare];
let gate: Gate;

beforeEach(() => {
  gate = new Gate(loadModule(), new Device({ seed: "thresholds" }));
  gate.boot(BOOT_CAUSE.POWER_ON);
});

const provision = (signers: readonly Signer[]): string => {
  const root = signRootAnyway(rootDocument({ keys: known }), signers);
  return statusName(gate.provision(provisioningBlock(root)).status);
};

/** Signers of two that are asked for, and what becomes of what they signed. */
const SIGNERS: readonly [string, readonly Signer[], string][] = [
  ["an author alone", [KEYS.rootAuthor], "THRESHOLD"],
  ["an approver alone", [KEYS.rootApprover], "THRESHOLD"],
  ["one holder with two keys", [KEYS.rootAuthor, KEYS.rootAuthorTwin], "THRESHOLD"],
  ["two approvers", [KEYS.rootApprover, KEYS.rootSpare], "DUTY"],
  ["an author and an approver", ROOT_SIGNERS, "OK"],
];

describe("a root document signed by", () => {
  it.each(SIGNERS)("%s, at provisioning", (_, signers, wanted) => {
    expect(provision(signers)).toBe(wanted);
    expect(gate.inspect().state?.rootVersion).toBe(wanted === "OK" ? 1 : 0);
  });

  it.each(SIGNERS)("%s, as an update", (_, signers, wanted) => {
    provision(ROOT_SIGNERS);
    gate.settle();
    const next = signRootAnyway(rootDocument({ version: 2, issuedS: T0 + 1, keys: known }), signers);
    expect(statusName(gate.trustUpdate(next).status)).toBe(wanted);
    expect(gate.inspect().state?.rootVersion).toBe(wanted === "OK" ? 2 : 1);
  });
});

describe("a library", () => {
  beforeEach(() => {
    provision(ROOT_SIGNERS);
    gate.settle();
  });

  it.each<[string, readonly Signer[], string]>([
    ["an author alone", [KEYS.libraryAuthor], "THRESHOLD"],
    ["two authors", [KEYS.libraryAuthor, KEYS.librarySpare], "DUTY"],
    ["an author and an approver", [KEYS.libraryAuthor, KEYS.libraryApprover], "OK"],
  ])("signed by %s", (_, signers, wanted) => {
    const { bytes, entries } = library({}, ENTRIES, signers);
    expect(statusName(gate.installLibrary(bytes, entries).status)).toBe(wanted);
    expect(gate.inspect().state?.activeVersion).toBe(wanted === "OK" ? 1 : 0);
  });

  it("whose entries are not those that were signed becomes nothing", () => {
    const other = [...ENTRIES.slice(0, -1), encodeCbor(drugEntry({ 1: 102, 3: "other" }))];
    expect(statusName(gate.installLibrary(library().bytes, other).status)).toBe("LIBRARY_ROOT");
    expect(gate.inspect().state?.activeVersion).toBe(0);
  });
});
