import { describe, expect, it } from "vitest";
import { ATTACKS, runAttack } from "../../host-sim/attack/index.js";
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
  { mechanism: "SC", weakness: "commandSignature", id: "CVE-2019-10964", step: "10 unit under", dose: true },
  {
    mechanism: "AR",
    weakness: "sequence",
    id: "CVE-2019-10964",
    step: "recorded and sent again",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "malleability",
    id: "CVE-2020-25166",
    step: "S + L in place of S",
    dose: true,
  },
  { mechanism: "SC", weakness: "smallOrder", id: "CVE-2020-25166", step: "R of small order", dose: true },
  { mechanism: "SL", weakness: "librarySignature", id: "CVE-2020-25166", step: "one of zeros" },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2020-27264",
    step: "the first key's bolus under the prescriber's key id",
    dose: true,
  },
  { mechanism: "HL", weakness: "maxima", id: "CVE-2020-27266", step: "hard limit of 50 unit/h", dose: true },
  { mechanism: "SC", weakness: "role", id: "CVE-2020-27266", step: "by the remote of a nurse", dose: true },
  {
    mechanism: "AR",
    weakness: "sequence",
    id: "CVE-2020-27269",
    step: "the raised basal rate, recorded",
    dose: true,
  },
  { mechanism: "RB", weakness: "libraryVersion", id: "CVE-2020-27269", step: "installed, once more" },
  { mechanism: "SC", weakness: "librarySignature", id: "CVE-2021-33882", step: "a laxer policy" },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2021-33885",
    step: "standby, half the volume a step, under the engineer's key id",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "role",
    id: "CVE-2021-33885",
    step: "standby, half the volume a step, signed by a nurse",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2022-32537",
    step: "the same under the prescriber's key id",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2023-30560",
    step: "half the volume a step by cable, under the engineer's key id",
    dose: true,
  },
  {
    mechanism: "SC",
    weakness: "role",
    id: "CVE-2023-30560",
    step: "the latest warnings by cable, signed by a nurse",
  },
  {
    mechanism: "SL",
    weakness: "librarySignature",
    id: "CVE-2023-30562",
    step: "root under the old signatures",
  },
  { mechanism: "2P", weakness: "threshold", id: "CVE-2023-30562", step: "signed by the author alone" },
  {
    mechanism: "RB",
    weakness: "libraryVersion",
    id: "CVE-2015-3958",
    step: "earlier version after the restarts",
  },
  { mechanism: "SC", weakness: "trailing", id: "CVE-2017-12718", step: "64 bytes behind it", dose: true },
  {
    mechanism: "SC",
    weakness: "commandSignature",
    id: "CVE-2017-12718",
    step: "an order by the communication module",
    dose: true,
  },
  { mechanism: "HL", weakness: "reduction", id: "CVE-2020-12039", step: "ten times the rate", dose: true },
  { mechanism: "SL", weakness: "librarySignature", id: "CVE-2021-33884", step: "names, unsigned" },
];

/** Against a gate with the weakness, the attack ends otherwise than it must, though nothing is taken for granted. */
const NOTICED: readonly { readonly weakness: Weakness; readonly id: string; readonly problem: string }[] = [
  { weakness: "ration", id: "CVE-2018-14781", problem: "not THROTTLED" },
  {
    weakness: "ration",
    id: "CVE-2020-27264",
    problem: "outside the bound: of 200 guesses 200 were verified",
  },
  {
    weakness: "ration",
    id: "CVE-2015-3958",
    problem: "outside the bound: of 300 forged orders 300 were verified",
  },
  { weakness: "ration", id: "CVE-2021-33884", problem: "not THROTTLED" },
  { weakness: "inputLength", id: "CVE-2021-33884", problem: "8193 bytes to submit: answered" },
];

describe("a gate that was weakened on purpose", () => {
  for (const { mechanism, weakness, id, step, dose } of BREACHES) {
    it(`without ${mechanism} (${weakness}) falls to ${id}: ${step}`, async () => {
      const { outcome } = runAttack(id, { module: await weakenedGate(weakness) });
      const found = outcome.steps.filter(({ what }) => what.includes(step));
      expect(found.length).toBeGreaterThan(0);
      expect(found.some(({ accepted }) => accepted)).toBe(true);
      expect(outcome.ending).toBe("accepted");
      expect(outcome.problems.join("\n")).toContain(step);
      if (dose) expect(outcome.withGate.nl).not.toBe(outcome.ordered.nl);
    });
  }

  for (const { weakness, id, problem } of NOTICED) {
    it(`weakened in its ${weakness} ends ${id} otherwise: ${problem}`, async () => {
      const { outcome } = runAttack(id, { module: await weakenedGate(weakness) });
      expect(outcome.ending).toBe("accepted");
      expect(outcome.problems.join("\n")).toContain(problem);
    });
  }

  it("is there for every attack", () => {
    const shown = new Set([...BREACHES, ...NOTICED].map(({ id }) => id));
    expect(ATTACKS.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
  });

  it("cannot be built from an edit that no longer finds its place", async () => {
    await expect(weakenedGate("nothing" as Weakness)).rejects.toThrow();
  });
});
