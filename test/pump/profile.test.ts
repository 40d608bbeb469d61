import { describe, expect, it } from "vitest";
import { Device } from "../../host-sim/device/device.js";
import { loadModule } from "../../host-sim/gate/gate.js";
import { STATUS } from "../../host-sim/gate/status.js";
import {
  type Costs,
  cyclesPerInstruction,
  PriceList,
  profile,
  profileNamed,
  PROFILES,
} from "../../host-sim/pump/profile.js";
import { ProfileMeter } from "../../host-sim/pump/profile-meter.js";
import { COSTS } from "../../host-sim/pump/profile-costs.js";
import { Pump } from "../../host-sim/pump/pump.js";
import { exampleDirectory, loadLibrary } from "../../host-sim/authority/library/load.js";
import { Bed, patientToken } from "../../host-sim/ward/bed.js";
import { Hospital } from "../../host-sim/ward/hospital.js";
import { OPENED_S } from "../../host-sim/ward/ward.js";

const module = loadModule();

const kinds = {
  calls: { submit: 150, inspect: 90, "local/STOP": 300, "local/DEMAND": 600, "tick/no-flash": 30 },
  slices: { submit: [1000, 2000, 500], "background/nothing": [7] },
};
const costs: Costs = {
  module: "",
  cores: {
    "cortex-m4": { instructions: kinds, cycles: null },
    "cortex-m0plus": {
      instructions: kinds,
      cycles: {
        calls: { ...kinds.calls, submit: 480 },
        slices: { ...kinds.slices, submit: [1500, 3000, 750] },
      },
    },
  },
};
const given = { ...profile("a", "a", "cortex-m4", 10), cyclesPerInstruction: 1.5 };
const m4 = new PriceList(given, costs);
const m0 = new PriceList(profile("b", "b", "cortex-m0plus", 10), costs);

describe("the prices of a profile", () => {
  it("are instructions times cycles by megahertz, in whole microseconds rounded up", () => {
    expect(m4.callUs("submit")).toBe(Math.ceil((150 * 1.5) / 10));
    expect(m4.sliceUs("submit", 1)).toBe(300);
    expect(m4.sliceUs("background/nothing", 0)).toBe(2);
  });

  it("are the derived cycles of each kind where none are given for every instruction", () => {
    expect(m0.callUs("submit")).toBe(48);
    expect(m0.sliceUs("submit", 2)).toBe(75);
    expect(cyclesPerInstruction(profile("b", "b", "cortex-m0plus", 10), costs)).toBe(1.5);
  });

  it("are the worst of their kind for what was not measured", () => {
    expect(m4.sliceUs("submit", 3)).toBe(m4.sliceUs("submit", 1));
    expect(m4.sliceUs("background/roll", 0)).toBe(m4.sliceUs("submit", 1));
    expect(m4.callUs("local/OVERRIDE")).toBe(m4.callUs("local/DEMAND"));
    expect(m4.callUs("cancel")).toBe(m4.callUs("inspect"));
  });

  it("cannot be had without cycles, or for no megahertz", () => {
    expect(() => new PriceList(profile("a", "a", "cortex-m4", 10), costs)).toThrow(/no cycles known/);
    for (const mhz of [0, -1, NaN]) {
      expect(() => profile("a", "a", "cortex-m4", mhz)).toThrow(/not above 0/);
    }
  });
});

describe("the profiles that there are", () => {
  it("hold a Cortex-M4 at 64 and 168 MHz, a Cortex-M0+ at 48 and 133, and this host", () => {
    const speeds = PROFILES.map(({ core, mhz }) => `${core} ${mhz}`);
    for (const speed of ["cortex-m4 64", "cortex-m4 168", "cortex-m0plus 48", "cortex-m0plus 133"]) {
      expect(speeds).toContain(speed);
    }
    expect(profileNamed("host").engine).toBe("V8");
  });

  it("take between one and two cycles an instruction, by the figures that are charged", () => {
    for (const it of PROFILES) {
      expect(cyclesPerInstruction(it)).toBeGreaterThanOrEqual(1);
      expect(cyclesPerInstruction(it)).toBeLessThan(2);
    }
  });

  it("are told by name; another name is refused with those that there are", () => {
    expect(profileNamed("m4-64").mhz).toBe(64);
    expect(() => profileNamed("m4-65")).toThrow(/no profile m4-65: there are m4-168, m4-64, /);
  });
});

/** What a processor takes for a provisioning, an install and an order, in us of its own. */
function bedOn(name: string): Bed {
  const library = loadLibrary(exampleDirectory());
  const hospital = new Hospital({ seed: "profile", library, nowS: OPENED_S });
  const bed = Bed.ready({ name, hospital, library, module, pump: { profile: profileNamed(name) } });
  const patient = { token: patientToken("profile"), area: 1, weightG: 80_000, bsaCm2: 0 };
  expect(bed.associate(patient).status).toBe(STATUS.OK);
  bed.pump.runFor(30_000);
  return bed;
}

describe("a pump with a profile", () => {
  it("takes for an order what its processor takes: 64 and 168 MHz are as 168 to 64, flash aside", () => {
    const times = ["m4-64", "m4-168"].map((name) => {
      const bed = bedOn(name);
      const { meter } = bed.pump;
      const before = meter!.verdictsUs.length;
      bed.start(bed.drug("NORepinephrine", 3), { dose: "0.1 mcg/kg/min", vtbi: "250 mL" });
      expect(meter!.verdictsUs).toHaveLength(before + 1);
      return meter!.verdictsUs.at(-1)!;
    });
    const [slow, fast] = times as [number, number];
    expect(slow / fast).toBeGreaterThan(2);
    const { calls, slices } = COSTS.cores["cortex-m4"].cycles!;
    const most = calls["submit"]! + slices["submit"]!.reduce((sum, price) => sum + price, 0);
    const between = 2 * calls["tick/reservation"]!;
    // Flash takes the same on both; but a tick may fall into the longer time that does not fall into the shorter one.
    expect(slow).toBeLessThan((168 / 64) * fast + between / 64);
    const flashUs = 10_000;
    expect(slow).toBeLessThan((most + between) / 64 + flashUs);
  });

  it("serves ticks beside verification, and knows the longest wait", () => {
    const bed = bedOn("m0plus-48");
    const { meter, device } = bed.pump;
    const count = meter!.waits.tick.count;
    const fromUs = device.clock.elapsedUs;
    for (let i = 0; i < 5; i++) bed.start(bed.drug("fentaNYL", 1), { dose: "50 mcg/h", vtbi: "10 mL" });
    const seconds = Math.floor((device.clock.elapsedUs - fromUs) / 1_000_000);
    expect(seconds).toBeGreaterThan(0);
    expect(meter!.waits.tick.count - count).toBeGreaterThanOrEqual(seconds);
    expect(meter!.waits.tick.maxUs).toBeGreaterThan(0);
    expect(meter!.waits.tick.maxUs).toBeLessThanOrEqual(meter!.sliceMaxUs + meter!.longestUs("tick"));
  });

  it("measures a hand at the panel from the press to the answer, the report before it included", () => {
    const bed = bedOn("m4-64");
    bed.start(bed.drug("NORepinephrine", 3), { dose: "0.1 mcg/kg/min", vtbi: "250 mL" });
    bed.pump.panel("STOP");
    const { meter } = bed.pump;
    expect(meter!.waits.local.count).toBe(1);
    expect(meter!.waits.local.maxUs).toBeGreaterThan(meter!.lastUs("local"));
    expect(meter!.waits.local.maxUs).toBeLessThanOrEqual(
      meter!.longestUs("local") + meter!.longestUs("tick"),
    );
  });

  it("owes nothing for what happens in a world that is put back", () => {
    const { pump } = bedOn("m4-64");
    pump.pay();
    pump.meter!.apart(() => pump.gate.inspect());
    expect(pump.meter!.take()).toBe(0);
    pump.gate.inspect();
    expect(pump.meter!.take()).toBeGreaterThan(0);
  });

  it("is run one slice at a time: more have no price", () => {
    const { pump } = bedOn("m4-64");
    expect(() => pump.gate.work(2)).toThrow(/work\(2\) has no price/);
    expect(pump.gate.work(1)).toBe(STATUS.NOTHING);
  });

  it("owes nothing more once its power is gone, and boots in the time of its processor", () => {
    const { pump, device } = bedOn("m0plus-48");
    for (let i = 0; i < 10_000; i++) pump.gate.inspect();
    const beforeUs = device.clock.elapsedUs;
    pump.powerCycle({ offMs: 1000 });
    pump.pay();
    const boot = new PriceList(profileNamed("m0plus-48")).callUs("boot");
    const tookUs = device.clock.elapsedUs - beforeUs - 1_000_000;
    expect(tookUs).toBeGreaterThanOrEqual(boot);
    expect(tookUs).toBeLessThan(boot + 1_000_000);
  });
});

describe("a pump without a profile", () => {
  it("has no meter, and its slices cost what they are told to", () => {
    const device = new Device({ seed: "plain" });
    const pump = new Pump({ module, device, sliceUs: 0 });
    pump.powerOn();
    expect(pump.meter).toBeNull();
    const before = device.clock.elapsedUs;
    pump.pay();
    expect(device.clock.elapsedUs).toBe(before);
  });
});

describe("the meter", () => {
  it("charges a tick that writes flash as such, flash's own time apart", () => {
    const { clock } = new Device({ seed: "meter" });
    const meter = new ProfileMeter(profileNamed("m4-64"), clock);
    meter.calling("tick", []);
    meter.returned("tick", STATUS.OK);
    const plain = meter.take();
    meter.calling("tick", []);
    meter.imported("flashProgram");
    clock.advanceUs(500);
    meter.returned("tick", STATUS.OK);
    const writing = meter.take();
    expect(writing).toBeGreaterThan(plain);
    expect(meter.lastUs("tick")).toBe(writing + 500);
    expect(meter.longestUs("tick")).toBe(writing + 500);
  });
});
