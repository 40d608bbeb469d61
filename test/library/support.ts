import { expect } from "vitest";
import { type Encodable } from "../../host-sim/authority/encoding.js";
import { TrustBench } from "../support/trust-bench.js";
import {
  drugEntry,
  library,
  MG,
  provisioned,
  provisioningBlock,
  rootDocument,
  signRootAnyway,
  STATUS,
} from "../support/trust-fixture.js";

/** Keys of an entry that differ from the fixture's; undefined leaves one out. */
export type Change = Record<number, Encodable | undefined>;

/** A drug that can be given in every way, with every key that an entry has but for 6. */
export function wholeEntry(change: Change = {}): Change {
  return drugEntry({
    13: 63,
    14: { 0: MG, 1: { 2: 5, 3: 6 } },
    15: { 0: MG, 1: { 2: 5, 3: 6 } },
    16: { 0: 600, 2: 3600 },
    17: { 0: 300, 1: 480, 2: 1200, 3: 3600 },
    18: { 0: MG, 1: { 2: 5, 3: 6 } },
    19: { 0: 300, 1: { 2: 5, 3: 6 } },
    20: { 0: MG, 1: { 2: 5, 3: 6 }, 2: { 2: 7 }, 3: { 3: 8 }, 4: { 2: 9, 3: 10 } },
    21: 12,
    ...change,
  });
}

/** A bench of the pump class with an install open, large enough for every case. */
export async function opened(pumpClass = 1): Promise<TrustBench> {
  let bench: TrustBench;
  if (pumpClass === 1) bench = await provisioned();
  else {
    bench = await TrustBench.create();
    const block = provisioningBlock(signRootAnyway(rootDocument()), { 3: pumpClass });
    expect(bench.run("provision", block).status).toBe(STATUS.OK);
  }
  expect(bench.run("libraryBegin", library({ entryCount: 65_536 }).bytes).status).toBe(STATUS.OK);
  return bench;
}
