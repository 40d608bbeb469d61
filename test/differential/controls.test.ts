/** What the traces would find: flaws put into the reference, one of them the published one of Open PCA, which forgets the basal flow to come. */
import { describe, expect, it } from "vitest";
import { type Account, type Future, Ledger, type WindowIndex } from "../../host-sim/model/ledger.js";
import { type Answer, ReferenceGate, type Seen } from "../../host-sim/model/program.js";
import { Difference } from "./compare.js";
import { fixture } from "./fixture.js";
import { runTraces } from "./traces.js";

/** Counts what was had, but nothing that is still to flow. */
class Forgetful extends Ledger {
  override worst(account: Account | undefined, window: WindowIndex, owed: bigint, future: Future): bigint {
    return super.worst(account, window, owed, { ...future, rateNlPerH: 0n });
  }
}

/** Lets a bucket go a quarter of an hour or a minute too early. */
class Hasty extends Ledger {
  override had(account: Account | undefined, window: WindowIndex): bigint {
    const sum = super.had(account, window);
    return sum > 0n ? sum - 1n : sum;
  }
}

/** Knows no lockout. */
class Generous extends ReferenceGate {
  override lockoutLeftS(): bigint {
    return 0n;
  }
}

/** Takes any rate for a reduction. */
class Loose extends ReferenceGate {
  override reduce(rateNlPerH: bigint, seen: Seen): Answer {
    return super.reduce(rateNlPerH > seen.rateNlPerH ? seen.rateNlPerH - 10_000n : rateNlPerH, seen);
  }
}

const withLedger = (ledger: Ledger) => (): ReferenceGate => Object.assign(new ReferenceGate(), { ledger });

describe("a reference with a flaw", () => {
  const pump = fixture();

  it.each([
    ["that forgets what is still to flow", () => withLedger(new Forgetful())()],
    ["that loses a unit of what was had", () => withLedger(new Hasty())()],
    ["without lockout", () => new Generous()],
    ["that takes an increase for a reduction", () => new Loose()],
  ])("%s is found, with the trace that shows it", (_, make) => {
    expect(() => runTraces(3000, 1, pump, make)).toThrow(Difference);
  });
});
