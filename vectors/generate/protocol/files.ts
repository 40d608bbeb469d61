/** Every topic, and the files that they become. */
import { createHash } from "node:crypto";
import {
  FIXTURES_SCHEMA,
  PROTOCOL_SCHEMA,
  type ProtocolFixtures,
  type ProtocolVector,
  type ProtocolVectors,
  type Step,
} from "../../../host-sim/conformance/vector.js";
import { Recorder } from "../../../host-sim/conformance/recorder.js";
import { commandDrafts, commandHeadDrafts } from "./commands.js";
import { approvalUseDrafts, bagDrafts, motorDrafts, serviceDrafts } from "./delivery.js";
import { envelopeDrafts } from "./envelopes.js";
import { limitDrafts } from "./limit-drafts.js";
import { NOTES } from "./notes.js";
import {
  approvalDrafts,
  decommissionDrafts,
  entryDrafts,
  manifestDrafts,
  provisioningDrafts,
  rootDrafts,
} from "./objects.js";
import { PLACES } from "./places.js";
import { NOTES as LIMIT_NOTES } from "../notes.js";
import { entryUpdateDrafts, manifestUpdateDrafts, useDrafts } from "./library.js";
import {
  decommissioningDrafts,
  expiredRootDrafts,
  revokedDrafts,
  rootSenseDrafts,
  rootUpdateDrafts,
} from "./trust.js";
import { headDrafts, panelDrafts, placeDrafts } from "./records.js";
import { floodDrafts, lifeDrafts, overrideDrafts, sequenceDrafts } from "./sessions.js";
import { sliceDrafts } from "./slices.js";
import { hostFaultDrafts, powerDrafts } from "./power.js";
import { Fixtures, record } from "./record.js";
import type { Draft } from "./scene.js";
import { deliveryStatuses, flowStatuses, judgementStatuses, refusalStatuses } from "./statuses.js";

const SOURCE = "dosegate vectors/generate, version 1";
const HEADER = [
  "What a pump's host does with the gate, and what must come of it, byte for byte: docs/CONFORMANCE.md, section 4.",
  "`expected` was stated before the gate was asked; the rest is what crossed the ABI when it agreed.",
  "Keys, secrets and drugs are made up. NOT FOR CLINICAL USE.",
];

/** Topics in the order of their files, with what each is about. */
export const TOPICS: Readonly<Record<string, { readonly about: string; readonly drafts: () => Draft[] }>> = {
  statuses: {
    about: "A vector for each status that no other topic is about.",
    drafts: () => [...flowStatuses(), ...refusalStatuses(), ...judgementStatuses(), ...deliveryStatuses()],
  },
  objects: {
    about: "Every object spoilt in every field.",
    drafts: () => [
      ...provisioningDrafts(),
      ...rootDrafts(),
      ...manifestDrafts(),
      ...entryDrafts(),
      ...commandHeadDrafts(),
      ...commandDrafts(),
      ...approvalDrafts(),
      ...decommissionDrafts(),
      ...envelopeDrafts(),
    ],
  },
  limits: { about: "Every limit at its boundary: limits.json as it crosses the ABI.", drafts: limitDrafts },
  trust: {
    about: "Root documents, and the end of a device.",
    drafts: () => [
      ...rootUpdateDrafts(),
      ...rootSenseDrafts(),
      ...revokedDrafts(),
      ...expiredRootDrafts(),
      ...decommissioningDrafts(),
    ],
  },
  library: {
    about: "Drug libraries: manifests, entries, the one that waits, the one that is used.",
    drafts: () => [...manifestUpdateDrafts(), ...entryUpdateDrafts(), ...useDrafts()],
  },
  sessions: {
    about: "Sessions, sequences, lives, repeats, floods, overrides.",
    drafts: () => [...sequenceDrafts(), ...lifeDrafts(), ...floodDrafts(), ...overrideDrafts()],
  },
  calls: {
    about: "Binary records, arguments, calls out of place, the panel, and what comes between slices.",
    drafts: () => [...headDrafts(), ...placeDrafts(), ...panelDrafts(), ...sliceDrafts()],
  },
  delivery: {
    about: "The motor's reports, sensors, the ends of bags, approvals, service.",
    drafts: () => [...motorDrafts(), ...bagDrafts(), ...approvalUseDrafts(), ...serviceDrafts()],
  },
  power: {
    about: "Power cuts at the steps of flash, and parts of the host that fail.",
    drafts: () => [...powerDrafts(), ...hostFaultDrafts()],
  },
};

export interface Generated {
  readonly fixtures: ProtocolFixtures;
  readonly topics: Readonly<Record<string, ProtocolVectors>>;
}

/** Plays every draft. `wasm`: the module whose memory hashes are written down. `seen` is told how far it is. */
export function generate(
  wasm: Uint8Array,
  topics = Object.keys(TOPICS),
  seen: (topic: string, count: number) => void = () => undefined,
): Generated {
  const module = createHash("sha256").update(wasm).digest("hex");
  const fixtures = new Fixtures();
  const disagreements: string[] = [];
  for (const place of PLACES) {
    const recorder = new Recorder();
    place.make(recorder);
    fixtures.add(place, recorder.take());
  }
  const played = topics.map((topic) => {
    const drafts = TOPICS[topic]!.drafts();
    const vectors = drafts.flatMap((draft) => {
      try {
        return [{ draft, vector: record(draft, fixtures) }];
      } catch (error) {
        disagreements.push((error as Error).message);
        return [];
      }
    });
    seen(topic, vectors.length);
    return { topic, vectors };
  });
  if (disagreements.length > 0) throw new Error(`the gate disagrees:\n${disagreements.join("\n")}`);
  return {
    fixtures: { schema: FIXTURES_SCHEMA, header: HEADER, fixtures: fixtures.all() },
    topics: Object.fromEntries(
      played.map(({ topic, vectors }) => {
        const tests = vectors.map(({ draft, vector }, i) => {
          const { comment, flags, ...rest } = vector;
          return { tcId: i + 1, comment, flags, fixture: fixtures.nameOf(draft.place), ...rest };
        });
        return [topic, fileOf(topic, module, tests)];
      }),
    ),
  };
}

function fileOf(topic: string, module: string, tests: readonly ProtocolVector[]): ProtocolVectors {
  const flags = new Set(tests.flatMap((test) => test.flags));
  return {
    schema: PROTOCOL_SCHEMA,
    topic,
    source: SOURCE,
    module,
    numberOfTests: tests.length,
    header: [TOPICS[topic]!.about, ...HEADER],
    notes: Object.fromEntries(
      Object.entries({ ...LIMIT_NOTES, ...NOTES }).filter(([flag]) => flags.has(flag)),
    ),
    tests,
  };
}

const line = (value: unknown): string => JSON.stringify(value);

/** JSON with a step a line. */
export function layOutTopic({ notes, tests, ...head }: ProtocolVectors): string {
  return [
    "{",
    ...Object.entries(head).map(([name, value]) => `  ${line(name)}: ${line(value)},`),
    `  "notes": {\n${entries(notes, (note) => line(note))}\n  },`,
    `  "tests": [\n${tests.map(layOutTest).join(",\n")}\n  ]`,
    "}\n",
  ].join("\n");
}

export function layOutFixtures({ fixtures, ...head }: ProtocolFixtures): string {
  const body = ({ steps, ...fixture }: ProtocolFixtures["fixtures"][string]) =>
    `{ ${fields(fixture)}, "steps": ${layOutSteps(steps, "      ")} }`;
  return [
    "{",
    ...Object.entries(head).map(([name, value]) => `  ${line(name)}: ${line(value)},`),
    `  "fixtures": {\n${entries(fixtures, body)}\n  }`,
    "}\n",
  ].join("\n");
}

function layOutTest({ steps, memory, ...test }: ProtocolVector): string {
  return [
    `    { ${fields(test)},`,
    `      "steps": ${layOutSteps(steps, "        ")},`,
    `      "memory": ${line(memory)} }`,
  ].join("\n");
}

const fields = (object: object): string =>
  Object.entries(object)
    .map(([name, value]) => `${line(name)}: ${line(value)}`)
    .join(", ");
const entries = <T>(object: Readonly<Record<string, T>>, body: (value: T) => string): string =>
  Object.entries(object)
    .map(([name, value]) => `    ${line(name)}: ${body(value)}`)
    .join(",\n");
const layOutSteps = (steps: readonly Step[], gap: string): string =>
  steps.length === 0 ? "[]" : `[\n${steps.map((step) => gap + line(step)).join(",\n")}\n${gap.slice(2)}]`;
