/** From a finished assault to its outcome: the rest of the hour, the same hour without an attacker, the log, and the doses. */
import { BASE_UNITS, AMOUNT_UNITS, type Concentration } from "../authority/dose.js";
import { statusName } from "../gate/status.js";
import type { Bound, Outcome } from "./attack.js";
import type { Assault } from "./assault.js";
import { evidenceOf } from "./evidence.js";
import type { Scene } from "./scene.js";
import { describeTherapy, drugOf } from "./therapy.js";
import type { Given } from "./attack.js";

/** How long both pumps run from the first step on; longer only if the steps themselves took longer. */
const WINDOW_MS = 3_600_000;

/**
 * `control`: a scene of the same therapy in which nothing was attacked, as fresh as the assault's was. `bound`: how much less than
 * ordered the attack may leave; without one, nothing.
 */
export function conclude(assault: Assault, control: Scene, bound?: Bound): Outcome {
  const { scene, beganUs } = assault;
  const { device, pump } = scene.bed;
  const untilUs = Math.max(beganUs + WINDOW_MS * 1000, device.clock.elapsedUs);
  if (pump.on) assault.wait((untilUs - device.clock.elapsedUs) / 1000);
  const orderedPl = withoutAttacker(assault, control, untilUs);
  const gatePl = device.motor.deliveredPl - assault.truthPl;

  const { concentration } = drugOf(scene.therapy);
  const evidence = evidenceOf(assault);
  const problems = [...contradictions(assault), ...delivery(gatePl, orderedPl, bound)];
  if (!evidence.logVerified) problems.push("the sealed log does not verify");
  const withGate = given(gatePl, concentration);
  const believed = assault.steps.map((_, step) =>
    scene.transcript.deliveredPl(scene.unguarded(), step, beganUs, untilUs),
  );
  const worst = furthest(believed, orderedPl);
  const withoutGate = given(believed[worst] ?? orderedPl, concentration);
  return {
    steps: assault.steps.map((step, i) => ({ ...step, withoutGate: given(believed[i]!, concentration) })),
    ending: problems.length > 0 ? "accepted" : bound === undefined ? "refused" : "bounded",
    problems,
    figures: assault.figures,
    therapy: describeTherapy(scene.therapy),
    orders: assault.orders.map(({ what }) => what),
    windowMs: (untilUs - beganUs) / 1000,
    ordered: given(orderedPl, concentration),
    withGate,
    withoutGate,
    worstStep: assault.steps[worst]?.what ?? "",
    doseWithGateNl: withGate.nl,
    doseWithoutGateNl: withoutGate.nl,
    evidence,
  };
}

/** Index of the volume that is furthest from `orderedPl`. */
function furthest(volumes: readonly bigint[], orderedPl: bigint): number {
  const distance = (pl: bigint): bigint => (pl > orderedPl ? pl - orderedPl : orderedPl - pl);
  return volumes.reduce((worst, pl, i) => (distance(pl) > distance(volumes[worst]!) ? i : worst), 0);
}

/** The same hour with the same orders and without an attacker, pL. Throws if an order is refused there: then the attack proves nothing. */
function withoutAttacker({ orders, beganUs }: Assault, control: Scene, untilUs: number): bigint {
  const { clock, motor } = control.bed.device;
  if (clock.elapsedUs !== beganUs) throw new Error("the control scene is not the attack's: another time");
  const beforePl = motor.deliveredPl;
  for (const { atUs, what, give } of orders) {
    control.bed.pump.runFor((atUs - clock.elapsedUs) / 1000);
    const { status } = give(control);
    if (status !== 0) throw new Error(`without an attacker, ${what} ended with ${statusName(status)}`);
  }
  control.bed.pump.runFor((untilUs - clock.elapsedUs) / 1000);
  return motor.deliveredPl - beforePl;
}

function contradictions({ steps, hindered, exceeded }: Assault): string[] {
  return [
    ...steps.flatMap(({ what, status, expected, accepted, changed }) => [
      ...(accepted ? [`accepted: ${what}`] : []),
      ...(status === expected ? [] : [`${what}: answered ${status}, not ${expected}`]),
      ...(changed.length > 0 ? [`${what}: changed ${changed.join(", ")}`] : []),
    ]),
    ...hindered,
    ...exceeded,
  ];
}

function delivery(gatePl: bigint, orderedPl: bigint, bound?: Bound): string[] {
  const missingPlMax = (orderedPl * BigInt(bound?.missingPercentMax ?? 0)) / 100n;
  if (gatePl <= orderedPl && gatePl >= orderedPl - missingPlMax) return [];
  return [`${gatePl / 1000n} nL left the pump instead of ${orderedPl / 1000n} nL`];
}

const NL_PER_ML = 1_000_000n;

/** A volume in picolitres as people read it, with the drug in it. */
export function given(pl: bigint, concentration: Concentration): Given {
  const nl = pl / 1000n;
  const base = (nl * BigInt(concentration.amount.value)) / BigInt(concentration.volumeNl);
  const { dimension } = concentration.amount;
  const units = AMOUNT_UNITS.filter((unit) => unit.dimension === dimension && unit.baseUnits <= base);
  const unit = units.at(-1) ?? { name: BASE_UNITS[dimension] ?? "base units", baseUnits: 1n };
  return {
    nl: Number(nl),
    volume: `${rounded(nl, NL_PER_ML)} mL`,
    amount: `${rounded(base, unit.baseUnits)} ${unit.name}`,
  };
}

/** `value / per` to three significant digits, at most three places. */
export function rounded(value: bigint, per: bigint): string {
  const places = value >= 100n * per ? 0 : value >= 10n * per ? 1 : value >= per ? 2 : 3;
  const scale = 10n ** BigInt(places);
  const scaled = (2n * value * scale + per) / (2n * per);
  const digits = scaled.toString().padStart(places + 1, "0");
  const at = digits.length - places;
  return places === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
}
