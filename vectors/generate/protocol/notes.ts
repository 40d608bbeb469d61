/** What each flag of a protocol vector is about, and what a pump that gets it wrong does to the patient. */
import type { Note } from "../../../host-sim/conformance/vector.js";

const SPEC = "docs/SPEC.md#";
const ABI = `${SPEC}11-abi`;

const note = (bugType: string, description: string, effect: string, ...links: string[]): Note => ({
  bugType,
  description,
  effect,
  links,
});

export const NOTES: Readonly<Record<string, Note>> = {
  Flow: note(
    "CALL_FLOW",
    "Calls in their order, each answered as it should be.",
    "A host that is told the wrong thing waits for work that does not come, or goes on without it: a therapy that was ordered is not given.",
    `${SPEC}10-staged-work`,
  ),
  OutOfPlace: note(
    "CALL_OUT_OF_PLACE",
    "A call or an order that does not fit what is under way.",
    "Carried out all the same it replaces a running therapy, or begins another beside it.",
    `${SPEC}10-staged-work`,
  ),
  BetweenSlices: note(
    "STARVATION",
    "Ticks, the panel and looks at the state between the slices of staged work.",
    "Refused or put off, a stop pressed in an emergency comes half a second late, or the motor runs dry of grants.",
    `${SPEC}10-staged-work`,
  ),
  Cancelled: note(
    "PARTIAL_EFFECT",
    "Staged work is dropped.",
    "Left half done, an order that was taken back still moves the motor.",
    `${SPEC}10-staged-work`,
  ),
  BadArgument: note(
    "ARGUMENT_NOT_CHECKED",
    "An argument is out of its range.",
    "Taken as it is it reaches memory that is not its own; what the pump then does nobody can say.",
    ABI,
  ),
  BadRecord: note(
    "RECORD_NOT_CHECKED",
    "A binary record with a wrong type, version, length or flag.",
    "Read all the same, fields are taken for others: a rate for a volume.",
    `${SPEC}112-records`,
  ),
  MalformedCbor: note(
    "PARSER_DIFFERENTIAL",
    "Bytes that are not deterministic CBOR.",
    "Two readers that understand one message differently let a person sign one dose and the pump give another.",
    `${SPEC}11-payloads`,
    "https://www.rfc-editor.org/rfc/rfc8949.html#section-4.2.1",
  ),
  MalformedField: note(
    "SCHEMA_NOT_CHECKED",
    "A field that is missing, unknown, of another type or out of its range.",
    "A limit that is not understood is a limit that is not kept: the patient has what its authors forbade.",
    `${SPEC}42-command`,
  ),
  MalformedEnvelope: note(
    "ENVELOPE_NOT_CHECKED",
    "An envelope other than exactly the one that the object needs.",
    "Headers that one side reads and the other skips make a forgery of a valid signature.",
    `${SPEC}12-envelopes`,
    "https://www.rfc-editor.org/rfc/rfc9052.html",
  ),
  Signer: note(
    "AUTHORITY_NOT_CHECKED",
    "A signer that is unknown, or may not sign this.",
    "Whoever has any key orders any dose: CVE-2015-3956 without the word network.",
    `${SPEC}21-roles-duties-kinds`,
  ),
  Forgery: note(
    "FORGERY",
    "A signature that is not valid, or an entry that is not the library's.",
    "An attacker on the network sets the dose (CVE-2018-14786).",
    `${SPEC}16-signatures`,
    `${SPEC}35-use`,
  ),
  Replay: note(
    "REPLAY",
    "What was sent before, too late, or for another session.",
    "A recorded bolus is given as often as it is sent (CVE-2018-14781).",
    `${SPEC}41-session`,
    "https://nvd.nist.gov/vuln/detail/CVE-2018-14781",
  ),
  Flood: note(
    "EXHAUSTION",
    "More verifications than the budget of a port has.",
    "A flood on the network keeps the pump from hearing the nurse.",
    `${SPEC}7-throttle`,
  ),
  Override: note(
    "OVERRIDE",
    "Somebody answers for a soft limit, or may not.",
    "One person sets aside what two should see, or a waiting order is taken for another.",
    `${SPEC}43-approval`,
  ),
  Emergency: note(
    "EMERGENCY",
    "A start or increase that nobody signs.",
    "Wrongly refused, a patient waits for a network in an emergency; wrongly taken, the panel gives whatever is typed.",
    `${SPEC}66-kvo-and-emergency`,
  ),
  Patient: note(
    "WRONG_PATIENT",
    "Patient, care area, weight or surface are not those of the order.",
    "The right dose for somebody else.",
    `${SPEC}44-judgement-order`,
  ),
  Dose: note(
    "DOSE_ARITHMETIC",
    "Rate, volume, unit or set do not follow from the dose.",
    "What flows is not what the screen and the record say (CVE-2021-33885).",
    `${SPEC}45-rate-from-dose`,
  ),
  Limit: note(
    "LIMIT_NOT_KEPT",
    "A limit of the ceiling, the profile or the entry.",
    "An overdose that the library's authors had ruled out.",
    `${SPEC}44-judgement-order`,
  ),
  Panel: note(
    "PANEL",
    "What a person at the pump may do without a signature, and what not.",
    "Wrongly refused, nobody can stop the pump; wrongly taken, anybody who passes can make more flow.",
    `${SPEC}64-local-actions`,
  ),
  Alarm: note(
    "ALARM",
    "What a latched alarm or an interlock forbids.",
    "A dose is pressed into a closed or air-filled line, or into somebody who hardly breathes.",
    `${SPEC}67-alarms`,
  ),
  Reset: note(
    "RESET",
    "What goes on after a loss of power, and what waits for a person.",
    "Going on too readily gives a dose twice; too reluctantly, a vasopressor stops unnoticed (CVE-2015-3958).",
    `${SPEC}65-reset`,
  ),
  PowerCut: note(
    "TORN_WRITE",
    "The power goes in the middle of a write.",
    "Counted too low after it, a dose is given twice; read as damage, the pump is out of use.",
    `${SPEC}92-segments`,
  ),
  Rollback: note(
    "ROLLBACK",
    "Older flash was put back.",
    "Windows and lockouts that were used up are open again.",
    `${SPEC}26-rollback`,
  ),
  Trust: note(
    "TRUST",
    "Root documents, and the end of a device.",
    "Who may order doses is decided by whoever writes the file.",
    `${SPEC}24-root-update`,
  ),
  LibraryUpdate: note(
    "LIBRARY_UPDATE",
    "A drug library is installed, refused, dropped or becomes due.",
    "Limits of another hospital, of last year or of nobody hold (CVE-2015-3956).",
    `${SPEC}34-install`,
  ),
  LibraryState: note(
    "LIBRARY_STATE",
    "An order needs a library that is there, valid and the one it names.",
    "A dose is judged by limits that nobody vouches for.",
    `${SPEC}35-use`,
  ),
  LibraryEntry: note(
    "LIBRARY_ENTRY",
    "An entry that contradicts itself, its neighbours or the ceilings.",
    "A limit that says nothing is taken for a limit.",
    `${SPEC}32-entries`,
  ),
  HostFault: note(
    "HOST_FAULT",
    "Flash, counter, clock or entropy fail.",
    "A dose that could not be written down is given and forgotten, and given again.",
    `${SPEC}113-imports`,
  ),
  Motor: note(
    "MOTOR_NOT_CHECKED",
    "What the motor reports against what it was granted.",
    "Flow that nobody ordered goes unnoticed, or is not counted: the next dose comes on top of it.",
    `${SPEC}62-grants`,
  ),
  BagEnd: note(
    "BAG_END",
    "A bag is delivered: what flows, or does not, afterwards.",
    "Air follows the drug, or a line that should be kept open clots.",
    `${SPEC}66-kvo-and-emergency`,
  ),
  Service: note(
    "SERVICE",
    "Calibration, configuration, time, and the patient who leaves.",
    "A pump that is calibrated in mid-flow gives another volume than it counts (CVE-2021-33885).",
    `${SPEC}42-command`,
  ),
  SingleFault: note(
    "SINGLE_FAULT",
    "A bit flips in memory.",
    "One glitch turns a refusal into a permit.",
    `${SPEC}44-judgement-order`,
  ),
  Accepted: note(
    "OVER_REFUSAL",
    "What is right is done.",
    "Refused, a patient waits for a drug that was rightly ordered, and people learn to work around the pump.",
    `${SPEC}44-judgement-order`,
  ),
};
