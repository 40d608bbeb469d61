/**
 * What the reference judgement (host-sim/model) makes of a vector. It judges orders on a pump that has delivered nothing yet: the
 * windows' sums are then those of the order alone.
 */
import { statusName } from "../gate/status.js";
import { type Inputs, isJudgedKind, judge, type JudgedKind, VERDICT } from "../model/judgement.js";
import { JUDGED } from "../model/limits.js";
import { type Future, Ledger, type WindowIndex } from "../model/ledger.js";
import { FLAG_BOLUS_APART } from "../authority/library/model.js";
import { COMMAND_KINDS } from "../authority/roles.js";
import { drugOf, packed, profileOf } from "./fixture.js";
import type {
  BodyText,
  LibraryText,
  LimitTest,
  Operation,
  PcaOrderText,
  StartText,
  TestGroup,
  WholeText,
} from "./limit-vectors.js";
import type { Answer } from "./operate.js";

/** Refusals that rest on more than an order, its entry and its profile. */
const UNSEEN: ReadonlySet<number> = new Set([JUDGED.area, JUDGED.set]);
const SEEN: ReadonlySet<string> = new Set(
  Object.values(JUDGED)
    .filter((status) => !UNSEEN.has(status))
    .map((status) => statusName(status)),
);

type Bag = StartText | PcaOrderText;

/** A program that an order goes on with. */
interface Program {
  readonly bag: Bag;
  /** Dose and rate in force. */
  readonly dose: number;
  readonly rateNlPerH: number;
}

/** The answers that the model allows, one for each cause of the step that fails; undefined if it does not judge this vector. */
export function referenceAnswer(
  group: TestGroup,
  { before = [], operation, expected }: LimitTest,
): readonly Partial<Answer>[] | undefined {
  if (operation.op !== "order" || expected.status === undefined || !SEEN.has(expected.status)) {
    return undefined;
  }
  const { body } = operation;
  if (!("drug" in body)) return undefined;
  // Of later steps the model is told the doses, not each rate.
  if (body.kind === "start" && body.steps && expected.status.startsWith("RATE_")) return undefined;
  let program: Program | undefined;
  let library = group.library;
  for (const past of [...group.history, ...before]) {
    if (past.op === "library") library = past.library;
    else if (!isOrder(past)) return undefined;
    else program = after(program, past.body);
  }
  const kind: number = COMMAND_KINDS[body.kind].number;
  if (!isJudgedKind(kind)) return undefined;
  return answers(group, library, kind, body, program);
}

function isOrder(past: Operation): past is Extract<Operation, { op: "order" }> & { body: { drug: number } } {
  return past.op === "order" && "drug" in past.body;
}

function after(program: Program | undefined, body: BodyText): Program | undefined {
  if (body.kind === "start") return { bag: body, dose: body.dose, rateNlPerH: body.rateNlPerH };
  if (body.kind === "PCA") {
    return { bag: body, dose: body.basal?.dose ?? 0, rateNlPerH: body.basal?.rateNlPerH ?? 0 };
  }
  if (body.kind === "titrate" && program) return { ...program, rateNlPerH: body.rateNlPerH };
  return program;
}

function answers(
  group: TestGroup,
  library: LibraryText,
  kind: JudgedKind,
  body: Extract<BodyText, { drug: number }>,
  program: Program | undefined,
): readonly Partial<Answer>[] | undefined {
  const text = library.drugs.find(({ drug }) => drug === body.drug);
  const profile = library.profiles.find(({ area }) => area === text?.area);
  const bag = body.kind === "start" || body.kind === "PCA" ? body : program?.bag;
  if (!text || !profile || !bag) return undefined;
  const drug = drugOf(text);
  const apart = (drug.flags & FLAG_BOLUS_APART) !== 0;
  const inputs: Inputs = {
    ...inputsOf(body, bag, program),
    ...(text.windows && { windows: worstSums(body, bag, program, apart) }),
    area: text.area,
    weightG: group.patient.weightG,
    bsaCm2: group.patient.bsaCm2,
    pumpClass: group.pumpClass,
  };
  const judged = judge({ kind, inputs, drug, profile: profileOf(profile), waivedMask: 0 });
  if (judged.verdict === VERDICT.permit) return [{ verdict: "PERMIT", status: "OK" }];
  const verdict = judged.verdict === VERDICT.deny ? "DENY" : "NEEDS_OVERRIDE";
  return judged.causes.map(({ status, limit, bound }) => ({
    verdict,
    status: statusName(status),
    ...(limit !== undefined && { limit }),
    ...(bound !== undefined && { bound: Number(bound) }),
    ...(verdict === "NEEDS_OVERRIDE" && { softMask: judged.softMask }),
  }));
}

function inputsOf(body: Extract<BodyText, { drug: number }>, bag: Bag, program: Program | undefined) {
  const common = {
    drug: body.drug,
    variant: 1,
    libraryEpoch: 1,
    libraryVersion: 1,
    amount: bag.concentration.amount,
    concentrationNl: bag.concentration.volumeNl,
    setId: bag.setId,
    totalNl: bag.totalNl,
    basalRateNlPerH: program?.rateNlPerH ?? 0,
    mode: 1,
  };
  switch (body.kind) {
    case "start":
      return { ...common, ...rated(body), ...startInputs(body) };
    case "PCA":
      return {
        ...common,
        ...(body.basal ? rated(body.basal) : { unit: 0, dose: 0, rateNlPerH: 0 }),
        volumeNl: body.vtbiNl,
        ...(body.loading && { loading: whole(body.loading) }),
        pca: { ...whole(body.pca), lockoutS: body.pca.lockoutS },
        mode: 4,
      };
    case "titrate":
      return { ...common, ...rated(body), volumeNl: program?.dose ?? 0 };
    default:
      return { ...common, ...whole(body) };
  }
}

function startInputs({ vtbiNl, range, steps, loading, durationS }: StartText) {
  const doses = steps?.map(({ dose }) => dose) ?? [];
  const rates = steps?.map(({ rateNlPerH }) => rateNlPerH) ?? [];
  return {
    volumeNl: vtbiNl,
    ...(range && { rangeMax: range.max }),
    ...(steps && {
      steps: {
        lowestDose: Math.min(...doses),
        highestDose: Math.max(...doses),
        highestRateNlPerH: Math.max(...rates),
      },
    }),
    ...(loading && { loading: whole(loading) }),
    ...(durationS !== undefined && { durationS }),
  };
}

const rated = ({ unit, dose, rateNlPerH }: { unit: string; dose: number; rateNlPerH: number }) => ({
  unit: packed(unit),
  dose,
  rateNlPerH,
});
const whole = (text: WholeText) => ({ ...rated(text), volumeNl: text.volumeNl });

/** SPEC 6.3 for somebody who has had nothing. */
function worstSums(
  body: Extract<BodyText, { drug: number }>,
  bag: Bag,
  program: Program | undefined,
  bolusApart: boolean,
): number[] {
  const rates = [
    "pca" in body
      ? (body.basal?.rateNlPerH ?? 0)
      : body.kind === "start" || body.kind === "titrate"
        ? body.rateNlPerH
        : (program?.rateNlPerH ?? 0),
    ...(body.kind === "start" ? (body.steps ?? []) : []).map(({ rateNlPerH }) => rateNlPerH),
  ];
  const bolusNl =
    body.kind === "bolus" || body.kind === "loading"
      ? body.volumeNl
      : "pca" in body
        ? body.pca.volumeNl + (body.loading?.volumeNl ?? 0)
        : body.kind === "start"
          ? (body.loading?.volumeNl ?? 0)
          : 0;
  const future: Future = {
    amount: BigInt(bag.concentration.amount),
    volumeNl: BigInt(bag.concentration.volumeNl),
    bolusNl: BigInt(bolusNl),
    rateNlPerH: BigInt(Math.max(...rates)),
    leftNl: BigInt(Math.max(bag.vtbiNl - (bolusApart ? 0 : bolusNl), 0)),
    bolusApart,
  };
  const ledger = new Ledger();
  return ([0, 1, 2, 3] as const).map((window: WindowIndex) =>
    Number(ledger.worst(undefined, window, 0n, future)),
  );
}
