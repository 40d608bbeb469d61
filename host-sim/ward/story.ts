/** One pump from its box to the end of a therapy, a line for each step: what `dosegate simulate --pump` shows. */
import { exampleDirectory, loadLibrary } from "../authority/library/load.js";
import type { GateObserver, Judged } from "../gate/gate.js";
import { LIMIT_NAMES, verdictName } from "../gate/names.js";
import { STATUS, statusName } from "../gate/status.js";
import { formatVolume } from "../authority/quantity.js";
import { Bed, patientToken } from "./bed.js";
import { LogCollector, verifyPump } from "./collector.js";
import { Hospital } from "./hospital.js";
import { namedRoot, OPENED_S } from "./ward.js";

export interface StoryOptions {
  readonly seed: string;
  readonly module: WebAssembly.Module;
  /** Told of everything that crosses the ABI: a Recorder makes a trace of it that another engine can replay. */
  readonly observer?: GateObserver;
  /** Told of every step as it ends. */
  readonly onStep?: (step: StoryStep) => void;
}

export interface StoryStep {
  /** Virtual time since power-on. */
  readonly atMs: number;
  readonly what: string;
  /** Status name, with the verdict before it where the gate judged. */
  readonly answer: string;
  /** The gate answered as the story needs. */
  readonly asPlanned: boolean;
}

/** Runs the story; every step is in the answer. */
export function onePumpStory(options: StoryOptions): StoryStep[] {
  return new Story(options).run();
}

/** The verdict with its reason and limit, or the refusal: "DENY, LIMIT_HARD, rate". */
export function answerText({ status, verdict }: Judged): string {
  const word = verdict === null ? null : verdictName(verdict.verdict);
  const limit = verdict === null ? undefined : LIMIT_NAMES[verdict.limit];
  const reason = statusName(status);
  const parts = [word ?? "REFUSED", reason === "OK" ? "" : reason, limit ?? ""];
  return parts.filter((part) => part !== "").join(", ");
}

class Story {
  readonly #steps: StoryStep[] = [];
  readonly #onStep: StoryOptions["onStep"];
  readonly #bed: Bed;

  constructor({ seed, module, observer, onStep }: StoryOptions) {
    const library = loadLibrary(exampleDirectory());
    const hospital = new Hospital({ seed: `story ${seed}`, library, nowS: OPENED_S });
    const pump = observer === undefined ? {} : { pump: { observer } };
    this.#onStep = onStep;
    this.#bed = new Bed({ name: `story ${seed}`, hospital, library, module, ...pump });
  }

  run(): StoryStep[] {
    const bed = this.#bed;
    const { pump } = bed;
    this.#ended("power on: a blank pump asks to be provisioned", pump.powerOn(), STATUS.NOT_PROVISIONED);
    this.#ended(
      "provision: device secret, calibration, root document",
      pump.provision(bed.issued.block).status,
    );
    this.#ended(
      `install the drug library: ${bed.library.entries.length} entries, signed by two people`,
      bed.install(bed.library).status,
    );
    this.#therapy();
    this.#ended("read and verify the sealed log", this.#logStatus());
    return this.#steps;
  }

  #therapy(): void {
    const bed = this.#bed;
    const { pump } = bed;
    const patient = { token: patientToken("story"), area: 1, weightG: 80_000, bsaCm2: 0 };
    this.#judged("associate the patient: 80 kg, adult ICU", bed.associate(patient));
    const start = { dose: "50 mcg/h", vtbi: "100 mL" };
    this.#judged("start fentaNYL at 50 mcg/h, 100 mL", bed.start(bed.drug("fentaNYL", 1), start));
    pump.runFor(600_000);
    this.#judged("titrate to 75 mcg/h", bed.titrate("75 mcg/h"));
    this.#judged(
      "titrate to 600 mcg/h: beyond the hard limit of 500",
      bed.titrate("600 mcg/h"),
      "LIMIT_HARD",
    );
    const waiting = bed.titrate("250 mcg/h");
    this.#judged("titrate to 250 mcg/h: beyond the soft limit of 200", waiting, "LIMIT_SOFT");
    if (waiting.verdict !== null) this.#judged("a supervisor approves 250 mcg/h", bed.approve(waiting));
    pump.runFor(300_000);
    this.#judged("titrate to 50 mcg/h", bed.titrate("50 mcg/h"));
    this.#judged("bolus of 50 mcg at 100 mL/h", bed.bolus("50 mcg", "100 mL/h"));
    pump.runFor(300_000);
    const pause = bed.command({ kind: "pause" });
    this.#judged("pause, signed", pause);
    this.#judged(
      "the same bytes again: the stored verdict, no second effect",
      pump.submit(pause.submission.record),
    );
    pump.runFor(60_000);
    this.#judged("resume, signed", bed.command({ kind: "resume" }));
    this.#judged("the pause again, replayed by a stranger", pump.submit(pause.submission.record), "SEQUENCE");
    pump.runFor(600_000);
    this.#judged("stop, signed", bed.command({ kind: "stop" }));
    pump.runFor(2000);
    const { deliveredNl } = pump.inspect();
    const truthPl = pump.account.deliveredPl(1);
    const what = `${formatVolume(Number(deliveredNl))} counted, ${formatVolume(Number(truthPl / 1000n))} left the pump`;
    this.#step(what, "never less", deliveredNl * 1000n >= truthPl);
  }

  #logStatus(): number {
    const { issued, library, hospital, pump } = this.#bed;
    const collector = new LogCollector(issued.deviceId);
    const nonce = new Uint8Array(32).fill(0x5a);
    const roots = [namedRoot(hospital)];
    const { ok } = verifyPump(pump, collector, { issued, libraries: [library], roots, nonce });
    return ok ? STATUS.OK : STATUS.STORE_CORRUPT;
  }

  #ended(what: string, status: number, wanted: number = STATUS.OK): void {
    this.#step(what, statusName(status), status === wanted);
  }

  #judged(what: string, judged: Judged, wanted = "OK"): void {
    this.#step(what, answerText(judged), statusName(judged.status) === wanted);
  }

  #step(what: string, answer: string, asPlanned: boolean): void {
    const step = { atMs: this.#bed.device.clock.elapsedUs / 1000, what, answer, asPlanned };
    this.#steps.push(step);
    this.#onStep?.(step);
  }
}
