import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LAYOUTS } from "../../host-sim/gate/abi.js";
import { decode, encode, HEADER_BYTES, type Field, type Layout } from "../../host-sim/gate/layout.js";
import * as records from "../../host-sim/gate/records.js";

const spec = readFileSync(new URL("../../docs/SPEC.md", import.meta.url), "utf8");
const fieldsOf = (layout: Layout): [string, Field][] => Object.entries(layout.fields);

interface Stated {
  readonly type: number;
  /** Absent for a record with a tail. */
  readonly length: number | undefined;
  /** Offset and type, ascending. */
  readonly fields: readonly (readonly [number, string])[];
}

/** The records of SPEC 11.2: a line with name and type, then columns of fields up to the next name or the end. */
function statedIn(text: string): Map<string, Stated> {
  const section = text.slice(text.indexOf("### 11.2"), text.indexOf("### 11.3"));
  const blocks = section.matchAll(
    /^([a-z][a-z ]*?) +type (0x[0-9a-f]{4})(?:, length (\d+))?\n((?: +\d.*\n|\n(?= +\d))+)/gm,
  );
  return new Map(
    [...blocks].map(([, name, type, length, lines]) => {
      const fields = [...lines!.matchAll(/(?<=^|\s)(\d+) (u8|u16|u32|u64|\[\d+\]|\.\.\.) /gm)];
      return [
        name!,
        {
          type: Number(type),
          length: length === undefined ? undefined : Number(length),
          fields: fields.map((field) => [Number(field[1]), field[2]!] as const).sort((a, b) => a[0] - b[0]),
        },
      ];
    }),
  );
}

/** A value that a field can hold, the extremes among them. */
function valueOf(field: Field): fc.Arbitrary<unknown> {
  if (field.kind === "bytes") return fc.uint8Array({ minLength: field.bytes, maxLength: field.bytes });
  if (field.kind === "u64") return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  return fc.nat({ max: 2 ** (8 * field.bytes) - 1 });
}

/** Any record of a layout, with a tail where it may have one. */
function anyRecord(layout: Layout): fc.Arbitrary<{ values: Record<string, unknown>; tail: Uint8Array }> {
  const shown = fieldsOf(layout).filter(([, field]) => field.kind !== "zero");
  return fc.record({
    values: fc.record(Object.fromEntries(shown.map(([name, field]) => [name, valueOf(field)]))),
    tail: layout.tail ? fc.uint8Array({ maxLength: 100 }) : fc.constant(new Uint8Array()),
  });
}

function encodeAny(layout: Layout, values: Record<string, unknown>, tail: Uint8Array): Uint8Array {
  return encode(layout, values as never, layout.tail ? tail : undefined);
}

describe.each(LAYOUTS.map((layout): [string, Layout] => [layout.name, layout]))(
  "the %s record",
  (_, layout) => {
    it("has fields without gap or overlap from the header to its end", () => {
      let at = HEADER_BYTES;
      for (const [name, field] of fieldsOf(layout)) {
        expect(field.offset, name).toBe(at);
        at += field.bytes;
      }
      expect(at).toBe(layout.bytes);
    });

    it("has every integer aligned to its size", () => {
      for (const [name, field] of fieldsOf(layout)) {
        if (field.kind !== "bytes") expect(field.offset % field.bytes, name).toBe(0);
      }
    });

    it("stands in SPEC 11.2 with this type, these offsets and sizes, and this length", () => {
      const stated = statedIn(spec).get(layout.name);
      expect(stated?.type).toBe(layout.type);
      expect(stated?.length).toBe(layout.tail ? undefined : layout.bytes);
      const typeOf = ({ kind, bytes }: Field) =>
        kind === "zero" ? "u32" : kind === "bytes" ? `[${bytes}]` : kind;
      expect(stated?.fields).toEqual([
        ...fieldsOf(layout).map(([, field]) => [field.offset, typeOf(field)]),
        ...(layout.tail ? [[layout.bytes, "..."]] : []),
      ]);
    });

    it("comes back as it went in", () => {
      fc.assert(
        fc.property(anyRecord(layout), ({ values, tail }) => {
          const bytes = encodeAny(layout, values, tail);
          const back = decode(layout, bytes);
          expect(back.values).toEqual(values);
          expect(back.tail).toEqual(tail);
          // What lies behind the record in its buffer does not matter.
          expect(decode(layout, new Uint8Array([...bytes, 0xff, 0xff])).values).toEqual(values);
        }),
        { numRuns: 50 },
      );
    });

    it("is refused with another type, an older version, or a length one off", () => {
      const [sample] = fc.sample(anyRecord(layout), { numRuns: 1, seed: 1 });
      const good = encodeAny(layout, sample!.values, sample!.tail);
      const refused = (change: (view: DataView) => void) => {
        const bytes = new Uint8Array([...good, 0]);
        change(new DataView(bytes.buffer));
        expect(() => decode(layout, bytes)).toThrow(records.RecordError);
      };
      expect(() => decode(layout, good)).not.toThrow();
      refused((view) => view.setUint16(0, layout.type ^ 1, true));
      refused((view) => view.setUint16(2, 0, true));
      refused((view) => view.setUint32(4, layout.bytes - 1, true));
      refused((view) => view.setUint32(4, good.length + 2, true));
      if (!layout.tail) refused((view) => view.setUint32(4, layout.bytes + 1, true));
      expect(() => decode(layout, good.subarray(0, 7))).toThrow(records.RecordError);
    });

    it("is read in a newer version, which may be longer", () => {
      const [sample] = fc.sample(anyRecord(layout), { numRuns: 1, seed: 2 });
      const newer = new Uint8Array([...encodeAny(layout, sample!.values, sample!.tail), 1, 2, 3, 4]);
      const view = new DataView(newer.buffer);
      view.setUint16(2, layout.version + 1, true);
      view.setUint32(4, newer.length, true);
      expect(decode(layout, newer).values).toEqual(sample!.values);
    });

    it("refuses a value that its field cannot hold, one beyond the limit", () => {
      const [sample] = fc.sample(anyRecord(layout), { numRuns: 1, seed: 3 });
      for (const [name, field] of fieldsOf(layout)) {
        if (field.kind === "zero") continue;
        const beyond =
          field.kind === "bytes"
            ? [new Uint8Array(field.bytes - 1), new Uint8Array(field.bytes + 1)]
            : field.kind === "u64"
              ? [-1n, 2n ** 64n, 1]
              : [-1, 2 ** (8 * field.bytes), 0.5, 1n];
        for (const value of [...beyond, undefined]) {
          expect(() => encodeAny(layout, { ...sample!.values, [name]: value }, sample!.tail), name).toThrow(
            records.RecordError,
          );
        }
      }
    });
  },
);

describe("record types", () => {
  it("are distinct", () => {
    expect(new Set(LAYOUTS.map((layout) => layout.type)).size).toBe(LAYOUTS.length);
  });

  it("are those of SPEC 11.2 and no others", () => {
    expect(LAYOUTS.map((layout) => layout.name)).toEqual([...statedIn(spec).keys()]);
  });
});

describe("a submission", () => {
  const node = (fill: number) => new Uint8Array(32).fill(fill);
  const full: records.Submission = {
    port: 1,
    command: new Uint8Array([1, 2, 3]),
    drug: { entry: new Uint8Array([4, 5]), index: 7, path: [node(8), node(9)] },
    profile: { entry: new Uint8Array([6]), index: 0, path: [node(10)] },
  };

  it("comes back with its command, entries and paths", () => {
    expect(records.decodeSubmit(records.encodeSubmit(full))).toEqual(full);
    const bare = { port: 0, command: new Uint8Array([1]) };
    expect(records.decodeSubmit(records.encodeSubmit(bare))).toEqual(bare);
  });

  it("has command, entry, entry path, profile and profile path in this order", () => {
    const tail = records.encodeSubmit(full).subarray(32);
    expect([...tail]).toEqual([1, 2, 3, 4, 5, ...node(8), ...node(9), 6, ...node(10)]);
  });

  it("is refused with a path node that is not 32 bytes", () => {
    const short = { ...full, drug: { ...full.drug!, path: [new Uint8Array(31)] } };
    expect(() => records.encodeSubmit(short)).toThrow(/entry path has 31 B, not 32/);
  });

  it("is refused with parts one byte longer or shorter than its length", () => {
    for (const change of [-1, 1]) {
      const bytes = records.encodeSubmit(full);
      bytes[12]! += change;
      expect(() => records.decodeSubmit(bytes)).toThrow(records.RecordError);
    }
  });
});

describe("an approval, a log page and an attestation", () => {
  it("come back", () => {
    const approval = { port: 2, approval: new Uint8Array([1, 2]) };
    expect(records.decodeApprove(records.encodeApprove(approval))).toEqual(approval);
    const mac0 = new Uint8Array([0xd1, 0x84]);
    expect(records.decodeAttestation(records.encodeAttestation(mac0))).toEqual(mac0);
    const page: records.LogPage = {
      stream: 1,
      firstSequence: 2,
      count: 3,
      nextSequence: 4,
      oldestKeptSequence: 1,
      chainBefore: new Uint8Array(32).fill(5),
      records: new Uint8Array([6, 7]),
    };
    expect(records.decodeLog(records.encodeLog(page))).toEqual(page);
  });
});
