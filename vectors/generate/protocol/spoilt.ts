/** Vectors of payloads that are spoilt in one place, or are no CBOR. */
import { Recorder } from "../../../host-sim/conformance/recorder.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import { detailOf, NO_TYPE, NOT_CBOR, type Spoilt } from "./malform.js";
import { type Came, type Draft, type Place, type Scene, vector } from "./scene.js";

export const FIELD = "MalformedField";

/** A recorder that nobody asks. */
export const silent = (): Recorder => new Recorder();

/** A vector for each spoilt payload: SCHEMA, and where. */
export function spoilt<S extends Scene>(
  place: Place<S>,
  object: string,
  cases: readonly Spoilt[],
  hand: (scene: S, payload: Uint8Array) => Came,
  status: StatusName = "SCHEMA",
): Draft[] {
  return cases.map(({ what, bytes, path }) =>
    vector(place, `${object}: ${what}`, FIELD, (scene) => hand(scene, bytes), {
      status,
      detail: detailOf(path),
    }),
  );
}

export function notCbor<S extends Scene>(
  place: Place<S>,
  object: string,
  hand: (scene: S, payload: Uint8Array) => Came,
): Draft[] {
  return [
    ...NOT_CBOR.map(([what, bytes]) =>
      vector(place, `${object}: ${what}`, "MalformedCbor", (scene) => hand(scene, bytes), "CBOR"),
    ),
    ...NO_TYPE.map(([what, bytes]) =>
      vector(place, `${object}: ${what}`, "MalformedCbor", (scene) => hand(scene, bytes), "SCHEMA"),
    ),
  ];
}
