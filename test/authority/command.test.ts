import { decode as decodeByCbor2 } from "cbor2";
import { describe, expect, it } from "vitest";
import {
  type BodyOf,
  type Command,
  type CommandBody,
  decodeCommand,
  type DrugReference,
  encodeCommand,
  encodeCommandUnchecked,
  signCommand,
  type TitrationRange,
} from "../../host-sim/authority/command.js";
import { EncodingError } from "../../host-sim/authority/encoding.js";
import { CHALLENGE, DEVICE_ID, DOCTOR, ed25519Verifies, fill, hex, RECEIVER } from "./support.js";
import * as cbor from "./support.js";

const DRUG: DrugReference = {
  area: 1,
  drug: 1001,
  variant: 2,
  epoch: 0,
  version: 7,
  rootPrefix: fill(8, 0xab),
  rootVersionMin: 1,
};
/** Its range may be taken away. */
type StartBody = Omit<BodyOf<"start">, "range"> & { range?: TitrationRange };
const DOSE = { drug: DRUG, unit: 0x111, dose: 50_000, rateNlPerH: 13_100_000 };
const REFERENCE = new Map<number, unknown>(
  [1, 1001, 2, 0, 7, fill(8, 0xab), 1].map((value, key) => [key, value]),
);
const START: StartBody = {
  kind: "start",
  ...DOSE,
  vtbiNl: 250_000_000,
  concentration: { amount: 4_000_000_000, volumeNl: 250_000_000 },
  setId: 1,
  totalNl: 500_000_000,
  range: { min: 20_000, max: 200_000, stepMax: 50_000, intervalS: 600 },
};

/** A start without range, which excludes steps and other modes. */
const BARE: StartBody = { ...START };
delete BARE.range;
const LOADING = { unit: 2, dose: 4_000_000_000, rateNlPerH: 100_000_000, volumeNl: 250_000_000 };
const LOADING_TUPLE = [2, 4_000_000_000, 100_000_000, 250_000_000];
const STEPS = [
  { afterNl: 10_000_000, dose: 40_000, rateNlPerH: 10_400_000 },
  { afterNl: 20_000_000, dose: 30_000, rateNlPerH: 7_800_000 },
];
const PCA: BodyOf<"PCA"> = {
  kind: "PCA",
  drug: DRUG,
  vtbiNl: 50_000_000,
  concentration: { amount: 4_000_000_000, volumeNl: 250_000_000 },
  setId: 1,
  totalNl: 100_000_000,
  pca: { ...LOADING, lockoutS: 480 },
};
const BASAL = { unit: 0x202, dose: 1_000_000_000, rateNlPerH: 62_500_000 };
/** Keys 0 to 8 of `START`, in another mode. */
const bagKeys = (mode: number): [number, unknown][] => [
  [0, mode],
  [1, REFERENCE],
  [2, 0x111],
  [3, 50_000],
  [4, 13_100_000],
  [5, 250_000_000],
  [6, [4_000_000_000, 250_000_000]],
  [7, 1],
  [8, 500_000_000],
];
const pcaKeys: [number, unknown][] = [
  [0, 4],
  [1, REFERENCE],
  [5, 50_000_000],
  [6, [4_000_000_000, 250_000_000]],
  [7, 1],
  [8, 100_000_000],
];

const command = (body: CommandBody): Command => ({
  sessionId: fill(8, 1),
  sequence: 3,
  lifeS: 300,
  patientToken: fill(16, 2),
  orderId: fill(16, 3),
  body,
});

/** Kind number and body of every kind, from the table of SPEC 4.2. */
const EXPECTED: [CommandBody, number, [number, unknown][]][] = [
  [
    { kind: "associate", weightG: 70_000, bsaCm2: 0, area: 1 },
    1,
    [
      [10, 70_000],
      [11, 0],
      [12, 1],
    ],
  ],
  [
    START,
    2,
    [
      ...bagKeys(1),
      [
        9,
        new Map([
          [0, 20_000],
          [1, 200_000],
          [2, 50_000],
          [3, 600],
        ]),
      ],
    ],
  ],
  [
    { kind: "titrate", ...DOSE },
    3,
    [
      [1, REFERENCE],
      [2, 0x111],
      [3, 50_000],
      [4, 13_100_000],
    ],
  ],
  [
    { kind: "bolus", ...DOSE, volumeNl: 10_000_000 },
    4,
    [
      [1, REFERENCE],
      [2, 0x111],
      [3, 50_000],
      [4, 13_100_000],
      [5, 10_000_000],
    ],
  ],
  [
    { ...BARE, loading: LOADING, steps: STEPS },
    2,
    [
      ...bagKeys(1),
      [15, LOADING_TUPLE],
      [
        16,
        [
          [10_000_000, 40_000, 10_400_000],
          [20_000_000, 30_000, 7_800_000],
        ],
      ],
    ],
  ],
  [{ ...BARE, mode: "intermittent", durationS: 1800 }, 2, [...bagKeys(2), [18, 1800]]],
  [{ ...BARE, mode: "secondary" }, 2, bagKeys(3)],
  [{ ...BARE, mode: "secondary", durationS: 86_400 }, 2, [...bagKeys(3), [18, 86_400]]],
  [
    { kind: "loading", ...DOSE, volumeNl: 10_000_000 },
    5,
    [
      [1, REFERENCE],
      [2, 0x111],
      [3, 50_000],
      [4, 13_100_000],
      [5, 10_000_000],
    ],
  ],
  [{ kind: "new bag", vtbiNl: 100_000_000 }, 6, [[5, 100_000_000]]],
  [PCA, 7, [...pcaKeys, [17, [...LOADING_TUPLE, 480]]]],
  [
    { ...PCA, basal: BASAL, loading: LOADING },
    7,
    [
      ...pcaKeys.slice(0, 2),
      [2, 0x202],
      [3, 1_000_000_000],
      [4, 62_500_000],
      ...pcaKeys.slice(2),
      [15, LOADING_TUPLE],
      [17, [...LOADING_TUPLE, 480]],
    ],
  ],
  [
    { kind: "calibrate", setId: 2, plPerStep: 100_000 },
    12,
    [
      [7, 2],
      [19, 100_000],
    ],
  ],
  [
    { kind: "configure", configuration: { nearEndS: 300, pausedLongS: 600, kvoSMax: 0 } },
    13,
    [
      [
        20,
        new Map([
          [0, 300],
          [1, 600],
          [2, 0],
        ]),
      ],
    ],
  ],
  [{ kind: "time", timeS: 1_770_000_000 }, 15, [[21, 1_770_000_000]]],
  [{ kind: "pause" }, 8, []],
  [{ kind: "resume" }, 9, []],
  [{ kind: "stop" }, 10, []],
  [{ kind: "disassociate" }, 11, []],
  [
    { kind: "log-ack", stream: 1, acknowledged: 99 },
    14,
    [
      [13, 1],
      [14, 99],
    ],
  ],
];

describe("a command", () => {
  it.each(EXPECTED)("$kind has kind and body keys of SPEC 4.2", (body, kind, keys) => {
    const payload = encodeCommand(command(body));
    const expected = new Map<number, unknown>([
      ...([
        [0, kind],
        [1, fill(8, 1)],
        [2, 3],
        [3, 300],
        [4, fill(16, 2)],
        [5, fill(16, 3)],
      ] as [number, unknown][]),
      [6, new Map(keys)],
    ]);
    expect(decodeByCbor2(payload, { preferMap: true })).toEqual(expected);
    expect(decodeCommand(payload)).toEqual(command(body));
  });

  it("without titration range has no key 9", () => {
    const plain = { ...START };
    delete plain.range;
    const read = decodeCommand(encodeCommand(command(plain)));
    expect(read.body).not.toHaveProperty("range");
  });

  it("is bound to one pump, one challenge and the profile of commands", () => {
    const signed = signCommand(command(START), RECEIVER, DOCTOR);
    const header = cbor.map("01", cbor.negative(-19), "04", cbor.bstr(hex(DOCTOR.kid)));
    const aad = cbor.array(
      cbor.tstr("dosegate/command/1"),
      cbor.bstr(hex(DEVICE_ID)),
      cbor.bstr(hex(CHALLENGE)),
    );
    const payload = hex(encodeCommand(command(START)));
    const message = cbor.array(cbor.tstr("Signature1"), ...[header, aad, payload].map(cbor.bstr));
    expect(ed25519Verifies(DOCTOR.publicKey, message, hex(signed.bytes).slice(-128))).toBe(true);
  });
});

describe("a command is refused", () => {
  const range = START.range!;
  it.each<[string, Command, RegExp]>([
    ["with a session id of 7 bytes", { ...command(START), sessionId: fill(7, 0) }, /key 1 \(session id\)/],
    ["with sequence 0", { ...command(START), sequence: 0 }, /key 2 \(sequence\)/],
    ["with sequence 2^32", { ...command(START), sequence: 2 ** 32 }, /key 2 \(sequence\)/],
    ["with life 0", { ...command(START), lifeS: 0 }, /key 3 \(life\)/],
    ["with a life above an hour", { ...command(START), lifeS: 3601 }, /key 3 \(life\)/],
    ["with a token of 15 bytes", { ...command(START), patientToken: fill(15, 0) }, /key 4 \(patient token\)/],
    ["with an order id of 17 bytes", { ...command(START), orderId: fill(17, 0) }, /key 5 \(order id\)/],
    ["with dose 0", command({ ...START, dose: 0 }), /key 6 \(body\), key 3 \(dose\)/],
    ["with rate 0", command({ ...START, rateNlPerH: 0 }), /key 4 \(rate\)/],
    ["with a VTBI above the total", command({ ...START, vtbiNl: 500_000_001 }), /above the total/],
    [
      "with a concentration in 10^11 + 1 nL",
      command({ ...START, concentration: { amount: 1, volumeNl: 10 ** 11 + 1 } }),
      /concentration/,
    ],
    [
      "with no drug in the bag",
      command({ ...START, concentration: { amount: 0, volumeNl: 1 } }),
      /concentration/,
    ],
    ["with set 0", command({ ...START, setId: 0 }), /key 7 \(set id\)/],
    [
      "with a range upside down",
      command({ ...START, range: { ...range, min: 200_001 } }),
      /above the maximum/,
    ],
    ["with a range step of 0", command({ ...START, range: { ...range, stepMax: 0 } }), /largest step/],
    [
      "with a range interval above a day",
      command({ ...START, range: { ...range, intervalS: 86_401 } }),
      /shortest interval/,
    ],
    [
      "with drug 0",
      command({ ...START, drug: { ...DRUG, drug: 0 } }),
      /key 1 \(drug reference\), key 1 \(drug\)/,
    ],
    [
      "with a root prefix of 7 bytes",
      command({ ...START, drug: { ...DRUG, rootPrefix: fill(7, 0) } }),
      /root prefix/,
    ],
    ["with a range and steps", command({ ...START, steps: STEPS }), /key 6 \(body\), key 16: is unknown/],
    ["with no step in the list", command({ ...BARE, steps: [] }), /key 16 \(steps\)/],
    [
      "with ten steps after the first",
      command({ ...BARE, steps: Array.from({ length: 10 }, () => STEPS[0]!) }),
      /key 16 \(steps\)/,
    ],
    [
      "with nine steps after the first and a loading dose",
      command({ ...BARE, loading: LOADING, steps: Array.from({ length: 9 }, () => STEPS[0]!) }),
      /key 16 \(steps\)/,
    ],
    [
      "with a step that begins at once",
      command({ ...BARE, steps: [{ ...STEPS[0]!, afterNl: 0 }] }),
      /key 16 \(steps\), item 0, item 0 \(volume before\)/,
    ],
    [
      "with a loading dose of volume 0",
      command({ ...BARE, loading: { ...LOADING, volumeNl: 0 } }),
      /key 15 \(loading dose\), item 3 \(volume\)/,
    ],
    ["as a bag in no time at all", command({ ...BARE, mode: "intermittent", durationS: 0 }), /duration/],
    ["as a bag in a day and a second", command({ ...BARE, mode: "intermittent", durationS: 86_401 }), /dur/],
    ["as a bag without its time", command({ ...BARE, mode: "intermittent" }), /key 18 \(duration\): is miss/],
    ["as a continuous bag in a time", command({ ...BARE, durationS: 60 }), /key 18: is unknown/],
    [
      "as a secondary with a loading dose",
      command({ ...BARE, mode: "secondary", loading: LOADING }),
      /key 15: is unknown/,
    ],
    ["as a secondary with a range", command({ ...START, mode: "secondary" }), /key 9: is unknown/],
    ["with a lockout of 0", command({ ...PCA, pca: { ...PCA.pca, lockoutS: 0 } }), /item 4 \(lockout\)/],
    ["with a lockout above a day", command({ ...PCA, pca: { ...PCA.pca, lockoutS: 86_401 } }), /lockout/],
    ["with a PCA dose of 0", command({ ...PCA, pca: { ...PCA.pca, dose: 0 } }), /key 17 \(PCA\), item 1/],
    ["with a basal dose of 0", command({ ...PCA, basal: { ...BASAL, dose: 0 } }), /key 3 \(dose\)/],
    ["with 0 pL a step", command({ kind: "calibrate", setId: 1, plPerStep: 0 }), /picolitres per step/],
    [
      "with 10^9 + 1 pL a step",
      command({ kind: "calibrate", setId: 1, plPerStep: 10 ** 9 + 1 }),
      /picolitres per step/,
    ],
    ...(
      [
        [{ nearEndS: 59 }, /near end/],
        [{ nearEndS: 3601 }, /near end/],
        [{ pausedLongS: 59 }, /paused long/],
        [{ pausedLongS: 3601 }, /paused long/],
        [{ kvoSMax: 14_401 }, /KVO/],
      ] as const
    ).map(([change, message]): [string, Command, RegExp] => {
      const configuration = { nearEndS: 60, pausedLongS: 3600, kvoSMax: 14_400, ...change };
      return [`with ${JSON.stringify(change)}`, command({ kind: "configure", configuration }), message];
    }),
    ["with area 0", command({ kind: "associate", weightG: 0, bsaCm2: 0, area: 0 }), /key 12 \(area\)/],
    ["with an empty bag", command({ kind: "new bag", vtbiNl: 0 }), /key 5 \(VTBI\)/],
  ])("%s, unless nobody checks", (_name, bad, message) => {
    expect(() => encodeCommand(bad)).toThrow(EncodingError);
    expect(() => encodeCommand(bad)).toThrow(message);
    expect(encodeCommandUnchecked(bad).length).toBeGreaterThan(0);
  });

  it.each([16, 17, 22, 23])("as kind %i, which is reserved", (kind) => {
    const payload = encodeCommand(command({ kind: "pause" }));
    payload[payload.indexOf(8)] = kind;
    expect(() => decodeCommand(payload)).toThrow(/unknown or reserved/);
  });

  it("with a body key of another kind", () => {
    const payload = encodeCommand(command({ kind: "new bag", vtbiNl: 1 }));
    payload[payload.indexOf(6)] = 8;
    expect(() => decodeCommand(payload)).toThrow(/key 6 \(body\), key 5: is unknown/);
  });

  it("with the bounds of a configuration it is not", () => {
    for (const [nearEndS, pausedLongS, kvoSMax] of [
      [60, 60, 0],
      [3600, 3600, 14_400],
    ] as const) {
      const configuration = { nearEndS, pausedLongS, kvoSMax };
      expect(() => encodeCommand(command({ kind: "configure", configuration }))).not.toThrow();
    }
  });
});
