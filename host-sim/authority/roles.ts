/** Who signs what (SPEC 2.1). */

/** Role numbers. */
export const ROLE = { root: 0, library: 1, order: 2, bedside: 3, override: 4, service: 5, time: 6 } as const;
export type RoleName = keyof typeof ROLE;
export const ROLE_NAMES = Object.keys(ROLE) as readonly RoleName[];

export const DUTY = { author: 1, approver: 2 } as const;
export type DutyName = keyof typeof DUTY;
export const DUTY_NAMES = Object.keys(DUTY) as readonly DutyName[];

/** Command kinds with the one role that may sign each (SPEC 4.2). */
export const COMMAND_KINDS = {
  associate: { number: 1, role: "bedside" },
  start: { number: 2, role: "order" },
  titrate: { number: 3, role: "order" },
  bolus: { number: 4, role: "order" },
  loading: { number: 5, role: "order" },
  "new bag": { number: 6, role: "bedside" },
  PCA: { number: 7, role: "order" },
  pause: { number: 8, role: "bedside" },
  resume: { number: 9, role: "bedside" },
  stop: { number: 10, role: "bedside" },
  disassociate: { number: 11, role: "bedside" },
  calibrate: { number: 12, role: "service" },
  configure: { number: 13, role: "service" },
  "log-ack": { number: 14, role: "service" },
  time: { number: 15, role: "time" },
} as const satisfies Record<string, { number: number; role: RoleName }>;
export type CommandKind = keyof typeof COMMAND_KINDS;
export const COMMAND_KIND_NAMES = Object.keys(COMMAND_KINDS) as readonly CommandKind[];

/** Kinds that start a program: they have a bag, a set and a mode. */
export type StartKind = "start" | "PCA";
/** Kinds that bring an entry and a profile (SPEC 3.5). */
export type OrderKind = StartKind | "titrate" | "bolus" | "loading";
/** Kinds that concern the pump and no patient: patient token and order id are not looked at (SPEC 4.2). */
export type ServiceKind = "calibrate" | "configure" | "log-ack" | "time";

export function isOrderKind(kind: CommandKind): kind is OrderKind {
  return COMMAND_KINDS[kind].role === "order";
}

export function isServiceKind(kind: CommandKind): kind is ServiceKind {
  return COMMAND_KINDS[kind].number >= COMMAND_KINDS.calibrate.number;
}

/** Every kind that a role may sign. */
export function kindsOfRole(role: RoleName): CommandKind[] {
  return COMMAND_KIND_NAMES.filter((kind) => COMMAND_KINDS[kind].role === role);
}

export function roleMask(roles: readonly RoleName[]): number {
  return roles.reduce((mask, role) => mask | (1 << ROLE[role]), 0);
}

export function rolesOfMask(mask: number): RoleName[] {
  return ROLE_NAMES.filter((role) => (mask & (1 << ROLE[role])) !== 0);
}

export function kindMask(kinds: readonly CommandKind[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << COMMAND_KINDS[kind].number), 0);
}

export function kindsOfMask(mask: number): CommandKind[] {
  return COMMAND_KIND_NAMES.filter((kind) => (mask & (1 << COMMAND_KINDS[kind].number)) !== 0);
}

export function dutyName(duty: number): DutyName | undefined {
  return DUTY_NAMES.find((name) => DUTY[name] === duty);
}

export function kindName(number: number): CommandKind | undefined {
  return COMMAND_KIND_NAMES.find((name) => COMMAND_KINDS[name].number === number);
}
