/** Once a record does not fit: what was done to the log there, as far as the records around it can tell. */
import type { ExportPage } from "./export.js";
import type { FaultReason, LogFault } from "./fault.js";
import { chainAfter, type StreamNumber } from "./keys.js";
import { type RawRecord, recordAt, withSequence } from "./record.js";

/** Where a record stands in an export. */
export interface Place {
  readonly page: number;
  readonly offset: number;
}

/** A record that does not fit, and everything known up to there. */
export interface Scene {
  readonly stream: StreamNumber;
  readonly pages: readonly ExportPage[];
  readonly place: Place;
  readonly record: RawRecord;
  /** The sequence that belongs here. */
  readonly expected: number;
  /** The chain before it. */
  readonly chain: Uint8Array;
  readonly epochBefore: number;
  /** True if a record's tag is that of the chain after it. */
  readonly fits: (record: RawRecord, chainAfterIt: Uint8Array) => boolean;
}

/** The record has another sequence than belongs here. */
export function diagnoseSequence(scene: Scene): LogFault {
  const { record, expected } = scene;
  const found = record.sequence;
  const as = withSequence(record, expected);
  if (scene.fits(as, chainAfter(scene.chain, as))) {
    return fault(scene, "altered", `its sequence was changed to ${found}; the rest of it is genuine`);
  }
  const rest = following(scene);
  const comesLater = rest.some(({ sequence }) => sequence === expected);
  // A record that is nowhere else was moved here, not added.
  const elsewhere = found < expected || rest.some(({ sequence }) => sequence === found);
  if (elsewhere && insertedHere(scene, rest)) {
    const message = `an extra record with sequence ${found} stands before it; without that one it fits`;
    return fault(scene, "spliced", message);
  }
  if (found > expected && comesLater) {
    return fault(scene, "reordered", `record ${found} stands in its place, and it comes later`);
  }
  if (rest[0]?.sequence === expected + 1) {
    return fault(scene, "altered", `it has sequence ${found}, and its tag does not fit`);
  }
  if (found > expected) {
    const many = found - expected > 1 ? `records ${expected} to ${found - 1} are` : `record ${expected} is`;
    return { ...fault(scene, "missing", `${many} not there; record ${found} follows`) };
  }
  if (comesLater) return fault(scene, "spliced", `record ${found} stands a second time before it`);
  return fault(
    scene,
    "rolled back",
    `after record ${expected - 1} the log goes back to record ${found}: an older state of the pump was put back`,
  );
}

/** The record has the right sequence, but its tag or its epoch does not fit what came before. */
export function diagnoseTag(scene: Scene): LogFault {
  const { record, expected } = scene;
  const chain = chainAfter(scene.chain, record);
  const rest = following(scene);
  if (insertedHere(scene, rest)) {
    return fault(scene, "spliced", "a record of elsewhere with the same sequence stands before it");
  }
  const next = rest[0];
  if (next?.sequence === expected + 1 && scene.fits(next, chainAfter(chain, next))) {
    return fault(scene, "altered", "its tag was changed; the rest of it is genuine");
  }
  if (record.epoch < scene.epochBefore) {
    const message = `its log epoch ${record.epoch} lies before epoch ${scene.epochBefore} of the records before it`;
    return fault(scene, "spliced", message);
  }
  const intact = nextIntactPage(scene);
  const then =
    intact === undefined ? "" : `; records from ${scene.pages[intact]!.firstSequence} on are genuine again`;
  const first = scene.place.page === 0 && scene.place.offset === 0;
  const or = first ? ", or the log is another pump's, or the log key is" : "";
  return fault(
    scene,
    "altered",
    `its tag does not fit: it was changed, or a record of another log stands in its place${or}${then}`,
  );
}

/** True if the next record fits where this one stands. */
function insertedHere(scene: Scene, rest: readonly RawRecord[]): boolean {
  const next = rest[0];
  return next?.sequence === scene.expected && scene.fits(next, chainAfter(scene.chain, next));
}

/** The records behind this one, as far as their lengths make sense. */
function following(scene: Scene): RawRecord[] {
  const found: RawRecord[] = [];
  let offset = scene.place.offset + scene.record.length;
  for (const page of scene.pages.slice(scene.place.page)) {
    for (let record; (record = recordAt(page.records, offset)); offset += record.length) found.push(record);
    offset = 0;
  }
  return found;
}

/** The next page that holds by its own chain. */
function nextIntactPage(scene: Scene): number | undefined {
  const after = scene.pages.findIndex((page, index) => {
    const record = recordAt(page.records, 0);
    return index > scene.place.page && record && scene.fits(record, chainAfter(page.chainBefore, record));
  });
  return after < 0 ? undefined : after;
}

function fault(scene: Scene, reason: FaultReason, message: string): LogFault {
  return { stream: scene.stream, sequence: scene.expected, reason, message, at: scene.place };
}
