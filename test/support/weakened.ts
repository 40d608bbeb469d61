/**
 * Gates weaker than the shipped one by a named edit of its source: an attack that is not reported as accepted against them proves
 * nothing against the shipped one. Compiled in memory, once per variant and process; no file of them is ever written.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "./asc.js";

const ROOT = join(import.meta.dirname, "../..");
const ENTRY = "assembly/index.ts";

/** One place of the source, which must be there exactly once, and what stands there instead. */
interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const WITNESS = "assembly/order/witness.ts";
const EXCESS = "assembly/order/excess.ts";
const ED25519 = "assembly/crypto/ed25519.ts";

/** What each variant no longer does. A verdict has two opinions, so what both of them read has to go from both. */
export const WEAKENED = {
  /** Any signature of a command holds. */
  commandSignature: [
    {
      file: "assembly/order/signature.ts",
      from: "if (verifyResult() != VALID) return",
      to: "if (verifyResult() != VALID && false) return",
    },
    { file: WITNESS, from: "(<u64>verifyTrouble()) & (<u64>signed)", to: "(<u64>verifyTrouble()) & 0" },
  ],
  /** S of a signature may be any that the equation holds for. */
  malleability: [
    {
      file: ED25519,
      from: "if (scalarNotCanonical(ED25519_S) == 0) v.difference &= ~S_BELOW_ORDER;",
      to: "v.difference &= ~S_BELOW_ORDER;",
    },
    {
      file: ED25519,
      from: "if (equalBytes(ED25519_COMB, ED25519_S) == 32) v.witness &= ~S_BELOW_ORDER;",
      to: "v.witness &= ~S_BELOW_ORDER;",
    },
  ],
  /** R of a signature may be of small order. */
  smallOrder: [
    {
      file: ED25519,
      from: "if (smallOrder(ED25519_R) == 0) v.difference &= ~R_LARGE_ORDER;",
      to: "v.difference &= ~R_LARGE_ORDER;",
    },
    {
      file: ED25519,
      from: "if (pointLargeOrder() != 0) v.witness &= ~R_LARGE_ORDER;",
      to: "v.witness &= ~R_LARGE_ORDER;",
    },
  ],
  /** An envelope may have bytes behind it. */
  trailing: [
    {
      file: "assembly/codec/cose.ts",
      from: "if (!cursorFinished(c)) return (fail(c, CBOR_MALFORMED), c.error);",
      to: "if (c.error != 0) return c.error;",
    },
  ],
  /** Input may be longer than its buffer, by a byte. */
  inputLength: [
    {
      file: "assembly/trust/object.ts",
      from: "if (length - 1 >= bytesMax) return status.BAD_LENGTH;",
      to: "if (length - 1 > bytesMax) return status.BAD_LENGTH;",
    },
  ],
  /** No maximum of an entry holds. */
  maxima: [
    {
      file: "assembly/order/limit.ts",
      from: "if (isMinimum ? order >= 0 : order <= 0) continue;",
      to: "if (isMinimum ? order >= 0 : true) continue;",
    },
    { file: EXCESS, from: "((has >> 2) & over(high, b.soft_max) & above) |", to: "0 |" },
    { file: EXCESS, from: "((has >> 3) & over(high, b.hard_max))", to: "0" },
  ],
  /** The judgement by branches finds nothing: what is refused then, its witness refuses (SPEC 4.4). */
  branches: [
    {
      file: "assembly/order/judgement.ts",
      from: "j.status = firstFailure(j);",
      to: "j.status = firstFailure(j) & 0;",
    },
  ],
  /** A reduction at the panel may be to any rate. */
  reduction: [
    {
      file: "assembly/delivery/local.ts",
      from: "if (rate == 0 || rate >= <u64>s.rate_nl_per_h) return status.NOT_REDUCED;",
      to: "",
    },
  ],
  /** Any signature of a library or root document holds. */
  librarySignature: [
    {
      file: "assembly/trust/multisignature.ts",
      from: "if (verifyResult() != VALID) return",
      to: "if (verifyResult() != VALID && false) return",
    },
  ],
  /** One holder is enough. */
  threshold: [
    {
      file: "assembly/trust/multisignature.ts",
      from: "const first = thresholdStatus(m.trust, m.keys, m.role);",
      to: "const first: u32 = m.keys == 0 ? status.THRESHOLD : status.OK;",
    },
  ],
  /** A sequence may be used again. */
  sequence: [
    {
      file: "assembly/order/session.ts",
      from: "return sequence > last &&",
      to: "return sequence <= last ||",
    },
  ],
  /** A library may be older than the one installed. */
  libraryVersion: [
    {
      file: "assembly/library/active.ts",
      from: "!manifestIsAfter(m, activeManifest())) return false;",
      to: "!manifestIsAfter(m, activeManifest())) return true;",
    },
  ],
  /** The hardware counter is not compared with the state. */
  counter: [
    {
      file: "assembly/store/counter.ts",
      from: "if (expected == 0 || found != expected - 1) return TAMPERED;",
      to: "if (expected == 0 || found != expected - 1) return OK;",
    },
  ],
  /** An order for another patient is one for this patient. */
  patient: [
    { file: "assembly/order/eligibility.ts", from: "if (!same) return status.PATIENT;", to: "" },
    { file: WITNESS, from: "((different & ~free) |", to: "((different & ~free & 0) |" },
  ],
  /** Any key may sign any command. */
  role: [
    {
      file: "assembly/order/authenticate.ts",
      from: "if (!keyHasRole(k, role) || thresholdOf(TRUST, role) == 0) return status.ROLE;",
      to: "if (!keyHasRole(k, role) && thresholdOf(TRUST, role) == 0) return status.ROLE;",
    },
    {
      file: "assembly/order/authenticate.ts",
      from: "if (kind != 0 && ((k.kinds >> kind) & 1) == 0) return status.KIND_MASK;",
      to: "",
    },
  ],
  /** The entries that come with an order need not lead to the library's root. */
  proof: [
    {
      file: "assembly/library/lookup.ts",
      from: "return memory.compare(HASH_SCRATCH, manifestRoot(m), 32) == 0;",
      to: "return memory.compare(HASH_SCRATCH, manifestRoot(m), 32) == 0 || true;",
    },
  ],
  /** Verifications are not rationed. */
  ration: [
    {
      file: "assembly/throttle.ts",
      from: "take(bucket(lane), BUCKET_MS,",
      to: "true || take(bucket(lane), BUCKET_MS,",
    },
    {
      file: "assembly/throttle.ts",
      from: "return take(bucket(LANES), BUCKET_MS,",
      to: "return true || take(bucket(LANES), BUCKET_MS,",
    },
  ],
  /** Refusals are written as they come. */
  refusalPace: [
    {
      file: "assembly/refusals.ts",
      from: "if (!take(portAt(port), FLUSH_MS, FLUSH_MS, now_ms)) break;",
      to: "",
    },
  ],
  /** What is staged has to end first. */
  betweenSlices: [
    {
      file: "assembly/call.ts",
      from: "return stageNow() == STAGE_EMPTY ? status.NOT_PROVISIONED : status.OK;",
      to: "return stageNow() == STAGE_EMPTY ? status.NOT_PROVISIONED : workStaged() ? status.BUSY : status.OK;",
    },
  ],
  /** A provisioned device may be provisioned again. */
  provisioning: [
    {
      file: "assembly/call.ts",
      from: "if (stage == STAGE_OPENING || stage == STAGE_READY) return status.ALREADY_PROVISIONED;",
      to: "",
    },
    {
      file: "assembly/trust/provisioning.ts",
      from: "if (changetype<State>(NEXT).root_version != 0) return status.ALREADY_PROVISIONED;",
      to: "",
    },
    {
      file: "assembly/trust/provisioning.ts",
      from: "return load<u32>(COUNTER_WORD) == 0 ? status.OK : status.TAMPERED;",
      to: "return status.OK;",
    },
  ],
} as const satisfies Readonly<Record<string, readonly Edit[]>>;
export type Weakness = keyof typeof WEAKENED;

/** As the release, but optimized less: these are run once. */
const OPTIONS = [
  "--runtime=stub",
  "--use=abort=",
  "--initialMemory=1",
  "--maximumMemory=1",
  "--optimizeLevel=1",
  "--disable=bulk-memory",
  "--disable=sign-extension",
  "--disable=nontrapping-f2i",
  "--disable=mutable-globals",
];

const compiled = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** The gate with this weakness. Throws if an edit no longer finds its place, so that no variant is silently the shipped gate. */
export async function weakenedGate(weakness: Weakness): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(await weakenedBytes(weakness));
}

/** The same as the bytes of its wasm file. */
export function weakenedBytes(weakness: Weakness): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = compiled.get(weakness);
  if (bytes === undefined) {
    bytes = compile(WEAKENED[weakness]);
    compiled.set(weakness, bytes);
  }
  return bytes;
}

async function compile(edits: readonly Edit[]): Promise<Uint8Array<ArrayBuffer>> {
  const sources = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const text = sources.get(file) ?? readFileSync(join(ROOT, file), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} does not hold exactly once: ${from}`);
    sources.set(file, text.replace(from, to));
  }
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main([ENTRY, "--outFile=weakened.wasm", ...OPTIONS], {
    readFile: (name) => sources.get(name) ?? textOf(name),
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) {
    throw new Error(`the weakened gate does not compile\n${stderr.toString()}`);
  }
  return new Uint8Array(binary);
}

function textOf(name: string): string | null {
  try {
    return readFileSync(join(ROOT, name), "utf8");
  } catch {
    return null;
  }
}
