/** Attacks: the published ones with the dose they would have made of it, and what went over the ward's network all day. */
import { type AttackReport, type Mechanism, MECHANISMS } from "../attack/index.js";
import { asClaimed, endingInWords, tally } from "../attack/tally.js";
import { attackTotals, type DayResult } from "../ward/result.js";
import { type Distance, distanceChart } from "./bars.js";
import { el, type Markup } from "./markup.js";
import { lineItem, legend, patchItem } from "./signs.js";
import { COLOUR } from "./style.js";
import { mark, numberCell, table } from "./table.js";

export function publishedSection(attacks: readonly AttackReport[]): Markup {
  return el(
    "section",
    { id: "published" },
    el("h2", {}, `Published attacks: ${tally(attacks)}`),
    el(
      "p",
      {},
      "Each runs as its advisory describes it, against a pump of its own in the middle of a therapy. Drawn is the dose of the " +
        "attacked hour beside the dose that was ordered: with the gate, and for a pump that believes what it receives. What a gate " +
        "can bound but not refuse is called bounded: it may leave less than was ordered, never more.",
    ),
    legend([
      patchItem(COLOUR.line, "with the gate"),
      patchItem(COLOUR.refused, "without the gate (a model, not any maker's product)"),
      lineItem(COLOUR.line, "the dose that was ordered"),
    ]),
    distanceChart("Doses of the attacked hour, with and without the gate", attacks.map(distanceOf)),
    attacks.map(attackDetails),
  );
}

/** What was tried, step by step, for those who want to know. */
function attackDetails(report: AttackReport): Markup {
  const { id, product, cause, mechanisms, bound, notModelled, outcome } = report;
  const { steps, figures, therapy } = outcome;
  const title = `${id}${bound === undefined ? "" : ", bounded"}`;
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      mark(asClaimed(report), title, `${id} ${endingInWords(report)}`),
      ` ${product}: ${steps.length} steps`,
    ),
    el("p", { class: "note" }, `The published cause: ${cause}. The therapy: ${therapy}.`),
    el(
      "p",
      { class: "note" },
      `What stops it: ${mechanisms.map((it: Mechanism) => MECHANISMS[it]).join("; ")}.`,
    ),
    bound === undefined
      ? []
      : [
          el("p", { class: "note" }, `The bound that held: ${bound.held}. Not covered: ${notModelled}.`),
          el("p", { class: "note" }, `Measured: ${figures.join("; ")}.`),
        ],
    table(
      ["tried", "the gate's answer", "that step without the gate"],
      steps.map(({ what, status, withoutGate }) => [
        el("td", {}, what),
        el("td", { class: "nowrap" }, status),
        numberCell(withoutGate.amount),
      ]),
      [2],
    ),
  );
}

function distanceOf({ id, title, bound, outcome }: AttackReport): Distance {
  const { ordered, withGate, withoutGate } = outcome;
  const of = (nl: number) => (ordered.nl === 0 ? (nl === 0 ? 1 : Infinity) : nl / ordered.nl);
  const figure = `${withGate.amount}, without the gate ${withoutGate.amount}`;
  return {
    label: id,
    sublabel: bound === undefined ? shortened(title) : `${shortened(title)} (bounded)`,
    withGate: of(withGate.nl),
    withoutGate: of(withoutGate.nl),
    figure,
  };
}

function shortened(title: string): string {
  return title.length > 58 ? `${title.slice(0, 56)}...` : title;
}

export function networkSection(day: DayResult): Markup {
  const { messages, accepted } = attackTotals(day.attacks);
  return el(
    "section",
    { id: "network" },
    el("h2", {}, `On the ward's network: ${messages - accepted} of ${messages} hostile messages refused`),
    el(
      "p",
      {},
      "All day somebody on the network records orders and sends them again, alters them, signs with keys of their own or with a " +
        "stolen nurse's key, and floods the pumps. A message counts as accepted if anything but the running therapy's meters changed.",
    ),
    table(
      ["attack", "messages", "accepted", "the gate's answers"],
      day.attacks.map(({ technique, messages: sent, accepted: through, answers }) => [
        el("td", {}, technique),
        numberCell(sent),
        numberCell(through),
        el(
          "td",
          {},
          Object.entries(answers)
            .sort(([, a], [, b]) => b - a)
            .map(([name, count]) => `${name} ${count}`)
            .join(", "),
        ),
      ]),
      [1, 2],
    ),
  );
}
