/**
 * Every status word, by range; each line says when, and whose fault it is (SPEC 12). Statuses are i32 at the ABI;
 * verdict words are far apart in Hamming distance (at least 16 bits), so that no single fault turns one into another.
 */

// 0x0x  flow: nobody's fault
/** Done, accepted. */
export const OK: u32 = 0x00;
/** Staged; call `work` until it no longer says so. */
export const WORKING: u32 = 0x01;
/** Staged work has ended; its result record is in the result buffer. */
export const DONE: u32 = 0x02;
/** An upward local action waits for its second step: call `local` again with CONFIRM and the nonce. */
export const CONFIRM_NEEDED: u32 = 0x03;
/** Nothing to do, nothing to read. */
export const NOTHING: u32 = 0x04;

// 0x1x  call: the host's fault
/** Other staged work is under way: finish or cancel it first. */
export const BUSY: u32 = 0x10;
/** An import called an export. */
export const NESTED: u32 = 0x11;
/** `boot` has not succeeded yet. */
export const NOT_BOOTED: u32 = 0x12;
/** The device is empty: provision it first. */
export const NOT_PROVISIONED: u32 = 0x13;
/** The device is not empty: decommission it first. */
export const ALREADY_PROVISIONED: u32 = 0x14;
/** An argument is out of its range. */
export const BAD_ARGUMENT: u32 = 0x15;
/** A binary record has the wrong type, version or length. */
export const BAD_RECORD: u32 = 0x16;
/** Input is empty or larger than its buffer. */
export const BAD_LENGTH: u32 = 0x17;
/** No such port. */
export const BAD_PORT: u32 = 0x18;
/** The staged work was cancelled; nothing changed. */
export const CANCELLED: u32 = 0x19;
/** Older flash was put back, or flash is blank although the counter moved (SPEC 2.6). */
export const TAMPERED: u32 = 0x1a;
/** Storage is being opened after boot: call `work` until NOTHING. */
export const OPENING: u32 = 0x1b;
/** The device was decommissioned (SPEC 2.7). */
export const DECOMMISSIONED: u32 = 0x1c;

// 0x2x  decoding: the sender's fault; `detail` is the failing key
/** Not deterministic CBOR, or not well-formed (SPEC 1.1). */
export const CBOR: u32 = 0x20;
/** A key is missing, unknown, of the wrong type or out of range; `detail` is the key. */
export const SCHEMA: u32 = 0x21;
/** Not the COSE envelope that this object needs (SPEC 1.2). */
export const ENVELOPE: u32 = 0x22;
/** The algorithm is unknown or is not the key's. */
export const ALGORITHM: u32 = 0x23;

// 0x3x  signatures and trust: the signer's fault
/** No key of the trust store has this kid. */
export const KID_UNKNOWN: u32 = 0x30;
/** The key does not have the role that this object needs. */
export const ROLE: u32 = 0x31;
/** The key may not sign this command kind. */
export const KIND_MASK: u32 = 0x32;
/** A signature is not valid: altered, another key's, another pump's or another session's. */
export const SIGNATURE: u32 = 0x33;
/** Too few distinct holders signed. */
export const THRESHOLD: u32 = 0x34;
/** No author, or no approver, among the holders who signed. */
export const DUTY: u32 = 0x35;
/** Not the next root version. */
export const ROOT_VERSION: u32 = 0x36;
/** The root document contradicts itself (SPEC 2.2); `detail` is the key. */
export const ROOT_SENSE: u32 = 0x37;
/** Past its expiry. */
export const EXPIRED: u32 = 0x38;
/** Issued further ahead of known time than the policy allows. */
export const FUTURE: u32 = 0x39;
/** Would move the time floor by more than 400 days. */
export const TIME_STEP: u32 = 0x3a;

// 0x4x  drug library: the author's fault, or the sender refers to another one
/** No library is active. */
export const LIBRARY_NONE: u32 = 0x40;
/** Another facility's library, or another epoch. */
export const LIBRARY_ID: u32 = 0x41;
/** Not newer than the one installed. */
export const LIBRARY_ROLLBACK: u32 = 0x42;
/** The active library is past its expiry and grace. */
export const LIBRARY_EXPIRED: u32 = 0x43;
/** The active library's signatures no longer hold under the present root. */
export const LIBRARY_REVOKED: u32 = 0x44;
/** Needs a newer root document. */
export const LIBRARY_NEEDS_ROOT: u32 = 0x45;
/** Needs a newer gate. */
export const LIBRARY_NEEDS_ABI: u32 = 0x46;
/** Entries are not strictly ascending. */
export const ENTRY_ORDER: u32 = 0x47;
/** An area does not begin with its one profile. */
export const ENTRY_PROFILE: u32 = 0x48;
/** An entry contradicts itself (SPEC 3.2); `detail` is the key. */
export const ENTRY_SENSE: u32 = 0x49;
/** An entry exceeds a compiled-in ceiling (SPEC 5.1); `detail` is the key. */
export const ENTRY_CEILING: u32 = 0x4a;
/** More or fewer entries than the manifest says. */
export const ENTRY_COUNT: u32 = 0x4b;
/** The entries do not hash to the manifest's root. */
export const LIBRARY_ROOT: u32 = 0x4c;
/** An entry or profile brought with a command is not the active library's. */
export const PROOF: u32 = 0x4d;
/** No install is under way. */
export const INSTALL_NONE: u32 = 0x4e;
/** The order refers to another library version than the active one. */
export const LIBRARY_REFERENCE: u32 = 0x4f;

// 0x5x  session and rate of commands: the sender's fault, or an attacker's
/** No such session on this port. */
export const SESSION: u32 = 0x50;
/** The sequence was used before, or is too far ahead. */
export const SEQUENCE: u32 = 0x51;
/** The command's life is over. */
export const COMMAND_EXPIRED: u32 = 0x52;
/** Too many verifications on this port, or too many commands by this key. */
export const THROTTLED: u32 = 0x53;
/** Unknown or reserved command kind. */
export const KIND: u32 = 0x54;
/** No command waits for an override. */
export const PENDING_NONE: u32 = 0x55;
/** Another command waits for an override. */
export const PENDING_BUSY: u32 = 0x56;
/** The approver is the holder who signed the command. */
export const APPROVER_SAME: u32 = 0x57;
/** Digest, mask or nonce are not those of the waiting command. */
export const APPROVAL_MISMATCH: u32 = 0x58;
/** The entry or the root policy does not allow a local override. */
export const OVERRIDE_NOT_ALLOWED: u32 = 0x59;
/** The entry or the root policy does not allow an emergency order, or it is not a plain start or increase. */
export const EMERGENCY_NOT_ALLOWED: u32 = 0x5a;

// 0x6x  judgement: the prescription's fault; the record names limit and bound
/** Not the associated patient, or none associated. */
export const PATIENT: u32 = 0x60;
/** A patient is associated already, or a program is not ended. */
export const ASSOCIATED: u32 = 0x61;
/** The order's care area is not the association's. */
export const AREA: u32 = 0x62;
/** The dosing unit is not the entry's, or the entry does not allow this mode. */
export const UNIT: u32 = 0x63;
/** The drug needs a weight or body surface that is not known. */
export const WEIGHT_UNKNOWN: u32 = 0x64;
/** No calibration for this disposable set. */
export const SET: u32 = 0x65;
/** The rate or volume does not follow from the dose. */
export const RATE_MISMATCH: u32 = 0x66;
/** The pump's rate steps would lose more than 5 % of the dose. */
export const RATE_TOO_COARSE: u32 = 0x67;
/** A compiled-in ceiling is exceeded. */
export const LIMIT_CEILING: u32 = 0x68;
/** A limit of the care area's profile is exceeded. */
export const LIMIT_PROFILE: u32 = 0x69;
/** A hard limit of the entry is exceeded. */
export const LIMIT_HARD: u32 = 0x6a;
/** Soft limits are exceeded: an override is needed. */
export const LIMIT_SOFT: u32 = 0x6b;
/** Another order, or another drug, than the running one; of a secondary the primary's drug. */
export const ORDER: u32 = 0x6c;
/** The lockout since the end of the last dose is not over. */
export const LOCKOUT: u32 = 0x6d;
/** No account is free to count another drug. */
export const LEDGER_FULL: u32 = 0x6e;
/** New weight, surface or area wait for a confirmation at the panel. */
export const MEASURES: u32 = 0x6f;

// 0x7x  delivery: not in this phase
/** The program is not in a phase that allows this. */
export const PHASE: u32 = 0x70;
/** A bolus is under way. */
export const BOLUS_ACTIVE: u32 = 0x71;
/** Outside the signed titration range, or no range was signed. */
export const RANGE: u32 = 0x72;
/** A larger step than the signed one. */
export const RANGE_STEP: u32 = 0x73;
/** Sooner than the signed interval. */
export const RANGE_INTERVAL: u32 = 0x74;
/** Not lower than the running rate, or not above the last permitted one. */
export const NOT_REDUCED: u32 = 0x75;
/** No local action waits, another nonce, or 60 s have passed. */
export const CONFIRM_STALE: u32 = 0x76;
/** Resuming so long after a reset needs a new order. */
export const RESUME_TOO_LATE: u32 = 0x77;
/** The new bag exceeds what is left of the order's total. */
export const TOTAL: u32 = 0x78;
/** A latched alarm forbids this. */
export const ALARM_ACTIVE: u32 = 0x79;
/** The interlock input forbids a dose. */
export const INTERLOCK: u32 = 0x7a;

// 0x8x  storage and host: the device's fault
/** The flash geometry is outside what SPEC 9 allows. */
export const FLASH_GEOMETRY: u32 = 0x80;
/** A flash call failed; state is unchanged. */
export const FLASH_FAILED: u32 = 0x81;
/** No erased segment is ready: call `work`, then try again. */
export const STORE_BUSY: u32 = 0x82;
/** Stored state is damaged beyond what a power cut explains. */
export const STORE_CORRUPT: u32 = 0x83;
/** The hardware counter failed. */
export const COUNTER: u32 = 0x84;
/** The entropy source failed. */
export const ENTROPY: u32 = 0x85;
/** The clock failed. */
export const CLOCK: u32 = 0x86;
/** Two judgements of the same command disagree: a fault in the device. Nothing was permitted. */
export const FAULT: u32 = 0x87;

/** Verdict words (SPEC 4.4). */
export const PERMIT: u32 = 0x2d87b4e1;
export const DENY: u32 = 0xd2784b1e;
export const NEEDS_OVERRIDE: u32 = 0x78d21eb4;
