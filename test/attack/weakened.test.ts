import { describe, expect, it } from "vitest";
import { runAttack } from "../../host-sim/attack/index.js";
import type { Mechanism } from "../../host-sim/attack/index.js";
import { weakenedGate, type Weakness } from "../support/weakened.js";

/** Against a gate with the weakness, the step of the attack must be reported as accepted: the rig can see a breach. */
const BREACHES: readonly {
  readonly mechanism: Mechanism;
  readonly weakness: Weakness;
  readonly id: string;
  /** Part of the step's description. */
  readonly step: string;
  /** What left the pump is then no longer what was ordered. */
  readonly dose?: true;
}[] = [
  { mechanism: "SL", weakness: "librarySignature", id: "CVE-2014-5406", step: "signatures of zeros" },
  { mechanism: "SL", weakness: "librarySignature", id: "CVE-2014-5403", step: "library with MACs" },
  { mechanism: "SL", weakness: "proof", id: "CVE-2016-9355", step: "the area's profile overwritten" },
  {
    mechanism: "2P",
    weakness: "threshold",
    id: "CVE-2015-3956",
    step: "library signed by one of two holders",
  },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2015-3956",
    step: "under the prescriber's key id",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2016-5085",
    step: "the same under the prescriber's key id",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2018-14786",
    step: "a stop under the nurse's key id",
    dose: true,
  },
  { mechanism: "SC", weakness: "role", id: "CVE-2015-3965", step: "titration signed by a nurse", dose: true },
  {
    mechanism: "AR",
    weakness: "sequence",
    id: "CVE-2016-5086",
    step: "the bolus after the next command",
    dose: true,
  },
  { mechanism: "AR", weakness: "sequence", id: "CVE-2018-14781", step: "200 times in a row", dose: true },
  { mechanism: "RB", weakness: "libraryVersion", id: "CVE-2015-3956", step: "of an earlier version" },
  {
    mechanism: "PV",
    weakness: "provisioning",
    id: "CVE-2014-5406",
    step: "calibration that says",
  },
  {
    mechanism: "RB",
    weakness: "counter",
    id: "CVE-2016-9355",
    step: "an earlier copy of the flash put back",
  },
  {
    mechanism: "BD",
    weakness: "patient",
    id: "CVE-2017-12721",
    step: "a titration meant for another patient",
    dose: true,
  },
  {
    mechanism: "BD",
    weakness: "commandSignature",
    id: "CVE-2017-12721",
    step: "for another pump",
    dose: true,
  },
];

describe("a gate that was weakened on purpose", () => {
  for (const { mechanism, weakness, id, step, dose } of BREACHES) {
    it(`without ${mechanism} (${weakness}) falls to ${id}: ${step}`, async () => {
      const { outcome } = runAttack(id, { module: await weakenedGate(weakness) });
      const found = outcome.steps.filter(({ what }) => what.includes(step));
      expect(found.length).toBeGreaterThan(0);
      expect(found.some(({ accepted }) => accepted)).toBe(true);
      expect(outcome.refused).toBe(false);
      expect(outcome.problems.join("\n")).toContain(step);
      if (dose) expect(outcome.withGate.nl).not.toBe(outcome.ordered.nl);
    });
  }

  it("without a ration of verifications no longer answers THROTTLED, and that is reported", async () => {
    const { outcome } = runAttack("CVE-2018-14781", { module: await weakenedGate("ration") });
    expect(outcome.refused).toBe(false);
    expect(outcome.problems.join("\n")).toContain("not THROTTLED");
  });

  it("cannot be built from an edit that no longer finds its place", async () => {
    await expect(weakenedGate("nothing" as Weakness)).rejects.toThrow();
  });
});
