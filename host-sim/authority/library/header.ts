/** The library's own fields (SPEC 3.1), as an author writes them under `library:`. */
import { parseDurationS, QuantityError } from "../dose.js";
import type { Fields, SourceFile } from "./document.js";
import type { LibraryHeader } from "./model.js";
import { errorProne } from "./names.js";
import { integer } from "./words.js";

const HEADER_KEYS = [
  "id",
  "epoch",
  "version",
  "issued",
  "enable",
  "expires",
  "grace",
  "minimum_root",
  "minimum_abi",
  "note",
];
const U32_MAX = 0xffffffff;
/** Longest grace after expiry, s (SPEC 3.1). */
const GRACE_S_MAX = 2_592_000;

/** The header of a file that has one; undefined if it has none or one that cannot be used, which is then a problem. */
export function parseHeader(file: SourceFile): LibraryHeader | undefined {
  const written = file.root?.fields("library");
  if (!written) return undefined;
  written.subject = "library";
  written.only(HEADER_KEYS);
  const id = written.required("id", "00112233445566778899aabbccddeeff", sixteenBytes);
  const epoch = written.required("epoch", "0", u32From(0));
  const version = written.required("version", "1", u32From(1));
  const issuedS = written.required("issued", "2026-01-31T12:00:00Z", instant);
  const enableS = written.required("enable", "at once", (text) => (text === "at once" ? 0 : instant(text)));
  const expiresS = written.required("expires", "2027-01-31T12:00:00Z", instant);
  const graceS = written.required("grace", "14 day", (text, warn) => grace(parseDurationS(text, warn)));
  const minimumRootVersion = written.required("minimum_root", "1", u32From(1));
  const minimumAbi = written.required("minimum_abi", "1.0", abi);
  const note = written.requiredText("note", "NOT FOR CLINICAL USE");
  if (note !== undefined) {
    const wrong = errorProne(note);
    if (wrong !== undefined) written.error("note", wrong);
  }
  if (id === undefined || epoch === undefined || version === undefined || note === undefined) {
    return undefined;
  }
  if (issuedS === undefined || enableS === undefined || expiresS === undefined || graceS === undefined) {
    return undefined;
  }
  if (minimumRootVersion === undefined || minimumAbi === undefined) return undefined;
  checkTimes(written, issuedS, enableS, expiresS);
  return { id, epoch, version, issuedS, enableS, expiresS, graceS, minimumRootVersion, minimumAbi, note };
}

function checkTimes(written: Fields, issuedS: number, enableS: number, expiresS: number): void {
  if (expiresS <= issuedS) written.error("expires", "library.expires is not after issued; move one of them");
  if (enableS >= expiresS) written.error("enable", "library.enable is not before expires; move one of them");
}

function sixteenBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(text)) {
    throw new QuantityError(`"${text}" is not a library id; write 32 lower-case hexadecimal digits`);
  }
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function u32From(min: number): (text: string) => number {
  return (text) => {
    const value = integer(text);
    if (value >= min && value <= U32_MAX) return value;
    throw new QuantityError(`${value} is outside ${min} to 2^32-1`);
  };
}

/** "2026-01-31" or "2026-01-31T12:00:00Z" in Unix seconds: a time without a zone would mean two moments. */
function instant(text: string): number {
  const milliseconds = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(text.slice(0, 10))) {
    throw new QuantityError(`"${text}" is not a date; write 2026-01-31 or 2026-01-31T12:00:00Z`);
  }
  return milliseconds / 1000;
}

function grace(seconds: number): number {
  if (seconds > GRACE_S_MAX) throw new QuantityError("the grace is longer than 30 day (SPEC 3.1)");
  return seconds;
}

/** "1.0" as major << 16 | minor. */
function abi(text: string): number {
  const match = /^([0-9]{1,4})\.([0-9]{1,4})$/.exec(text);
  if (!match) throw new QuantityError(`"${text}" is not an ABI version; write major.minor, for example 1.0`);
  return Number(match[1]) * 0x1_0000 + Number(match[2]);
}
