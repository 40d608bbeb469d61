import { describe, expect, it } from "vitest";
import { MonotonicCounter } from "../../host-sim/device/counter.js";

describe("the monotonic counter", () => {
  it("begins at 0 and rises by one", () => {
    const counter = new MonotonicCounter();
    expect(counter.read()).toEqual({ status: 0, value: 0 });
    expect(counter.advance()).toBe(0);
    expect(counter.read()).toEqual({ status: 0, value: 1 });
  });

  it("serves the last advance of its endurance and fails the one after, unchanged", () => {
    const counter = new MonotonicCounter(3);
    expect([1, 2, 3, 4, 5].map(() => counter.advance())).toEqual([0, 0, 0, 1, 1]);
    expect(counter.value).toBe(3);
  });

  it("fails an advance without advancing, or having advanced, as told", () => {
    const counter = new MonotonicCounter();
    counter.advanceOutage.begin(1);
    expect(counter.advance()).toBe(1);
    expect(counter.value).toBe(0);
    counter.failsAdvanced = true;
    counter.advanceOutage.begin(1);
    expect(counter.advance()).toBe(1);
    expect(counter.value).toBe(1);
    expect(counter.advance()).toBe(0);
  });

  it("fails reads, after so many and for so many, and gives no value", () => {
    const counter = new MonotonicCounter();
    counter.advance();
    counter.readOutage.begin(2, 1);
    expect([1, 2, 3, 4].map(() => counter.read().status)).toEqual([0, 1, 1, 0]);
    counter.readOutage.begin();
    expect(counter.read()).toEqual({ status: 1, value: 0 });
    counter.readOutage.end();
    expect(counter.read()).toEqual({ status: 0, value: 1 });
  });

  it.each([0, -1, 1.5, 2 ** 32])("refuses an endurance of %s", (advances) => {
    expect(() => new MonotonicCounter(advances)).toThrow(RangeError);
  });
});
