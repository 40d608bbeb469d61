/** Discrete events on one virtual clock: a binary heap by time, and by order of scheduling where times are equal. */

/** Something that happens at a time; it may schedule more. */
export type Happen = () => void;

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly happen: Happen;
}

/** The future, earliest first. Nothing here looks at the real clock, so a run depends on its seed alone. */
export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;
  #nowMs = 0;

  /** Time of the event that happens, or happened last, in ms since the ward opened. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Time of the next event; Infinity if there is none. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Infinity;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Throws RangeError for a time that has passed: the past cannot be changed. */
  schedule(atMs: number, happen: Happen): void {
    if (!(atMs >= this.#nowMs)) {
      throw new RangeError(`an event at ${atMs} ms cannot be scheduled: it is ${this.#nowMs} ms already`);
    }
    this.#heap.push({ atMs, order: this.#order++, happen });
    this.#up(this.#heap.length - 1);
  }

  /** Lets everything up to and including `endMs` happen, what is scheduled meanwhile too. */
  runUntil(endMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#takeFirst();
      this.#nowMs = next.atMs;
      next.happen();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #takeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(this.#heap[index]!, this.#heap[parent]!)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #down(index: number): void {
    for (;;) {
      let first = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && before(this.#heap[child]!, this.#heap[first]!)) first = child;
      }
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = held;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
