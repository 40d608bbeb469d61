/** Everything that reached a pump, in order, so that a pump without a gate can be given the same: all of it, or one step of the attack. */
import type { UnguardedController } from "./unguarded.js";

export interface Received {
  /** The world's time, us. */
  readonly atUs: number;
  /** The attacker's step, from 0; null for what the hospital sent. */
  readonly step: number | null;
  /** What a pump without a gate makes of it. */
  readonly believe: (controller: UnguardedController) => void;
}

export class Transcript {
  readonly received: Received[] = [];
  /** The step under way. */
  step: number | null = null;

  note(atUs: number, believe: Received["believe"]): void {
    this.received.push({ atUs, step: this.step, believe });
  }

  /** What leaves `controller` from `fromUs` to `untilUs`, picolitres, if of the attack it receives `step` alone; null: none. */
  deliveredPl(controller: UnguardedController, step: number | null, fromUs: number, untilUs: number): bigint {
    let beforePl: bigint | null = null;
    for (const event of this.received) {
      if (event.step !== null && event.step !== step) continue;
      if (beforePl === null && event.atUs >= fromUs) {
        controller.advanceTo(fromUs);
        beforePl = controller.deliveredPl;
      }
      controller.advanceTo(event.atUs);
      event.believe(controller);
    }
    if (beforePl === null) {
      controller.advanceTo(fromUs);
      beforePl = controller.deliveredPl;
    }
    controller.advanceTo(untilUs);
    return controller.deliveredPl - beforePl;
  }
}
