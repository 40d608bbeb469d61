import { loadModule } from "../../host-sim/gate/gate.js";
import { Ward } from "../../host-sim/ward/ward.js";

const module = loadModule();

/** A short day that is over. */
export function wardAfter(seed: string, hours = 2, pumps = 6): Ward {
  const ward = new Ward({ seed, hours, pumps, module });
  ward.run();
  return ward;
}
