import { describe, expect, it } from "vitest";
import { loadModule } from "../../host-sim/gate/gate.js";
import { runAll } from "../../host-sim/attack/index.js";
import { renderReport, replayCommand, type ReportInput } from "../../host-sim/report/report.js";
import { profile, profileNamed } from "../../host-sim/pump/profile.js";
import { measureProfile } from "../../host-sim/ward/deadline/measure.js";
import { runFlood } from "../../host-sim/ward/flood/flood.js";
import { tellStories } from "../../host-sim/ward/stories/index.js";
import { resultOf } from "../../host-sim/ward/result.js";
import { wardAfter } from "../ward/support.js";
import { elementsOf } from "./elements.js";

const ward = wardAfter("report <&\"'>", 1, 7);
const attacks = runAll({ module: loadModule(), ids: ["CVE-2015-3956"] });
const input: ReportInput = {
  day: resultOf(ward),
  stories: tellStories({ seed: "report", module: loadModule() }),
  attacks,
  flood: runFlood({ seed: "report", module: loadModule(), count: 400 }),
  profiles: [
    measureProfile(profileNamed("m4-64"), {
      seed: "report",
      module: loadModule(),
      floodCount: 100,
      hours: 1,
    }),
    measureProfile(profile("slow", "Cortex-M0+, 1 MHz", "cortex-m0plus", 1), {
      seed: "report",
      module: loadModule(),
      floodCount: 100,
      hours: 1,
    }),
  ],
  latencies: ward.stopwatch.latencies(),
  problems: [],
};
const html = renderReport(input);

describe("the report", () => {
  it("is well-formed: every tag is closed, every attribute quoted, every text escaped", () => {
    expect(elementsOf(html).length).toBeGreaterThan(1000);
  });

  it("needs nothing from elsewhere: no script, no link, no address", () => {
    const elements = elementsOf(html);
    const foreign = ["script", "link", "img", "iframe", "object", "embed", "audio", "video", "base"];
    expect(elements.filter(({ name }) => foreign.includes(name))).toEqual([]);
    const names = new Set(elements.flatMap(({ attributes }) => [...attributes.keys()]));
    for (const name of ["href", "src", "onload", "onclick"]) expect(names).not.toContain(name);
    expect(html).not.toMatch(/https?:|url\(|@import/);
  });

  it("shows every pump in the timeline, with a dose chart, in the table and with its story", () => {
    const { pumps } = input.day;
    expect(pumps).toHaveLength(7);
    const charts = elementsOf(html).filter(({ name }) => name === "svg");
    for (const { name, drug } of pumps) {
      const labels = charts.map(({ attributes }) => attributes.get("aria-label") ?? "");
      expect(labels.filter((label) => label.startsWith(`${name}: ${drug}`))).toHaveLength(1);
      expect(html).toContain(`>${name}</text>`);
      expect(html).toContain(`<b>${name}</b>`);
      expect(html).toContain(`${name}: what happened`);
    }
  });

  it("says that it is a simulation, its seed, and the command that makes it again", () => {
    expect(html).toContain("Simulation. Not for clinical use.");
    expect(html).toContain("Seed report &lt;&amp;&quot;&#39;&gt;");
    expect(html).toContain("--hours 1 --pumps 7");
    expect(replayCommand({ ...input.day, seed: "a'b" })).toContain("--seed 'a'\\''b'");
    expect(replayCommand({ ...input.day, seed: "7" })).toBe("npm start -- --seed 7 --hours 1 --pumps 7");
  });

  it("shows attacks with and without the gate, decisions by reason, logs and latency", () => {
    for (const section of ["timeline", "doses", "published", "network", "pumps", "decisions", "latency"]) {
      expect(html).toContain(`id="${section}"`);
    }
    expect(html).toContain("CVE-2015-3956");
    expect(html).toContain("LIMIT_HARD");
  });

  it("shows every story: which limit held and by how much, its windows under their caps, and its steps", () => {
    const labels = elementsOf(html).map(({ attributes }) => attributes.get("aria-label") ?? "");
    const { stories } = input;
    for (const { name, title, limits, windows } of stories) {
      expect(html).toContain(`${title}: `);
      for (const { asked, bound } of limits) expect(html).toContain(`>${asked.text} of ${bound.text}</text>`);
      if (windows.length === 0) expect(labels).toContain(`${name}: rate in mL/h over time`);
      for (const { hours } of windows) expect(html).toContain(`Window of ${hours} h: sum in mg over time`);
    }
    expect(html).toContain(`${stories.length} of ${stories.length} ended as planned`);
    expect(renderReport({ ...input, stories: [] })).not.toContain('id="stories"');
  });

  it("tells of a story that did not end as planned", () => {
    const [story] = input.stories;
    const wrong = { ...story!, steps: [{ ...story!.steps[0]!, asPlanned: false }], problems: ["it did not"] };
    const bad = renderReport({ ...input, stories: [wrong] });
    expect(bad).toContain("0 of 1 ended as planned");
    expect(bad).toContain("not as planned");
  });

  it("has numbers in its drawings: no NaN, no infinity, nothing undefined", () => {
    expect(html).not.toMatch(/NaN|Infinity|undefined|null"/);
  });

  it("names the problems of a run that is not as it must be, and only of such", () => {
    expect(html).not.toContain('id="problems"');
    const bad = renderReport({ ...input, problems: ["PCA 1: <counted> too little"] });
    expect(bad).toContain('id="problems"');
    expect(bad).toContain("PCA 1: &lt;counted&gt; too little");
  });

  it("shows who meets every deadline, and marks each that is missed", () => {
    const section = html.slice(html.indexOf('id="profiles"'), html.indexOf('id="pumps"'));
    expect(section).toContain("Processors: 1 of 2 meet every deadline");
    const [quick, slow] = input.profiles;
    const missed = slow!.checks.filter(({ met }) => !met);
    expect([quick!.met, missed.length > 5]).toEqual([true, true]);
    const cells = elementsOf(section.slice(section.indexOf("<table"), section.indexOf("</table>") + 8));
    const marked = cells.filter(({ attributes }) => attributes.get("class") === "bad-text");
    expect(marked).toHaveLength(missed.length + 1);
    for (const { title } of quick!.checks) expect(section).toContain(`<td>${title}`);
    expect(section).toMatch(/✗ misses a deadline/);
    const alone = renderReport({ ...input, profiles: [quick!] });
    expect(alone).toContain("Processors: 1 of 1 meet every deadline");
    expect(alone).not.toContain("misses a deadline");
  });

  it("can do without attacks, without a flood and without processors", () => {
    const short = renderReport({ ...input, attacks: [], flood: null, profiles: [] });
    expect(() => elementsOf(short)).not.toThrow();
    for (const section of ["published", "flood", "profiles"]) {
      expect(html).toContain(`id="${section}"`);
      expect(short).not.toContain(`id="${section}"`);
    }
  });

  it("shows every genuine order of the flood, and a bound that was broken", () => {
    const flood = input.flood!;
    const chart = (text: string) => text.slice(text.indexOf('id="flood"'), text.indexOf('id="profiles"'));
    const dots = elementsOf(
      chart(html).slice(chart(html).indexOf("<h2"), chart(html).indexOf("<table")),
    ).length;
    expect(dots).toBeGreaterThan(flood.asked.length);
    expect(chart(html)).not.toContain("BROKEN");
    const worse = { ...flood, refusedRecords: { count: 5, bound: 4 } };
    expect(chart(renderReport({ ...input, flood: worse })).match(/BROKEN/g)).toHaveLength(1);
    const slow = { ...flood, stops: { ...flood.stops, slicesMax: 2 } };
    expect(chart(renderReport({ ...input, flood: slow })).match(/BROKEN/g)).toHaveLength(1);
  });
});

describe("the check of well-formedness", () => {
  it.each([
    ["an open tag", "<p><b>x</p>"],
    ["a tag that was never opened", "<p>x</p></p>"],
    ["a bare ampersand", "<p>a & b</p>"],
    ["an attribute without quotes", "<p id=x>y</p>"],
    ["a bare angle bracket", "<p>1 < 2</p>"],
  ])("notices %s", (_, text) => {
    expect(() => elementsOf(text)).toThrow(/not well-formed/);
  });
});
