/**
 * What the suite must notice: the gate with one of its rules taken out. `edits` are exact pieces of source, each of which must occur
 * once in its file; `tests` is where a failure is looked for first; `holds` must pass all the same.
 */

const ORDER = ["test/order", "test/mutation/gaps.test.ts"];
const PREPARED = ["test/order/prepared.test.ts"];
const SENDER = ["test/mutation/gaps.test.ts", "test/session", "test/throttle"];
const TRUST = ["test/mutation/trust-gaps.test.ts", "test/trust/device.test.ts"];
/** What either of the two opinions keeps alone. */
const LINE = ["test/mutation/line.test.ts"];
const DELIVERY = ["test/delivery", "test/power/control.test.ts", "test/power/therapy.test.ts"];
const STORE = ["test/power/control.test.ts", "test/power/therapy.test.ts", "test/power/boots.test.ts"];

const JUDGEMENT = "assembly/order/judgement.ts";
const ELIGIBILITY = "assembly/order/eligibility.ts";
const DOSES = "assembly/order/doses.ts";

/** @type {(name: string, stage: string) => Mutant} */
const stage = (name, call) => ({
  name: `judgement without ${name}`,
  edits: [[JUDGEMENT, `if (failure == status.OK) failure = ${call};`, ""]],
  tests: ORDER,
});

const JUDGE_OK = [JUDGEMENT, "  j.status = firstFailure(j);", "  j.status = status.OK;"];
const WITNESS_PERMIT = ["assembly/order/decision.ts", "~witness(waived, signed)", "~status.PERMIT"];
const VERDICT = [
  "assembly/order/decision.ts",
  "j.verdict = reason == status.OK ? j.word & ~j.word_complement : j.word;",
];
const RESULT_VALID = [
  "assembly/crypto/ed25519.ts",
  "return INVALID ^ ((VALID ^ INVALID) & zeroMask);",
  "return VALID;",
];
const SESSION = "assembly/order/session.ts";
const AUTHENTICATE = "assembly/order/authenticate.ts";
const THROTTLE = "assembly/throttle.ts";

/**
 * @typedef {[file: string, from: string, to: string]} Edit
 * @typedef {{ name: string, edits: Edit[], tests: string[], holds?: string[] }} Mutant
 * @type {Mutant[]}
 */
export const MUTANTS = [
  {
    name: "judgement without device and program",
    edits: [[ELIGIBILITY, "let failure = forKind(kind);", "let failure: u32 = status.OK;"]],
    tests: ORDER,
  },
  {
    name: "judgement without patient",
    edits: [[ELIGIBILITY, "if (failure == status.OK && !kindIsService(kind)) failure = patient(kind);", ""]],
    tests: ORDER,
  },
  {
    name: "judgement without library",
    edits: [[JUDGEMENT, "  failure = library(j);", "  failure = status.OK;"]],
    tests: ORDER,
  },
  {
    name: "judgement without proofs",
    edits: [[JUDGEMENT, "if (j.proofs != status.OK) return j.proofs;", ""]],
    tests: ORDER,
  },
  stage("measures", "measures()"),
  stage("units", "units(kind)"),
  stage("concentration", "concentration()"),
  stage("arithmetic", "arithmetic(kind)"),
  stage("ceilings", "ceilings(kind)"),
  {
    name: "judgement without the profile's rate",
    edits: [[DOSES, "return rate > profileMost ? broken(", "return false ? broken("]],
    tests: ORDER,
  },
  {
    name: "judgement without the profile's VTBI",
    edits: [[DOSES, "if (b.volume_nl > p.vtbi_nl_max) return", "if (false) return"]],
    tests: ORDER,
  },
  stage("doses", "doses(kind)"),
  {
    name: "judgement without soft limits",
    edits: [[JUDGEMENT, "return failure == status.OK ? softLimits(j) : failure;", "return failure;"]],
    tests: ORDER,
  },
  // Either opinion alone keeps the line; both gone, the same test falls.
  { name: "judge always OK", edits: [JUDGE_OK], tests: ORDER, holds: LINE },
  { name: "witness always PERMIT", edits: [WITNESS_PERMIT], tests: SENDER, holds: LINE },
  { name: "judge always OK, witness always PERMIT", edits: [JUDGE_OK, WITNESS_PERMIT], tests: LINE },
  { name: "verdict always PERMIT", edits: [[...VERDICT, "j.verdict = status.PERMIT;"]], tests: ORDER },
  { name: "verdict always DENY", edits: [[...VERDICT, "j.verdict = status.DENY;"]], tests: ORDER },
  {
    name: "verdict always NEEDS_OVERRIDE",
    edits: [[...VERDICT, "j.verdict = status.NEEDS_OVERRIDE;"]],
    tests: ORDER,
  },
  { name: "signature always VALID", edits: [RESULT_VALID], tests: SENDER },
  {
    name: "signature always VALID, and no trouble for the witness",
    edits: [RESULT_VALID, ["assembly/crypto/ed25519.ts", "return v.difference | v.witness;", "return 0;"]],
    tests: SENDER,
  },
  {
    name: "signature of a command not asked for",
    edits: [["assembly/order/signature.ts", "if (verifyResult() != VALID) return status.SIGNATURE;", ""]],
    tests: SENDER,
  },
  {
    name: "a prepared key taken for any other",
    edits: [
      [
        "assembly/crypto/prepared25519.ts",
        "changetype<Prepared>(slot).rules >= READY && preparedDifference(slot, key) == 0",
        "changetype<Prepared>(slot).rules >= READY",
      ],
    ],
    tests: PREPARED,
  },
  {
    name: "a prepared key without what an even scalar lacks",
    edits: [["assembly/crypto/ed25519.ts", "if (v.bits == 0 && v.even != 0) {", "if (false) {"]],
    tests: PREPARED,
  },
  {
    name: "signatures of root and library not asked for",
    edits: [
      [
        "assembly/trust/multisignature.ts",
        "if (verifyResult() != VALID) return failedAt(status.SIGNATURE, m.signer);",
        "",
      ],
    ],
    tests: TRUST,
  },
  {
    name: "sequence always allowed",
    edits: [[SESSION, "return sequence > last && sequence - last <= SEQUENCE_AHEAD_MAX;", "return true;"]],
    tests: SENDER,
  },
  {
    name: "sequence never used up",
    edits: [[SESSION, "  store<u32>(sequenceAt(port, keyIndex), sequence);", ""]],
    tests: SENDER,
  },
  {
    name: "session always found",
    edits: [[SESSION, " && session().id == wanted", ""]],
    tests: SENDER,
  },
  {
    name: "session of an older root accepted",
    edits: [[SESSION, "store<u32>(SESSION_SEED, changetype<State>(NEXT).root_version, 4);", ""]],
    tests: SENDER,
  },
  {
    name: "life not judged at first",
    edits: [
      [
        AUTHENTICATE,
        "  if (w.now_ms > w.until_ms) return status.COMMAND_EXPIRED;\n  const signer",
        "  const signer",
      ],
    ],
    tests: SENDER,
  },
  {
    name: "life not judged at last",
    edits: [
      [
        AUTHENTICATE,
        "  if (w.now_ms > w.until_ms) return status.COMMAND_EXPIRED;\n  if (!chargeKey",
        "  if (!chargeKey",
      ],
    ],
    tests: ["test/interleave/underneath.test.ts"],
  },
  {
    name: "role mask skipped",
    edits: [
      [AUTHENTICATE, "if (!keyHasRole(k, role) || thresholdOf(TRUST, role) == 0) return status.ROLE;", ""],
    ],
    tests: SENDER,
  },
  {
    name: "kind mask skipped",
    edits: [[AUTHENTICATE, "if (kind != 0 && ((k.kinds >> kind) & 1) == 0) return status.KIND_MASK;", ""]],
    tests: SENDER,
  },
  {
    name: "throttle of a port off",
    edits: [[THROTTLE, "take(bucket(lane), BUCKET_MS, TOKEN_MS, now_ms) ||", "true ||"]],
    tests: SENDER,
  },
  {
    name: "throttle of a key's slot off",
    edits: [[THROTTLE, "take(budgetOf(lane, keyIndex), SLOT_MS, SLOT_MS, now_ms)", "true"]],
    tests: SENDER,
  },
  {
    name: "throttle of a key's commands off",
    edits: [[THROTTLE, "return take(budgetOf(LANES, keyIndex), KEY_MS, TOKEN_MS, now_ms);", "return true;"]],
    tests: SENDER,
  },
  {
    name: "throttle of old and new sessions together",
    edits: [[SESSION, "return (port << 1) + <u32>isCandidate(port);", "return port << 1;"]],
    tests: SENDER,
  },
  {
    name: "throttle kept over a root update",
    edits: [["assembly/trust/update.ts", "  throttleReset();\n", ""]],
    tests: SENDER,
  },
  {
    name: "throttle of refusals off",
    edits: [["assembly/refusals.ts", "if (!take(portAt(port), FLUSH_MS, FLUSH_MS, now_ms)) break;", ""]],
    tests: SENDER,
  },
  {
    name: "session overtaken by a later one accepted",
    edits: [[SESSION, "return stamp >= load<u64>(portAt(port)) && ", "return "]],
    tests: SENDER,
  },
  {
    name: "approver may be the commander",
    edits: [
      [
        "assembly/order/approve.ts",
        "if (changetype<Key>(sender().key).holder == pending().holder) return status.APPROVER_SAME;",
        "",
      ],
    ],
    tests: ["test/order/override.test.ts"],
  },
  {
    name: "approval of anything",
    edits: [
      [
        "assembly/order/approve.ts",
        "return same ? status.OK : status.APPROVAL_MISMATCH;",
        "return status.OK;",
      ],
    ],
    tests: ["test/order/override.test.ts"],
  },
  {
    name: "threshold counts keys instead of holders",
    edits: [["assembly/trust/threshold.ts", "keyAt(root, j).holder == key.holder", "false"]],
    tests: TRUST,
  },
  {
    name: "threshold not asked for",
    edits: [
      [
        "assembly/trust/threshold.ts",
        "if (threshold == 0 || holders < threshold) return status.THRESHOLD;",
        "",
      ],
    ],
    tests: TRUST,
  },
  {
    name: "duties skipped",
    edits: [
      ["assembly/trust/threshold.ts", "return needsDuties && duties != DUTIES_BOTH ?", "return false ?"],
    ],
    tests: TRUST,
  },
  {
    name: "library proof skipped",
    edits: [
      [
        "assembly/library/lookup.ts",
        "return memory.compare(HASH_SCRATCH, manifestRoot(m), 32) == 0;",
        "return true;",
      ],
    ],
    tests: ORDER,
  },
  {
    name: "library root not compared",
    edits: [
      [
        "assembly/library/install.ts",
        "if (memory.compare(HASH_SCRATCH, manifestRoot(m), 32) != 0) {",
        "if (false) {",
      ],
    ],
    tests: TRUST,
  },
  {
    name: "library rollback accepted",
    edits: [["assembly/library/install.ts", "return libraryIsNewer(m) ?", "return true ?"]],
    tests: TRUST,
  },
  {
    name: "root version skipped",
    edits: [["assembly/trust/update.ts", "next.version != now.version + 1", "next.version == 0"]],
    tests: TRUST,
  },
  {
    name: "counter not compared at boot",
    edits: [["assembly/store/counter.ts", "if (found == expected) return OK;", "return OK;"]],
    tests: TRUST.concat(STORE),
  },
  {
    name: "grant beyond what is reserved",
    edits: [
      ["assembly/delivery/tick.ts", "stepsFor(min(wanted, reservedNl()))", "stepsFor(wanted)"],
      [
        "assembly/delivery/tick.ts",
        "return meterWrite(max(reservedNl(), min(max(f.delivered_nl + ahead, wanted_nl), s.bag_end_nl)));",
        "return ahead == 0 ? status.FLASH_FAILED : status.OK;",
      ],
    ],
    tests: DELIVERY,
  },
  {
    // Grant and reservation each end with the bag: either alone keeps it.
    name: "grant beyond the bag",
    edits: [
      [
        "assembly/delivery/tick.ts",
        "return min(wanted, changetype<State>(STATE).bag_end_nl);",
        "return wanted;",
      ],
      [
        "assembly/delivery/tick.ts",
        "min(max(f.delivered_nl + ahead, wanted_nl), s.bag_end_nl)",
        "max(f.delivered_nl + ahead, wanted_nl)",
      ],
    ],
    tests: DELIVERY,
  },
  {
    name: "uncertain volume not counted",
    edits: [["assembly/delivery/ledger.ts", "  m.delivered_nl += m.ahead_nl;", ""]],
    tests: DELIVERY,
  },
  {
    name: "a program runs on after a boot",
    edits: [["assembly/boot.ts", "if (n.phase == RUNNING) n.phase = PAUSED;", ""]],
    tests: DELIVERY,
  },
  {
    name: "a PCA goes on by itself after a boot",
    edits: [["assembly/boot.ts", "n.mode == MODE_PCA || ", ""]],
    tests: ["test/delivery/restart.test.ts"],
  },
  {
    name: "demand without lockout",
    edits: [["assembly/delivery/demand.ts", "if (lockoutLeftS() != 0) return status.LOCKOUT;", ""]],
    tests: ["test/delivery/pca.test.ts"],
  },
  {
    name: "demand without windows",
    edits: [["assembly/delivery/demand.ts", "return withLimit(limit);", "return status.OK;"]],
    tests: ["test/delivery/pca.test.ts"],
  },
  {
    name: "a dose begins before its end is written",
    edits: [["assembly/delivery/tick.ts", "const outcome = reserve(0);", "const outcome = status.OK;"]],
    tests: ["test/delivery/pca.test.ts"],
  },
  {
    name: "a grant runs on into a slower step",
    edits: [["assembly/delivery/tick.ts", "if (slower != STEPS_MAX) wanted =", "if (false) wanted ="]],
    tests: ["test/delivery/steps.test.ts"],
  },
  {
    name: "KVO without windows",
    edits: [["assembly/delivery/kvo.ts", "if (programFits(0, <u64>rate, volume_nl) != 0) return false;", ""]],
    tests: ["test/delivery/kvo.test.ts"],
  },
  {
    name: "a secondary's primary without what it was granted",
    edits: [["assembly/delivery/secondary.ts", "  flowForgo();", ""]],
    tests: ["test/delivery/secondary.test.ts"],
  },
  {
    name: "record without tag check at boot",
    edits: [
      [
        "assembly/store/journal.ts",
        "return memory.compare(TAG, HASH_SCRATCH, RECORD_TAG_BYTES) == 0;",
        "return true;",
      ],
    ],
    tests: STORE,
  },
  {
    name: "record counts although its program failed",
    edits: [
      [
        "assembly/store/journal.ts",
        "if (flashStore(segmentAddress(s.tail) + s.used, RECORD, room) != OK) {",
        "flashStore(segmentAddress(s.tail) + s.used, RECORD, room);\n  if (false) {",
      ],
    ],
    tests: STORE,
  },
];
