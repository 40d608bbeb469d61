/** Bodies of commands (SPEC 4.2): the same key means the same in every kind; which keys a kind has is SPEC's table. */
import { MODE } from "../gate/names.js";
import type {
  BodyOf,
  CommandBody,
  DrugReference,
  OrderStep,
  PcaDose,
  RatedDose,
  StartMode,
  TitrationRange,
  WholeDose,
} from "./command.js";
import {
  checkArray,
  checkUint,
  type CborValue,
  type Encodable,
  EncodingError,
  MapReader,
} from "./encoding.js";

/** Mode numbers by the words that an order file uses. */
export const START_MODES: Readonly<Record<StartMode, number>> = {
  continuous: MODE.CONTINUOUS,
  intermittent: MODE.INTERMITTENT,
  secondary: MODE.SECONDARY,
};
export const START_MODE_NAMES = Object.keys(START_MODES) as readonly StartMode[];

/** Steps of a program; the loading dose counts as one. */
export const STEPS_MAX = 10;
/** SPEC 3.2: a concentration's volume, so that dose arithmetic stays within 128 bits. */
const CONCENTRATION_NL_MAX = 10 ** 11;
const DAY_S = 86_400;
const UINT32_MAX = 0xffff_ffff;
/** Bounds of the configuration (SPEC 4.2). */
const ALARM_S_MIN = 60;
const ALARM_S_MAX = 3600;
const KVO_S_MAX = 14_400;
/** The time of a packed unit stands in bits 8 and up (SPEC 3.3). */
const UNIT_WITHOUT_TIME_MAX = 0xff;
/** Picolitres per motor step. */
const PL_PER_STEP_MAX = 10 ** 9;

/** The body map of a command. */
export function encodeBody(body: CommandBody): Encodable {
  switch (body.kind) {
    case "associate":
      return { 10: body.weightG, 11: body.bsaCm2, 12: body.area };
    case "start":
      return {
        0: START_MODES[body.mode ?? "continuous"],
        ...encodeRated(body),
        ...encodeBag(body),
        9: body.range && {
          0: body.range.min,
          1: body.range.max,
          2: body.range.stepMax,
          3: body.range.intervalS,
        },
        16: body.steps?.map((step) => [step.afterNl, step.dose, step.rateNlPerH]),
        18: body.durationS,
      };
    case "PCA":
      return {
        0: MODE.PCA,
        ...(body.basal && encodeRated(body.basal)),
        ...encodeBag(body),
        17: [...wholeTuple(body.pca), body.pca.lockoutS],
      };
    case "titrate":
      return { 1: encodeReference(body.drug), ...encodeRated(body) };
    case "bolus":
    case "loading":
      return { 1: encodeReference(body.drug), ...encodeRated(body), 5: body.volumeNl };
    case "new bag":
      return { 5: body.vtbiNl };
    case "calibrate":
      return { 7: body.setId, 19: body.plPerStep };
    case "configure": {
      const { nearEndS, pausedLongS, kvoSMax } = body.configuration;
      return { 20: { 0: nearEndS, 1: pausedLongS, 2: kvoSMax } };
    }
    case "log-ack":
      return { 13: body.stream, 14: body.acknowledged };
    case "time":
      return { 21: body.timeS };
    default:
      return {};
  }
}

function encodeRated(dose: RatedDose): Record<number, Encodable> {
  return { 2: dose.unit, 3: dose.dose, 4: dose.rateNlPerH };
}

function encodeBag(body: BodyOf<"start"> | BodyOf<"PCA">): Record<number, Encodable | undefined> {
  return {
    1: encodeReference(body.drug),
    5: body.vtbiNl,
    6: [body.concentration.amount, body.concentration.volumeNl],
    7: body.setId,
    8: body.totalNl,
    15: body.loading && wholeTuple(body.loading),
  };
}

function wholeTuple(dose: WholeDose): number[] {
  return [dose.unit, dose.dose, dose.rateNlPerH, dose.volumeNl];
}

function encodeReference(drug: DrugReference): Encodable {
  return {
    0: drug.area,
    1: drug.drug,
    2: drug.variant,
    3: drug.epoch,
    4: drug.version,
    5: drug.rootPrefix,
    6: drug.rootVersionMin,
  };
}

/** Reads the body of a command of `kind`. Throws EncodingError that names the field; keys left over are the caller's to refuse. */
export function decodeBody(kind: CommandBody["kind"], map: MapReader): CommandBody {
  switch (kind) {
    case "associate":
      return {
        kind,
        weightG: map.uint32(10, "weight"),
        bsaCm2: map.uint32(11, "body surface"),
        area: map.uint(12, "area", 1, 0xffff),
      };
    case "start":
      return decodeStart(map);
    case "PCA":
      return decodePca(map);
    case "titrate":
      return { kind, drug: decodeReference(map.mapAt(1, "drug reference")), ...decodeRated(map) };
    case "bolus":
    case "loading": {
      const drug = decodeReference(map.mapAt(1, "drug reference"));
      return { kind, drug, ...decodeRated(map), volumeNl: map.uint(5, "volume", 1) };
    }
    case "new bag":
      return { kind, vtbiNl: map.uint(5, "VTBI", 1) };
    case "calibrate":
      return {
        kind,
        setId: map.uint32(7, "set id", 1),
        plPerStep: map.uint(19, "picolitres per step", 1, PL_PER_STEP_MAX),
      };
    case "configure":
      return { kind, configuration: decodeConfiguration(map.mapAt(20, "configuration")) };
    case "log-ack":
      return {
        kind,
        stream: map.uint(13, "stream", 0, 1) as 0 | 1,
        acknowledged: map.uint32(14, "sequence"),
      };
    case "time":
      return { kind, timeS: map.uint(21, "time") };
    default:
      return { kind };
  }
}

/** Which optional keys a start has, its mode says: those that it may not have stay unread, and are refused as unknown. */
function decodeStart(map: MapReader): BodyOf<"start"> {
  const number = map.uint(0, "mode", MODE.CONTINUOUS, MODE.SECONDARY);
  const mode = START_MODE_NAMES.find((name) => START_MODES[name] === number)!;
  const isContinuous = mode === "continuous";
  const loading = isContinuous ? decodeLoading(map) : undefined;
  const range = isContinuous ? map.optional(9, () => decodeRange(map.mapAt(9, "range"))) : undefined;
  const steps = isContinuous && !range ? map.optional(16, () => decodeSteps(map, loading)) : undefined;
  const duration = (): number => map.uint(18, "duration", 1, DAY_S);
  const durationS =
    mode === "intermittent" ? duration() : mode === "secondary" ? map.optional(18, duration) : undefined;
  return {
    kind: "start",
    ...(isContinuous ? {} : { mode }),
    ...decodeRated(map),
    ...decodeBag(map),
    ...(loading && { loading }),
    ...(range && { range }),
    ...(steps && { steps }),
    ...(durationS !== undefined && { durationS }),
  };
}

function decodePca(map: MapReader): BodyOf<"PCA"> {
  map.uint(0, "mode", MODE.PCA, MODE.PCA);
  const basal = map.optional(2, () => decodeRated(map));
  const loading = decodeLoading(map);
  const [unit, dose, rateNlPerH, volumeNl, lockoutS] = tuple(map.any(17, "PCA"), map.at(17, "PCA"), [
    ...WHOLE_FIELDS,
    { name: "lockout", min: 1, max: DAY_S },
  ]);
  const pca: PcaDose = {
    unit: unit!,
    dose: dose!,
    rateNlPerH: rateNlPerH!,
    volumeNl: volumeNl!,
    lockoutS: lockoutS!,
  };
  return { kind: "PCA", ...decodeBag(map), pca, ...(basal && { basal }), ...(loading && { loading }) };
}

function decodeRated(map: MapReader): RatedDose {
  return {
    unit: map.uint(2, "unit", 0, 0xfff),
    dose: map.uint(3, "dose", 1),
    rateNlPerH: map.uint32(4, "rate", 1),
  };
}

function decodeBag(map: MapReader) {
  const drug = decodeReference(map.mapAt(1, "drug reference"));
  const [amount, volumeNl] = map.pair(6, "concentration");
  if (amount < 1 || volumeNl < 1 || volumeNl > CONCENTRATION_NL_MAX) {
    throw new EncodingError(map.at(6, "concentration"), `amount or volume is outside 1..2^53-1, 1..10^11 nL`);
  }
  const vtbiNl = map.uint(5, "VTBI", 1);
  const totalNl = map.uint(8, "total", 1);
  if (vtbiNl > totalNl) throw new EncodingError(map.at(5, "VTBI"), "is above the total");
  return { drug, vtbiNl, concentration: { amount, volumeNl }, setId: map.uint32(7, "set id", 1), totalNl };
}

/** One item of a tuple: its name and bounds. */
interface TupleField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

const WHOLE_FIELDS: readonly TupleField[] = [
  { name: "unit", min: 0, max: UNIT_WITHOUT_TIME_MAX },
  { name: "dose", min: 1, max: Number.MAX_SAFE_INTEGER },
  { name: "rate", min: 1, max: UINT32_MAX },
  { name: "volume", min: 1, max: Number.MAX_SAFE_INTEGER },
];

const STEP_FIELDS: readonly TupleField[] = [
  { name: "volume before", min: 1, max: Number.MAX_SAFE_INTEGER },
  { name: "dose", min: 1, max: Number.MAX_SAFE_INTEGER },
  { name: "rate", min: 1, max: UINT32_MAX },
];

/** Unsigned integers, exactly as many as there are fields. */
function tuple(value: CborValue, path: string, fields: readonly TupleField[]): number[] {
  const items = checkArray(value, path, fields.length, fields.length);
  return fields.map(({ name, min, max }, i) =>
    checkUint(items[i]!, `${path}, item ${i} (${name})`, min, max),
  );
}

function decodeLoading(map: MapReader): WholeDose | undefined {
  return map.optional(15, () => {
    const [unit, dose, rateNlPerH, volumeNl] = tuple(
      map.any(15, "loading dose"),
      map.at(15, "loading dose"),
      WHOLE_FIELDS,
    );
    return { unit: unit!, dose: dose!, rateNlPerH: rateNlPerH!, volumeNl: volumeNl! };
  });
}

function decodeSteps(map: MapReader, loading: WholeDose | undefined): OrderStep[] {
  // the order's own dose is a step, and so is the loading dose
  const most = STEPS_MAX - 1 - (loading ? 1 : 0);
  return map.array(16, "steps", 1, most).map((value, i) => {
    const [afterNl, dose, rateNlPerH] = tuple(value, `${map.at(16, "steps")}, item ${i}`, STEP_FIELDS);
    return { afterNl: afterNl!, dose: dose!, rateNlPerH: rateNlPerH! };
  });
}

function decodeReference(map: MapReader): DrugReference {
  const reference = {
    area: map.uint(0, "area", 1, 0xffff),
    drug: map.uint32(1, "drug", 1),
    variant: map.uint(2, "variant", 0, 0xffff),
    epoch: map.uint32(3, "library epoch"),
    version: map.uint32(4, "library version"),
    rootPrefix: map.bytes(5, "library root prefix", 8),
    rootVersionMin: map.uint32(6, "minimum root version"),
  };
  map.end();
  return reference;
}

function decodeRange(map: MapReader): TitrationRange {
  const range = {
    min: map.uint(0, "minimum"),
    max: map.uint(1, "maximum", 1),
    stepMax: map.uint(2, "largest step", 1),
    intervalS: map.uint(3, "shortest interval", 0, DAY_S),
  };
  map.end();
  if (range.min > range.max) throw new EncodingError(map.at(0, "minimum"), "is above the maximum");
  return range;
}

function decodeConfiguration(map: MapReader) {
  const configuration = {
    nearEndS: map.uint(0, "near end", ALARM_S_MIN, ALARM_S_MAX),
    pausedLongS: map.uint(1, "paused long", ALARM_S_MIN, ALARM_S_MAX),
    kvoSMax: map.uint(2, "KVO", 0, KVO_S_MAX),
  };
  map.end();
  return configuration;
}
