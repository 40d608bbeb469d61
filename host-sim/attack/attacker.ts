/** What an attacker can make: keys of its own, signatures under other people's names, libraries to its taste. */
import type { CommandBody } from "../authority/command.js";
import { decodeEnvelope, type Signer, TAG } from "../authority/cose.js";
import { encodeTagged } from "../authority/encoding.js";
import { type KeyDescription, type KeyPair, simulatedKey } from "../authority/keys.js";
import { compile, type CompiledLibrary } from "../authority/library/compile.js";
import type { Bed } from "../ward/bed.js";
import type { Bounds, DoseLimits, Drug, LibraryHeader } from "../authority/library/model.js";

/** Everything an attacker owns: never a key that a root document names. */
export class Attacker {
  /** A key pair of the attacker's own, described as it pleases. */
  key(name: string, roles: KeyDescription["roles"], duty: KeyDescription["duty"] = "author"): KeyPair {
    return simulatedKey("attacker", { name, holder: `attacker ${name}`, duty, roles });
  }

  /** The attacker's key under the key id and algorithm of somebody else: the kid is only a hint (SPEC 1.3). */
  impersonate(victim: KeyPair): Signer {
    const own = this.key(`as ${victim.name}`, victim.roles, victim.duty);
    return { kid: victim.kid, algorithm: victim.algorithm, sign: (message) => own.sign(message) };
  }

  /** Keys for every role, enough for a root document of the attacker's own. */
  get household(): { root: KeyPair[]; all: KeyPair[] } {
    const root = [this.key("root author", ["root"]), this.key("root approver", ["root"], "approver")];
    const library = [
      this.key("library author", ["library"]),
      this.key("library approver", ["library"], "approver"),
    ];
    const staff = this.key("staff", ["order", "bedside", "override", "service", "time"]);
    return { root, all: [...root, ...library, staff] };
  }

  /** Somebody's name under a signature of nothing: 64 bytes of zeros. */
  unsigned(victim: KeyPair): Signer {
    return { kid: victim.kid, algorithm: victim.algorithm, sign: () => new Uint8Array(64) };
  }
}

/**
 * A library as an attacker wants it: it says that the bag holds `times` less of the drug, so that a pump which believes it runs
 * `times` faster, and the bounds move along so that nothing looks out of range. `header` sets what else differs.
 */
export function dilutedLibrary(
  library: CompiledLibrary,
  drug: Drug,
  times: number,
  header: Partial<LibraryHeader> = {},
): CompiledLibrary {
  const models = library.entries.map(({ model }) =>
    model.kind === "drug" &&
    model.area === drug.area &&
    model.drug === drug.drug &&
    model.variant === drug.variant
      ? diluted(model, times)
      : model,
  );
  return compile({ ...library.header, ...header }, models);
}

function diluted(drug: Drug, times: number): Drug {
  const { concentration, continuous } = drug;
  if (concentration === undefined) throw new RangeError(`${drug.name} has no fixed concentration`);
  const amount = { ...concentration.amount, value: Math.floor(concentration.amount.value / times) };
  return {
    ...drug,
    concentration: { ...concentration, amount },
    ...(continuous && { continuous: wider(continuous, times) }),
  };
}

function wider(limits: DoseLimits, times: number): DoseLimits {
  const { softMax, hardMax } = limits.bounds;
  const bounds: Bounds = {
    ...limits.bounds,
    ...(softMax !== undefined && { softMax: softMax * times }),
    ...(hardMax !== undefined && { hardMax: hardMax * times }),
  };
  return { ...limits, bounds };
}

/** A titration of the running therapy's drug, with the rate that follows from it. */
export function titration(bed: Bed, drug: Drug, dose: string): Extract<CommandBody, { kind: "titrate" }> {
  const { drug: reference, unit, dose: value, rateNlPerH } = bed.startBody(drug, { dose, vtbi: "1 mL" });
  return { kind: "titrate", drug: reference, unit, dose: value, rateNlPerH };
}

/** A signed object with another payload under the signatures it had. */
export function repackaged(object: Uint8Array, payload: Uint8Array): Uint8Array {
  const envelope = decodeEnvelope(object);
  if (envelope.type === "mac0") throw new RangeError("a COSE_Mac0 has no signature to keep");
  const { signatures } = envelope;
  if (envelope.type === "sign1") {
    const [{ protectedHeader, signature }] = envelope.signatures;
    return encodeTagged(TAG.sign1, [protectedHeader, {}, payload, signature]);
  }
  return encodeTagged(TAG.sign, [
    new Uint8Array(),
    {},
    payload,
    signatures.map(({ protectedHeader, signature }) => [protectedHeader, {}, signature]),
  ]);
}

/** A COSE_Sign of which only the first signature is left. */
export function stripped(object: Uint8Array): Uint8Array {
  const { payload, ...envelope } = decodeEnvelope(object);
  if (envelope.type !== "sign") throw new RangeError("only a COSE_Sign has signatures to take away");
  const { protectedHeader, signature } = envelope.signatures[0]!;
  return encodeTagged(TAG.sign, [new Uint8Array(), {}, payload, [[protectedHeader, {}, signature]]]);
}

/** A copy of `bytes` with one bit inverted. */
export function flipped(bytes: Uint8Array, byte: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[byte]! ^= 1 << bit;
  return copy;
}
