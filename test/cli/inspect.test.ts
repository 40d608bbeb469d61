import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signApproval } from "../../host-sim/authority/approval.js";
import { makeAttestation } from "../../host-sim/authority/attestation.js";
import { checkLibrary } from "../../host-sim/authority/library/load.js";
import { sign1 } from "../../host-sim/authority/cose.js";
import {
  type BodyOf,
  commandAad,
  encodeCommand,
  type TitrationRange,
} from "../../host-sim/authority/command.js";
import { signDecommissioning } from "../../host-sim/authority/decommission.js";
import { encodeCbor, type Encodable } from "../../host-sim/authority/encoding.js";
import { signManifest } from "../../host-sim/authority/manifest.js";
import { parseOrderFile } from "../../host-sim/authority/order-file.js";
import { encodeProvisioning } from "../../host-sim/authority/provisioning.js";
import { encodeRoot, signRoot } from "../../host-sim/authority/root.js";
import { submission } from "../../host-sim/authority/submission.js";
import { identify } from "../../host-sim/cli/inspect/identify.js";
import { lines, type Shown } from "../../host-sim/cli/inspect/shown.js";
import * as abi from "../../host-sim/gate/abi.js";
import { encode, type Layout } from "../../host-sim/gate/layout.js";
import * as records from "../../host-sim/gate/records.js";
import { STATUS } from "../../host-sim/gate/status.js";
import { APPROVER, AUTHOR, DEVICE_ID, DOCTOR, fill, hex, RECEIVER, ROOT } from "../authority/support.js";
import { dosegate, Folder, LIBRARY, LIBRARY_OF_MODES, START } from "./support.js";

const textOf = (bytes: Uint8Array): string => lines(identify(bytes).shown).join("\n");
const library = checkLibrary([{ name: "library.yaml", text: LIBRARY }]).library!;
const modes = checkLibrary([{ name: "library.yaml", text: LIBRARY_OF_MODES }]).library!;
const order = parseOrderFile("order.yaml", START, { library });
const root = signRoot(ROOT, [AUTHOR, APPROVER]).bytes;
const manifest = signManifest(
  {
    libraryId: fill(16, 1),
    epoch: 0,
    version: 7,
    issuedS: 1_770_000_000,
    enableS: 0,
    expiresS: 1_800_000_000,
    entryCount: library.entries.length,
    merkleRoot: library.root,
    rootVersionMin: 1,
    abiMin: 0x1_0000,
    graceS: 86_400,
  },
  [AUTHOR],
).bytes;
const command = { ...order.command, sessionId: fill(8, 7) };
const PLAIN = { ...(order.command.body as Omit<BodyOf<"start">, "range"> & { range?: TitrationRange }) };
delete PLAIN.range;
const WHOLE = { unit: 2, dose: 10 ** 10, rateNlPerH: 60_000_000, volumeNl: 10_000_000 };
const STEPS = [{ afterNl: 20_000_000, dose: 40_000, rateNlPerH: 10_500_000 }];
const { drug, vtbiNl, totalNl, setId, concentration } = PLAIN;
const BAG = { drug, vtbiNl, totalNl, setId, concentration };
const PCA: BodyOf<"PCA"> = { kind: "PCA", ...BAG, pca: { ...WHOLE, lockoutS: 480 } };
const submit = submission(1, command, RECEIVER, DOCTOR, order.proofs);
const approval = signApproval(
  {
    sessionId: fill(8, 1),
    sequence: 1,
    lifeS: 60,
    commandDigest: fill(32, 1),
    mask: (1 << 2) | (1 << 8),
    nonce: fill(8, 2),
    reasonCode: 3,
  },
  RECEIVER,
  APPROVER,
).bytes;
const provisioning = encodeProvisioning({
  deviceId: DEVICE_ID,
  deviceSecret: fill(32, 0x5e),
  logKey: fill(32, 0x10),
  pumpClass: 2,
  calibrations: [{ setId: 4, plPerStep: 1500 }],
  root,
});
const attestation = makeAttestation(
  {
    nonce: fill(32, 1),
    decisions: { chain: fill(32, 2), nextSequence: 100 },
    meter: { chain: fill(32, 3), nextSequence: 5 },
    rootVersion: 1,
    rootDigest: fill(32, 4),
    library: { epoch: 0, version: 7, merkleRoot: fill(32, 5) },
    counter: 12,
    boot: 9,
    phase: 1,
    flags: 9,
  },
  DEVICE_ID,
  fill(32, 9),
);
const verdict = records.encodeVerdict({
  verdict: 0xd2784b1e,
  status: STATUS.LIMIT_HARD,
  limit: 2,
  softMask: 1 << 2,
  bound: 2_000_000n,
  nearestPermittedDose: 2_000_000n,
  dose: 2_100_000n,
  rateNlPerH: 551_000_000n,
  volumeNl: 250_000_000n,
  unit: 0x111,
  generation: 0,
  kind: 2,
  sequence: 1,
  nonce: fill(8, 0),
  digest: fill(32, 1),
  detail: 0,
  port: 1,
});
const event = encodeCbor({
  0: 41,
  1: 9,
  2: 60_000,
  3: 6,
  4: { 0: 1, 3: 2, 4: 2, 5: STATUS.LIMIT_HARD, 6: 2, 12: { 5: 70_000, 7: 0x111, 9: 13_100_000 } },
});
const eventOf = (kind: number, details: Encodable): Uint8Array =>
  encodeCbor({ 0: 41, 1: 9, 2: 60_000, 3: kind, 4: details });
const logRecord = (sequence: number): Uint8Array => {
  const header = Buffer.alloc(12);
  header.writeUInt16LE(event.length, 0);
  header.writeUInt32LE(sequence, 4);
  header.writeUInt32LE(1, 8);
  return Uint8Array.from(Buffer.concat([header, event, Buffer.alloc(16, 0xaa)]));
};
const log = records.encodeLog({
  stream: 0,
  firstSequence: 41,
  count: 2,
  nextSequence: 43,
  oldestKeptSequence: 1,
  chainBefore: fill(32, 0),
  records: Uint8Array.from([...logRecord(41), ...logRecord(42)]),
});

describe("inspect says what an object is", () => {
  it.each<[string, Uint8Array, RegExp[]]>([
    [
      "root document",
      root,
      [
        /^root document \(SPEC 2.2\): COSE_Sign/,
        /issued +2026-02-02T02:40:00Z/,
        /max skew +1 day/,
        /signatures +valid, and reach its own root threshold/,
        /duty +approver/,
      ],
    ],
    [
      "library manifest",
      manifest,
      [
        /^library manifest/,
        /enable +at once/,
        /grace +1 day/,
        /minimum ABI +1.0/,
        /not checked: they need the root document/,
      ],
    ],
    [
      "submit record",
      submit.record,
      [
        /^submit record/,
        /port +network/,
        /dose +0.05 mcg\/kg\/min/,
        /rate +13.1 mL\/h/,
        /concentration +4 mg in 250 mL/,
        /largest step +0.05 mcg\/kg\/min/,
        /hard maximum +2 mcg\/kg\/min/,
        /patient class +adult \(3\)/,
      ],
    ],
    ["command", submit.object, [/^command: start/, /life +5 min/, /for a key of role order/]],
    ["approval", approval, [/^approval/, /waives +continuous dose above maximum, VTBI above maximum/]],
    [
      "approve record",
      records.encodeApprove({ port: 0, approval }),
      [/^approve record/, /port +panel/, /reason code +3/],
    ],
    [
      "provisioning block",
      provisioning,
      [/^provisioning block/, /pump class +syringe \(2\)/, /1500 pL per motor step/, /General Hospital/],
    ],
    [
      "attestation",
      attestation,
      [
        /^attestation/,
        /phase +RUNNING/,
        /flags +provisioned, associated/,
        /not checked: it needs the device secret/,
      ],
    ],
    [
      "attestation record",
      records.encodeAttestation(attestation),
      [/^attestation record/, /next sequence 100/],
    ],
    [
      "verdict",
      verdict,
      [
        /verdict +DENY/,
        /LIMIT_HARD \(0x6a\)/,
        /limit +continuous dose above maximum/,
        /dose +2.1 mcg\/kg\/min/,
        /rate +551 mL\/h/,
      ],
    ],
    [
      "log",
      log,
      [
        /stream +decisions/,
        /record 41: log event 41: DECISION/,
        /verdict +DENY/,
        /weight +70 kg/,
        /unit +mcg\/kg\/min/,
      ],
    ],
    ["log event", event, [/^log event 41: DECISION/]],
    [
      "drug entry",
      library.entries[1]!.bytes,
      [
        /^library entry: area 7, drug 1001, variant 1/,
        /soft limits may be overridden/,
        /soft maximum +40 mcg\/min/,
      ],
    ],
    ["free concentration", library.entries[2]!.bytes, [/soft maximum +64 mcg\/mL/]],
    [
      "profile",
      library.entries[0]!.bytes,
      [/^library entry: profile of care area 7/, /rate max +500 mL\/h/, /weight +30 kg to 200 kg/],
    ],
    [
      "drug entry for every way of giving it",
      modes.find(7, 1, 0).entry,
      [
        /loading dose\n +soft maximum +15 mg/,
        /PCA dose\n +soft maximum +2 mg/,
        /lockout\n +hard minimum +5 min/,
        /window of 4 h\n +soft maximum +35 mg\n +hard maximum +45 mg/,
        /emergency at the panel allowed/,
      ],
    ],
    [
      "drug entry of a whole dose",
      modes.find(7, 2, 0).entry,
      [/intermittent dose\n +soft maximum +2 g/, /duration\n +hard minimum +10 min/, /advisory +4/],
    ],
    [
      "drug entry with a titration step",
      modes.find(7, 3, 0).entry,
      [/increase within 20 min\n +soft maximum +2 mg\/h/, /resumes by itself after a short reset/],
    ],
    [
      "start with loading dose and steps",
      encodeCommand({ ...command, body: { ...PLAIN, loading: WHOLE, steps: STEPS } }),
      [
        /mode +continuous \(1\)/,
        /loading dose: before all else\n +dose +10 mg\n +rate +60 mL\/h\n +volume +10 mL/,
        /step 2: after 20 mL of the one before\n +dose +0.04 mcg/,
      ],
    ],
    [
      "start of a whole dose",
      encodeCommand({ ...command, body: { ...PLAIN, mode: "intermittent", durationS: 1800 } }),
      [/mode +intermittent \(2\)/, /duration +30 min/],
    ],
    [
      "PCA",
      encodeCommand({ ...command, body: PCA }),
      [/command: PCA/, /on demand\n +dose +10 mg[^]*lockout +8 min/, /basal +none/],
    ],
    [
      "calibration",
      encodeCommand({ ...command, body: { kind: "calibrate", setId: 2, plPerStep: 1500 } }),
      [/for a key of role service/, /set +2\n +step +1500 pL per motor step/],
    ],
    [
      "configuration",
      encodeCommand({
        ...command,
        body: { kind: "configure", configuration: { nearEndS: 300, pausedLongS: 60, kvoSMax: 3600 } },
      }),
      [/near end +5 min\n +paused long +1 min\n +KVO at most +1 h/],
    ],
    [
      "time",
      encodeCommand({ ...command, body: { kind: "time", timeS: 1_770_000_000 } }),
      [/for a key of role time/, /time +2026-02-02T02:40:00Z/],
    ],
    [
      "decommissioning",
      signDecommissioning({ counter: 12 }, DEVICE_ID, [AUTHOR, APPROVER]).bytes,
      [/^decommissioning of one pump \(SPEC 2.7\): COSE_Sign/, /counter +12/],
    ],
    [
      "DECISION with all inputs",
      eventOf(6, {
        3: 7,
        12: { 18: [0, 0, 5, 0], 19: [1, 2, 3], 21: [2, 10, 6, 1, 480], 22: 60, 23: 4 },
        17: [300, 600, 0],
        18: 1,
      }),
      [
        /command kind +PCA/,
        /windows of 1, 2, 4, 24 h, base units +0, 0, 5, 0/,
        /mode +PCA/,
        /service +300, 600, 0/,
        /emergency +yes/,
      ],
    ],
    [
      "STEP",
      eventOf(12, { 0: 3, 1: 2, 2: 4_000_000, 3: 20_000_000 }),
      [/^log event 41: STEP/, /rate after +4 mL\/h/, /delivered +20 mL/],
    ],
    ["DECOMMISSIONED", eventOf(13, { 0: fill(32, 1), 1: 9 }), [/^log event 41: DECOM/, /counter +9/]],
    ["BOOT with a trusted clock", eventOf(2, { 0: 257, 1: 5000 }), [/cause +warm restart, time off trusted/]],
    [
      "COMPLETE of a secondary",
      eventOf(9, { 0: 4, 1: 50_000_000, 2: 1, 3: 5 }),
      [/phase after +RUNNING/, /generation after +5/],
    ],
    ["bare payload", encodeRoot(ROOT), [/^root document .*without envelope/]],
  ])("%s", (_name, bytes, expected) => {
    const text = textOf(bytes);
    expect(identify(bytes).known).toBe(true);
    for (const pattern of expected) expect(text).toMatch(pattern);
  });

  it("never the device secret or the log key, in words or in JSON", () => {
    const all = textOf(provisioning) + JSON.stringify(identify(provisioning));
    expect(all).toContain("secret: not shown");
    expect(all).not.toContain("5e".repeat(32));
    expect(all).not.toContain("10".repeat(32));
  });

  it("for every record of the ABI, each of its fields once", () => {
    for (const layout of abi.LAYOUTS as readonly Layout[]) {
      if (layout.tail) continue;
      const fields = Object.entries(layout.fields).filter(([, { kind }]) => kind !== "zero");
      const values = fields.map(([name, { kind, bytes }]) => [
        name,
        kind === "bytes" ? fill(bytes, 1) : kind === "u64" ? 1n : 1,
      ]);
      const { shown, known } = identify(encode(layout, Object.fromEntries(values) as never));
      expect(known).toBe(true);
      expect(shown.parts).toHaveLength(fields.length);
      expect(new Set(shown.parts!.map((part: Shown) => part.name)).size, layout.name).toBe(fields.length);
    }
  });
});

describe("inspect says what bytes are not", () => {
  it("for a root document whose signature is altered", () => {
    const altered = root.slice();
    altered[altered.length - 1]! ^= 1;
    expect(textOf(altered)).toMatch(/signatures +refused: the signature of kid .* is wrong/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /there are no bytes/],
    [
      "a text",
      new TextEncoder().encode("Hello, pump!"),
      /not a record: it begins 4865, which is none of the types 0x0101/,
    ],
    ["seven zeros", fill(7, 0), /not a record: 7 bytes/],
    ["a record cut short", verdict.slice(0, 100), /verdict record: says 128 B, only 100 are there/],
    ["other CBOR", encodeCbor({ 0: 1 }), /not a library entry: key 1 \(drug\): is missing/],
    [
      "an unknown envelope",
      Uint8Array.from([0xd0, 0x80]),
      /not an envelope: envelope: has 0 items; 4 are needed/,
    ],
    ["CBOR that is not deterministic", Uint8Array.from([0xbf, 0xff]), /not deterministic CBOR/],
  ])("for %s", (_name, bytes, message) => {
    expect(identify(bytes).known).toBe(false);
    expect(textOf(bytes)).toMatch(message);
  });

  it("for an envelope around something else", () => {
    const { bytes } = sign1(encodeCbor({ 0: 99 }), commandAad(RECEIVER), DOCTOR);
    expect(identify(bytes).known).toBe(false);
    expect(textOf(bytes)).toMatch(/^unknown object: COSE_Sign1/);
    expect(textOf(bytes)).toMatch(/not a command: key 0 \(kind\): 99 is unknown or reserved/);
    expect(textOf(bytes)).toMatch(/not an approval: key 0 \(session id\): expected a byte string/);
  });

  it("without ever failing: any bytes, and every object truncated or with a byte changed", () => {
    const objects = [root, manifest, submit.record, approval, provisioning, attestation, verdict, log, event];
    const mutant = fc
      .tuple(fc.constantFrom(...objects), fc.nat(), fc.nat(255), fc.boolean())
      .map(([object, at, value, cut]) => {
        if (cut) return object.slice(0, at % object.length);
        const altered = object.slice();
        altered[at % object.length] = value;
        return altered;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutant), (bytes) => {
        expect(textOf(bytes).length).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("dosegate inspect", () => {
  const folder = new Folder();
  beforeAll(() => {
    folder.write("root.cose", root);
    folder.write("root.hex", `${hex(root).replace(/(.{64})/g, "$1\n")}\n`);
    folder.write("junk", "Hello, pump!");
  });
  afterAll(() => {
    folder.remove();
  });

  it("reads bytes and hex alike", async () => {
    const binary = await dosegate("inspect", folder.file("root.cose"));
    const text = await dosegate("inspect", folder.file("root.hex"));
    expect(binary).toMatchObject({ exitCode: 0, stderr: "" });
    expect(text.stdout).toBe(binary.stdout);
  });

  it("prints JSON for programs", async () => {
    const shown = JSON.parse(
      (await dosegate("inspect", "--json", folder.file("root.cose"))).stdout,
    ) as Shown & { known: boolean };
    expect(shown.known).toBe(true);
    expect(shown.parts!.find(({ name }) => name === "issued")).toMatchObject({
      value: 1_770_000_000,
      words: "2026-02-02T02:40:00Z",
    });
  });

  it("exits with 1 for what SPEC does not know, and with 2 without a file", async () => {
    expect(await dosegate("inspect", folder.file("junk"))).toMatchObject({ exitCode: 1 });
    const absent = await dosegate("inspect", folder.file("absent"));
    expect(absent).toMatchObject({ exitCode: 2 });
    expect(absent.stderr).toMatch(/cannot be read \(ENOENT\); name a file, or -/);
  });

  it("refuses a file above 1 MiB", async () => {
    const big = folder.write("big", new Uint8Array((1 << 20) + 1));
    expect((await dosegate("inspect", big)).stderr).toMatch(/has 1048577 bytes/);
  });
});
