import { describe, expect, it } from "vitest";
import { Random } from "../../host-sim/device/random.js";
import { EventQueue } from "../../host-sim/ward/events.js";

describe("the event queue", () => {
  it("lets events happen by time, whatever the order in which they were scheduled", () => {
    const random = new Random("events");
    const times = Array.from({ length: 500 }, () => random.below(1000));
    const queue = new EventQueue();
    const happened: number[] = [];
    for (const at of times) queue.schedule(at, () => happened.push(at));
    queue.runUntil(1000);
    expect(happened).toEqual([...times].sort((a, b) => a - b));
    expect(queue.size).toBe(0);
  });

  it("keeps the order of scheduling where times are equal", () => {
    const queue = new EventQueue();
    const happened: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) queue.schedule(7, () => happened.push(name));
    queue.runUntil(7);
    expect(happened.join("")).toBe("abcde");
  });

  it("runs what an event schedules, and stops at the time given", () => {
    const queue = new EventQueue();
    const happened: number[] = [];
    const again = (at: number) => () => {
      happened.push(at);
      queue.schedule(at + 10, again(at + 10));
    };
    queue.schedule(0, again(0));
    queue.runUntil(25);
    expect(happened).toEqual([0, 10, 20]);
    expect(queue.nowMs).toBe(25);
    queue.runUntil(30);
    expect(happened).toEqual([0, 10, 20, 30]);
  });

  it("tells when the next event is, and that there is none", () => {
    const queue = new EventQueue();
    expect(queue.nextMs).toBe(Infinity);
    for (const at of [30, 10, 20]) queue.schedule(at, () => undefined);
    expect(queue.nextMs).toBe(10);
    queue.runUntil(10);
    expect(queue.nextMs).toBe(20);
  });

  it("refuses an event in the past, and one at no time", () => {
    const queue = new EventQueue();
    queue.runUntil(100);
    expect(() => queue.schedule(99, () => undefined)).toThrow(RangeError);
    expect(() => queue.schedule(Number.NaN, () => undefined)).toThrow(RangeError);
    expect(() => queue.schedule(100, () => undefined)).not.toThrow();
  });
});
