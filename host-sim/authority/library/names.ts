/**
 * What a displayed name may not contain and how look-alike names are written: ISMP's list of error-prone abbreviations and
 * the FDA and ISMP lists of look-alike drug names with recommended tall man letters.
 */

/** Abbreviations that have been misread, as whole words or after a digit, with what to write. */
const ERROR_PRONE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/(?<![A-Za-z])(?:I\.?U\.?|U|u)(?![A-Za-z])/, 'write "unit": "U" and "IU" have been read as 0, 4 and IV'],
  [/[µμ]g|(?<![A-Za-z])ug(?![A-Za-z])/, 'write "mcg": "µg" has been read as "mg"'],
  [/(?<![A-Za-z])cc(?![A-Za-z])/, 'write "mL": "cc" has been read as "00"'],
  [/(?<![A-Za-z])MS(?:O4)?(?![A-Za-z0-9])/, 'write "morphine": "MS" has been read as magnesium sulfate'],
  [
    /(?<![A-Za-z])MgSO4(?![A-Za-z0-9])/,
    'write "magnesium sulfate": "MgSO4" has been read as morphine sulfate',
  ],
  [/[0-9]\.[0-9]*0(?![0-9])/, "leave out the trailing zero: the point is easily missed"],
  [/(?<![0-9])\.[0-9]/, "write a zero before the point: the point is easily missed"],
];

/** A small part of the lists, the names that infusions use. */
const TALL_MAN: readonly string[] = [
  "amLODIPine",
  "buPROPion",
  "CARBOplatin",
  "ceFAZolin",
  "cefTRIAXone",
  "CISplatin",
  "cycloSPORINE",
  "DAUNOrubicin",
  "dexmedeTOMIDine",
  "diphenhydrAMINE",
  "DOBUTamine",
  "DOPamine",
  "DOXOrubicin",
  "ePHEDrine",
  "EPINEPHrine",
  "fentaNYL",
  "hydrALAZINE",
  "HYDROmorphone",
  "LORazepam",
  "methylPREDNISolone",
  "metroNIDAZOLE",
  "niCARdipine",
  "niMODipine",
  "NORepinephrine",
  "PACLitaxel",
  "PENTobarbital",
  "PHENobarbital",
  "SUFentanil",
  "vinBLAStine",
  "vinCRIStine",
];
const TALL_MAN_BY_LOWER = new Map(TALL_MAN.map((name) => [name.toLowerCase(), name]));

/** Opioids, insulin and vasoactives: at no rate does their infusion only keep a vein open. */
const POTENT: readonly string[] = [
  "alfentanil",
  "angiotensin",
  "buprenorphine",
  "clevidipine",
  "dobutamine",
  "dopamine",
  "ephedrine",
  "epinephrine",
  "epoprostenol",
  "esmolol",
  "fentanyl",
  "hydromorphone",
  "insulin",
  "isoproterenol",
  "labetalol",
  "levosimendan",
  "meperidine",
  "methadone",
  "milrinone",
  "morphine",
  "nicardipine",
  "nitroglycerin",
  "nitroprusside",
  "norepinephrine",
  "oxycodone",
  "phenylephrine",
  "remifentanil",
  "sufentanil",
  "vasopressin",
];

/** The opioid, insulin or vasoactive that a displayed name contains, as it is written there; undefined if none. */
export function potentAtAnyRate(name: string): string | undefined {
  return name.split(/[^A-Za-z]+/).find((word) => POTENT.includes(word.toLowerCase()));
}

/** What must be written otherwise in a displayed name or a note; undefined if nothing. */
export function errorProne(text: string): string | undefined {
  for (const [pattern, advice] of ERROR_PRONE) {
    const match = pattern.exec(text);
    if (match) return `"${text}" contains "${match[0]}"; ${advice}`;
  }
  return undefined;
}

/** How a look-alike name in `text` is recommended to be written; undefined if it is, or is none of the small list. */
export function missingTallMan(text: string): string | undefined {
  for (const word of text.split(/[^A-Za-z]+/)) {
    const recommended = TALL_MAN_BY_LOWER.get(word.toLowerCase());
    if (recommended !== undefined && recommended !== word) {
      return `"${word}" looks like another drug's name; write it "${recommended}" (FDA and ISMP tall man letters)`;
    }
  }
  return undefined;
}
