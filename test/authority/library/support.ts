import { createHash } from "node:crypto";
import { checkLibrary } from "../../../host-sim/authority/library/load.js";
import type { CompiledLibrary } from "../../../host-sim/authority/library/compile.js";
import { formatProblem, type Problem } from "../../../host-sim/authority/library/problem.js";

/** Header, profile and the beginning of the first drug: what the libraries of these tests have in common. */
export const HEAD = `library:
  id: 00112233445566778899aabbccddeeff
  epoch: 2
  version: 5
  issued: 2026-01-15T08:00:00Z
  enable: at once
  expires: 2027-01-15
  grace: 14 day
  minimum_root: 3
  minimum_abi: 1.0
  note: NOT FOR CLINICAL USE
areas:
  - profile:
      area: 7
      name: Test ICU
      patient: adult
      rate_max: 500 mL/h
      vtbi_max: 2000 mL
      weight: { unit: kg, min: 30, max: 200 }
      bsa: { unit: m2, min: 1, max: 3 }
      kvo: 2 mL/h
      air: 0.1 mL
      occlusion: 500 mmHg
      source: illustrative
    drugs:
      - name: NORepinephrine
        code: 1001
        ingredient: { code: 5, dimension: mass }
        continuous: { unit: mcg/kg/min, hard_min: 0.005, soft_min: 0.01, soft_max: 1, hard_max: 2, source: illustrative }
`;

/** A small library without a single problem, in which every kind of group occurs once; tests change one line of it. */
export const SOUND = `${HEAD}        bolus: { unit: mcg, soft_max: 10, hard_max: 20, source: illustrative }
        bolus_rate: { unit: mcg/min, hard_max: 50, source: illustrative }
        vtbi: { unit: mL, soft_max: 250, hard_max: 500, source: illustrative }
        weight: { unit: kg, min: 40, max: 150, source: illustrative }
        bsa: { unit: m2, min: 1.2, max: 2.5, source: illustrative }
        flags: [override, approval]
        variants:
          - { variant: 1, concentration: 4 mg / 250 mL }
          - { variant: 2, concentration: 16 mg / 250 mL, bolus: none, bolus_rate: none }
      - name: sodium chloride 0.9%
        code: 2002
        ingredient: { code: 9, dimension: volume }
        continuous: { unit: mL/h, soft_max: 250, hard_max: 500, source: illustrative }
        bolus: { unit: mL, hard_max: 250, source: illustrative }
        bolus_rate: { unit: mL/min, hard_max: 8, source: illustrative }
        flags: [override, kvo]
        variants:
          - { variant: 1, concentration: 1000 mL / 1000 mL }
      - name: vancomycin
        code: 3003
        ingredient: { code: 11, dimension: mass }
        intermittent: { unit: mg/kg, soft_max: 25, hard_max: 35, source: illustrative }
        duration: { unit: min, hard_min: 60, soft_max: 240, source: illustrative }
        variants:
          - variant: 1
            concentration: { unit: mg/mL, hard_min: 1, soft_min: 2, soft_max: 5, source: illustrative }
      - name: morphine PCA
        code: 4004
        ingredient: { code: 13, dimension: mass }
        continuous: { unit: mg/h, soft_max: 0.9, hard_max: 2.8, source: illustrative }
        titration_step: { interval: 90 min, unit: mg/h, soft_max: 0.4, hard_max: 0.8, source: illustrative }
        loading: { unit: mg, soft_max: 4, hard_max: 9, source: illustrative }
        pca: { unit: mg, soft_min: 0.5, soft_max: 1.5, hard_max: 2.5, source: illustrative }
        bolus_rate: { unit: mg/min, hard_max: 7, source: illustrative }
        lockout: { unit: min, hard_min: 5, soft_min: 8, soft_max: 20, hard_max: 60, source: illustrative }
        windows:
          unit: mg
          1h: { soft_max: 11, hard_max: 16 }
          4h: { soft_max: 33, hard_max: 44 }
          source: illustrative
        advisory: 12
        flags: [override, approval, emergency, resume]
        variants:
          - { variant: 1, concentration: 50 mg / 50 mL }
`;

/** The sound library with one text replaced; fails if the text does not occur exactly once. */
export function changed(find: string, replacement: string): string {
  const parts = SOUND.split(find);
  if (parts.length !== 2) throw new Error(`"${find}" occurs ${parts.length - 1} times in the sound library`);
  return parts.join(replacement);
}

/** 1-based line of a text that occurs exactly once. */
export function lineOf(text: string, find: string): number {
  const at = text.indexOf(find);
  if (at < 0 || text.indexOf(find, at + 1) >= 0) throw new Error(`"${find}" does not occur exactly once`);
  return text.slice(0, at).split("\n").length;
}

export function problemsOf(text: string, pumpClass?: number): readonly Problem[] {
  return checkLibrary([{ name: "icu.yaml", text }], pumpClass).problems;
}

export function linesOf(text: string, pumpClass?: number): string[] {
  return problemsOf(text, pumpClass).map(formatProblem);
}

/** The library of a text that must be without errors. */
export function libraryOf(text: string): CompiledLibrary {
  const { library, problems } = checkLibrary([{ name: "icu.yaml", text }]);
  if (!library) throw new Error(problems.map(formatProblem).join("\n"));
  return library;
}

const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());

/** The root as RFC 6962 2.1 defines it, by recursion over the raw leaves. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Uint8Array.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** Verifies an inclusion proof as RFC 9162 2.1.3.2 spells it out, step by step. */
export function verifiesInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let r = sha256(Uint8Array.of(0), leaf);
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = sha256(Uint8Array.of(1), p, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      r = sha256(Uint8Array.of(1), r, p);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && Buffer.compare(r, root) === 0;
}
