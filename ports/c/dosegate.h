/*
 * Dosegate's interface for C (docs/SPEC.md, 11): exports, imports, shared areas, records and statuses. Engine-neutral:
 * gate-wasm2c.c and gate-wasm3.c implement it. One gate, one motor, one instance.
 *
 * Generated from the ABI's tables by test/ports/header.test.ts (npx vitest run test/ports/header.test.ts -u), which holds it
 * against the module: change it there.
 */
#ifndef DOSEGATE_H
#define DOSEGATE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Records are little-endian, and read as structures: write accessors for a big-endian core."
#endif

/* --- numbers -------------------------------------------------------------------------------------------------------- */
/* What this header was made for. A module of the same major version and a minor one at least as high will do. */
#define DOSEGATE_ABI_VERSION 0x00010000u

/* First argument of boot (SPEC 11.1). */
#define DOSEGATE_BOOT_POWER_ON 0u
#define DOSEGATE_BOOT_WARM 1u
#define DOSEGATE_BOOT_UNKNOWN 2u
#define DOSEGATE_OFF_TIME_TRUSTED 256u
#define DOSEGATE_OFF_TIME_UNKNOWN 0xffffffffu
/* Verdict words (SPEC 4.4); any other word permits nothing. */
#define DOSEGATE_VERDICT_PERMIT 0x2d87b4e1u
#define DOSEGATE_VERDICT_DENY 0xd2784b1eu
#define DOSEGATE_VERDICT_NEEDS_OVERRIDE 0x78d21eb4u
/* Where commands come from (SPEC 4.1). */
#define DOSEGATE_PORT_PANEL 0u
#define DOSEGATE_PORT_NETWORK 1u
#define DOSEGATE_PORT_SERIAL 2u
/* Flag of a submit record. */
#define DOSEGATE_SUBMIT_FLAG_EMERGENCY 1u
/* Phases of a program (SPEC 6.1). */
#define DOSEGATE_PHASE_IDLE 0u
#define DOSEGATE_PHASE_RUNNING 1u
#define DOSEGATE_PHASE_PAUSED 2u
#define DOSEGATE_PHASE_COMPLETE 3u
#define DOSEGATE_PHASE_KVO 4u
/* Actions at the panel (SPEC 6.4). */
#define DOSEGATE_LOCAL_STOP 1u
#define DOSEGATE_LOCAL_PAUSE 2u
#define DOSEGATE_LOCAL_REDUCE 3u
#define DOSEGATE_LOCAL_RESTORE 4u
#define DOSEGATE_LOCAL_TITRATE 5u
#define DOSEGATE_LOCAL_NEW_BAG 6u
#define DOSEGATE_LOCAL_ACTIVATE_LIBRARY 7u
#define DOSEGATE_LOCAL_OVERRIDE 8u
#define DOSEGATE_LOCAL_CONFIRM 9u
#define DOSEGATE_LOCAL_DEMAND 10u
#define DOSEGATE_LOCAL_MEASURES 11u
#define DOSEGATE_LOCAL_ACKNOWLEDGE 12u
/* Sensor bits of a tick record. */
#define DOSEGATE_SENSOR_OCCLUSION 1u
#define DOSEGATE_SENSOR_AIR 2u
#define DOSEGATE_SENSOR_INTERLOCK 4u
/* Alarm bits (SPEC 6.7). */
#define DOSEGATE_ALARM_NEAR_END 0x00001u
#define DOSEGATE_ALARM_VTBI_DONE 0x00002u
#define DOSEGATE_ALARM_KVO 0x00004u
#define DOSEGATE_ALARM_OCCLUSION 0x00008u
#define DOSEGATE_ALARM_AIR 0x00010u
#define DOSEGATE_ALARM_OVER_DELIVERY 0x00020u
#define DOSEGATE_ALARM_REVERSE 0x00040u
#define DOSEGATE_ALARM_REPORT_LATE 0x00080u
#define DOSEGATE_ALARM_DEGRADED 0x00100u
#define DOSEGATE_ALARM_PAUSED_LONG 0x00200u
#define DOSEGATE_ALARM_WINDOW_NEAR 0x00400u
#define DOSEGATE_ALARM_LIBRARY_EXPIRING 0x00800u
#define DOSEGATE_ALARM_TAMPERED 0x01000u
#define DOSEGATE_ALARM_INTERLOCK 0x02000u
#define DOSEGATE_ALARM_EMERGENCY 0x04000u
#define DOSEGATE_ALARM_RESTARTED 0x08000u
#define DOSEGATE_ALARM_MEASURES 0x10000u
/* Flag bits of the state record. */
#define DOSEGATE_STATE_PROVISIONED 0x01u
#define DOSEGATE_STATE_TAMPERED 0x02u
#define DOSEGATE_STATE_REVOKED 0x04u
#define DOSEGATE_STATE_ASSOCIATED 0x08u
#define DOSEGATE_STATE_OPENING 0x10u
#define DOSEGATE_STATE_DEGRADED 0x20u
#define DOSEGATE_STATE_PENDING 0x40u
#define DOSEGATE_STATE_INSTALL 0x80u
/* What a host call returns (SPEC 11.3): any other than OK is a failure. */
#define DOSEGATE_HOST_OK 0u
#define DOSEGATE_HOST_FAILING 1u
#define DOSEGATE_HOST_UNCORRECTABLE 2u

/* --- statuses (SPEC 12) --------------------------------------------------------------------------------------------- */
enum dosegate_status {
  /* Done, accepted. */
  DOSEGATE_OK = 0x00,
  /* Staged; call work until it no longer says so. */
  DOSEGATE_WORKING = 0x01,
  /* Staged work has ended; its result record is in the result buffer. */
  DOSEGATE_DONE = 0x02,
  /* An upward local action waits for its second step: call local again with CONFIRM and the nonce. */
  DOSEGATE_CONFIRM_NEEDED = 0x03,
  /* Nothing to do, nothing to read. */
  DOSEGATE_NOTHING = 0x04,
  /* Other staged work is under way: finish or cancel it first. */
  DOSEGATE_BUSY = 0x10,
  /* An import called an export. */
  DOSEGATE_NESTED = 0x11,
  /* boot has not succeeded yet. */
  DOSEGATE_NOT_BOOTED = 0x12,
  /* The device is empty: provision it first. */
  DOSEGATE_NOT_PROVISIONED = 0x13,
  /* The device is not empty: decommission it first. */
  DOSEGATE_ALREADY_PROVISIONED = 0x14,
  /* An argument is out of its range. */
  DOSEGATE_BAD_ARGUMENT = 0x15,
  /* A binary record has the wrong type, version or length. */
  DOSEGATE_BAD_RECORD = 0x16,
  /* Input is empty or larger than its buffer. */
  DOSEGATE_BAD_LENGTH = 0x17,
  /* No such port. */
  DOSEGATE_BAD_PORT = 0x18,
  /* The staged work was cancelled; nothing changed. */
  DOSEGATE_CANCELLED = 0x19,
  /* Older flash was put back, or flash is blank although the counter moved (SPEC 2.6). */
  DOSEGATE_TAMPERED = 0x1a,
  /* Storage is being opened after boot: call work until NOTHING. */
  DOSEGATE_OPENING = 0x1b,
  /* The device was decommissioned (SPEC 2.7). */
  DOSEGATE_DECOMMISSIONED = 0x1c,
  /* Not deterministic CBOR, or not well-formed (SPEC 1.1). */
  DOSEGATE_CBOR = 0x20,
  /* A key is missing, unknown, of the wrong type or out of range; detail is the key. */
  DOSEGATE_SCHEMA = 0x21,
  /* Not the COSE envelope that this object needs (SPEC 1.2). */
  DOSEGATE_ENVELOPE = 0x22,
  /* The algorithm is unknown or is not the key's. */
  DOSEGATE_ALGORITHM = 0x23,
  /* No key of the trust store has this kid. */
  DOSEGATE_KID_UNKNOWN = 0x30,
  /* The key does not have the role that this object needs. */
  DOSEGATE_ROLE = 0x31,
  /* The key may not sign this command kind. */
  DOSEGATE_KIND_MASK = 0x32,
  /* A signature is not valid: altered, another key's, another pump's or another session's. */
  DOSEGATE_SIGNATURE = 0x33,
  /* Too few distinct holders signed. */
  DOSEGATE_THRESHOLD = 0x34,
  /* No author, or no approver, among the holders who signed. */
  DOSEGATE_DUTY = 0x35,
  /* Not the next root version. */
  DOSEGATE_ROOT_VERSION = 0x36,
  /* The root document contradicts itself (SPEC 2.2); detail is the key. */
  DOSEGATE_ROOT_SENSE = 0x37,
  /* Past its expiry. */
  DOSEGATE_EXPIRED = 0x38,
  /* Issued further ahead of known time than the policy allows. */
  DOSEGATE_FUTURE = 0x39,
  /* Would move the time floor by more than 400 days. */
  DOSEGATE_TIME_STEP = 0x3a,
  /* No library is active. */
  DOSEGATE_LIBRARY_NONE = 0x40,
  /* Another facility's library, or another epoch. */
  DOSEGATE_LIBRARY_ID = 0x41,
  /* Not newer than the one installed. */
  DOSEGATE_LIBRARY_ROLLBACK = 0x42,
  /* The active library is past its expiry and grace. */
  DOSEGATE_LIBRARY_EXPIRED = 0x43,
  /* The active library's signatures no longer hold under the present root. */
  DOSEGATE_LIBRARY_REVOKED = 0x44,
  /* Needs a newer root document. */
  DOSEGATE_LIBRARY_NEEDS_ROOT = 0x45,
  /* Needs a newer gate. */
  DOSEGATE_LIBRARY_NEEDS_ABI = 0x46,
  /* Entries are not strictly ascending. */
  DOSEGATE_ENTRY_ORDER = 0x47,
  /* An area does not begin with its one profile. */
  DOSEGATE_ENTRY_PROFILE = 0x48,
  /* An entry contradicts itself (SPEC 3.2); detail is the key. */
  DOSEGATE_ENTRY_SENSE = 0x49,
  /* An entry exceeds a compiled-in ceiling (SPEC 5.1); detail is the key. */
  DOSEGATE_ENTRY_CEILING = 0x4a,
  /* More or fewer entries than the manifest says. */
  DOSEGATE_ENTRY_COUNT = 0x4b,
  /* The entries do not hash to the manifest's root. */
  DOSEGATE_LIBRARY_ROOT = 0x4c,
  /* An entry or profile brought with a command is not the active library's. */
  DOSEGATE_PROOF = 0x4d,
  /* No install is under way. */
  DOSEGATE_INSTALL_NONE = 0x4e,
  /* The order refers to another library version than the active one. */
  DOSEGATE_LIBRARY_REFERENCE = 0x4f,
  /* No such session on this port. */
  DOSEGATE_SESSION = 0x50,
  /* The sequence was used before, or is too far ahead. */
  DOSEGATE_SEQUENCE = 0x51,
  /* The command's life is over. */
  DOSEGATE_COMMAND_EXPIRED = 0x52,
  /* Too many verifications on this port, or too many commands by this key. */
  DOSEGATE_THROTTLED = 0x53,
  /* Unknown or reserved command kind. */
  DOSEGATE_KIND = 0x54,
  /* No command waits for an override. */
  DOSEGATE_PENDING_NONE = 0x55,
  /* Another command waits for an override. */
  DOSEGATE_PENDING_BUSY = 0x56,
  /* The approver is the holder who signed the command. */
  DOSEGATE_APPROVER_SAME = 0x57,
  /* Digest, mask or nonce are not those of the waiting command. */
  DOSEGATE_APPROVAL_MISMATCH = 0x58,
  /* The entry or the root policy does not allow a local override. */
  DOSEGATE_OVERRIDE_NOT_ALLOWED = 0x59,
  /* The entry or the root policy does not allow an emergency order, or it is not a plain start or increase. */
  DOSEGATE_EMERGENCY_NOT_ALLOWED = 0x5a,
  /* Not the associated patient, or none associated. */
  DOSEGATE_PATIENT = 0x60,
  /* A patient is associated already, or a program is not ended. */
  DOSEGATE_ASSOCIATED = 0x61,
  /* The order's care area is not the association's. */
  DOSEGATE_AREA = 0x62,
  /* The dosing unit is not the entry's, or the entry does not allow this mode. */
  DOSEGATE_UNIT = 0x63,
  /* The drug needs a weight or body surface that is not known. */
  DOSEGATE_WEIGHT_UNKNOWN = 0x64,
  /* No calibration for this disposable set. */
  DOSEGATE_SET = 0x65,
  /* The rate or volume does not follow from the dose. */
  DOSEGATE_RATE_MISMATCH = 0x66,
  /* The pump's rate steps would lose more than 5 % of the dose. */
  DOSEGATE_RATE_TOO_COARSE = 0x67,
  /* A compiled-in ceiling is exceeded. */
  DOSEGATE_LIMIT_CEILING = 0x68,
  /* A limit of the care area's profile is exceeded. */
  DOSEGATE_LIMIT_PROFILE = 0x69,
  /* A hard limit of the entry is exceeded. */
  DOSEGATE_LIMIT_HARD = 0x6a,
  /* Soft limits are exceeded: an override is needed. */
  DOSEGATE_LIMIT_SOFT = 0x6b,
  /* Another order, or another drug, than the running one; of a secondary the primary's drug. */
  DOSEGATE_ORDER = 0x6c,
  /* The lockout since the end of the last dose is not over. */
  DOSEGATE_LOCKOUT = 0x6d,
  /* No account is free to count another drug. */
  DOSEGATE_LEDGER_FULL = 0x6e,
  /* New weight, surface or area wait for a confirmation at the panel. */
  DOSEGATE_MEASURES = 0x6f,
  /* The program is not in a phase that allows this. */
  DOSEGATE_PHASE = 0x70,
  /* A bolus is under way. */
  DOSEGATE_BOLUS_ACTIVE = 0x71,
  /* Outside the signed titration range, or no range was signed. */
  DOSEGATE_RANGE = 0x72,
  /* A larger step than the signed one. */
  DOSEGATE_RANGE_STEP = 0x73,
  /* Sooner than the signed interval. */
  DOSEGATE_RANGE_INTERVAL = 0x74,
  /* Not lower than the running rate, or not above the last permitted one. */
  DOSEGATE_NOT_REDUCED = 0x75,
  /* No local action waits, another nonce, or 60 s have passed. */
  DOSEGATE_CONFIRM_STALE = 0x76,
  /* Resuming so long after a reset needs a new order. */
  DOSEGATE_RESUME_TOO_LATE = 0x77,
  /* The new bag exceeds what is left of the order's total. */
  DOSEGATE_TOTAL = 0x78,
  /* A latched alarm forbids this. */
  DOSEGATE_ALARM_ACTIVE = 0x79,
  /* The interlock input forbids a dose. */
  DOSEGATE_INTERLOCK = 0x7a,
  /* The flash geometry is outside what SPEC 9 allows. */
  DOSEGATE_FLASH_GEOMETRY = 0x80,
  /* A flash call failed; state is unchanged. */
  DOSEGATE_FLASH_FAILED = 0x81,
  /* No erased segment is ready: call work, then try again. */
  DOSEGATE_STORE_BUSY = 0x82,
  /* Stored state is damaged beyond what a power cut explains. */
  DOSEGATE_STORE_CORRUPT = 0x83,
  /* The hardware counter failed. */
  DOSEGATE_COUNTER = 0x84,
  /* The entropy source failed. */
  DOSEGATE_ENTROPY = 0x85,
  /* The clock failed. */
  DOSEGATE_CLOCK = 0x86,
  /* Two judgements of the same command disagree: a fault in the device. Nothing was permitted. */
  DOSEGATE_FAULT = 0x87,
};

/* Every status by its name. */
#define DOSEGATE_STATUSES(X) \
  X(OK) X(WORKING) X(DONE) X(CONFIRM_NEEDED) X(NOTHING) X(BUSY) X(NESTED) X(NOT_BOOTED) X(NOT_PROVISIONED) \
  X(ALREADY_PROVISIONED) X(BAD_ARGUMENT) X(BAD_RECORD) X(BAD_LENGTH) X(BAD_PORT) X(CANCELLED) X(TAMPERED) \
  X(OPENING) X(DECOMMISSIONED) X(CBOR) X(SCHEMA) X(ENVELOPE) X(ALGORITHM) X(KID_UNKNOWN) X(ROLE) X(KIND_MASK) \
  X(SIGNATURE) X(THRESHOLD) X(DUTY) X(ROOT_VERSION) X(ROOT_SENSE) X(EXPIRED) X(FUTURE) X(TIME_STEP) \
  X(LIBRARY_NONE) X(LIBRARY_ID) X(LIBRARY_ROLLBACK) X(LIBRARY_EXPIRED) X(LIBRARY_REVOKED) X(LIBRARY_NEEDS_ROOT) \
  X(LIBRARY_NEEDS_ABI) X(ENTRY_ORDER) X(ENTRY_PROFILE) X(ENTRY_SENSE) X(ENTRY_CEILING) X(ENTRY_COUNT) \
  X(LIBRARY_ROOT) X(PROOF) X(INSTALL_NONE) X(LIBRARY_REFERENCE) X(SESSION) X(SEQUENCE) X(COMMAND_EXPIRED) \
  X(THROTTLED) X(KIND) X(PENDING_NONE) X(PENDING_BUSY) X(APPROVER_SAME) X(APPROVAL_MISMATCH) \
  X(OVERRIDE_NOT_ALLOWED) X(EMERGENCY_NOT_ALLOWED) X(PATIENT) X(ASSOCIATED) X(AREA) X(UNIT) X(WEIGHT_UNKNOWN) \
  X(SET) X(RATE_MISMATCH) X(RATE_TOO_COARSE) X(LIMIT_CEILING) X(LIMIT_PROFILE) X(LIMIT_HARD) X(LIMIT_SOFT) \
  X(ORDER) X(LOCKOUT) X(LEDGER_FULL) X(MEASURES) X(PHASE) X(BOLUS_ACTIVE) X(RANGE) X(RANGE_STEP) \
  X(RANGE_INTERVAL) X(NOT_REDUCED) X(CONFIRM_STALE) X(RESUME_TOO_LATE) X(TOTAL) X(ALARM_ACTIVE) X(INTERLOCK) \
  X(FLASH_GEOMETRY) X(FLASH_FAILED) X(STORE_BUSY) X(STORE_CORRUPT) X(COUNTER) X(ENTROPY) X(CLOCK) X(FAULT)

/* --- records (SPEC 11.2) -------------------------------------------------------------------------------------------- */
struct dosegate_head {
  uint16_t type;
  uint16_t version;
  uint32_t length;
};
/* The head of a record of this version, `bytes` long with its head. */
#define DOSEGATE_HEAD(record_type, bytes) ((struct dosegate_head){(record_type), 1, (bytes)})
#define DOSEGATE_AT(record, field, at) \
  _Static_assert(__builtin_offsetof(struct dosegate_##record, field) == (at), #record "." #field)

#define DOSEGATE_SUBMIT_TYPE 0x0101u
struct dosegate_submit {
  struct dosegate_head head;
  uint32_t port;
  uint16_t command_bytes;
  uint16_t entry_bytes;
  uint16_t profile_bytes;
  uint8_t entry_path_nodes;
  uint8_t profile_path_nodes;
  uint32_t entry_index;
  uint32_t profile_index;
  uint32_t flags;
  /* Bytes follow, up to head.length. */
};
_Static_assert(sizeof(struct dosegate_submit) == 32, "submit");
DOSEGATE_AT(submit, port, 8);
DOSEGATE_AT(submit, command_bytes, 12);
DOSEGATE_AT(submit, entry_bytes, 14);
DOSEGATE_AT(submit, profile_bytes, 16);
DOSEGATE_AT(submit, entry_path_nodes, 18);
DOSEGATE_AT(submit, profile_path_nodes, 19);
DOSEGATE_AT(submit, entry_index, 20);
DOSEGATE_AT(submit, profile_index, 24);
DOSEGATE_AT(submit, flags, 28);

#define DOSEGATE_APPROVE_TYPE 0x0102u
struct dosegate_approve {
  struct dosegate_head head;
  uint32_t port;
  uint32_t reserved;
  /* Bytes follow, up to head.length. */
};
_Static_assert(sizeof(struct dosegate_approve) == 16, "approve");
DOSEGATE_AT(approve, port, 8);
DOSEGATE_AT(approve, reserved, 12);

#define DOSEGATE_VERDICT_TYPE 0x0201u
struct dosegate_verdict {
  struct dosegate_head head;
  uint32_t verdict;
  uint32_t status;
  uint32_t limit;
  uint32_t soft_mask;
  uint64_t bound;
  uint64_t nearest_permitted_dose;
  uint64_t dose;
  uint64_t rate_nl_per_h;
  uint64_t volume_nl;
  uint32_t unit;
  uint32_t generation;
  uint32_t kind;
  uint32_t sequence;
  uint8_t nonce[8];
  uint8_t digest[32];
  uint32_t detail;
  uint32_t port;
};
_Static_assert(sizeof(struct dosegate_verdict) == 128, "verdict");
DOSEGATE_AT(verdict, verdict, 8);
DOSEGATE_AT(verdict, status, 12);
DOSEGATE_AT(verdict, limit, 16);
DOSEGATE_AT(verdict, soft_mask, 20);
DOSEGATE_AT(verdict, bound, 24);
DOSEGATE_AT(verdict, nearest_permitted_dose, 32);
DOSEGATE_AT(verdict, dose, 40);
DOSEGATE_AT(verdict, rate_nl_per_h, 48);
DOSEGATE_AT(verdict, volume_nl, 56);
DOSEGATE_AT(verdict, unit, 64);
DOSEGATE_AT(verdict, generation, 68);
DOSEGATE_AT(verdict, kind, 72);
DOSEGATE_AT(verdict, sequence, 76);
DOSEGATE_AT(verdict, nonce, 80);
DOSEGATE_AT(verdict, digest, 88);
DOSEGATE_AT(verdict, detail, 120);
DOSEGATE_AT(verdict, port, 124);

#define DOSEGATE_SESSION_TYPE 0x0202u
struct dosegate_session {
  struct dosegate_head head;
  uint32_t port;
  uint32_t boot;
  uint8_t session_id[8];
  uint8_t challenge[32];
  uint64_t uptime_ms;
};
_Static_assert(sizeof(struct dosegate_session) == 64, "session");
DOSEGATE_AT(session, port, 8);
DOSEGATE_AT(session, boot, 12);
DOSEGATE_AT(session, session_id, 16);
DOSEGATE_AT(session, challenge, 24);
DOSEGATE_AT(session, uptime_ms, 56);

#define DOSEGATE_OUTCOME_TYPE 0x0203u
struct dosegate_outcome {
  struct dosegate_head head;
  uint32_t status;
  uint32_t detail;
  uint64_t value;
};
_Static_assert(sizeof(struct dosegate_outcome) == 24, "outcome");
DOSEGATE_AT(outcome, status, 8);
DOSEGATE_AT(outcome, detail, 12);
DOSEGATE_AT(outcome, value, 16);

#define DOSEGATE_TICK_TYPE 0x0301u
struct dosegate_tick {
  struct dosegate_head head;
  uint64_t steps;
  uint32_t step_epoch;
  uint32_t sensors;
};
_Static_assert(sizeof(struct dosegate_tick) == 24, "tick");
DOSEGATE_AT(tick, steps, 8);
DOSEGATE_AT(tick, step_epoch, 16);
DOSEGATE_AT(tick, sensors, 20);

#define DOSEGATE_GRANT_TYPE 0x0302u
struct dosegate_grant {
  struct dosegate_head head;
  uint32_t generation;
  uint32_t grant_number;
  uint64_t reach_step;
  uint64_t until_uptime_ms;
  uint32_t rate_max_nl_per_h;
  uint32_t alarms;
  uint64_t delivered_nl;
  uint64_t reserved_nl;
  uint64_t bag_left_nl;
  uint32_t phase;
  uint32_t status;
  uint64_t bolus_left_nl;
};
_Static_assert(sizeof(struct dosegate_grant) == 80, "grant");
DOSEGATE_AT(grant, generation, 8);
DOSEGATE_AT(grant, grant_number, 12);
DOSEGATE_AT(grant, reach_step, 16);
DOSEGATE_AT(grant, until_uptime_ms, 24);
DOSEGATE_AT(grant, rate_max_nl_per_h, 32);
DOSEGATE_AT(grant, alarms, 36);
DOSEGATE_AT(grant, delivered_nl, 40);
DOSEGATE_AT(grant, reserved_nl, 48);
DOSEGATE_AT(grant, bag_left_nl, 56);
DOSEGATE_AT(grant, phase, 64);
DOSEGATE_AT(grant, status, 68);
DOSEGATE_AT(grant, bolus_left_nl, 72);

#define DOSEGATE_LOCAL_TYPE 0x0401u
struct dosegate_local {
  struct dosegate_head head;
  uint32_t action;
  uint32_t nonce;
  uint64_t value;
  uint32_t mask;
  uint32_t reason_code;
  uint8_t patient_token[16];
};
_Static_assert(sizeof(struct dosegate_local) == 48, "local");
DOSEGATE_AT(local, action, 8);
DOSEGATE_AT(local, nonce, 12);
DOSEGATE_AT(local, value, 16);
DOSEGATE_AT(local, mask, 24);
DOSEGATE_AT(local, reason_code, 28);
DOSEGATE_AT(local, patient_token, 32);

#define DOSEGATE_LOCAL_RESULT_TYPE 0x0402u
struct dosegate_local_result {
  struct dosegate_head head;
  uint32_t status;
  uint32_t nonce;
  uint64_t rate_nl_per_h;
  uint32_t phase;
  uint32_t limit;
};
_Static_assert(sizeof(struct dosegate_local_result) == 32, "local_result");
DOSEGATE_AT(local_result, status, 8);
DOSEGATE_AT(local_result, nonce, 12);
DOSEGATE_AT(local_result, rate_nl_per_h, 16);
DOSEGATE_AT(local_result, phase, 24);
DOSEGATE_AT(local_result, limit, 28);

#define DOSEGATE_STATE_TYPE 0x0501u
struct dosegate_state {
  struct dosegate_head head;
  uint32_t flags;
  uint32_t boot;
  uint32_t counter;
  uint32_t root_version;
  uint32_t active_epoch;
  uint32_t active_version;
  uint32_t next_epoch;
  uint32_t next_version;
  uint64_t floor_s;
  uint32_t phase;
  uint32_t generation;
  uint64_t rate_nl_per_h;
  uint64_t permitted_rate_nl_per_h;
  uint64_t delivered_nl;
  uint64_t reserved_nl;
  uint64_t uncertain_nl;
  uint64_t vtbi_nl;
  uint64_t total_nl;
  uint64_t bolus_left_nl;
  uint32_t alarms;
  uint32_t area;
  uint8_t patient_token[16];
  uint32_t weight_g;
  uint32_t bsa_cm2;
  uint32_t decisions_next_sequence;
  uint32_t meter_next_sequence;
  uint8_t pending_nonce[8];
  uint32_t pending_mask;
  uint32_t pump_class;
  uint8_t device_id[16];
  uint32_t mode;
  uint32_t step;
  uint32_t steps;
  uint32_t attempts;
  uint32_t demands;
  uint32_t lockout_left_s;
  uint64_t window_1h;
  uint64_t window_2h;
  uint64_t window_4h;
  uint64_t window_24h;
  uint64_t cap_1h;
  uint64_t cap_2h;
  uint64_t cap_4h;
  uint64_t cap_24h;
  uint32_t ledger_clock_s;
  uint32_t accounts_in_use;
  uint32_t weight_next_g;
  uint32_t bsa_next_cm2;
  uint32_t area_next;
  uint32_t primary_generation;
  uint32_t kvo_rate_nl_per_h;
  uint32_t reserved;
};
_Static_assert(sizeof(struct dosegate_state) == 312, "state");
DOSEGATE_AT(state, flags, 8);
DOSEGATE_AT(state, boot, 12);
DOSEGATE_AT(state, counter, 16);
DOSEGATE_AT(state, root_version, 20);
DOSEGATE_AT(state, active_epoch, 24);
DOSEGATE_AT(state, active_version, 28);
DOSEGATE_AT(state, next_epoch, 32);
DOSEGATE_AT(state, next_version, 36);
DOSEGATE_AT(state, floor_s, 40);
DOSEGATE_AT(state, phase, 48);
DOSEGATE_AT(state, generation, 52);
DOSEGATE_AT(state, rate_nl_per_h, 56);
DOSEGATE_AT(state, permitted_rate_nl_per_h, 64);
DOSEGATE_AT(state, delivered_nl, 72);
DOSEGATE_AT(state, reserved_nl, 80);
DOSEGATE_AT(state, uncertain_nl, 88);
DOSEGATE_AT(state, vtbi_nl, 96);
DOSEGATE_AT(state, total_nl, 104);
DOSEGATE_AT(state, bolus_left_nl, 112);
DOSEGATE_AT(state, alarms, 120);
DOSEGATE_AT(state, area, 124);
DOSEGATE_AT(state, patient_token, 128);
DOSEGATE_AT(state, weight_g, 144);
DOSEGATE_AT(state, bsa_cm2, 148);
DOSEGATE_AT(state, decisions_next_sequence, 152);
DOSEGATE_AT(state, meter_next_sequence, 156);
DOSEGATE_AT(state, pending_nonce, 160);
DOSEGATE_AT(state, pending_mask, 168);
DOSEGATE_AT(state, pump_class, 172);
DOSEGATE_AT(state, device_id, 176);
DOSEGATE_AT(state, mode, 192);
DOSEGATE_AT(state, step, 196);
DOSEGATE_AT(state, steps, 200);
DOSEGATE_AT(state, attempts, 204);
DOSEGATE_AT(state, demands, 208);
DOSEGATE_AT(state, lockout_left_s, 212);
DOSEGATE_AT(state, window_1h, 216);
DOSEGATE_AT(state, window_2h, 224);
DOSEGATE_AT(state, window_4h, 232);
DOSEGATE_AT(state, window_24h, 240);
DOSEGATE_AT(state, cap_1h, 248);
DOSEGATE_AT(state, cap_2h, 256);
DOSEGATE_AT(state, cap_4h, 264);
DOSEGATE_AT(state, cap_24h, 272);
DOSEGATE_AT(state, ledger_clock_s, 280);
DOSEGATE_AT(state, accounts_in_use, 284);
DOSEGATE_AT(state, weight_next_g, 288);
DOSEGATE_AT(state, bsa_next_cm2, 292);
DOSEGATE_AT(state, area_next, 296);
DOSEGATE_AT(state, primary_generation, 300);
DOSEGATE_AT(state, kvo_rate_nl_per_h, 304);
DOSEGATE_AT(state, reserved, 308);

#define DOSEGATE_LOG_TYPE 0x0601u
struct dosegate_log {
  struct dosegate_head head;
  uint32_t stream;
  uint32_t first_sequence;
  uint32_t count;
  uint32_t next_sequence;
  uint32_t oldest_kept_sequence;
  uint32_t reserved;
  uint8_t chain_before[32];
  /* Bytes follow, up to head.length. */
};
_Static_assert(sizeof(struct dosegate_log) == 64, "log");
DOSEGATE_AT(log, stream, 8);
DOSEGATE_AT(log, first_sequence, 12);
DOSEGATE_AT(log, count, 16);
DOSEGATE_AT(log, next_sequence, 20);
DOSEGATE_AT(log, oldest_kept_sequence, 24);
DOSEGATE_AT(log, reserved, 28);
DOSEGATE_AT(log, chain_before, 32);

#define DOSEGATE_ATTESTATION_TYPE 0x0602u
struct dosegate_attestation {
  struct dosegate_head head;
  /* Bytes follow, up to head.length. */
};
_Static_assert(sizeof(struct dosegate_attestation) == 8, "attestation");

/* --- memory ----------------------------------------------------------------------------------------------------- */

enum dosegate_area {
  DOSEGATE_AREA_IO,
  DOSEGATE_AREA_RESULT,
  DOSEGATE_AREA_TICK,
  DOSEGATE_AREA_LOCAL,
  DOSEGATE_AREA_INSPECT,
};
#define DOSEGATE_IO_BYTES 8192u
#define DOSEGATE_RESULT_BYTES 256u
#define DOSEGATE_TICK_BYTES 128u
#define DOSEGATE_LOCAL_BYTES 64u
#define DOSEGATE_INSPECT_BYTES 320u

/* A new instance of the module, as after power-on: linear memory as the module begins. Before it nothing else may be called. */
void dosegate_instantiate(void);

/* Copies to or from an area, from its beginning. False, and nothing copied, if `bytes` is more than it has. */
bool dosegate_put(enum dosegate_area area, const void* from, uint32_t bytes);
bool dosegate_get(enum dosegate_area area, void* to, uint32_t bytes);

/* Any bytes of linear memory, for debuggers and conformance drivers. False, and nothing copied, beyond its end. */
bool dosegate_peek(uint32_t at, void* to, uint32_t bytes);
bool dosegate_poke(uint32_t at, const void* from, uint32_t bytes);
/* Below it lies all that the module ever writes: an engine needs no more memory than this. */
uint32_t dosegate_heap_base(void);

/*
 * A trap of the module, or of an engine that cannot go on, calls port_trapped (runtime/include/port.h), which the image supplies and
 * which does not return: a pump stops its motor and resets. An image that leaves a call by longjmp instead, there or
 * in a host function, says so before its next call; that call is dosegate_instantiate in anything but a test rig.
 */
void dosegate_abandoned(void);

/* --- exports (SPEC 11.1) -------------------------------------------------------------------------------------------- */
/* "Outcome" and "Verdict": the call stages its work and returns WORKING; that record ends it, in the result area. */
/* major << 16 | minor; compare with DOSEGATE_ABI_VERSION before anything else. */
uint32_t dosegate_abi_version(void);
/* Address of the I/O area in linear memory. dosegate_put and dosegate_get spare you the addresses. */
uint32_t dosegate_io_buffer(void);
/* Address of the result area. */
uint32_t dosegate_result_buffer(void);
/* Address of the tick area. */
uint32_t dosegate_tick_buffer(void);
/* Address of the local area. */
uint32_t dosegate_local_buffer(void);
/* Address of the inspect area. */
uint32_t dosegate_inspect_buffer(void);
/*
 * Once after every reset: reads stored state. `cause`: DOSEGATE_BOOT_..., plus DOSEGATE_OFF_TIME_TRUSTED if `off_ms` comes from a
 * clock that can be trusted. `off_ms`: time without power, 0xffffffff if unknown. A second one is BAD_ARGUMENT.
 */
uint32_t dosegate_boot(uint32_t cause, uint32_t off_ms);
/* Stages the provisioning block of `length` bytes in the I/O area. Outcome. Wipe the I/O area afterwards. */
uint32_t dosegate_provision(uint32_t length);
/* Stages a decommissioning. Outcome. */
uint32_t dosegate_decommission(uint32_t length);
/* Stages a root document. Outcome. */
uint32_t dosegate_trust_update(uint32_t length);
/* Stages a library manifest: begins an install. Outcome. */
uint32_t dosegate_library_begin(uint32_t length);
/* Stages one raw entry of the install under way. Outcome. */
uint32_t dosegate_library_entry(uint32_t length);
/* Stages the commit of the install. Outcome. */
uint32_t dosegate_library_commit(void);
/* Drops the install. */
uint32_t dosegate_library_abort(void);
/* Makes a challenge for a port: session record in the result area. */
uint32_t dosegate_session_open(uint32_t port);
/* Stages a command: submit record with what it carries, `length` bytes in all. Verdict. */
uint32_t dosegate_submit(uint32_t length);
/* Stages an approval: approve record with what it carries. Verdict. */
uint32_t dosegate_approve(uint32_t length);
/*
 * Runs up to `units` slices of staged or background work: WORKING, DONE (the record of staged work is in the result area), NOTHING,
 * or what keeps background work from being done.
 */
uint32_t dosegate_work(uint32_t units);
/* Drops staged work without effect: CANCELLED, or NOTHING. */
uint32_t dosegate_cancel(void);
/* One action at the panel: local record in, local result out, both in the local area. Legal between slices. */
uint32_t dosegate_local(void);
/* Reports the motor, returns a grant: tick record in, grant record out, both in the tick area. Legal between slices. */
uint32_t dosegate_tick(void);
/* Copies records of a stream, from `sequence` on, to the I/O area: log record. */
uint32_t dosegate_log_read(uint32_t stream, uint32_t sequence);
/* Stages an attestation over the 32-byte nonce in the I/O area. Outcome; attestation record in the I/O area. */
uint32_t dosegate_attest(void);
/* State record in the inspect area. Legal always after boot, also between slices. */
uint32_t dosegate_inspect(void);

/* Every export: its name in the module, its name here, its number of parameters. */
#define DOSEGATE_EXPORTS(X) \
  X(abiVersion, abi_version, 0) \
  X(ioBuffer, io_buffer, 0) \
  X(resultBuffer, result_buffer, 0) \
  X(tickBuffer, tick_buffer, 0) \
  X(localBuffer, local_buffer, 0) \
  X(inspectBuffer, inspect_buffer, 0) \
  X(boot, boot, 2) \
  X(provision, provision, 1) \
  X(decommission, decommission, 1) \
  X(trustUpdate, trust_update, 1) \
  X(libraryBegin, library_begin, 1) \
  X(libraryEntry, library_entry, 1) \
  X(libraryCommit, library_commit, 0) \
  X(libraryAbort, library_abort, 0) \
  X(sessionOpen, session_open, 1) \
  X(submit, submit, 1) \
  X(approve, approve, 1) \
  X(work, work, 1) \
  X(cancel, cancel, 0) \
  X(local, local, 0) \
  X(tick, tick, 0) \
  X(logRead, log_read, 2) \
  X(attest, attest, 0) \
  X(inspect, inspect, 0)

/* --- imports (SPEC 11.3): the image supplies them ------------------------------------------------------------------- */
/* docs/INTEGRATION.md says what each must guarantee. None may call an export (NESTED). */
struct dosegate_flash_geometry {
  uint32_t program_unit_bytes;
  uint32_t sector_bytes;
  uint32_t sector_count;
  uint32_t erase_ms_max;
};
/* Geometry of the gate's own partition; always the same. */
uint32_t dosegate_host_flash_geometry(struct dosegate_flash_geometry* out);
/* Reads `length` bytes at `address` of the partition; DOSEGATE_HOST_UNCORRECTABLE for a torn or damaged unit. */
uint32_t dosegate_host_flash_read(uint32_t address, uint8_t* out, uint32_t length);
/* Programs whole, aligned units that have not been programmed since their erase; returns when they are. */
uint32_t dosegate_host_flash_program(uint32_t address, const uint8_t* from, uint32_t length);
/* Erases one sector; returns when it is. Only ever called inside work. */
uint32_t dosegate_host_flash_erase(uint32_t sector);
/* Milliseconds since boot; never goes back. */
uint32_t dosegate_host_uptime_ms(uint64_t* out);
/* Unix seconds; a failure means that the time is not known. */
uint32_t dosegate_host_wall_time_s(uint64_t* out);
/* Fills `length` bytes from a hardware source; fails rather than repeat. */
uint32_t dosegate_host_entropy(uint8_t* out, uint32_t length);
/* The hardware monotonic counter. */
uint32_t dosegate_host_counter_read(uint32_t* out);
/* One more; whether it moved is asked by reading. */
uint32_t dosegate_host_counter_advance(void);

/* Every import: its name in the module, its name here, its number of parameters. */
#define DOSEGATE_IMPORTS(X) \
  X(flashGeometry, flash_geometry, 1) \
  X(flashRead, flash_read, 3) \
  X(flashProgram, flash_program, 3) \
  X(flashErase, flash_erase, 1) \
  X(uptimeMs, uptime_ms, 1) \
  X(wallTimeS, wall_time_s, 1) \
  X(entropy, entropy, 2) \
  X(counterRead, counter_read, 1) \
  X(counterAdvance, counter_advance, 0)

#endif
