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
import { asClaimed, endingInWords, tally } from "../attack/tally.js";
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
and exactly what was ordered left the pump. An attack that a gate can only bound says what held, and what is not covered.

Exit code: 0 every attack was refused or bounded as it must be, 1 one was not, 2 no such attack, or the module is missing.`;

/** `dosegate attack`. */
export function registerAttack(program: Command): void {
  program
    .command("attack")
    .description("Runs published attacks on infusion pumps against the gate.")
    .option("--cve <id...>", "run these only, for example CVE-2015-3956")
    .option("--list", "list the attacks, run none")
    .option("--scope", "list every vulnerability known here, with what a gate does about it and why")
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
  const accepted = reports.filter((report) => !asClaimed(report));
  if (options.json === true) console.log(JSON.stringify(reports, null, 2));
  else console.log(summary(reports, accepted));
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
  const { id, title, product, cause, modelled, notModelled, mechanisms, bound } = described;
  return [
    `${id}  ${title}`,
    `  product       ${product}`,
    `  cause         ${cause}`,
    `  modelled      ${modelled}`,
    `  not modelled  ${notModelled}`,
    ...mechanisms.map(
      (name, i) => `  ${i === 0 ? "stopped by   " : "             "} ${name}  ${MECHANISMS[name]}`,
    ),
    ...(bound === undefined ? [] : [`  bounded       ${bound.held}`]),
    "",
  ];
}

function reportLines(report: AttackReport, withLog: boolean): string[] {
  const { id, title, bound, notModelled, outcome } = report;
  const { steps, ordered, withGate, withoutGate, evidence, windowMs } = outcome;
  const width = Math.max(...steps.map(({ status }) => status.length));
  const minutes = Math.round(windowMs / 60_000);
  return [
    `${id}  ${endingInWords(report)}  ${title}`,
    `  ${outcome.therapy}`,
    ...steps.map(
      ({ what, status, accepted, conceded }) =>
        `  ${accepted ? "!" : conceded ? "~" : " "} ${status.padEnd(width)}  ${what}`,
    ),
    ...(bound === undefined ? [] : [`  held  ${bound.held}`]),
    ...outcome.figures.map((figure) => `  held  ${figure}`),
    ...(bound === undefined ? [] : [`  not covered  ${notModelled}`]),
    `  in ${minutes} min  ordered ${ordered.volume}, ${ordered.amount}; with the gate ${withGate.volume}, ${withGate.amount}`,
    `  without a gate  ${withoutGate.volume}, ${withoutGate.amount}, by: ${outcome.worstStep}`,
    ...(withLog ? evidence.log.map(({ text }) => `  log  ${text}`) : []),
    `  log ${evidence.logVerified ? "verified" : "DOES NOT VERIFY"}, ${evidence.log.length} events`,
    ...outcome.problems.map((problem) => `  ! ${problem}`),
    "",
  ];
}

function summary(reports: readonly AttackReport[], accepted: readonly AttackReport[]): string {
  const names = accepted.map((report) => `${report.id} ${endingInWords(report)}`);
  return [`attacks: ${tally(reports)}`, ...names].join("; ");
}

function scopeLines(): string[] {
  const title = { yes: "stopped", partly: "stopped in part", no: "not stopped" } as const;
  return (["yes", "partly", "no"] as const).flatMap((gate) => {
    const rows = SCOPE.filter((row) => row.gate === gate);
    return [
      `${title[gate]}, ${rows.length} of ${SCOPE.length}:`,
      ...rows.flatMap(({ ids, product, cause, why, tried }) => [
        `  ${ids.join(", ")}  ${product}: ${cause}`,
        `      ${why}${tried === undefined ? "" : ` (tried by ${tried})`}`,
      ]),
      "",
    ];
  });
}
