import type { Command } from "commander";
import {
  type AttackReport,
  ATTACKS,
  describeAttack,
  findAttack,
  MECHANISMS,
  runAll,
} from "../attack/index.js";
import { SCOPE } from "../attack/scope.js";
import { loadModule } from "../gate/gate.js";
import { CliError } from "./errors.js";

interface AttackOptions {
  cve?: string[];
  json?: boolean;
  list?: boolean;
  scope?: boolean;
  log?: boolean;
}

const HELP = `
Each attack runs against the gate's module in a simulated pump with a running therapy, and its messages against a model of a
pump that believes what it receives. An attack counts as refused only if every step ended as docs/SPEC.md says, nothing else changed,
and exactly what was ordered left the pump.

Exit code: 0 every attack was refused, 1 one was not, 2 no such attack, or the module is missing.`;

/** `dosegate attack`. */
export function registerAttack(program: Command): void {
  program
    .command("attack")
    .description("Runs published attacks on infusion pumps against the gate.")
    .option("--cve <id...>", "run these only, for example CVE-2015-3956")
    .option("--list", "list the attacks, run none")
    .option("--scope", "list what a gate stops in part or not at all, and why")
    .option("--log", "show the events that the pump's sealed log holds of each attack")
    .option("--json", "print one JSON array")
    .addHelpText("after", HELP)
    .action(attack);
}

function attack(options: AttackOptions): void {
  if (options.scope === true) {
    print(options, SCOPE, scopeLines);
    return;
  }
  const chosen = options.cve === undefined ? ATTACKS : options.cve.map(known);
  if (options.list === true) {
    print(options, chosen.map(describeAttack), () => chosen.flatMap(descriptionLines));
    return;
  }
  const reports = runAll({
    module: moduleOrCliError(),
    ids: chosen.map(({ id }) => id),
    onReport: (report) => {
      if (options.json !== true) console.log(reportLines(report, options.log === true).join("\n"));
    },
  });
  const accepted = reports.filter(({ outcome }) => !outcome.refused);
  if (options.json === true) console.log(JSON.stringify(reports, null, 2));
  else console.log(summary(reports.length, accepted));
  if (accepted.length > 0) process.exitCode = 1;
}

function print(options: AttackOptions, values: readonly unknown[], lines: () => string[]): void {
  console.log(options.json === true ? JSON.stringify(values, null, 2) : lines().join("\n"));
}

function known(id: string): (typeof ATTACKS)[number] {
  try {
    return findAttack(id);
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(`${error.message}; see --list`);
    throw error;
  }
}

function moduleOrCliError(): WebAssembly.Module {
  try {
    return loadModule();
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

function descriptionLines(described: (typeof ATTACKS)[number]): string[] {
  const { id, title, product, cause, modelled, notModelled, mechanisms } = described;
  return [
    `${id}  ${title}`,
    `  product       ${product}`,
    `  cause         ${cause}`,
    `  modelled      ${modelled}`,
    `  not modelled  ${notModelled}`,
    ...mechanisms.map(
      (name, i) => `  ${i === 0 ? "stopped by   " : "             "} ${name}  ${MECHANISMS[name]}`,
    ),
    "",
  ];
}

function reportLines(report: AttackReport, withLog: boolean): string[] {
  const { id, title, outcome } = report;
  const { steps, ordered, withGate, withoutGate, evidence, windowMs } = outcome;
  const width = Math.max(...steps.map(({ status }) => status.length));
  const minutes = Math.round(windowMs / 60_000);
  return [
    `${id}  ${outcome.refused ? "refused" : "NOT REFUSED"}  ${title}`,
    `  ${outcome.therapy}`,
    ...steps.map(
      ({ what, status, accepted }) => `  ${accepted ? "!" : " "} ${status.padEnd(width)}  ${what}`,
    ),
    `  in ${minutes} min  ordered ${ordered.volume}, ${ordered.amount}; with the gate ${withGate.volume}, ${withGate.amount}`,
    `  without a gate  ${withoutGate.volume}, ${withoutGate.amount}, by: ${outcome.worstStep}`,
    ...(withLog ? evidence.log.map(({ text }) => `  log  ${text}`) : []),
    `  log ${evidence.logVerified ? "verified" : "DOES NOT VERIFY"}, ${evidence.log.length} events`,
    ...outcome.problems.map((problem) => `  ! ${problem}`),
    "",
  ];
}

function summary(count: number, accepted: readonly AttackReport[]): string {
  if (accepted.length === 0) return `${count} of ${count} attacks refused`;
  return `${count - accepted.length} of ${count} attacks refused; not refused: ${accepted.map(({ id }) => id).join(", ")}`;
}

function scopeLines(): string[] {
  const title = { partly: "stopped in part", no: "not stopped" } as const;
  return (["partly", "no"] as const).flatMap((gate) => [
    `${title[gate]}:`,
    ...SCOPE.filter((row) => row.gate === gate).flatMap(({ ids, product, cause, why }) => [
      `  ${ids.join(", ")}  ${product}: ${cause}`,
      `      ${why}`,
    ]),
    "",
  ]);
}
