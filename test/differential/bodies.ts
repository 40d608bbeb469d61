/** The commands that operations stand for. */
import type { CommandBody, TitrationRange } from "../../host-sim/authority/command.js";
import { packDoseUnit } from "../../host-sim/authority/dose.js";
import type { CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import { MG, ML } from "../support/ward.js";
import { mg } from "./fixture.js";
import type { Operation } from "./operations.js";
import { onStep, rated, step, UNIT_MG, UNIT_MG_H, whole } from "./orders.js";

export type Beginning = Extract<Operation, { op: "start" | "pca" | "intermittent" }>;
export type Furthering = Extract<Operation, { op: "titrate" | "bolus" | "loading" }>;

/** What begins a program of `meant`. */
export function beginning(operation: Beginning, meant: Drug, library: CompiledLibrary): CommandBody {
  const common = {
    drug: library.reference(meant.area, meant.drug, meant.variant),
    concentration: { amount: MG, volumeNl: ML },
    setId: 1,
  };
  if (operation.op === "pca") {
    const dose = mg(operation.dose) + operation.near;
    const basal = operation.basal === 0 ? {} : { basal: rated(mg(operation.basal), UNIT_MG_H) };
    const pca = { ...whole(dose, UNIT_MG), lockoutS: operation.lockout };
    return { kind: "PCA", ...common, vtbiNl: 20 * ML, totalNl: 60 * ML, pca, ...basal };
  }
  if (operation.op === "intermittent") {
    const dose = mg(operation.dose) + operation.near;
    const volumeNl = whole(dose, UNIT_MG).volumeNl;
    const exact = Math.floor((volumeNl * 3600) / operation.duration);
    const rateNlPerH = Math.max(onStep(exact), 1);
    return {
      kind: "start",
      mode: "intermittent",
      ...common,
      unit: packDoseUnit(UNIT_MG),
      dose,
      rateNlPerH,
      vtbiNl: volumeNl,
      totalNl: 60 * ML,
      durationS: operation.duration,
    };
  }
  const dose = mg(operation.dose) + operation.near;
  const plain = {
    kind: "start",
    ...common,
    ...rated(dose, UNIT_MG_H),
    vtbiNl: operation.vtbi * ML,
    totalNl: 60 * ML,
  } as const;
  switch (operation.more) {
    case 1:
      return {
        ...plain,
        range: {
          min: mg(1),
          max: mg(operation.dose + 2),
          stepMax: mg(2),
          intervalS: 60,
        } satisfies TitrationRange,
      };
    case 2:
      return { ...plain, steps: [step(3 * ML, mg(operation.dose + 2)), step(3 * ML, mg(1) + 1)] };
    case 3:
      return meant.loading ? { ...plain, loading: whole(mg(3) + operation.near, UNIT_MG) } : plain;
    default:
      return plain;
  }
}

/** What goes on with a program of `meant`. */
export function furthering(operation: Furthering, meant: Drug, library: CompiledLibrary): CommandBody {
  const reference = { drug: library.reference(meant.area, meant.drug, meant.variant) };
  const dose = mg(operation.dose) + operation.near;
  return operation.op === "titrate"
    ? { kind: "titrate", ...reference, ...rated(dose, UNIT_MG_H) }
    : { kind: operation.op, ...reference, ...whole(dose, UNIT_MG) };
}
