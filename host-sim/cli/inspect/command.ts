/** Commands in words (SPEC 4.2). */
import {
  type BodyOf,
  type Command,
  decodeCommand,
  type DrugReference,
  type RatedDose,
  type WholeDose,
} from "../../authority/command.js";
import { START_MODES } from "../../authority/command-body.js";
import { formatRate, formatVolume } from "../../authority/quantity.js";
import { COMMAND_KINDS, isServiceKind } from "../../authority/roles.js";
import { dateField, durationField, field, group, hexField, type Shown } from "./shown.js";
import { amountWords, doseWords, type Recognised, surfaceWords, weightWords } from "./words.js";

export function showCommand(payload: Uint8Array): Recognised {
  const command = decodeCommand(payload);
  const { kind } = command.body;
  const { number, role } = COMMAND_KINDS[kind];
  return {
    what: `command: ${kind} (SPEC 4.2)`,
    parts: [
      field("kind", number, `${kind} (${number}), for a key of role ${role}`),
      hexField("session id", command.sessionId),
      field("sequence", command.sequence),
      durationField("life", command.lifeS),
      ...(isServiceKind(kind)
        ? []
        : [hexField("patient token", command.patientToken), hexField("order id", command.orderId)]),
      ...showBody(command),
    ],
  };
}

function showBody({ body }: Command): Shown[] {
  switch (body.kind) {
    case "associate":
      return [
        field("weight", body.weightG, weightWords(body.weightG)),
        field("body surface", body.bsaCm2, surfaceWords(body.bsaCm2)),
        field("area", body.area),
      ];
    case "new bag":
      return [field("VTBI", body.vtbiNl, formatVolume(body.vtbiNl))];
    case "calibrate":
      return [field("set", body.setId), field("step", body.plPerStep, `${body.plPerStep} pL per motor step`)];
    case "configure":
      return [
        durationField("near end", body.configuration.nearEndS),
        durationField("paused long", body.configuration.pausedLongS),
        durationField("KVO at most", body.configuration.kvoSMax),
      ];
    case "log-ack":
      return [
        field("stream", body.stream, body.stream === 0 ? "decisions (0)" : "meter (1)"),
        field("acknowledged up to", body.acknowledged),
      ];
    case "time":
      return [dateField("time", body.timeS)];
    case "titrate":
      return [showReference(body.drug), ...rated(body)];
    case "bolus":
    case "loading":
      return [showReference(body.drug), ...whole(body)];
    case "start":
      return showStart(body);
    case "PCA":
      return showPca(body);
    default:
      return [];
  }
}

function rated(dose: RatedDose): Shown[] {
  return [
    field("dose", dose.dose, doseWords(dose.dose, dose.unit)),
    field("rate", dose.rateNlPerH, formatRate(dose.rateNlPerH)),
  ];
}

function whole(dose: WholeDose): Shown[] {
  return [...rated(dose), field("volume", dose.volumeNl, formatVolume(dose.volumeNl))];
}

function showBag(body: BodyOf<"start"> | BodyOf<"PCA">, unit: number): Shown[] {
  const { amount, volumeNl } = body.concentration;
  return [
    field("VTBI", body.vtbiNl, formatVolume(body.vtbiNl)),
    field("total", body.totalNl, formatVolume(body.totalNl)),
    field("concentration", amount, amountWords(amount, volumeNl, unit)),
    field("set", body.setId),
    ...(body.loading ? [group("loading dose", "before all else", whole(body.loading))] : []),
  ];
}

function showStart(body: BodyOf<"start">): Shown[] {
  const { durationS, range, steps = [], unit } = body;
  const mode = body.mode ?? "continuous";
  return [
    showReference(body.drug),
    field("mode", START_MODES[mode], `${mode} (${START_MODES[mode]})`),
    ...rated(body),
    ...(durationS === undefined ? [] : [durationField("duration", durationS)]),
    ...showBag(body, unit),
    ...(range
      ? [
          group("titration range", "", [
            field("minimum", range.min, doseWords(range.min, unit)),
            field("maximum", range.max, doseWords(range.max, unit)),
            field("largest step", range.stepMax, doseWords(range.stepMax, unit)),
            durationField("shortest interval", range.intervalS),
          ]),
        ]
      : []),
    ...steps.map((step, i) =>
      group(
        `step ${i + 2}`,
        `after ${formatVolume(step.afterNl)} of the one before`,
        rated({ ...step, unit }),
      ),
    ),
  ];
}

function showPca(body: BodyOf<"PCA">): Shown[] {
  return [
    showReference(body.drug),
    group("on demand", "", [...whole(body.pca), durationField("lockout", body.pca.lockoutS)]),
    body.basal ? group("basal", "", rated(body.basal)) : field("basal", "none"),
    ...showBag(body, body.pca.unit),
  ];
}

function showReference(drug: DrugReference): Shown {
  const words = `area ${drug.area}, drug ${drug.drug}, variant ${drug.variant}`;
  return group("drug", words, [
    field("library", `epoch ${drug.epoch}, version ${drug.version}`),
    hexField("library root begins", drug.rootPrefix),
    field("minimum root version", drug.rootVersionMin),
  ]);
}
