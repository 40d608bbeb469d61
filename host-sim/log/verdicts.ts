/** Every judged decision of a log, judged again from its inputs and the library that was active (SPEC 4.4). */
import { equalBytes } from "../authority/bytes.js";
import type { CompiledLibrary } from "../authority/library/compile.js";
import type { Drug, Profile } from "../authority/library/model.js";
import { disagreement, reductionDisagreement } from "../model/agreement.js";
import {
  type Inputs,
  isJudgedKind,
  isReduction,
  judge,
  judgeReduction,
  type JudgedKind,
  preparationOf,
  VERDICT,
} from "../model/judgement.js";
import { exactFlow, steppedRate } from "../model/rate.js";
import { unpackUnit } from "../model/units.js";
import type { Decision } from "./event.js";
import { type Complaint, type NamedLibrary, nameOf } from "./history.js";

/** Counts of a log's decisions. */
export interface VerdictCounts {
  /** Decisions in the log. */
  total: number;
  /** Of those, orders that were judged by limits. */
  judged: number;
  /** Of those, judged again with the same outcome. */
  recomputed: number;
}

/** Statuses of steps 13 to 21 (SPEC 4.4): who ends there was judged, so its inputs are in the record. */
const JUDGED_FROM = 0x63;
const JUDGED_TO = 0x6b;
const FLAG_APPROVAL = 2;

export class Verdicts {
  readonly counts: VerdictCounts = { total: 0, judged: 0, recomputed: 0 };
  /** Libraries that judged but were not given, as "epoch/version". */
  readonly missing = new Set<string>();
  readonly #given: ReadonlyMap<string, CompiledLibrary>;

  constructor(libraries: readonly CompiledLibrary[]) {
    this.#given = new Map(libraries.map((library) => [nameOf(library.header), library]));
  }

  /** A library that was given must be the one that the log names. */
  named(library: NamedLibrary): Complaint | undefined {
    const given = this.#given.get(nameOf(library));
    if (!given || equalBytes(given.root, library.root)) return undefined;
    return contradiction(
      `library ${nameOf(library)} has another Merkle root than the file that was given as ${nameOf(library)}: ` +
        "the file was edited, or it is not the library that was released",
    );
  }

  /** Judges a decision again. */
  check(decision: Decision): Complaint | undefined {
    this.counts.total++;
    const { kind, inputs, verdict, status } = decision;
    if ((verdict === VERDICT.permit) !== (status === 0)) {
      return contradiction(`verdict ${verdict} cannot have status ${status}`);
    }
    if (!isJudgedKind(kind)) {
      return verdict === VERDICT.needsOverride
        ? contradiction(`a command of kind ${kind} cannot need an override`)
        : undefined;
    }
    if (!inputs) {
      const judged = verdict !== VERDICT.deny || (status >= JUDGED_FROM && status <= JUDGED_TO);
      return judged ? contradiction("it was judged by limits, but it has no inputs") : undefined;
    }
    this.counts.judged++;
    if (isReduction(kind, inputs)) {
      const fault = reductionDisagreement(decision, judgeReduction(inputs));
      if (fault !== undefined) return contradiction(`${fault} (a reduction)`);
      this.counts.recomputed++;
      return undefined;
    }
    const library = this.#given.get(`${inputs.libraryEpoch}/${inputs.libraryVersion}`);
    if (!library) {
      this.missing.add(`${inputs.libraryEpoch}/${inputs.libraryVersion}`);
      return undefined;
    }
    const found = find(library, inputs);
    if (!found) return contradiction(`library ${nameOf(library.header)} has no ${keyOf(inputs)}`);
    const complaint = this.#judge(decision, inputs, found);
    if (!complaint) this.counts.recomputed++;
    return complaint;
  }

  #judge(
    decision: Decision,
    inputs: Inputs,
    { drug, profile }: { drug: Drug; profile: Profile },
  ): Complaint | undefined {
    const { waivedMask } = decision;
    try {
      const judged = judge({ kind: decision.kind as JudgedKind, inputs, drug, profile, waivedMask });
      const unanswered = decision.emergency && decision.verdict === VERDICT.needsOverride;
      // An emergency waits for a person whatever it keeps, unless something harder speaks against it (SPEC 6.6).
      const fault =
        unanswered && judged.verdict !== VERDICT.deny ? undefined : disagreement(decision, judged);
      if (fault !== undefined) return contradiction(`${fault} (${drug.name}, ${keyOf(inputs)})`);
    } catch (error) {
      if (error instanceof RangeError) return contradiction(error.message);
      throw error;
    }
    const waived = decision.verdict === VERDICT.permit && waivedMask !== 0 && !decision.emergency;
    if (waived && (drug.flags & FLAG_APPROVAL) !== 0 && !decision.approverKid) {
      return contradiction(`${drug.name} demands a signed approval, but the panel waived its soft limits`);
    }
    return undefined;
  }
}

/** The greatest basal rate that a permitted start or titration allows: of its steps, or of its range's maximum. */
export function greatestRate(inputs: Inputs): bigint {
  const rates = [inputs.rateNlPerH, inputs.steps?.highestRateNlPerH ?? 0, inputs.loading?.rateNlPerH ?? 0];
  const rate = BigInt(Math.max(...rates));
  const unit = unpackUnit(inputs.unit);
  if (inputs.rangeMax === undefined || !unit) return rate;
  const flow = exactFlow(unit, BigInt(inputs.rangeMax), preparationOf(inputs));
  const ofRange = (flow && steppedRate(flow, inputs.pumpClass)?.rateNlPerH) ?? 0n;
  return ofRange > rate ? ofRange : rate;
}

function find(library: CompiledLibrary, inputs: Inputs): { drug: Drug; profile: Profile } | undefined {
  try {
    const { drug, profileModel } = library.find(inputs.area, inputs.drug, inputs.variant);
    return { drug, profile: profileModel };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function keyOf({ area, drug, variant }: Inputs): string {
  return `drug ${drug} variant ${variant} in area ${area}`;
}

function contradiction(message: string): Complaint {
  return { reason: "contradiction", message };
}
