/** Ways to spoil an object in one place. */
import type { CborMap, CborValue, Encodable } from "../../../host-sim/authority/encoding.js";
import { decodeCbor, encodeCbor } from "../../../host-sim/authority/encoding.js";

/** A payload, spoilt in one place; `path` are the map keys and array indices that lead there. */
export interface Spoilt {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly path: readonly number[];
}

type Tree = Encodable;
const asTree = (value: CborValue): Tree => value;

/** A value of another type than the one there. */
function another(value: CborValue): Tree {
  return typeof value === "number" ? "x" : 7;
}

/** The payload with the value at `path` replaced, or left out where `value` is undefined. */
export function replaced(payload: Uint8Array, path: readonly number[], value: Tree | undefined): Uint8Array {
  return encodeCbor(at(decodeCbor(payload), path, value)!);
}

function at(tree: CborValue, path: readonly number[], value: Tree | undefined): Tree | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(tree)) {
    const items = tree as readonly CborValue[];
    const made = items.map((item, i) => (i === key ? at(item, rest, value) : asTree(item)));
    return key === items.length ? [...items, value!] : made.filter((item) => item !== undefined);
  }
  const map = new Map<number, Tree | undefined>(tree as CborMap as ReadonlyMap<number, Tree>);
  const inner = (tree as CborMap).get(key);
  map.set(key, rest.length === 0 ? value : at(inner!, rest, value));
  return map;
}

/** What stands at `path`. */
export function valueAt(payload: Uint8Array, path: readonly number[]): CborValue {
  return path.reduce<CborValue>(
    (tree, key) => (Array.isArray(tree) ? (tree as CborValue[])[key]! : (tree as CborMap).get(key)!),
    decodeCbor(payload),
  );
}

/**
 * Every key of the map at `path` missing and of another type, and one key too many. `optional` keys are not missed; `extra` is the key
 * that no such map has.
 */
export function everyField(
  payload: Uint8Array,
  path: readonly number[],
  { optional = [], extra }: { readonly optional?: readonly number[]; readonly extra?: number } = {},
): Spoilt[] {
  const map = valueAt(payload, path) as CborMap;
  const found: Spoilt[] = [];
  for (const [key, value] of map) {
    const there = [...path, key];
    if (!optional.includes(key)) {
      found.push({
        what: `${placeText(there)} missing`,
        bytes: replaced(payload, there, undefined),
        path: there,
      });
    }
    found.push({
      what: `${placeText(there)} of another type`,
      bytes: replaced(payload, there, another(value)),
      path: there,
    });
  }
  if (extra !== undefined) {
    const there = [...path, extra];
    found.push({ what: `${placeText(there)} unknown`, bytes: replaced(payload, there, 7), path: there });
  }
  return found;
}

/** One value at a time. */
export function values(
  payload: Uint8Array,
  table: readonly (readonly [path: readonly number[], value: Tree, what: string])[],
): Spoilt[] {
  return table.map(([path, value, what]) => ({
    what: `${placeText(path)} ${what}`,
    bytes: replaced(payload, path, value),
    path,
  }));
}

const placeText = (path: readonly number[]): string => `key ${path.join(".")}`;

/** One byte a level, the innermost lowest, each a map key or an array index plus one (SPEC 12). */
export function detailOf(path: readonly number[]): number {
  return path.reduce((detail, key) => detail * 256 + key + 1, 0);
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** Payloads that no object is: the beginning of a map of one key in every way that is not the only one (RFC 8949 4.2.1). */
export const NOT_CBOR: readonly (readonly [what: string, payload: Uint8Array])[] = [
  ["no bytes", bytes("")],
  ["a head without its argument", bytes("18")],
  ["a map that ends early", bytes("a100")],
  ["an indefinite map", bytes("bf0001ff")],
  ["an integer longer than it need be", bytes("a1001801")],
  ["a key longer than it need be", bytes("a1180001")],
  ["a length longer than it need be", bytes("b8010001")],
  ["a reserved head", bytes("a1001c")],
  ["a break by itself", bytes("ff")],
];

/** Well-formed values of types that no field has, under key 0. */
export const NO_TYPE: readonly (readonly [what: string, payload: Uint8Array])[] = [
  ["a float", bytes("a100f93c00")],
  ["a tag", bytes("a100c001")],
  ["an undefined", bytes("a100f7")],
];
