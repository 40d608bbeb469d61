/** What a protocol vector is made of before it is recorded: a place to begin, what is done there, and what must come of it. */
import type { Recorder } from "../../../host-sim/conformance/recorder.js";
import type { Expected } from "../../../host-sim/conformance/vector.js";
import { Device, type DeviceOptions } from "../../../host-sim/device/device.js";
import { Gate } from "../../../host-sim/gate/gate.js";
import type { StatusName } from "../../../host-sim/gate/status.js";
import type { Bed } from "../../../host-sim/ward/bed.js";
import { MODULE } from "../../../test/support/ward.js";

/** A pump under way, and the recorder that watches it. */
export interface Scene {
  readonly recorder: Recorder;
  readonly device: Device;
  /** The instance in force. */
  readonly gate: Gate;
  /** Another instance is in force from now on. */
  readonly use: (gate: Gate) => Gate;
}
export interface BedScene extends Scene {
  readonly bed: Bed;
}
export interface BareScene extends Scene {
  /** Loses the power, and makes another instance over the same device. */
  readonly again: () => Gate;
}

/** A named state of a pump. `make` begins at blank flash, always in the same way. */
export interface Place<S extends Scene = Scene> {
  readonly name: string;
  readonly comment: string;
  readonly make: (recorder: Recorder) => S;
}

/** What a vector's last act came to; enough of a Judged, an Ended or a panel's answer. */
export interface Came {
  readonly status: number;
  readonly verdict?: { readonly verdict: number; readonly limit: number; readonly detail: number } | null;
  readonly outcome?: { readonly detail: number } | null;
  readonly result?: { readonly limit: number } | null;
  /** What an operator of limit vectors says in words already. */
  readonly told?: Partial<Expected>;
}

export interface Draft {
  readonly comment: string;
  readonly flags: readonly string[];
  readonly place: Place;
  readonly act: (scene: Scene) => Came | number;
  readonly expected: Expected;
}

/** A vector at a place: its act is given the place's own scene. */
export function vector<S extends Scene>(
  place: Place<S>,
  comment: string,
  flags: string | readonly string[],
  act: (scene: S) => Came | number,
  expected: Expected | StatusName,
): Draft {
  return {
    comment,
    flags: [flags].flat(),
    place,
    act: act as Draft["act"],
    expected: typeof expected === "string" ? { status: expected } : expected,
  };
}

/** A place in a ward. */
export function bedPlace(name: string, comment: string, make: (recorder: Recorder) => Bed): Place<BedScene> {
  return {
    name,
    comment,
    make: (recorder) => {
      const bed = make(recorder);
      let other: Gate | null = null;
      return {
        recorder,
        bed,
        device: bed.device,
        get gate() {
          return other ?? bed.pump.gate;
        },
        use: (gate) => (other = gate),
      };
    },
  };
}

/** A module and its parts, with nothing between; `begin` is called once it is there. */
export function barePlace(
  name: string,
  comment: string,
  options: Partial<DeviceOptions> = {},
  begin: (gate: Gate, device: Device) => void = () => undefined,
): Place<BareScene> {
  return {
    name,
    comment,
    make: (recorder) => {
      const device = new Device({ seed: "vectors", ...options });
      let gate = new Gate(MODULE, device, recorder);
      begin(gate, device);
      return {
        recorder,
        device,
        get gate() {
          return gate;
        },
        use: (other) => (gate = other),
        again: () => {
          gate.instance.discard();
          device.powerCycle();
          gate = new Gate(MODULE, device, recorder);
          return gate;
        },
      };
    },
  };
}
