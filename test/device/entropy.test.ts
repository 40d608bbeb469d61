import { describe, expect, it } from "vitest";
import { Entropy } from "../../host-sim/device/entropy.js";
import { Random } from "../../host-sim/device/random.js";

function draw(entropy: Entropy): { status: number; bytes: Uint8Array } {
  const bytes = new Uint8Array(32);
  return { status: entropy.fill(bytes), bytes };
}

describe("entropy", () => {
  it("is the same for the same seed and different from call to call", () => {
    const entropy = new Entropy(new Random(1));
    const first = draw(entropy);
    expect(first.status).toBe(0);
    expect(draw(new Entropy(new Random(1)))).toEqual(first);
    expect(draw(entropy).bytes).not.toEqual(first.bytes);
  });

  it("fails when told to", () => {
    const entropy = new Entropy(new Random(1));
    entropy.outage.begin(1);
    expect(draw(entropy).status).toBe(1);
    expect(draw(entropy).status).toBe(0);
  });

  it("can be stuck: the same bytes at every call, and status 0", () => {
    const entropy = new Entropy(new Random(1));
    entropy.stuck = true;
    expect(draw(entropy)).toEqual(draw(entropy));
    expect(draw(entropy).status).toBe(0);
  });

  it("goes on from a saved state", () => {
    const entropy = new Entropy(new Random(1));
    const state = entropy.save();
    const first = draw(entropy);
    entropy.stuck = true;
    entropy.restore(state);
    expect(draw(entropy)).toEqual(first);
  });
});
