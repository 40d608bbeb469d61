/** SHA-256, SHA-512 and HMAC-SHA256 at the lengths where padding and key handling turn. */
import { createHash, createHmac } from "node:crypto";
import { flipped, hex, pattern, type PrimitiveDraft } from "./case.js";

/** Around one and two blocks, and around the length field that must still fit (FIPS 180-4 5.1). */
const LENGTHS = {
  sha256: [
    0, 1, 3, 31, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 511, 512, 513, 4095, 8191, 8192,
    8193,
  ],
  sha512: [
    0, 1, 3, 63, 110, 111, 112, 113, 127, 128, 129, 238, 239, 240, 255, 256, 257, 511, 512, 513, 4095, 8191,
    8192, 8193,
  ],
};

export function hashCases(name: "sha256" | "sha512"): PrimitiveDraft[] {
  const digest = (message: Uint8Array): string => createHash(name).update(message).digest("hex");
  const right = LENGTHS[name].map((length) => ({
    comment: `${length} bytes`,
    flags: [length > 8190 ? "LongMessage" : "Padding"],
    message: hex(pattern(length)),
    digest: digest(pattern(length)),
  }));
  const wrong = [0, 64, 8192].map((length) => ({
    comment: `${length} bytes, with a bit of the digest inverted`,
    flags: ["WrongDigest"],
    valid: false,
    message: hex(pattern(length)),
    digest: hex(flipped(Buffer.from(digest(pattern(length)), "hex"), 0)),
  }));
  return [...right, ...wrong];
}

export function hmacCases(): PrimitiveDraft[] {
  const tag = (key: Uint8Array, message: Uint8Array): Uint8Array =>
    new Uint8Array(createHmac("sha256", key).update(message).digest());
  const made = (
    comment: string,
    flag: string,
    key: Uint8Array,
    message: Uint8Array,
    change = (t: Uint8Array) => t,
    valid = true,
  ) => ({
    comment,
    flags: [flag],
    valid,
    key: hex(key),
    message: hex(message),
    tag: hex(change(tag(key, message))),
  });
  const key = pattern(32, 1);
  const message = pattern(100, 2);
  return [
    ...[0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 8192, 8193].map((length) =>
      made(`a key of ${length} bytes`, "KeyLength", pattern(length, 1), message),
    ),
    ...[0, 1, 55, 56, 63, 64, 65, 8191, 8192, 8193].map((length) =>
      made(`a message of ${length} bytes`, "Padding", key, pattern(length, 2)),
    ),
    ...[16, 17, 31].map((length) =>
      made(`a tag cut to ${length} bytes`, "Truncated", key, message, (t) => t.subarray(0, length)),
    ),
    ...[0, 1, 15].map((length) =>
      made(`a tag cut to ${length} bytes`, "Truncated", key, message, (t) => t.subarray(0, length), false),
    ),
    made("a tag with a byte more", "Truncated", key, message, (t) => new Uint8Array([...t, 0]), false),
    ...[0, 15, 31].flatMap((at) =>
      [0, 7].map((bit) =>
        made(
          `bit ${bit} of byte ${at} of the tag inverted`,
          "WrongTag",
          key,
          message,
          (t) => flipped(t, at, bit),
          false,
        ),
      ),
    ),
    made("a tag of zeros", "WrongTag", key, message, (t) => t.fill(0), false),
  ];
}
