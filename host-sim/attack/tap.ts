/** What an attacker records who sits on the network: every message that reaches the pump there, and every challenge it sends back. */
import type { Clock } from "../device/clock.js";
import { PORT } from "../gate/names.js";
import type { GateObserver, Instance } from "../gate/instance.js";
import type { AreaName, ExportName } from "../gate/abi.js";
import { decodeSession, type Session } from "../gate/records.js";

/** A message as it went into the pump. */
export interface Overheard {
  /** The world's time, us. */
  readonly atUs: number;
  readonly verb: Verb;
  readonly bytes: Uint8Array;
}

const VERBS = ["submit", "approve", "trustUpdate", "libraryBegin", "libraryEntry"] as const;
export type Verb = (typeof VERBS)[number];

/** Offset of the port in the records of `submit` and `approve` (SPEC 11.2). */
const PORT_OFFSET = 8;

/**
 * Hand it to a Pump as `observer`. It hears the network only: not the panel, not the serial port, and not the provisioning, which
 * arrives over a physical port. `onSubmit` hears commands of every port: for the unguarded model, not for attackers.
 */
export class Tap implements GateObserver {
  readonly heard: Overheard[] = [];
  readonly sessions: Session[] = [];
  onSubmit: ((record: Uint8Array) => void) | null = null;
  clock: Clock | null = null;
  /** True while the attacker itself sends: it has no need to record that. */
  muted = false;
  #instance: Instance | null = null;
  #io: Uint8Array = new Uint8Array();

  instantiated(instance: Instance): void {
    this.#instance = instance;
  }

  wrote(area: AreaName, bytes: Uint8Array): void {
    if (area === "io") this.#io = bytes.slice();
  }

  calling(name: ExportName, args: readonly number[]): void {
    const verb = VERBS.find((candidate) => candidate === name);
    if (verb === undefined) return;
    const bytes = this.#io.slice(0, args[0] ?? 0);
    if (verb === "submit") this.onSubmit?.(bytes);
    if (this.muted) return;
    const local = (verb === "submit" || verb === "approve") && bytes[PORT_OFFSET] !== PORT.NETWORK;
    if (!local) this.heard.push({ atUs: this.clock?.elapsedUs ?? 0, verb, bytes });
  }

  returned(name: ExportName, status: number): void {
    if (this.muted || name !== "sessionOpen" || status !== 0 || this.#instance === null) return;
    const session = decodeSession(this.#instance.read("result"));
    if (session.port === PORT.NETWORK) this.sessions.push(session);
  }

  /** The last message of a kind. Throws if none was heard. */
  last(verb: Verb): Overheard {
    const found = this.heard.findLast((message) => message.verb === verb);
    if (found === undefined) throw new Error(`nothing recorded: no ${verb} went over the network yet`);
    return found;
  }
}
