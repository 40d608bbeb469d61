/** What each flag of a vector is about, and what a pump that gets it wrong does to the patient. */
import type { Note } from "../../host-sim/vectors/limit-vectors.js";

const SPEC = "docs/SPEC.md#";
const ORDER = `${SPEC}44-judgement-order`;
const LEDGER = `${SPEC}63-ledger`;
const PANEL = `${SPEC}64-local-actions`;
const RATE = `${SPEC}45-rate-from-dose`;
const VASICEK = "https://doi.org/10.1017/S1471068424000280";

const note = (bugType: string, description: string, effect: string, ...links: string[]): Note => ({
  bugType,
  description,
  effect,
  links: links.length === 0 ? [ORDER] : links,
});

export const NOTES: Readonly<Record<string, Note>> = {
  WithinBounds: note(
    "OVER_REFUSAL",
    "The value lies within its bounds, mostly at the last unit that does.",
    "Refused, a patient waits for a drug that was rightly ordered, and people learn to work around the pump.",
  ),
  AboveMaximum: note(
    "LIMIT_NOT_KEPT",
    "The value lies beyond a maximum, mostly by one unit.",
    "Accepted, the patient has more, or goes on longer, than the library's authors allow: an overdose with no bound to its size.",
  ),
  BelowMinimum: note(
    "LIMIT_NOT_KEPT",
    "The value lies below a minimum, mostly by one unit.",
    "Accepted, the patient has less than works, or the next dose sooner than is safe.",
  ),
  SoftBound: note(
    "OVERRIDE_MISSING",
    "A soft bound is broken: a person has to answer for it.",
    "Accepted at once, an unusual dose runs that nobody looked at a second time.",
    `${SPEC}43-approval`,
  ),
  SoftBoundKept: note(
    "OVERRIDE_NOT_ALLOWED",
    "A soft bound of an entry that takes no override is broken: it refuses like a hard one.",
    "Accepted or left to an override, one person sets aside what the library's authors left to nobody.",
  ),
  ContinuousDose: note(
    "DOSE_LIMIT",
    "Bounds of a continuous dose: of a start, its steps, its range, a basal rate, an increase.",
    "A wrong rate flows for hours: for a sedative too much stops the breathing, for a vasopressor too little the circulation.",
  ),
  BolusDose: note(
    "DOSE_LIMIT",
    "Bounds of a bolus dose.",
    "A wrong bolus is given within minutes; nobody can take it back.",
  ),
  BolusRate: note(
    "RATE_LIMIT",
    "Bounds of the rate of a bolus, a loading or a PCA dose, compared exactly as a flow.",
    "A right dose given too fast stops the heart or the breathing; too slowly it does not work when it is needed.",
    RATE,
  ),
  Vtbi: note(
    "VOLUME_LIMIT",
    "Bounds of the volume to be infused.",
    "A bag that runs on beyond what was meant gives the drug longer than it was ordered.",
  ),
  CustomConcentration: note(
    "CONCENTRATION_LIMIT",
    "Bounds of a concentration that the order states, per mL, compared as a ratio.",
    "At a tenth of the stated concentration the patient has ten times the volume; at ten times of it the pump's steps are too coarse.",
  ),
  FixedConcentration: note(
    "CONCENTRATION_LIMIT",
    "The entry has one concentration; the order's must be the same ratio.",
    "Every rate is reckoned from it: a bag of another concentration gives another dose at the same rate.",
  ),
  LoadingDose: note(
    "DOSE_LIMIT",
    "Bounds of a loading dose.",
    "The largest dose that a patient has at once is given unlimited.",
  ),
  PcaDose: note(
    "DOSE_LIMIT",
    "Bounds of the dose that a patient has on demand.",
    "Each press of the button gives too much, up to the lockout again and again: opioids stop the breathing.",
  ),
  LockoutBounds: note(
    "TIME_LIMIT",
    "Bounds of the lockout that an order may state.",
    "With a lockout that is too short the next dose comes before the last one has worked.",
  ),
  Duration: note(
    "TIME_LIMIT",
    "Bounds of the time that an intermittent dose takes.",
    "An antibiotic or electrolyte meant for an hour is given in minutes.",
  ),
  IntermittentDose: note(
    "DOSE_LIMIT",
    "Bounds of the whole dose of a bag.",
    "The whole bag holds too much, or too little to work.",
  ),
  TitrationStep: note(
    "INCREASE_LIMIT",
    "How far a dose may rise within an interval, counted from the dose that the interval began with.",
    "A dose is doubled again and again before its effect can be seen.",
  ),
  Window: note(
    "CUMULATIVE_LIMIT",
    "How much any window of 1, 2, 4 or 24 h may hold.",
    "Each order is within its limits; all of them together are an overdose.",
    LEDGER,
  ),
  WindowBasal: note(
    "CUMULATIVE_LIMIT",
    "Basal flow that is still to come counts toward the windows, at the highest rate of all steps, as far as the bag goes.",
    "The order fits today and fills the window by its own flow some hours later, when nobody is asked.",
    LEDGER,
  ),
  WindowDose: note(
    "CUMULATIVE_LIMIT",
    "Bolus, loading and PCA doses count toward the windows beside the basal flow.",
    "Doses beside the basal rate add up unseen.",
    LEDGER,
  ),
  WindowBolusApart: note(
    "CUMULATIVE_LIMIT",
    "Boluses count unless the entry says that they are apart; the basal flow counts in any case.",
    "Counted where they should be apart, a needed bolus is refused; apart where they should count, the window holds too much.",
    LEDGER,
  ),
  WindowPast: note(
    "CUMULATIVE_LIMIT",
    "What the patient has had counts, over stop and start, until it is older than the window: late, never early.",
    "A stop and a new start would empty the window: the same dose could be given again at once.",
    LEDGER,
  ),
  WindowDemand: note(
    "CUMULATIVE_LIMIT",
    "Each demand is checked against the windows.",
    "A patient, or whoever presses the button, gets every dose that the lockout allows.",
    LEDGER,
  ),
  WindowBag: note(
    "CUMULATIVE_LIMIT",
    "A new bag is checked against the windows that the program carries.",
    "One bag after another prolongs the flow beyond what was judged at its start.",
    LEDGER,
  ),
  WindowReduction: note(
    "OVER_REFUSAL",
    "No window keeps a rate from being reduced.",
    "Refused, the faster rate goes on because the slower one is too much as well.",
    LEDGER,
  ),
  OpenPcaNoField: note(
    "KNOWN_DEFECT",
    "The Open PCA Pump requires a hard volume over a time window, but its library has no field for one. Here the entry carries it.",
    "Nothing holds the sum of basal flow and doses: an opioid accumulates over hours.",
    VASICEK,
    LEDGER,
  ),
  OpenPcaBasalAlone: note(
    "KNOWN_DEFECT",
    "The Open PCA Pump checks the window only when a dose is asked for, by what was delivered: basal flow alone then carries the patient over it. Window of 240 min.",
    "The dose is given, and the basal rate exceeds the window an hour or two later: too late to refuse anything.",
    VASICEK,
    LEDGER,
  ),
  Weight: note(
    "PATIENT_LIMIT",
    "The patient's weight against the ceiling, the area's range and the entry's.",
    "A dose per kg for a child of 7 kg is reckoned for an adult of 70 kg: ten times too much.",
  ),
  BodySurface: note(
    "PATIENT_LIMIT",
    "The patient's body surface against the ceiling, the area's range and the entry's.",
    "Cytostatics are given per m2: a wrong surface is a wrong dose of them.",
  ),
  MeasureUnknown: note(
    "PATIENT_LIMIT",
    "Weight or body surface is not known, but entry or unit needs it.",
    "The pump would reckon with nought, or with a figure that nobody measured.",
  ),
  Ceiling: note(
    "CEILING",
    "What no library can exceed: the smaller of the pump class's row and the patient class's.",
    "A compromised or mistaken library could make a neonate's pump run like an adult's.",
    `${SPEC}51-compiled-in-ceilings`,
  ),
  Profile: note(
    "CARE_AREA",
    "The care area's own rate and VTBI.",
    "Rates of an operating theatre run in a ward where nobody watches.",
  ),
  RateStep: note(
    "ROUNDING",
    "The pump's rate steps may lose 5 % of a dose and not more; a rate lies on a step.",
    "At low rates a dose is rounded to a fraction of it, or up to more than it.",
    RATE,
  ),
  DoseRate: note(
    "UNIT_CONVERSION",
    "Rate and volume follow exactly from dose, unit, weight or body surface, and concentration.",
    "A factor of 60, 1,000 or the weight between screen and motor: the commonest tenfold and thousandfold overdoses.",
    RATE,
    `${SPEC}33-dosing-units`,
  ),
  RateAgreement: note(
    "UNIT_CONVERSION",
    "The order's rate or volume is not that of its dose: sender and pump reckoned differently.",
    "What the prescriber read and what the motor does differ.",
    RATE,
  ),
  Unit: note(
    "UNIT_MISMATCH",
    "The order's unit is not the entry's, or the entry does not know this way of giving the drug.",
    "A figure in mg/min is taken for mg/h, or a drug is given in a way for which it has no limits.",
    `${SPEC}33-dosing-units`,
  ),
  Set: note(
    "CALIBRATION",
    "The disposable set must have a calibration.",
    "The pump would move an unknown volume with each motor step.",
  ),
  Patient: note("IDENTITY", "The order is for the associated patient.", "One patient has another's drug."),
  Area: note(
    "IDENTITY",
    "The order's care area is the association's.",
    "A child is judged by adults' limits.",
  ),
  Order: note(
    "IDENTITY",
    "What goes on with a program names its order and its drug.",
    "An increase meant for one pump's drug raises another one's.",
  ),
  Total: note(
    "VOLUME_LIMIT",
    "Bag, steps, loading dose and new bags stay within the order's total, and those within the bag.",
    "More flows in all than was ordered, one bag after another.",
  ),
  Phase: note(
    "STATE",
    "The program is not in a phase that allows this.",
    "Something begins to flow, or flows faster, that people believe is off.",
    `${SPEC}61-program`,
  ),
  Alarm: note(
    "STATE",
    "A latched alarm forbids a bolus until somebody has answered it.",
    "A dose is pushed against air or an occlusion, and comes at once when that gives way.",
    `${SPEC}67-alarms`,
  ),
  Beside: note(
    "STATE",
    "One dose at a time; an increase beside a dose within profile and ceiling together.",
    "Two doses run together at twice the rate that was judged.",
  ),
  Measures: note(
    "PATIENT_LIMIT",
    "A new weight, surface or area waits for a confirmation at the panel: nothing goes upward until then.",
    "Doses per kg go on by a weight that is known to be wrong.",
    PANEL,
  ),
  Account: note(
    "CUMULATIVE_LIMIT",
    "A drug with windows, or on demand, needs an account to be counted in.",
    "A drug that cannot be counted would have no window and no lockout.",
    LEDGER,
  ),
  Emergency: note(
    "UNSIGNED",
    "An emergency start at the panel needs policy and entry, ends by its total, and waits for a person.",
    "An unsigned order runs on for hours, or runs a drug that nobody meant for emergencies.",
    `${SPEC}66-kvo-and-emergency`,
  ),
  Range: note(
    "UNSIGNED",
    "Titrating at the panel keeps the signed range and its step.",
    "Whoever stands at the pump sets any rate under a signature for another.",
    PANEL,
  ),
  RangeInterval: note(
    "UNSIGNED",
    "Titrating at the panel keeps the signed interval.",
    "The dose rises step by step, faster than its effect shows.",
    PANEL,
  ),
  Reduce: note(
    "UNSIGNED",
    "Reducing at the panel only goes down, and restoring only to what was permitted.",
    "A button that nobody confirms makes more flow.",
    PANEL,
  ),
  Confirm: note(
    "UNSIGNED",
    "The second step of an upward action comes within 60 s of the first.",
    "A press on a screen that somebody else left carries out what they had in mind an hour ago.",
    PANEL,
  ),
  Lockout: note(
    "TIME_LIMIT",
    "A demand comes no sooner than the lockout after the end of the last dose, also under a new order.",
    "Doses follow each other before the first one works; a new order would be a way around the lockout.",
    LEDGER,
  ),
  Demand: note(
    "PCA",
    "The patient's button gives one dose, as far as the bag holds it.",
    "A denied dose is pain; a dose beyond the bag is air.",
    PANEL,
  ),
  Interlock: note(
    "PCA",
    "No dose while a monitor says that the patient breathes too little.",
    "The dose that stops the breathing.",
    PANEL,
  ),
  Restart: note(
    "RESET",
    "A program goes on by itself only after a reset as short as policy or entry says; PCA never.",
    "A pump that lay without power for an hour goes on at a rate that nobody remembers, perhaps in another patient.",
    `${SPEC}65-reset`,
  ),
  Resume: note(
    "RESET",
    "After a reset a program is restored at the panel within 4 h of the loss of power, with the patient's token.",
    "A pump from the cupboard goes on with yesterday's patient's drug.",
    PANEL,
  ),
};
