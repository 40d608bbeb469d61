import { beforeEach, describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../host-sim/authority/bytes.js";
import { sign, type Signer } from "../../host-sim/authority/cose.js";
import {
  decommissionAad,
  encodeDecommissioning,
  signDecommissioning,
} from "../../host-sim/authority/decommission.js";
import { encodeCbor, type Encodable } from "../../host-sim/authority/encoding.js";
import { simulatedKey } from "../../host-sim/authority/keys.js";
import { ROOT_AAD, signRoot } from "../../host-sim/authority/root.js";
import { DEFAULT_GEOMETRY, Device } from "../../host-sim/device/device.js";
import { PowerCut } from "../../host-sim/device/errors.js";
import type { CutShape } from "../../host-sim/device/flash-fault.js";
import { Gate } from "../../host-sim/gate/gate.js";
import { BOOT_CAUSE, STATE_FLAG } from "../../host-sim/gate/names.js";
import { STATUS, statusName } from "../../host-sim/gate/status.js";
import { decodeEvent } from "../../host-sim/log/event.js";
import { recordAt } from "../../host-sim/log/record.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { SHAPES } from "../power/sweep.js";
import { done, MODULE, NOW_S, permitted, start, ward } from "../support/ward.js";

let bed: Bed;

const counterNow = (): number => bed.pump.inspect().counter;
const object = (counter = counterNow(), signers?: readonly Signer[]): Uint8Array =>
  signers === undefined
    ? bed.hospital.decommission(bed.issued.deviceId, counter).bytes
    : signDecommissioning({ counter }, bed.issued.deviceId, signers).bytes;
const end = (bytes: Uint8Array): string => statusName(bed.pump.decommission(bytes).status);

/** Any payload, signed as if it were a decommissioning. */
const payload = (map: Encodable, signers = rootSigners()): Uint8Array =>
  sign(encodeCbor(map), decommissionAad(bed.issued.deviceId), signers).bytes;
const rootSigners = (): Signer[] => [bed.hospital.keys.rootAuthor, bed.hospital.keys.rootApprover];

/** Refused, and nothing has changed: the pump is in service as before. */
function refused(bytes: Uint8Array, detail?: number): string {
  const before = bed.pump.inspect();
  const flash = toHex(bed.device.flash.rawBytes());
  const ended = bed.pump.decommission(bytes);
  expect(bed.pump.inspect()).toEqual(before);
  expect(toHex(bed.device.flash.rawBytes())).toBe(flash);
  if (detail !== undefined) {
    expect(new DataView(bed.pump.gate.instance.read("result").buffer).getUint32(12, true)).toBe(detail);
  }
  return statusName(ended.status);
}

/** Another instance over the same flash, as after a power cycle. */
function reboot(): { gate: Gate; status: string } {
  bed.device.powerCycle();
  const gate = new Gate(MODULE, bed.device);
  return { gate, status: statusName(gate.boot(BOOT_CAUSE.POWER_ON)) };
}

/** Everything that flash must not tell any more, by name: the secret, and each key that a segment header held. */
function secrets(): Map<string, Uint8Array> {
  const raw = bed.device.flash.rawBytes();
  const found = new Map([["device secret", bed.issued.deviceSecret]]);
  const magic = fromHex("44475331")!; // DGS1
  const { unitBytes } = bed.device.flash.geometry;
  for (let at = 0; at + 144 <= raw.length; at += Math.max(unitBytes, 4)) {
    if (magic.every((byte, i) => raw[at + i] === byte)) {
      found.set(`key at ${at}`, raw.slice(at + 112, at + 144));
    }
  }
  return found;
}

function legible(known: ReadonlyMap<string, Uint8Array>, where: Uint8Array): string[] {
  const text = toHex(where);
  return [...known].filter(([, bytes]) => text.includes(toHex(bytes))).map(([name]) => name);
}

beforeEach(() => {
  bed = ward();
});

describe("decommission (SPEC 2.7)", () => {
  it("ends a device: nothing legible is left, and nothing works any more", () => {
    const known = secrets();
    expect(known.size).toBeGreaterThan(2);
    expect(legible(known, bed.device.flash.rawBytes()).sort()).toEqual([...known.keys()].sort());
    expect(end(object())).toBe("OK");
    expect(legible(known, bed.device.flash.rawBytes())).toEqual([]);
    expect(legible(known, new Uint8Array(bed.pump.gate.instance.memory.buffer))).toEqual([]);

    const { gate } = bed.pump;
    expect(statusName(gate.inspect().status)).toBe("NOT_BOOTED");
    expect(statusName(gate.provision(bed.issued.block).status)).toBe("NOT_BOOTED");
    expect(statusName(gate.sessionOpen(1).status)).toBe("NOT_BOOTED");
    expect(statusName(gate.local({ action: 1 }).status)).toBe("NOT_BOOTED");
    expect(gate.tick({ steps: 0n, stepEpoch: 1, sensors: 0 }).grant).toMatchObject({ generation: 0 });
    expect(statusName(gate.boot(BOOT_CAUSE.POWER_ON))).toBe("BAD_ARGUMENT");
  });

  it("leaves the tombstone and nothing else in flash", () => {
    end(object());
    const raw = bed.device.flash.rawBytes();
    const { sectorBytes, sectorCount } = bed.device.flash.geometry;
    const written = [...Array(sectorCount).keys()].filter((sector) => !bed.device.flash.isErased(sector));
    expect(written).toHaveLength(1);
    const at = written[0]! * sectorBytes;
    expect(toHex(raw.slice(at, at + 16))).toBe("44475431" + "00".repeat(12));
  });

  it("is remembered by every boot, which erases anew and never serves again", () => {
    end(object());
    for (let i = 0; i < 3; i++) {
      const { gate, status } = reboot();
      expect(status).toBe("DECOMMISSIONED");
      expect(statusName(gate.provision(bed.issued.block).status)).toBe("NOT_BOOTED");
      expect(statusName(gate.settle())).toBe("NOTHING");
      expect(statusName(gate.inspect().status)).toBe("NOT_BOOTED");
    }
  });

  it("makes a copy of the flash from before TAMPERED, and blank flash no device that could be provisioned", () => {
    const copy = bed.device.flash.save();
    const blank = bed.device.flash.geometry;
    end(object());
    bed.device.flash.restore(copy);
    const back = reboot();
    expect(back.status).toBe("OK");
    back.gate.settle();
    expect(back.gate.inspect().state!.flags & STATE_FLAG.TAMPERED).not.toBe(0);
    for (let sector = 0; sector < blank.sectorCount; sector++) bed.device.flash.erase(sector);
    const emptied = reboot();
    expect(emptied.status).toBe("TAMPERED");
    expect(statusName(emptied.gate.provision(bed.issued.block).status)).toBe("NOT_BOOTED");
  });

  it("works on a TAMPERED device, whose program can still be stopped", () => {
    permitted(start(bed));
    const old = bed.device.flash.save();
    bed.pump.powerCycle();
    bed.pump.powerCycle();
    bed.device.flash.restore(old);
    expect(bed.pump.powerCycle()).toBe(STATUS.OK);
    expect(bed.pump.inspect().flags & STATE_FLAG.TAMPERED).not.toBe(0);
    expect(refused(object())).toBe("PHASE");
    done(bed.pump.panel("STOP"));
    expect(end(object())).toBe("OK");
    expect(reboot().status).toBe("DECOMMISSIONED");
  });

  it("tells the log, as long as there is one", () => {
    const events: Uint8Array[] = [];
    const counter = counterNow();
    bed.device.hooks.push({
      after: ({ name }) => {
        if (name === "flashErase") bed.device.flash.forbidErase("kept for the test");
      },
    });
    const next = bed.pump.inspect().decisionsNextSequence;
    bed.pump.gate.decommission(object());
    const raw = bed.device.flash.rawBytes();
    for (let at = 0; at < raw.length; at += 8) {
      const record = recordAt(raw, at);
      if (record?.sequence === next && record.event[0] === 0xa5) events.push(record.event);
    }
    const told = events.map((event) => decodeEvent(event)).filter(({ name }) => name === "DECOMMISSIONED");
    expect(told).toHaveLength(1);
    expect(told[0]!.raw.get(1)).toBe(counter);
    expect(told[0]!.raw.get(0)).toBeInstanceOf(Uint8Array);
  });
});

describe("decommission refuses", () => {
  it("while a program is not IDLE, whatever the object", () => {
    permitted(start(bed));
    expect(refused(object())).toBe("PHASE");
    expect(refused(new Uint8Array([0]))).toBe("PHASE");
    done(bed.pump.panel("PAUSE"));
    expect(refused(object())).toBe("PHASE");
    done(bed.pump.panel("STOP"));
    expect(end(object())).toBe("OK");
  });

  it("another counter: one life's object serves no other", () => {
    const now = counterNow();
    expect(refused(object(now - 1), 1)).toBe("COUNTER");
    expect(refused(object(now + 1), 1)).toBe("COUNTER");
    expect(refused(object(2 ** 32 + now), 1)).toBe("COUNTER");
    const kept = object(now);
    bed.pump.powerCycle();
    expect(counterNow()).toBe(now + 1);
    expect(refused(kept)).toBe("COUNTER");
    expect(end(object(now + 1))).toBe("OK");
  });

  it("another device's object", () => {
    const other = bed.hospital.decommission(new Uint8Array(16).fill(9), counterNow()).bytes;
    expect(refused(other, 1)).toBe("SIGNATURE");
  });

  it("one holder, two keys of one holder, and two holders of one duty", () => {
    const { rootAuthor, rootApprover } = bed.hospital.keys;
    expect(refused(object(counterNow(), [rootAuthor]))).toBe("THRESHOLD");
    expect(refused(object(counterNow(), [rootApprover]))).toBe("THRESHOLD");
    const twin = simulatedKey("d", { name: "t", holder: "rootAuthor", duty: "approver", roles: ["root"] });
    const peer = simulatedKey("d", { name: "p", holder: "peer", duty: "author", roles: ["root"] });
    const root = {
      ...bed.hospital.root,
      version: 2,
      issuedS: NOW_S + 1,
      keys: [...bed.hospital.root.keys, twin, peer],
    };
    done(bed.pump.trustUpdate(signRoot(root, rootSigners()).bytes));
    expect(refused(object(counterNow(), [rootAuthor, twin]))).toBe("THRESHOLD");
    expect(refused(object(counterNow(), [rootAuthor, peer]))).toBe("DUTY");
    expect(end(object(counterNow(), [peer, rootApprover]))).toBe("OK");
  });

  it("an unknown key, a key without the role, and a spoilt signature", () => {
    const { rootAuthor, rootApprover, pharmacist } = bed.hospital.keys;
    const stranger = simulatedKey("d", { name: "s", holder: "s", duty: "author", roles: ["root"] });
    expect(refused(object(counterNow(), [stranger, rootApprover]))).toBe("KID_UNKNOWN");
    expect(refused(object(counterNow(), [pharmacist, rootAuthor, rootApprover]))).toBe("ROLE");
    const spoilt = object();
    spoilt[spoilt.length - 1]! ^= 1;
    expect(refused(spoilt, 2)).toBe("SIGNATURE");
  });

  it("what was signed as a root document or without a device", () => {
    const bytes = encodeDecommissioning({ counter: counterNow() });
    expect(refused(sign(bytes, ROOT_AAD, rootSigners()).bytes)).toBe("SIGNATURE");
  });

  it("no envelope, no CBOR, a key too many, none, and one of another type", () => {
    const counter = counterNow();
    expect(refused(encodeDecommissioning({ counter }))).toBe("ENVELOPE");
    expect(refused(object().slice(0, -1))).toBe("ENVELOPE");
    const aad = decommissionAad(bed.issued.deviceId);
    expect(refused(sign(new Uint8Array([0xa1, 0x00]), aad, rootSigners()).bytes)).toBe("CBOR");
    expect(refused(payload({ 0: counter, 1: 0 }))).toBe("SCHEMA");
    expect(refused(payload({}))).toBe("SCHEMA");
    expect(refused(payload({ 0: "1" }), 1)).toBe("SCHEMA");
    expect(refused(payload({ 1: counter }))).toBe("SCHEMA");
  });

  it("an empty and an oversized input, an empty device, and a busy gate", () => {
    expect(refused(new Uint8Array())).toBe("BAD_LENGTH");
    const { gate } = bed.pump;
    const bytes = object();
    expect(gate.stage("submit", new Uint8Array([1]))).not.toBe(STATUS.WORKING);
    gate.stage("trustUpdate", bed.hospital.publishRoot({ ...bed.hospital.root, version: 2 }).bytes);
    expect(statusName(gate.decommission(bytes).status)).toBe("BUSY");
    gate.cancel();
    const empty = new Gate(MODULE, new Device({ seed: "empty" }));
    empty.boot(BOOT_CAUSE.POWER_ON);
    expect(statusName(empty.decommission(bytes).status)).toBe("NOT_PROVISIONED");
  });

  it("more than the bucket of root documents holds", () => {
    const spoilt = object();
    spoilt[spoilt.length - 1]! ^= 1;
    const answers = Array.from({ length: 9 }, () => statusName(bed.pump.gate.decommission(spoilt).status));
    expect(answers.at(0)).toBe("SIGNATURE");
    expect(answers.at(-1)).toBe("THROTTLED");
  });

  it("nothing for good: cancelled between slices the pump goes on", () => {
    let calls = 0;
    const between = (): void => {
      if (++calls === 5) bed.pump.gate.cancel();
    };
    const ended = bed.pump.gate.decommission(object(), { between });
    expect(statusName(ended.status)).toBe("CANCELLED");
    expect(reboot().status).toBe("OK");
  });
});

describe("flash that fails under a decommissioning", () => {
  it("leaves the pump in service if the tombstone cannot be written", () => {
    for (const effect of ["erase-error", "program-error", "program-dropped"] as const) {
      bed.device.flash.inject({ effect, count: 1 });
      expect(statusName(bed.pump.gate.decommission(object()).status)).toBe("FLASH_FAILED");
      bed.device.flash.clearFaults();
    }
    expect(bed.pump.inspect().phase).toBe(0);
    expect(end(object())).toBe("OK");
  });

  it("passes over a sector that cannot be erased, and says so", () => {
    const known = secrets();
    bed.device.flash.inject({ effect: "erase-error", after: 4, count: 1 });
    expect(end(object())).toBe("OK");
    const said = bed.pump.journal.entries.filter(({ text }) => text.startsWith("erasing"));
    expect(said.map(({ text }) => text)).toEqual(["erasing FLASH_FAILED"]);
    // the boot after it tries again
    const { gate, status } = reboot();
    expect(status).toBe("DECOMMISSIONED");
    expect(statusName(gate.settle())).toBe("NOTHING");
    expect(legible(known, bed.device.flash.rawBytes())).toEqual([]);
  });
});

describe("a power cut", () => {
  /** Flash steps of the whole ending: of the verb, and of the erases behind it. */
  function steps(): number {
    const before = bed.device.flash.steps;
    end(object());
    return bed.device.flash.steps - before;
  }

  /** Cuts `body` at a step; what the verb in it had answered by then. */
  function cut(
    step: number,
    shape: CutShape,
    body: (answer: (status: number) => void) => void,
  ): string | null {
    let answered: string | null = null;
    bed.device.flash.cutAfter(step, shape);
    try {
      body((status) => (answered = statusName(status)));
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      return answered;
    }
    throw new Error(`the power stayed on at step ${step}`);
  }

  /** The pump that comes back is as it was, or has ended and forgets everything. */
  function back(known: ReadonlyMap<string, Uint8Array>, answered: string | null): string {
    const { gate, status } = reboot();
    expect(statusName(gate.settle())).toBe("NOTHING");
    if (answered !== null) expect(status).toBe("DECOMMISSIONED");
    if (status === "OK") {
      const { state } = gate.inspect();
      expect(state).toMatchObject({ rootVersion: 1, activeVersion: 1 });
      expect(state!.flags & STATE_FLAG.TAMPERED).toBe(0);
      return status;
    }
    expect(status).toBe("DECOMMISSIONED");
    expect(legible(known, bed.device.flash.rawBytes())).toEqual([]);
    expect(reboot().status).toBe("DECOMMISSIONED");
    return status;
  }

  it.each([1, 8, 32])(
    "at any flash step of units of %i B ends a pump or leaves it as it was",
    (unitBytes) => {
      bed = ward({ device: { geometry: { ...DEFAULT_GEOMETRY, unitBytes } } });
      const before = bed.device.save();
      const known = secrets();
      const all = steps();
      expect(all).toBeGreaterThan(15);
      const ends: string[] = [];
      // the tombstone has at most 16 units; of what follows it one shape a step will do, another each time
      for (let step = 0; step < all; step++) {
        for (const shape of step < 18 ? SHAPES : [SHAPES[step % SHAPES.length]!]) {
          bed.pump.powerOff();
          bed.device.restore(before);
          bed.pump.powerOn();
          const answered = cut(step, shape, (answer) => {
            answer(bed.pump.gate.decommission(object()).status);
            bed.pump.gate.settle();
          });
          ends.push(back(known, answered));
        }
      }
      expect(new Set(ends)).toEqual(new Set(["OK", "DECOMMISSIONED"]));
      // once ended never comes back, also where a later step is torn
      expect(ends.slice(18 * SHAPES.length)).not.toContain("OK");
    },
  );

  it("in the erases of the boot after it leaves a device that the next boot goes on erasing", () => {
    const known = secrets();
    bed.pump.gate.decommission(object());
    const ended = bed.device.save();
    const { sectorCount } = bed.device.flash.geometry;
    for (let step = 0; step < sectorCount - 1; step++) {
      for (const shape of SHAPES) {
        bed.device.restore(ended);
        const { gate, status } = reboot();
        expect(status).toBe("DECOMMISSIONED");
        cut(step, shape, () => void gate.settle());
        expect(back(known, "OK")).toBe("DECOMMISSIONED");
      }
    }
  });
});
