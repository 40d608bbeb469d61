/** Which body keys each kind has (SPEC 4.2), asked of the gate key by key. */
import { describe, expect, it } from "vitest";
import { encodeBody } from "../../host-sim/authority/command-body.js";
import type { CommandBody } from "../../host-sim/authority/command.js";
import { commandAad } from "../../host-sim/authority/command.js";
import { sign1 } from "../../host-sim/authority/cose.js";
import { type CborValue, decodeCbor, type Encodable, encodeCbor } from "../../host-sim/authority/encoding.js";
import { submitRecord } from "../../host-sim/authority/submission.js";
import { KIND, MODE } from "../../host-sim/gate/names.js";
import { statusName } from "../../host-sim/gate/status.js";
import type { Bed } from "../../host-sim/ward/bed.js";
import { MG, ML, profile, startBody, ward } from "../support/ward.js";
import { basal, intermittentBody, loadingBody, pcaBody, step, therapy, whole } from "./therapies.js";

const BED: Bed = ward({ models: [profile(), therapy()] });
const bed = () => BED;
type Fields = ReadonlyMap<number, Encodable>;

/** What the gate says to the free checks of a command with this kind and body; SESSION if nothing is wrong with its form. */
function form(kind: number, body: Fields): string {
  const payload = encodeCbor(
    new Map<number, Encodable>([
      [0, kind],
      [1, new Uint8Array(8)],
      [2, 1],
      [3, 300],
      [4, bed().patient.token],
      [5, new Uint8Array(16)],
      [6, body],
    ]),
  );
  const { challenge } = bed().desk.session();
  const signed = sign1(
    payload,
    commandAad({ deviceId: bed().issued.deviceId, challenge }),
    bed().hospital.keys.prescriber,
  );
  return statusName(bed().pump.submit(submitRecord(1, signed).record).status);
}

const fieldsOf = (body: CommandBody): Fields =>
  new Map([...(decodeCbor(encodeCbor(encodeBody(body))) as ReadonlyMap<number, CborValue>)]);

const range = { min: MG, max: 9 * MG, stepMax: MG, intervalS: 0 };
/** Every key with a value that some kind takes. */
const VALUES: Fields = new Map<number, Encodable>([
  ...fieldsOf(
    startBody(bed(), { range, steps: [step(bed(), ML, MG)], loading: whole(bed()), durationS: 60 }),
  ),
  ...fieldsOf(pcaBody(bed())),
  ...fieldsOf({ kind: "associate", weightG: 70_000, bsaCm2: 0, area: 1 }),
  ...fieldsOf({ kind: "log-ack", stream: 0, acknowledged: 1 }),
  ...fieldsOf({ kind: "calibrate", setId: 1, plPerStep: 1000 }),
  ...fieldsOf({ kind: "configure", configuration: { nearEndS: 60, pausedLongS: 60, kvoSMax: 0 } }),
  ...fieldsOf({ kind: "time", timeS: 1 }),
]);

interface Form {
  readonly kind: number;
  readonly body: CommandBody;
  /** Keys that may be there as well. */
  readonly optional?: readonly number[];
}

const { drug, unit, dose, rateNlPerH } = startBody(bed());
const FORMS: Readonly<Record<string, Form>> = {
  associate: { kind: KIND.ASSOCIATE, body: { kind: "associate", weightG: 70_000, bsaCm2: 0, area: 1 } },
  "start, continuous": { kind: KIND.START, body: startBody(bed()), optional: [9, 15, 16] },
  "start, intermittent": { kind: KIND.START, body: intermittentBody(bed()) },
  "start, secondary": { kind: KIND.START, body: startBody(bed(), { mode: "secondary" }), optional: [18] },
  titrate: { kind: KIND.TITRATE, body: { kind: "titrate", drug, unit, dose, rateNlPerH } },
  bolus: { kind: KIND.BOLUS, body: { ...loadingBody(bed()), kind: "bolus" } },
  loading: { kind: KIND.LOADING, body: loadingBody(bed()) },
  "new bag": { kind: KIND.NEW_BAG, body: { kind: "new bag", vtbiNl: ML } },
  "PCA on demand alone": { kind: KIND.PCA, body: pcaBody(bed()), optional: [15] },
  "PCA with a basal rate": {
    kind: KIND.PCA,
    body: pcaBody(bed(), { basal: basal(bed(), MG) }),
    optional: [15],
  },
  pause: { kind: KIND.PAUSE, body: { kind: "pause" } },
  resume: { kind: KIND.RESUME, body: { kind: "resume" } },
  stop: { kind: KIND.STOP, body: { kind: "stop" } },
  disassociate: { kind: KIND.DISASSOCIATE, body: { kind: "disassociate" } },
  calibrate: { kind: KIND.CALIBRATE, body: { kind: "calibrate", setId: 1, plPerStep: 1000 } },
  configure: {
    kind: KIND.CONFIGURE,
    body: { kind: "configure", configuration: { nearEndS: 60, pausedLongS: 60, kvoSMax: 0 } },
  },
  "log-ack": { kind: KIND.LOG_ACK, body: { kind: "log-ack", stream: 0, acknowledged: 1 } },
  time: { kind: KIND.TIME, body: { kind: "time", timeS: 1 } },
};

describe.each(Object.entries(FORMS))("%s", (_name, { kind, body, optional = [] }) => {
  const fields = fieldsOf(body);

  it("has exactly its own keys", () => {
    expect(form(kind, fields)).toBe("SESSION");
    for (let key = 0; key <= 21; key++) {
      const changed = new Map(fields);
      if (!changed.delete(key)) changed.set(key, VALUES.get(key)!);
      const ascending = new Map([...changed].sort(([a], [b]) => a - b));
      expect(form(kind, ascending), `key ${key}`).toBe(optional.includes(key) ? "SESSION" : "SCHEMA");
    }
  });
});

const changed = (body: CommandBody, key: number, value: Encodable): Fields =>
  new Map([...fieldsOf(body), [key, value] as const].sort(([a], [b]) => a - b));

describe("a command", () => {
  it.each([0, 16, 255])("of kind %i is refused as unknown", (kind) => {
    expect(form(kind, fieldsOf({ kind: "pause" }))).toBe("KIND");
  });

  it("has a range or steps, not both", () => {
    const steps = [step(bed(), ML, MG)];
    expect(form(KIND.START, fieldsOf(startBody(bed(), { range, steps })))).toBe("SCHEMA");
  });

  it.each([
    ["a start of mode 4", KIND.START, startBody(bed()), MODE.PCA],
    ["a start of mode 0", KIND.START, startBody(bed()), 0],
    ["a start of mode 5", KIND.START, startBody(bed()), 5],
    ["PCA of mode 1", KIND.PCA, pcaBody(bed()), MODE.CONTINUOUS],
  ])("that is %s is refused", (_what, kind, body, mode) => {
    expect(form(kind, changed(body, 0, mode))).toBe("SCHEMA");
  });

  const loading = [2, 2 * MG, 60 * ML, 2 * ML];
  const pca = [2, MG, 60 * ML, ML, 600];
  const put = (list: readonly number[], at: number, value: number) =>
    list.map((old, i) => (i === at ? value : old));
  const listed = (count: number) => Array.from({ length: count }, () => [ML, MG, ML]);

  it.each([
    ["a loading dose of 0", KIND.START, startBody(bed()), 15, put(loading, 1, 0), loading],
    ["a loading rate of 0", KIND.START, startBody(bed()), 15, put(loading, 2, 0), loading],
    ["a loading volume of 0", KIND.START, startBody(bed()), 15, put(loading, 3, 0), loading],
    ["a loading unit with a time", KIND.START, startBody(bed()), 15, put(loading, 0, 0x102), loading],
    ["no step in its list", KIND.START, startBody(bed()), 16, [], listed(1)],
    ["ten steps in its list", KIND.START, startBody(bed()), 16, listed(10), listed(9)],
    ["a step after no volume", KIND.START, startBody(bed()), 16, [[0, MG, ML]], listed(1)],
    ["a step of dose 0", KIND.START, startBody(bed()), 16, [[ML, 0, ML]], listed(1)],
    ["a step of rate 0", KIND.START, startBody(bed()), 16, [[ML, MG, 0]], listed(1)],
    ["a PCA unit with a time", KIND.PCA, pcaBody(bed()), 17, put(pca, 0, 0x102), pca],
    ["a PCA dose of 0", KIND.PCA, pcaBody(bed()), 17, put(pca, 1, 0), pca],
    ["a PCA rate of 0", KIND.PCA, pcaBody(bed()), 17, put(pca, 2, 0), pca],
    ["a PCA volume of 0", KIND.PCA, pcaBody(bed()), 17, put(pca, 3, 0), pca],
    ["a lockout of 0", KIND.PCA, pcaBody(bed()), 17, put(pca, 4, 0), put(pca, 4, 1)],
    ["a lockout above a day", KIND.PCA, pcaBody(bed()), 17, put(pca, 4, 86_401), put(pca, 4, 86_400)],
    ["a duration of 0", KIND.START, intermittentBody(bed()), 18, 0, 1],
    ["a duration above a day", KIND.START, intermittentBody(bed()), 18, 86_401, 86_400],
    ["0 pL per step", KIND.CALIBRATE, FORMS["calibrate"]!.body, 19, 0, 1],
    ["more than 1 mL per step", KIND.CALIBRATE, FORMS["calibrate"]!.body, 19, 10 ** 9 + 1, 10 ** 9],
  ] as const)("with %s is refused", (_what, kind, body, key, wrong, right) => {
    expect(form(kind, changed(body, key, wrong))).toBe("SCHEMA");
    expect(form(kind, changed(body, key, right))).toBe("SESSION");
  });

  it.each([
    ["nearEndS", [59, 3601], [60, 3600]],
    ["pausedLongS", [59, 3601], [60, 3600]],
    ["kvoSMax", [14_401], [0, 14_400]],
  ] as const)("that configures %s stays within its bounds", (field, wrong, right) => {
    const configure = (value: number) =>
      form(
        KIND.CONFIGURE,
        fieldsOf({
          kind: "configure",
          configuration: { nearEndS: 300, pausedLongS: 600, kvoSMax: 3600, [field]: value },
        }),
      );
    for (const value of wrong) expect(configure(value)).toBe("SCHEMA");
    for (const value of right) expect(configure(value)).toBe("SESSION");
  });
});
