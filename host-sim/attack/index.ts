/** Every attack, and how to run them. */
import { loadModule } from "../gate/gate.js";
import { type Attack, type AttackDescription, describeAttack, type Outcome } from "./attack.js";
import { CVE_2014_5403 } from "./cve-2014-5403.js";
import { CVE_2014_5406 } from "./cve-2014-5406.js";
import { CVE_2015_3956 } from "./cve-2015-3956.js";
import { CVE_2015_3958 } from "./cve-2015-3958.js";
import { CVE_2015_3965 } from "./cve-2015-3965.js";
import { CVE_2016_5085 } from "./cve-2016-5085.js";
import { CVE_2016_5086 } from "./cve-2016-5086.js";
import { CVE_2016_9355 } from "./cve-2016-9355.js";
import { CVE_2017_12718 } from "./cve-2017-12718.js";
import { CVE_2017_12721 } from "./cve-2017-12721.js";
import { CVE_2018_14781 } from "./cve-2018-14781.js";
import { CVE_2018_14786 } from "./cve-2018-14786.js";
import { CVE_2019_10964 } from "./cve-2019-10964.js";
import { CVE_2020_12039 } from "./cve-2020-12039.js";
import { CVE_2020_25166 } from "./cve-2020-25166.js";
import { CVE_2020_27264 } from "./cve-2020-27264.js";
import { CVE_2020_27266 } from "./cve-2020-27266.js";
import { CVE_2020_27269 } from "./cve-2020-27269.js";
import { CVE_2021_33882 } from "./cve-2021-33882.js";
import { CVE_2021_33884 } from "./cve-2021-33884.js";
import { CVE_2021_33885 } from "./cve-2021-33885.js";
import { CVE_2022_32537 } from "./cve-2022-32537.js";
import { CVE_2023_30560 } from "./cve-2023-30560.js";
import { CVE_2023_30562 } from "./cve-2023-30562.js";

export {
  type Attack,
  type AttackDescription,
  type Bound,
  describeAttack,
  type Ending,
  MECHANISMS,
  type Mechanism,
  type Outcome,
  type Step,
} from "./attack.js";

/** In the order in which they are run and shown: those that the gate refuses, then those that it can only bound. */
export const ATTACKS: readonly Attack[] = [
  CVE_2015_3956,
  CVE_2014_5406,
  CVE_2014_5403,
  CVE_2015_3965,
  CVE_2016_9355,
  CVE_2016_5085,
  CVE_2016_5086,
  CVE_2017_12721,
  CVE_2018_14781,
  CVE_2018_14786,
  CVE_2019_10964,
  CVE_2020_25166,
  CVE_2020_27264,
  CVE_2020_27266,
  CVE_2020_27269,
  CVE_2021_33882,
  CVE_2021_33885,
  CVE_2022_32537,
  CVE_2023_30560,
  CVE_2023_30562,
  CVE_2015_3958,
  CVE_2017_12718,
  CVE_2020_12039,
  CVE_2021_33884,
];

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
