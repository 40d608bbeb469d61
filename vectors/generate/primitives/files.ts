/** Files of the primitives' vectors: notes, cases, numbers. */
import type { Note } from "../../../host-sim/conformance/vector.js";
import type { PrimitiveDraft, PrimitiveFile, PrimitiveName } from "./case.js";
import { ed25519Cases } from "./ed25519.js";
import { hashCases, hmacCases } from "./hashes.js";
import { cborCases, coseCases, merkleCases } from "./structures.js";

const SOURCE =
  "dosegate vectors/generate/primitives, version 1; what is right is said by node:crypto and by BigInt arithmetic";

const note = (bugType: string, description: string, effect: string, ...links: string[]): Note => ({
  bugType,
  description,
  effect,
  links,
});

const NOTES: Readonly<Record<string, Note>> = {
  Valid: note("OVER_REFUSAL", "What is right.", "Refused, a rightly signed order or library is of no use."),
  Padding: note(
    "PADDING",
    "Lengths around the end of a block.",
    "A wrong digest refuses what is genuine, or takes two messages for one.",
    "https://doi.org/10.6028/NIST.FIPS.180-4",
  ),
  LongMessage: note(
    "CHUNKS",
    "Lengths around the largest object.",
    "Bytes that are left out of a digest can be changed by anybody.",
  ),
  WrongDigest: note(
    "COMPARISON",
    "A digest that is another one.",
    "A library with other limits is taken for the signed one.",
  ),
  KeyLength: note(
    "KEY_HANDLING",
    "Keys shorter than a block, of a block, and longer.",
    "Two devices derive one key.",
    "https://www.rfc-editor.org/rfc/rfc2104.html",
  ),
  Truncated: note(
    "TRUNCATION",
    "Too short, or cut off.",
    "A tag of no bytes is a tag of everything; a message that ends early is completed by whoever writes last.",
  ),
  WrongTag: note(
    "COMPARISON",
    "A tag with one bit inverted.",
    "Stored state that an attacker wrote is taken for the gate's own.",
  ),
  WrongSignature: note(
    "FORGERY",
    "Signature, message or key of another.",
    "Anybody's dose is given.",
    "https://www.rfc-editor.org/rfc/rfc8032.html#section-5.1.7",
  ),
  Length: note(
    "LENGTH",
    "Keys and signatures of another length.",
    "Bytes beyond the buffer are read, or missing ones are taken for zeros.",
  ),
  ScalarRange: note(
    "MALLEABILITY",
    "S is not below the group's order.",
    "One order has many spellings: what is remembered of the first does not stop the second.",
    "https://www.rfc-editor.org/rfc/rfc8032.html#section-8.4",
  ),
  MixedOrder: note(
    "OVER_REFUSAL",
    "Points of mixed order that satisfy the equation without cofactor.",
    "Verifiers that part here disagree about what was ordered.",
    "https://eprint.iacr.org/2020/1244",
  ),
  Cofactor: note(
    "VERIFIER_DIFFERENTIAL",
    "The equation holds only if multiplied by the cofactor.",
    "One pump of a ward gives a dose that the others refuse.",
    "https://eprint.iacr.org/2020/1244",
  ),
  SmallOrder: note(
    "KEY_WITHOUT_SECRET",
    "Key or R of small order.",
    "A signature that fits any message: nobody has to know a secret.",
    "https://eprint.iacr.org/2020/1244",
  ),
  Encoding: note(
    "ENCODING",
    "Encodings that are not canonical, or of no point.",
    "One key under two names: thresholds count one person twice.",
    "https://www.rfc-editor.org/rfc/rfc8032.html#section-5.1.3",
  ),
  Trailing: note("PARSER_DIFFERENTIAL", "Bytes behind the object.", "What is signed is not what is read."),
  NotShortest: note(
    "PARSER_DIFFERENTIAL",
    "A number or length in more bytes than it needs.",
    "One order has many digests, and passes for another when sent again.",
    "https://www.rfc-editor.org/rfc/rfc8949.html#section-4.2.1",
  ),
  Indefinite: note(
    "PARSER_DIFFERENTIAL",
    "Items of indefinite length.",
    "A reader that counts and one that looks for the end see two orders.",
    "https://www.rfc-editor.org/rfc/rfc8949.html#section-4.2.1",
  ),
  KeyOrder: note(
    "PARSER_DIFFERENTIAL",
    "Map keys twice, or out of order.",
    "The first dose is judged, the second one given.",
    "https://www.rfc-editor.org/rfc/rfc8949.html#section-5.6",
  ),
  Type: note(
    "TYPE",
    "Floats, tags, simple values, reserved heads.",
    "A rate that is rounded on its way is not the one that was signed.",
  ),
  Utf8: note(
    "ENCODING",
    "Texts that are not UTF-8.",
    "A drug's name that is shown in another way than it was signed.",
  ),
  Depth: note(
    "EXHAUSTION",
    "More levels than there is room for.",
    "A message that overruns the stack stops the pump.",
  ),
  External: note(
    "CONTEXT",
    "External data are part of what is signed.",
    "A command for one pump is carried out by another.",
  ),
  Structure: note(
    "ENVELOPE",
    "An envelope of another shape.",
    "A signature over one thing is shown for another.",
  ),
  Header: note(
    "ENVELOPE",
    "Headers that say another algorithm, or what must not be passed over.",
    "The sender chooses how it is verified.",
    "https://www.rfc-editor.org/rfc/rfc9052.html",
  ),
  PathLength: note(
    "PROOF",
    "A path that is too long or too short.",
    "A node is taken for a leaf: an entry that nobody signed.",
    "https://www.rfc-editor.org/rfc/rfc9162.html#section-2.1.3.2",
  ),
  WrongHash: note("PROOF", "A hash that is another one.", "Limits that nobody signed."),
  Place: note("PROOF", "Another place in the tree, or none.", "The entry of another drug."),
};

const CASES: Readonly<Record<string, readonly [PrimitiveName, () => PrimitiveDraft[]]>> = {
  sha256: ["sha256", () => hashCases("sha256")],
  sha512: ["sha512", () => hashCases("sha512")],
  hmac: ["hmac-sha256", hmacCases],
  ed25519: ["ed25519-verify", ed25519Cases],
  cbor: ["cbor-strict", cborCases],
  cose: ["cose-sign1-verify", coseCases],
  merkle: ["merkle-inclusion", merkleCases],
};

export function primitiveFiles(): Readonly<Record<string, PrimitiveFile>> {
  return Object.fromEntries(
    Object.entries(CASES).map(([name, [primitive, make]]) => {
      const cases = make().map((one, i) => ({ id: i + 1, ...one }));
      const flags = new Set(cases.flatMap((one) => one.flags));
      const notes = Object.fromEntries(Object.entries(NOTES).filter(([flag]) => flags.has(flag)));
      return [name, { schema: "dosegate-primitive-vectors/1", primitive, source: SOURCE, notes, cases }];
    }),
  );
}

/** A case a line. */
export function layOutPrimitives({ notes, cases, ...head }: PrimitiveFile): string {
  const line = (value: unknown): string => JSON.stringify(value);
  return [
    "{",
    ...Object.entries(head).map(([name, value]) => `  ${line(name)}: ${line(value)},`),
    `  "notes": {\n${Object.entries(notes)
      .map(([flag, one]) => `    ${line(flag)}: ${line(one)}`)
      .join(",\n")}\n  },`,
    `  "cases": [\n${cases.map((one) => `    ${line(one)}`).join(",\n")}\n  ]`,
    "}\n",
  ].join("\n");
}
