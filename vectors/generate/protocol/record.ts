/** Plays drafts against the gate, holds each to what it states, and makes fixtures and vectors of what crossed the ABI. */
import { createHash } from "node:crypto";
import { Recorder } from "../../../host-sim/conformance/recorder.js";
import type { Expected, Fixture, ProtocolVector, Step } from "../../../host-sim/conformance/vector.js";
import type { Gate } from "../../../host-sim/gate/gate.js";
import { OUTCOME, VERDICT } from "../../../host-sim/gate/abi.js";
import { decodeOutcome, decodeVerdict, typeOf } from "../../../host-sim/gate/records.js";
import { verdictName } from "../../../host-sim/gate/names.js";
import { statusName } from "../../../host-sim/gate/status.js";
import { decodeEvent } from "../../../host-sim/log/event.js";
import { recordAt } from "../../../host-sim/log/record.js";
import type { Came, Draft, Place } from "./scene.js";

interface Node {
  readonly key: string;
  readonly from: Node | undefined;
  readonly steps: readonly Step[];
  name: string;
  comment: string;
  /** A place ends here, and has given it its name. */
  placed: boolean;
}

/** Fixtures by content: a state that two places share on their way is one fixture, and the first place that ends there names it. */
export class Fixtures {
  readonly #nodes = new Map<string, Node>();
  readonly #places = new Map<string, Place>();
  readonly #ends = new Map<Place, Node>();

  /** All of them, by names that are unique. */
  all(): Readonly<Record<string, Fixture>> {
    const names = this.#names();
    return Object.fromEntries(
      [...this.#nodes.values()].map((node) => [
        names.get(node)!,
        { comment: node.comment, ...(node.from && { from: names.get(node.from)! }), steps: node.steps },
      ]),
    );
  }

  /** Throws if two places have one name, or a place leads elsewhere the second time. */
  add(place: Place, steps: readonly Step[]): void {
    const known = this.#places.get(place.name) ?? place;
    if (known !== place) throw new Error(`two places are called "${place.name}"`);
    this.#places.set(place.name, place);
    let node: Node | undefined;
    for (const { name, comment, steps: piece } of piecesOf(steps)) {
      node = this.#node(node, piece, name, comment);
    }
    const end = this.#ends.get(place) ?? node!;
    if (end !== node) throw new Error(`"${place.name}" does not lead to the same state each time`);
    if (!node.placed) Object.assign(node, { name: place.name, comment: place.comment, placed: true });
    this.#ends.set(place, node);
  }

  nameOf(place: Place): string {
    return this.#names().get(this.#ends.get(place)!)!;
  }

  #node(from: Node | undefined, steps: readonly Step[], name: string, comment: string): Node {
    const key = createHash("sha256")
      .update(JSON.stringify([from?.key ?? null, steps]))
      .digest("hex");
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node = { key, from, steps, name, comment, placed: false };
    this.#nodes.set(key, node);
    return node;
  }

  #names(): Map<Node, string> {
    const taken = new Set<string>();
    const names = new Map<Node, string>();
    const nodes = [...this.#nodes.values()].sort((a, b) => Number(b.placed) - Number(a.placed));
    for (const node of nodes) {
      let name = node.name;
      for (let n = 2; taken.has(name); n++) name = `${node.name}, ${n}`;
      taken.add(name);
      names.set(node, name);
    }
    return names;
  }
}

interface Piece {
  readonly name: string;
  readonly comment: string;
  readonly steps: Step[];
}

/** Cuts a way into pieces where pumps of different places still are the same. */
function piecesOf(steps: readonly Step[]): Piece[] {
  const cuts: { name: string; comment: string; before: string; nth: number }[] = [
    { name: "provisioned", comment: "Provisioned, without a library.", before: "libraryBegin", nth: 1 },
    {
      name: "library installed",
      comment: "A library is active, nobody is associated.",
      before: "sessionOpen",
      nth: 1,
    },
    { name: "associated", comment: "A patient is associated.", before: "submit", nth: 2 },
  ];
  const pieces: Piece[] = [];
  let begin = 0;
  for (const { name, comment, before, nth } of cuts) {
    const found = steps
      .map((step, i) => ("call" in step && step.call === before ? i : -1))
      .filter((i) => i >= 0);
    const at = found[nth - 1];
    if (at === undefined || at <= begin) continue;
    pieces.push({ name, comment, steps: steps.slice(begin, at) });
    begin = at;
  }
  const rest = steps.slice(begin);
  if (rest.length > 0) pieces.push({ name: "", comment: "", steps: rest });
  return pieces;
}

/** Plays one draft. Throws an Error that names it where the gate disagrees. */
export function record(draft: Draft, fixtures: Fixtures): Omit<ProtocolVector, "tcId" | "fixture"> {
  const recorder = new Recorder();
  const scene = draft.place.make(recorder);
  fixtures.add(draft.place, recorder.take());
  let came: Came;
  try {
    const answer = draft.act(scene);
    came = typeof answer === "number" ? { status: answer } : answer;
  } catch (cause) {
    throw new Error(`"${draft.comment}" at "${draft.place.name}": ${(cause as Error).message}`, { cause });
  }
  const event = close(scene.gate);
  hold(draft, scene.gate, came, event);
  const { instance } = scene.gate;
  return {
    comment: draft.comment,
    flags: draft.flags,
    expected: draft.expected,
    steps: recorder.take(),
    memory: createHash("sha256").update(instance.bytes(0, instance.heapBase)).digest("hex"),
  };
}

/** Every vector ends with a look at the state, and at the head of the log. Name of the last event, if there is a log. */
function close(gate: Gate): string | undefined {
  const { state } = gate.inspect();
  if (state === null || state.decisionsNextSequence === 0) return undefined;
  const { page } = gate.logRead(0, state.decisionsNextSequence - 1);
  if (page === null) return undefined;
  const event = recordAt(page.records, 0)?.event;
  return event === undefined || event.length === 0 ? undefined : decodeEvent(event).name;
}

/** The record that the last verb left in the result buffer, if it is of this status: a refusal at once leaves one too. */
function resultOf(gate: Gate, status: number): Partial<Expected> {
  const area = gate.instance.read("result");
  if (typeOf(area) === OUTCOME.type) {
    const outcome = decodeOutcome(area);
    return outcome.status === status ? { detail: outcome.detail } : {};
  }
  if (typeOf(area) !== VERDICT.type) return {};
  const { status: judged, detail, verdict, limit } = decodeVerdict(area);
  return judged === status ? { detail, limit, verdict: verdictName(verdict) ?? "DENY" } : {};
}

function hold({ comment, place, expected }: Draft, gate: Gate, came: Came, event: string | undefined): void {
  const got: Partial<Expected> = {
    status: statusName(came.status) as Expected["status"],
    limit: 0,
    ...resultOf(gate, came.status),
    ...(came.verdict && { verdict: verdictName(came.verdict.verdict) ?? "DENY", limit: came.verdict.limit }),
    ...(came.result && { limit: came.result.limit }),
    ...(event !== undefined && { event }),
    ...came.told,
  };
  for (const [field, wanted] of Object.entries(expected)) {
    const found = got[field as keyof Expected];
    if (found === wanted) continue;
    throw new Error(
      `"${comment}" at "${place.name}": ${field} is ${String(found)}, not ${String(wanted)}; ${JSON.stringify(got)}`,
    );
  }
}
