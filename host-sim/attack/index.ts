/** Every attack, and how to run them. */
import { loadModule } from "../gate/gate.js";
import { type Attack, type AttackDescription, describeAttack, type Outcome } from "./attack.js";
import { CVE_2014_5406 } from "./cve-2014-5406.js";
import { CVE_2015_3956 } from "./cve-2015-3956.js";

export {
  type Attack,
  type AttackDescription,
  describeAttack,
  MECHANISMS,
  type Mechanism,
  type Outcome,
  type Step,
} from "./attack.js";

/** In the order in which they are run and shown. */
export const ATTACKS: readonly Attack[] = [CVE_2015_3956, CVE_2014_5406];

/** An attack with how it ended. */
export interface AttackReport extends AttackDescription {
  readonly outcome: Outcome;
}

export interface RunAttackOptions {
  /** The gate under attack; the release module if left out. */
  readonly module?: WebAssembly.Module;
}

export interface RunAllOptions extends RunAttackOptions {
  /** Attacks to run; all if left out. */
  readonly ids?: readonly string[];
  /** Told of every attack as it ends. */
  readonly onReport?: (report: AttackReport) => void;
}

/** The attack of a CVE id, whatever the letters' case. Throws RangeError if there is none. */
export function findAttack(id: string): Attack {
  const found = ATTACKS.find((attack) => attack.id.toLowerCase() === id.toLowerCase());
  if (found === undefined) {
    throw new RangeError(`no attack "${id}"; there are ${ATTACKS.map((a) => a.id).join(", ")}`);
  }
  return found;
}

/** Runs one attack against a fresh pump. Throws RangeError for an id that is none. */
export function runAttack(id: string, options: RunAttackOptions = {}): AttackReport {
  const attack = findAttack(id);
  return { ...describeAttack(attack), outcome: attack.run({ module: options.module ?? loadModule() }) };
}

/** Runs attacks one after the other, each against a pump of its own. */
export function runAll(options: RunAllOptions = {}): AttackReport[] {
  const module = options.module ?? loadModule();
  const ids = options.ids ?? ATTACKS.map(({ id }) => id);
  return ids.map((id) => {
    const report = runAttack(id, { module });
    options.onReport?.(report);
    return report;
  });
}
