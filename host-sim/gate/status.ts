/**
 * Every status the gate returns, with its sentence (SPEC 12). The numbers and sentences are those of
 * assembly/status.ts; a test compares the two, and both with SPEC's table.
 */

export const STATUS = {
  // 0x0x  flow: nobody's fault
  OK: 0x00,
  WORKING: 0x01,
  DONE: 0x02,
  CONFIRM_NEEDED: 0x03,
  NOTHING: 0x04,
  // 0x1x  call: the host's fault
  BUSY: 0x10,
  NESTED: 0x11,
  NOT_BOOTED: 0x12,
  NOT_PROVISIONED: 0x13,
  ALREADY_PROVISIONED: 0x14,
  BAD_ARGUMENT: 0x15,
  BAD_RECORD: 0x16,
  BAD_LENGTH: 0x17,
  BAD_PORT: 0x18,
  CANCELLED: 0x19,
  TAMPERED: 0x1a,
  OPENING: 0x1b,
  // 0x2x  decoding: the sender's fault; `detail` is the failing key
  CBOR: 0x20,
  SCHEMA: 0x21,
  ENVELOPE: 0x22,
  ALGORITHM: 0x23,
  // 0x3x  signatures and trust: the signer's fault
  KID_UNKNOWN: 0x30,
  ROLE: 0x31,
  KIND_MASK: 0x32,
  SIGNATURE: 0x33,
  THRESHOLD: 0x34,
  DUTY: 0x35,
  ROOT_VERSION: 0x36,
  ROOT_SENSE: 0x37,
  EXPIRED: 0x38,
  FUTURE: 0x39,
  TIME_STEP: 0x3a,
  // 0x4x  drug library: the author's fault, or the sender refers to another one
  LIBRARY_NONE: 0x40,
  LIBRARY_ID: 0x41,
  LIBRARY_ROLLBACK: 0x42,
  LIBRARY_EXPIRED: 0x43,
  LIBRARY_REVOKED: 0x44,
  LIBRARY_NEEDS_ROOT: 0x45,
  LIBRARY_NEEDS_ABI: 0x46,
  ENTRY_ORDER: 0x47,
  ENTRY_PROFILE: 0x48,
  ENTRY_SENSE: 0x49,
  ENTRY_CEILING: 0x4a,
  ENTRY_COUNT: 0x4b,
  LIBRARY_ROOT: 0x4c,
  PROOF: 0x4d,
  INSTALL_NONE: 0x4e,
  LIBRARY_REFERENCE: 0x4f,
  // 0x5x  session and rate of commands: the sender's fault, or an attacker's
  SESSION: 0x50,
  SEQUENCE: 0x51,
  COMMAND_EXPIRED: 0x52,
  THROTTLED: 0x53,
  KIND: 0x54,
  PENDING_NONE: 0x55,
  PENDING_BUSY: 0x56,
  APPROVER_SAME: 0x57,
  APPROVAL_MISMATCH: 0x58,
  OVERRIDE_NOT_ALLOWED: 0x59,
  // 0x6x  judgement: the prescription's fault; the record names limit and bound
  PATIENT: 0x60,
  ASSOCIATED: 0x61,
  AREA: 0x62,
  UNIT: 0x63,
  WEIGHT_UNKNOWN: 0x64,
  SET: 0x65,
  RATE_MISMATCH: 0x66,
  RATE_TOO_COARSE: 0x67,
  LIMIT_CEILING: 0x68,
  LIMIT_PROFILE: 0x69,
  LIMIT_HARD: 0x6a,
  LIMIT_SOFT: 0x6b,
  // 0x7x  delivery: not in this phase
  PHASE: 0x70,
  BOLUS_ACTIVE: 0x71,
  RANGE: 0x72,
  RANGE_STEP: 0x73,
  RANGE_INTERVAL: 0x74,
  NOT_REDUCED: 0x75,
  CONFIRM_STALE: 0x76,
  RESUME_TOO_LATE: 0x77,
  TOTAL: 0x78,
  ALARM_ACTIVE: 0x79,
  // 0x8x  storage and host: the device's fault
  FLASH_GEOMETRY: 0x80,
  FLASH_FAILED: 0x81,
  STORE_BUSY: 0x82,
  STORE_CORRUPT: 0x83,
  COUNTER: 0x84,
  ENTROPY: 0x85,
  CLOCK: 0x86,
} as const;

export type StatusName = keyof typeof STATUS;

/** What each status means, for people. */
export const STATUS_SENTENCES: Readonly<Record<StatusName, string>> = {
  OK: "Done, accepted.",
  WORKING: "Staged; call `work` until it no longer says so.",
  DONE: "Staged work has ended; its result record is in the result buffer.",
  CONFIRM_NEEDED:
    "An upward local action waits for its second step: call `local` again with CONFIRM and the nonce.",
  NOTHING: "Nothing to do, nothing to read.",
  BUSY: "Other staged work is under way: finish or cancel it first.",
  NESTED: "An import called an export.",
  NOT_BOOTED: "`boot` has not succeeded yet.",
  NOT_PROVISIONED: "The device is empty: provision it first.",
  ALREADY_PROVISIONED: "The device is not empty: decommission it first.",
  BAD_ARGUMENT: "An argument is out of its range.",
  BAD_RECORD: "A binary record has the wrong type, version or length.",
  BAD_LENGTH: "Input is empty or larger than its buffer.",
  BAD_PORT: "No such port.",
  CANCELLED: "The staged work was cancelled; nothing changed.",
  TAMPERED: "Older flash was put back, or flash is blank although the counter moved (SPEC 2.6).",
  OPENING: "Storage is being opened after boot: call `work` until NOTHING.",
  CBOR: "Not deterministic CBOR, or not well-formed (SPEC 1.1).",
  SCHEMA: "A key is missing, unknown, of the wrong type or out of range; `detail` is the key.",
  ENVELOPE: "Not the COSE envelope that this object needs (SPEC 1.2).",
  ALGORITHM: "The algorithm is unknown or is not the key's.",
  KID_UNKNOWN: "No key of the trust store has this kid.",
  ROLE: "The key does not have the role that this object needs.",
  KIND_MASK: "The key may not sign this command kind.",
  SIGNATURE: "A signature is not valid: altered, another key's, another pump's or another session's.",
  THRESHOLD: "Too few distinct holders signed.",
  DUTY: "No author, or no approver, among the holders who signed.",
  ROOT_VERSION: "Not the next root version.",
  ROOT_SENSE: "The root document contradicts itself (SPEC 2.2); `detail` is the key.",
  EXPIRED: "Past its expiry.",
  FUTURE: "Issued further ahead of known time than the policy allows.",
  TIME_STEP: "Would move the time floor by more than 400 days.",
  LIBRARY_NONE: "No library is active.",
  LIBRARY_ID: "Another facility's library, or another epoch.",
  LIBRARY_ROLLBACK: "Not newer than the one installed.",
  LIBRARY_EXPIRED: "The active library is past its expiry and grace.",
  LIBRARY_REVOKED: "The active library's signatures no longer hold under the present root.",
  LIBRARY_NEEDS_ROOT: "Needs a newer root document.",
  LIBRARY_NEEDS_ABI: "Needs a newer gate.",
  ENTRY_ORDER: "Entries are not strictly ascending.",
  ENTRY_PROFILE: "An area does not begin with its one profile.",
  ENTRY_SENSE: "An entry contradicts itself (SPEC 3.2); `detail` is the key.",
  ENTRY_CEILING: "An entry exceeds a compiled-in ceiling (SPEC 5.1); `detail` is the key.",
  ENTRY_COUNT: "More or fewer entries than the manifest says.",
  LIBRARY_ROOT: "The entries do not hash to the manifest's root.",
  PROOF: "An entry or profile brought with a command is not the active library's.",
  INSTALL_NONE: "No install is under way.",
  LIBRARY_REFERENCE: "The order refers to another library version than the active one.",
  SESSION: "No such session on this port.",
  SEQUENCE: "The sequence was used before, or is too far ahead.",
  COMMAND_EXPIRED: "The command's life is over.",
  THROTTLED: "Too many verifications on this port, or too many commands by this key.",
  KIND: "Unknown or reserved command kind.",
  PENDING_NONE: "No command waits for an override.",
  PENDING_BUSY: "Another command waits for an override.",
  APPROVER_SAME: "The approver is the holder who signed the command.",
  APPROVAL_MISMATCH: "Digest, mask or nonce are not those of the waiting command.",
  OVERRIDE_NOT_ALLOWED: "The entry or the root policy does not allow a local override.",
  PATIENT: "Not the associated patient, or none associated.",
  ASSOCIATED: "A patient is associated already, or a program is not ended.",
  AREA: "The order's care area is not the association's.",
  UNIT: "The dosing unit is not the entry's, or the entry does not allow this mode.",
  WEIGHT_UNKNOWN: "The drug needs a weight or body surface that is not known.",
  SET: "No calibration for this disposable set.",
  RATE_MISMATCH: "The rate or volume does not follow from the dose.",
  RATE_TOO_COARSE: "The pump's rate steps would lose more than 5 % of the dose.",
  LIMIT_CEILING: "A compiled-in ceiling is exceeded.",
  LIMIT_PROFILE: "A limit of the care area's profile is exceeded.",
  LIMIT_HARD: "A hard limit of the entry is exceeded.",
  LIMIT_SOFT: "Soft limits are exceeded: an override is needed.",
  PHASE: "The program is not in a phase that allows this.",
  BOLUS_ACTIVE: "A bolus is under way.",
  RANGE: "Outside the signed titration range, or no range was signed.",
  RANGE_STEP: "A larger step than the signed one.",
  RANGE_INTERVAL: "Sooner than the signed interval.",
  NOT_REDUCED: "Not lower than the running rate, or not above the last permitted one.",
  CONFIRM_STALE: "No local action waits, another nonce, or 60 s have passed.",
  RESUME_TOO_LATE: "Resuming so long after a reset needs a new order.",
  TOTAL: "The new bag exceeds what is left of the order's total.",
  ALARM_ACTIVE: "A latched alarm forbids this.",
  FLASH_GEOMETRY: "The flash geometry is outside what SPEC 9 allows.",
  FLASH_FAILED: "A flash call failed; state is unchanged.",
  STORE_BUSY: "No erased segment is ready: call `work`, then try again.",
  STORE_CORRUPT: "Stored state is damaged beyond what a power cut explains.",
  COUNTER: "The hardware counter failed.",
  ENTROPY: "The entropy source failed.",
  CLOCK: "The clock failed.",
};

const NAMES = new Map<number, StatusName>(
  (Object.keys(STATUS) as StatusName[]).map((name) => [STATUS[name], name]),
);

/** Whose fault each range of statuses says it is, by the number's high digit. */
const FAULTS = [
  "nobody",
  "host",
  "sender",
  "signer",
  "library author",
  "sender",
  "prescription",
  "delivery phase",
  "device",
] as const;
export type Fault = (typeof FAULTS)[number];

/** `LIMIT_HARD`; `UNKNOWN_0xff` for a number that is no status. */
export function statusName(status: number): StatusName | `UNKNOWN_0x${string}` {
  return NAMES.get(status) ?? `UNKNOWN_0x${status.toString(16)}`;
}

/** `LIMIT_HARD (0x6a): A hard limit of the entry is exceeded.` */
export function describeStatus(status: number): string {
  const name = NAMES.get(status);
  const sentence = name === undefined ? "Not a status of this ABI." : STATUS_SENTENCES[name];
  return `${statusName(status)} (0x${status.toString(16).padStart(2, "0")}): ${sentence}`;
}

/** Whose fault a status is; `null` for a number that is no status. */
export function statusFault(status: number): Fault | null {
  return NAMES.has(status) ? (FAULTS[status >> 4] ?? null) : null;
}
