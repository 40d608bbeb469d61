import { createPublicKey, verify } from "node:crypto";
import { simulatedKey } from "../../host-sim/authority/keys.js";
import type { DutyName, RoleName } from "../../host-sim/authority/roles.js";
import type { Root } from "../../host-sim/authority/root.js";

/** CBOR by hand, straight from RFC 8949 3: no library, so that the encoder under test is checked against the RFC. */
export function head(major: number, value: number): string {
  const top = major << 5;
  const hex = (n: number | bigint, bytes: number): string => n.toString(16).padStart(bytes * 2, "0");
  if (value < 24) return hex(top | value, 1);
  if (value < 0x100) return hex(top | 24, 1) + hex(value, 1);
  if (value < 0x1_0000) return hex(top | 25, 1) + hex(value, 2);
  if (value < 0x1_0000_0000) return hex(top | 26, 1) + hex(value, 4);
  return hex(top | 27, 1) + hex(BigInt(value), 8);
}
export const uint = (value: number): string => head(0, value);
export const negative = (value: number): string => head(1, -1 - value);
export const bstr = (hex: string): string => head(2, hex.length / 2) + hex;
export const tstr = (text: string): string => {
  const hex = Buffer.from(text).toString("hex");
  return head(3, hex.length / 2) + hex;
};
export const array = (...items: string[]): string => head(4, items.length) + items.join("");
export const map = (...items: string[]): string => head(5, items.length / 2) + items.join("");
export const tag = (number: number, item: string): string => head(6, number) + item;

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
export const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** Ed25519 verification by OpenSSL with a key given as JWK: another way in than the code under test takes. */
export function ed25519Verifies(publicKey: Uint8Array, message: string, signature: string): boolean {
  const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify(null, Buffer.from(message, "hex"), key, Buffer.from(signature, "hex"));
}

export function key(name: string, duty: DutyName, ...roles: RoleName[]) {
  return simulatedKey("authority tests", { name, holder: name, duty, roles });
}

export const AUTHOR = key("author", "author", "root", "library");
export const APPROVER = key("approver", "approver", "root", "library");
export const DOCTOR = key("doctor", "author", "order");
export const NURSE = key("nurse", "author", "bedside");

export const ROOT: Root = {
  facility: "General Hospital",
  version: 1,
  issuedS: 1_770_000_000,
  expiresS: 1_800_000_000,
  libraryId: fill(16, 0x1d),
  libraryEpoch: 0,
  keys: [AUTHOR, APPROVER, DOCTOR, NURSE],
  thresholds: { root: 2, library: 2, order: 1, bedside: 1 },
  policy: { maxSkewS: 86_400, commandLifeSMax: 600, localOverride: true },
};

export const DEVICE_ID = fill(16, 0xde);
export const CHALLENGE = fill(32, 0xc4);
export const RECEIVER = { deviceId: DEVICE_ID, challenge: CHALLENGE };
