/** A provisioned pump with a library of any size, and an order that goes the whole way of a command. */
import { parseDoseUnit } from "../../host-sim/authority/dose.js";
import { compile, type CompiledLibrary } from "../../host-sim/authority/library/compile.js";
import { generateLibrary } from "../../host-sim/authority/library/generate.js";
import type { Drug } from "../../host-sim/authority/library/model.js";
import type { Gate } from "../../host-sim/gate/gate.js";
import { statusName, STATUS } from "../../host-sim/gate/status.js";
import { Bed, patientToken, type StartInWords } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";

/** Care areas of every library, of which the fourth takes adults and lies past the middle. */
const AREAS = 5;
const AREA = 4;
const ML = 1_000_000;
const MG = 1_000_000_000;

/** The drug that is ordered: as many limits as an entry usually has, so that the judgement skips nothing. */
const DRUG: Drug = {
  kind: "drug",
  area: AREA,
  drug: 999,
  variant: 1,
  name: "bench drug 100 mg in 100 mL",
  ingredient: 999 * 8,
  concentration: { amount: { value: 100 * MG, dimension: 0 }, volumeNl: 100 * ML },
  continuous: {
    unit: parseDoseUnit("mg/h"),
    bounds: { hardMin: MG, softMin: 2 * MG, softMax: 40 * MG, hardMax: 80 * MG },
  },
  vtbi: { softMin: ML, softMax: 500 * ML, hardMax: 900 * ML },
  weightG: { min: 40_000, max: 200_000 },
  bsaCm2: { min: 12_000, max: 25_000 },
  windows: {
    unit: parseDoseUnit("mg"),
    limits: {
      "1h": { softMax: 100 * MG, hardMax: 200 * MG },
      "24h": { softMax: 2000 * MG, hardMax: 3000 * MG },
    },
  },
  flags: 0,
};

const ORDER: StartInWords = { dose: "5 mg/h", vtbi: "50 mL" };

/** A library of exactly `entries`, with the drug that is ordered among generated ones. */
export function libraryOf(entries: number): CompiledLibrary {
  const generated = generateLibrary({ entries: entries - 1, areas: AREAS, seed: "bench" });
  return compile(generated.header, [...generated.entries.map(({ model }) => model), DRUG]);
}

/** How long a command took. */
export interface Taken {
  readonly us: number;
  /** The scheduler gave the processor to another process meanwhile: that time is not the gate's. */
  readonly interrupted: boolean;
}

/** A pump in use: provisioned, library installed, patient associated, nothing running. */
export class BenchPump {
  readonly bed: Bed;
  readonly #drug: Drug;

  constructor(
    readonly module: WebAssembly.Module,
    readonly library: CompiledLibrary,
  ) {
    const hospital = new Hospital({ seed: "bench", library, nowS: library.header.issuedS });
    this.bed = Bed.ready({ name: "bench", module, hospital, library });
    const patient = { token: patientToken("bench"), weightG: 70_000, bsaCm2: 18_000, area: AREA };
    const { status } = this.bed.associate(patient);
    if (status !== STATUS.OK) throw new Error(`the patient is refused: ${statusName(status)}`);
    this.#drug = this.bed.drug(DRUG.name);
  }

  get gate(): Gate {
    return this.bed.pump.gate;
  }

  /** A signed start with its proofs, ready to be handed over. */
  order(): Uint8Array {
    const { bed } = this;
    bed.newOrder(this.#drug);
    const body = bed.startBody(this.#drug, ORDER);
    return bed.desk.prepare(bed.hospital.keys.prescriber, bed.patient.token, bed.orderId, body).record;
  }

  /** The ordered drug's entry, with its place in the tree. */
  proofs(): { entry: Uint8Array; index: number; path: readonly Uint8Array[] } {
    return this.library.proofs(AREA, DRUG.drug, DRUG.variant).drug;
  }

  /** Stops what runs; half a minute later every bucket is full again and all background work is done. */
  rest(): void {
    this.bed.pump.panel("STOP");
    this.bed.pump.runFor(30_000);
    this.gate.settle();
  }

  /** Power off and on: what was kept in RAM only, prepared keys among it, is gone. */
  reboot(): void {
    this.bed.pump.powerCycle();
    this.gate.settle();
    this.bed.pump.runFor(30_000);
    this.bed.desk.open();
  }

  /** Hands the order over and runs its slices until the verdict. Throws unless it is permitted. */
  submit(order: Uint8Array): Taken {
    const before = process.resourceUsage().involuntaryContextSwitches;
    const begun = process.hrtime.bigint();
    const judged = this.gate.submit(order);
    const us = Number(process.hrtime.bigint() - begun) / 1000;
    const interrupted = process.resourceUsage().involuntaryContextSwitches !== before;
    if (judged.status !== STATUS.OK || judged.verdict === null) {
      throw new Error(`the bench's order is refused: ${statusName(judged.status)}`);
    }
    return { us, interrupted };
  }
}
