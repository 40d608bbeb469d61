/** Forged orders, by technique: what somebody sends who has no key. */
import type { CommandBody } from "../../authority/command.js";
import type { Signer } from "../../authority/cose.js";
import { type KeyPair, simulatedKey } from "../../authority/keys.js";
import { signManifest } from "../../authority/manifest.js";
import type { Random } from "../../device/random.js";
import { encodeSubmit } from "../../gate/records.js";
import type { Session } from "../../gate/records.js";
import { STATUS, statusName } from "../../gate/status.js";
import type { Bed } from "../bed.js";
import { type Answer, type Controller, UPDATES, type Verb } from "./controller.js";
import { commandRecord } from "./message.js";

export type Technique =
  | "noise"
  | "noise in a well-formed record"
  | "order signed by a stranger's key"
  | "recorded order sent again"
  | "recorded order at another port"
  | "session opened"
  | "forged under a challenge of one's own, in a known key's name"
  | "forged under the session in use, in a known key's name"
  | "drug library forged in known keys' names";

export interface TechniqueResult {
  readonly technique: Technique;
  readonly messages: number;
  /** Lost because the port's inbox was full. */
  readonly dropped: number;
  /** Verifications that the gate spent on them. */
  readonly verified: number;
  /** Accepted after a verification: none, or the gate has failed. The exact repeat of a port's last command only has its verdict repeated. */
  readonly accepted: number;
  /** Statuses with how often the gate answered so. */
  readonly answers: Readonly<Record<string, number>>;
}

/** What is sent while, with weights. */
export interface Phase {
  readonly name: string;
  readonly mix: readonly (readonly [Technique, number])[];
  /** Of ten messages so many come on the serial port, the others on the network. */
  readonly serialOfTen: number;
}

const CHEAP = [
  ["noise", 3],
  ["noise in a well-formed record", 2],
  ["order signed by a stranger's key", 2],
  ["recorded order sent again", 2],
  ["recorded order at another port", 1],
] as const satisfies Phase["mix"];
const STRANGER = [
  ["session opened", 5],
  ["forged under a challenge of one's own, in a known key's name", 5],
] as const satisfies Phase["mix"];
const EAVESDROPPER = [
  ["forged under the session in use, in a known key's name", 10],
] as const satisfies Phase["mix"];

export const PHASES: readonly Phase[] = [
  { name: "noise, unknown keys, recorded orders", mix: CHEAP, serialOfTen: 1 },
  { name: "a stranger who opens sessions", mix: STRANGER, serialOfTen: 1 },
  { name: "somebody who sees the network", mix: EAVESDROPPER, serialOfTen: 0 },
  {
    name: "all of it",
    mix: [...CHEAP, ...STRANGER, ...EAVESDROPPER, ["drug library forged in known keys' names", 1]],
    serialOfTen: 2,
  },
];

const NETWORK = 1;
const SERIAL = 2;
const RECORDED_MAX = 200;

interface Count {
  messages: number;
  dropped: number;
  verified: number;
  accepted: number;
  readonly answers: Record<string, number>;
}

export class Traffic {
  readonly #bed: Bed;
  readonly #controller: Controller;
  readonly #random: Random;
  readonly #body: CommandBody;
  readonly #own: KeyPair;
  readonly #named: readonly Signer[];
  readonly #counts = new Map<Technique, Count>();
  readonly #sessions = new Map<number, Session>();
  readonly #recorded: Uint8Array[] = [];
  #inUse: Session | null = null;
  /** Verifications spent on forgeries, by inbox. */
  readonly verified = [0, 0, 0, 0];

  /** `body`: what every forged order asks for. */
  constructor(bed: Bed, controller: Controller, random: Random, body: CommandBody) {
    this.#bed = bed;
    this.#controller = controller;
    this.#random = random;
    this.#body = body;
    this.#own = simulatedKey(random.path, {
      name: "stranger",
      holder: "stranger",
      duty: "author",
      roles: ["order"],
    });
    const { prescriber, secondPrescriber } = bed.hospital.keys;
    this.#named = [prescriber, secondPrescriber].map((key) => this.#inTheNameOf(key));
  }

  get techniques(): TechniqueResult[] {
    return [...this.#counts].map(([technique, count]) => ({ technique, ...count }));
  }

  /** Keys in whose names orders are forged. */
  get keysNamed(): number {
    return this.#named.length;
  }

  /** What passed on the network, for those who see it. */
  overhear(record: Uint8Array, session: Session): void {
    this.#inUse = session;
    if (this.#recorded.at(-1) !== record) this.#recorded.push(record);
    if (this.#recorded.length > RECORDED_MAX) this.#recorded.shift();
  }

  /** Sends one message of the phase. */
  send({ mix, serialOfTen }: Phase): void {
    const technique = this.#draw(mix);
    const port = this.#random.chance(serialOfTen, 10) ? SERIAL : NETWORK;
    const { inbox, verb, bytes } = this.#make(technique, port);
    const count = this.#count(technique);
    count.messages++;
    const answered = (answer: Answer | null) => {
      if (answer === null) {
        count.dropped++;
        return;
      }
      const name = statusName(answer.status);
      count.answers[name] = (count.answers[name] ?? 0) + 1;
      if (answer.verified) {
        count.verified++;
        if (answer.status === STATUS.OK) count.accepted++;
        this.verified[inbox]!++;
      }
      if (answer.session !== null) this.#sessions.set(inbox, answer.session);
    };
    this.#controller.arrive({ inbox, verb, bytes, answered });
  }

  #draw(mix: Phase["mix"]): Technique {
    const whole = mix.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.#random.below(whole);
    return mix.find(([, weight]) => (left -= weight) < 0)![0];
  }

  #make(technique: Technique, port: number): { inbox: number; verb: Verb; bytes: Uint8Array } {
    const random = this.#random;
    const submit = (bytes: Uint8Array) => ({ inbox: port, verb: "submit" as const, bytes });
    switch (technique) {
      case "noise":
        return submit(random.bytes(random.between(1, 600)));
      case "noise in a well-formed record":
        return submit(encodeSubmit({ port, command: random.bytes(random.between(1, 400)) }));
      case "order signed by a stranger's key":
        return submit(this.#order(port, this.#sessions.get(port), this.#own));
      case "recorded order sent again":
        return submit(this.#replay(port));
      case "recorded order at another port":
        return submit(this.#replay(SERIAL));
      case "session opened":
        return { inbox: port, verb: "sessionOpen", bytes: new Uint8Array() };
      case "forged under a challenge of one's own, in a known key's name":
        return submit(this.#order(port, this.#sessions.get(port), random.pick(this.#named)));
      case "forged under the session in use, in a known key's name":
        return submit(this.#order(NETWORK, this.#inUse ?? undefined, random.pick(this.#named)));
      case "drug library forged in known keys' names":
        return { inbox: UPDATES, verb: "libraryBegin", bytes: this.#manifest() };
    }
  }

  /** Not the last one: its exact repeat is answered with the stored verdict and does nothing (SPEC 4.2). */
  #replay(port: number): Uint8Array {
    const older = this.#recorded.slice(0, -1);
    const record = older[this.#random.below(Math.max(older.length, 1))]?.slice() ?? this.#random.bytes(64);
    record[8] = port;
    return record;
  }

  #order(port: number, session: Session | undefined, signer: Signer): Uint8Array {
    const known = session ?? { sessionId: this.#random.bytes(8), challenge: new Uint8Array(32) };
    const sequence = this.#random.between(100, 250);
    return commandRecord(this.#bed, { port, session: known, signer, sequence, body: this.#body }).record;
  }

  #manifest(): Uint8Array {
    const { hospital, library } = this.#bed;
    const { pharmacist, pharmacyChief } = hospital.keys;
    const wide = { ...library.manifest(), version: library.header.version + 100 };
    const signers = [pharmacist, pharmacyChief].map((key) => this.#inTheNameOf(key));
    return signManifest(wide, signers).bytes;
  }

  /** Signs with a key of its own under the kid of another. */
  #inTheNameOf({ algorithm, kid }: KeyPair): Signer {
    return { algorithm, kid, sign: (message) => this.#own.sign(message) };
  }

  #count(technique: Technique): Count {
    const count = this.#counts.get(technique) ?? {
      messages: 0,
      dropped: 0,
      verified: 0,
      accepted: 0,
      answers: {},
    };
    this.#counts.set(technique, count);
    return count;
  }
}
