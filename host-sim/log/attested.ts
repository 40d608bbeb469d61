/** A log against what its pump attested: heads, library and root (SPEC 11.2). It is the only proof that the end is there. */
import { equalBytes } from "../authority/bytes.js";
import type { Attestation, LogHead } from "../authority/attestation.js";
import type { LogFault } from "./fault.js";
import { type History, nameOf } from "./history.js";
import type { StreamWalk } from "./stream.js";

/** A sound stream beside its attested head; the history only for stream 0. */
export interface AttestedStream {
  readonly walk: StreamWalk;
  readonly head: LogHead;
  readonly history?: History;
}

/** What does not match; undefined if the stream leads to its head. */
export function attestationFault(
  attestation: Attestation,
  { walk, head, history }: AttestedStream,
): LogFault | undefined {
  const { stream, nextSequence } = walk;
  if (head.nextSequence > nextSequence) {
    const last = head.nextSequence - 1;
    const what = last === nextSequence ? `record ${last} is` : `records ${nextSequence} to ${last} are`;
    const message = `${what} not there, but the pump attested to records up to ${last}`;
    return { stream, sequence: nextSequence, reason: "truncated", message };
  }
  const chain = chainAt(walk, head.nextSequence);
  if (!chain) return undefined; // attested before the export begins: nothing to compare
  if (!equalBytes(chain, head.chain)) {
    const last = Math.max(head.nextSequence - 1, 0);
    const message =
      `the pump attested to another history up to record ${last}: ` +
      "these records are of another time, or an older state of the pump was put back";
    return { stream, sequence: last, reason: "rolled back", message };
  }
  // Later records may have brought another library or root: only a log that ends at the head can be compared.
  if (!history || head.nextSequence !== nextSequence) return undefined;
  return stateFault(attestation, walk, history);
}

function chainAt(walk: StreamWalk, nextSequence: number): Uint8Array | undefined {
  if (nextSequence === walk.nextSequence) return walk.head;
  return walk.records.find(({ record }) => record.sequence === nextSequence - 1)?.chain;
}

function stateFault(attestation: Attestation, walk: StreamWalk, history: History): LogFault | undefined {
  const { library } = attestation;
  const { active, root } = history;
  const fault = (message: string): LogFault => {
    const sequence = Math.max(walk.nextSequence - 1, 0);
    return { stream: walk.stream, sequence, reason: "contradiction", message };
  };
  if (active && !history.revoked) {
    const same =
      active.epoch === library.epoch &&
      active.version === library.version &&
      equalBytes(active.root, library.merkleRoot);
    if (!same) {
      return fault(
        `the log ends with library ${nameOf(active)}, but the pump attested to ${nameOf(library)}`,
      );
    }
  }
  if (
    root &&
    (root.version !== attestation.rootVersion || !equalBytes(root.digest, attestation.rootDigest))
  ) {
    return fault(
      `the log ends with root version ${root.version}, but the pump attested to ${attestation.rootVersion} with ` +
        "another digest or number",
    );
  }
  return undefined;
}
