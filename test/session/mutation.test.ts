import { describe, expect, it } from "vitest";
import { encodeApprove } from "../../host-sim/gate/records.js";
import type { Gate, Judged } from "../../host-sim/gate/gate.js";
import { PHASE, VERDICTS } from "../../host-sim/gate/names.js";
import { STATUS, statusName, type StatusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { drug, drugOf, libraryOf, limits, MG, profile, start, startBody, ward } from "../support/ward.js";
import { Snapshot } from "../support/snapshot.js";

/** An object that is accepted as it stands, and where it is sent to. */
interface Accepted {
  readonly name: string;
  readonly make: () => { bed: Bed; bytes: Uint8Array };
  /** What becomes of it: `OK` of the bytes as they are, and of no others. */
  readonly answer: (gate: Gate, bytes: Uint8Array) => string;
  /** Among the reasons for which a change of one bit is refused: that none is missing shows how far these get. */
  readonly reasons: readonly StatusName[];
}

const judged = ({ status, verdict }: Judged): string =>
  verdict?.verdict === VERDICTS.PERMIT ? "OK" : statusName(status);

const SOFT = [profile(), drug({ continuous: limits("mg/h", { softMax: 4 * MG }) })];
const next = libraryOf(undefined, { version: 2 });

const OBJECTS: readonly Accepted[] = [
  {
    name: "a submit record",
    make: () => {
      const bed = ward();
      bed.newOrder(drugOf(bed));
      const { prescriber } = bed.hospital.keys;
      return {
        bed,
        bytes: bed.desk.prepare(prescriber, bed.patient.token, bed.orderId, startBody(bed)).record,
      };
    },
    answer: (gate, bytes) => judged(gate.submit(bytes)),
    reasons: ["BAD_RECORD", "ENVELOPE", "SCHEMA", "SESSION", "KID_UNKNOWN", "SIGNATURE", "PROOF"],
  },
  {
    name: "an approve record",
    make: () => {
      const bed = ward({ models: SOFT });
      const waits = start(bed).verdict!;
      let bytes = encodeApprove({ port: 0, approval: new Uint8Array() });
      bed.pump.approve = (approval) => {
        bytes = approval as Uint8Array;
        return { status: STATUS.WORKING, calls: 0, outcome: null, verdict: null };
      };
      bed.desk.approve(bed.hospital.keys.supervisor, waits, 1);
      return { bed, bytes };
    },
    answer: (gate, bytes) => judged(gate.approve(bytes)),
    reasons: ["BAD_RECORD", "ENVELOPE", "SCHEMA", "SESSION", "KID_UNKNOWN", "SIGNATURE"],
  },
  {
    name: "a manifest",
    make: () => {
      const bed = ward();
      return { bed, bytes: bed.hospital.publishLibrary(next).bytes };
    },
    answer: (gate, bytes) => statusName(gate.libraryBegin(bytes).status),
    reasons: ["ENVELOPE", "SCHEMA", "KID_UNKNOWN", "LIBRARY_ID", "SIGNATURE"],
  },
  {
    name: "a root document",
    make: () => {
      const bed = ward();
      const { root } = bed.hospital;
      return {
        bed,
        bytes: bed.hospital.publishRoot({ ...root, version: 2, issuedS: root.issuedS + 1 }).bytes,
      };
    },
    answer: (gate, bytes) => statusName(gate.trustUpdate(bytes).status),
    reasons: ["ENVELOPE", "SCHEMA", "KID_UNKNOWN", "SIGNATURE"],
  },
  {
    name: "a library entry",
    make: () => {
      const bed = ward();
      bed.pump.gate.libraryBegin(bed.hospital.publishLibrary(next).bytes);
      bed.pump.gate.libraryEntry(next.entries[0]!.bytes);
      return { bed, bytes: next.entries[1]!.bytes };
    },
    // An entry may make sense and still be another one: then the commit refuses the library.
    answer: (gate, bytes) => {
      const { status } = gate.libraryEntry(bytes);
      return statusName(status === STATUS.OK ? gate.libraryCommit().status : status);
    },
    reasons: ["CBOR", "SCHEMA", "ENTRY_SENSE", "LIBRARY_ROOT"],
  },
];

/** SPEC 11: no trap is reachable. A trap is thrown by the host's side and fails the test. */
describe.each(OBJECTS)("$name", ({ make, answer, reasons }) => {
  const { bed, bytes } = make();
  const { gate } = bed.pump;
  const snapshot = new Snapshot(bed.pump);
  const before = gate.inspect().state!;

  const attempt = (change: Uint8Array): string => {
    snapshot.restore();
    return answer(gate, change);
  };
  const untouched = (what: string) => {
    const { phase, generation, activeVersion, rootVersion, counter } = gate.inspect().state!;
    const { activeVersion: active, rootVersion: root, counter: count } = before;
    expect({ phase, generation, activeVersion, rootVersion, counter }, what).toEqual({
      phase: PHASE.IDLE,
      generation: 0,
      activeVersion: active,
      rootVersion: root,
      counter: count,
    });
  };

  it("is accepted as it stands", () => expect(attempt(bytes)).toBe("OK"));

  it("is refused at every length that is shorter, and with a byte more", () => {
    for (let length = 0; length < bytes.length; length++) {
      if (attempt(bytes.slice(0, length)) === "OK") {
        throw new Error(`accepted at ${length} of ${bytes.length} B`);
      }
      untouched(`at ${length} B`);
    }
    expect(attempt(new Uint8Array([...bytes, 0]))).not.toBe("OK");
  });

  it("is refused with any one bit flipped", () => {
    const met = new Set<string>();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const refusal = attempt(flipped);
      met.add(refusal);
      if (refusal === "OK") throw new Error(`accepted with bit ${bit & 7} of byte ${bit >> 3} flipped`);
      untouched(`bit ${bit}`);
    }
    expect([...met]).toEqual(expect.arrayContaining([...reasons]));
  });

  it("is refused with any one byte missing or doubled", () => {
    for (let at = 0; at < bytes.length; at++) {
      const without = new Uint8Array([...bytes.slice(0, at), ...bytes.slice(at + 1)]);
      const doubled = new Uint8Array([...bytes.slice(0, at), bytes[at]!, ...bytes.slice(at)]);
      if ([without, doubled].some((slip) => attempt(slip) === "OK")) {
        throw new Error(`accepted with a slip at byte ${at}`);
      }
      untouched(`byte ${at}`);
    }
  });
});
