/** Verifiers of Ed25519, each in the form that is fastest for it. */
import type { Identity } from "./contender.js";
import type { SignedCase } from "./signed-case.js";

/** Whether the signature of case `index` is good. */
export type Verifier = (index: number) => boolean | Promise<boolean>;

/** A verifier, ready to take cases. Keys may be imported in `open`, which nobody times; messages may not be looked at there. */
export interface Ed25519Peer extends Identity {
  /** Answers later, so that every answer has to be awaited. */
  readonly asynchronous?: boolean;
  open(cases: readonly SignedCase[]): Verifier | Promise<Verifier>;
}
