/** docs/requirements.yaml against the repository, and the checks themselves against lists that are wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ATTACKS } from "../../host-sim/attack/index.js";
import { SCOPE } from "../../host-sim/attack/scope.js";
import { idsCitedIn, knownIds, sectionsOf, sourceFiles } from "./citations.js";
import { gaps, parseReport, ReportError, type TestResult, unnoticed } from "./coverage.js";
import { judge, main } from "./main.js";
import { PAGE, page, summary } from "./page.js";
import {
  idsOf,
  LIST,
  ListError,
  loadRequirements,
  parseRequirements,
  type Requirement,
  type RequirementList,
  ROOT,
} from "./requirements.js";
import { badIds, badSections, missingCode, missingTests, unknownCitations } from "./static.js";
import { canContain, titlesOf } from "./titles.js";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const list = loadRequirements();
const sections = sectionsOf(read("docs/SPEC.md"));

/** What may cite. Fixtures of tests hold what is wrong on purpose only where they put ids together from pieces. */
const CITING = ["assembly", "host-sim", "test", "bench", "docs"];
const citing = (): Map<string, string> =>
  new Map([...sourceFiles(CITING), "README.md"].map((path) => [path, read(path)]));

/** Ids that this file may not write down, since it is read as well. */
const unlisted = {
  gip: ["GIP", "9.9.9"].join(" "),
  hazard: ["GIP", "hazard 99.1"].join(" "),
  r: ["Open PCA R9", "9"].join("."),
  ec: ["Open PCA E", "C99"].join(""),
  cve: ["CVE", "1999", "9999"].join("-"),
  own: ["DG", "XXX", "99"].join("-"),
};

/** A list of one requirement, changed. */
const alone = (by: Partial<Requirement>): RequirementList => ({
  ...list,
  requirements: [{ ...some, ...by }],
});

/** The list with one requirement changed. */
function changed(id: string, by: Partial<Requirement>): RequirementList {
  const requirements = list.requirements.map((r) => (r.id === id ? { ...r, ...by } : r));
  return { ...list, requirements };
}
const some = list.requirements.find(({ scope }) => scope === "inside")!;

describe("the requirements", () => {
  it("have one id each, of a known origin", () => {
    expect(badIds(list)).toEqual([]);
  });

  it("name code that is there", () => {
    expect(missingCode(list)).toEqual([]);
  });

  it("name tests that are there", () => {
    expect(missingTests(list)).toEqual([]);
  });

  it("are taken from sections of SPEC that exist, and from every one of them", () => {
    expect(badSections(list, sections)).toEqual([]);
  });

  it("have every published vulnerability that an attack plays, with the scope that the table of attacks gives it", () => {
    const byId = new Map(list.requirements.flatMap((r) => idsOf(r).map((id) => [id, r] as const)));
    const played = ATTACKS.map(({ id }) => id);
    expect(played.filter((id) => !["inside", "partly"].includes(byId.get(id)?.scope ?? ""))).toEqual([]);
    const scopeOf = { yes: "inside", partly: "partly", no: "outside" } as const;
    const rows = SCOPE.flatMap(({ ids, gate }) => ids.map((id) => [id, scopeOf[gate]]));
    expect(rows.filter(([id, scope]) => byId.get(id!)?.scope !== scope)).toEqual([]);
  });

  it("are all that is cited in sources, tests and pages", () => {
    const texts = citing();
    expect(unknownCitations(texts, knownIds(list))).toEqual([]);
    expect(new Set([...texts.values()].flatMap(idsCitedIn)).size).toBeGreaterThan(40);
  });

  it("have placeholders that stand somewhere", () => {
    const cited = new Set(
      [...citing()].filter(([path]) => path !== LIST).flatMap(([, text]) => idsCitedIn(text)),
    );
    expect(Object.keys(list.placeholders).filter((id) => !cited.has(id))).toEqual([]);
  });

  it("make the page as it is (npm run trace -- --write)", () => {
    expect(read(PAGE)).toBe(page(list));
  });
});

describe("a list that is wrong", () => {
  const yaml = (requirement: string): string =>
    `origins: [{ name: A, cited: GIP, title: a }]\nrooms: {}\nplaceholders: {}\nrequirements:\n  - ${requirement}\n`;
  const sound = "id: GIP 1.4.3, text: It does";
  const tested = "code: [a.ts], tests: [{ file: test/a.test.ts, name: it }]";

  it("is told from a sound one", () => {
    expect(parseRequirements(yaml(`{ ${sound}, scope: inside, ${tested} }`)).requirements).toHaveLength(1);
    expect(parseRequirements(yaml(`{ ${sound}, scope: planned }`)).requirements[0]!.tests).toEqual([]);
  });

  it.each([
    ["without a test", `{ ${sound}, scope: inside, code: [a.ts], tests: [] }`, "GIP 1.4.3: tests"],
    [
      "without tests at all",
      `{ ${sound}, scope: inside, code: [a.ts] }`,
      "GIP 1.4.3: must have required property 'tests'",
    ],
    ["without code", `{ ${sound}, scope: inside, tests: [{ file: test/a.test.ts, name: it }] }`, "'code'"],
    ["in part without what remains", `{ ${sound}, scope: partly, ${tested} }`, "'reason'"],
    ["outside without a reason", `{ ${sound}, scope: outside }`, "'reason'"],
    ["outside with a test", `{ ${sound}, scope: outside, reason: far, ${tested} }`, "GIP 1.4.3: code"],
    ["inside with a reason", `{ ${sound}, scope: inside, reason: far, ${tested} }`, "GIP 1.4.3: reason"],
    ["of an unknown scope", `{ ${sound}, scope: maybe }`, "GIP 1.4.3: scope"],
    ["with a field too many", `{ ${sound}, scope: planned, owner: me }`, 'additional properties "owner"'],
    [
      "of our own without a source",
      "{ id: DG-LIB-01, text: b, scope: planned }",
      "DG-LIB-01: must have required property 'source'",
    ],
    ["with an id of no kind", "{ id: ISO 1, text: b, scope: planned }", "ISO 1: id"],
    ["with a test that is none", `{ ${sound}, scope: planned, tests: [{ file: a.ts, name: it }] }`, "file"],
    [
      "with a test without name",
      `{ ${sound}, scope: planned, tests: [{ file: test/a.test.ts, name: "" }] }`,
      "name",
    ],
  ])("is refused %s", (_what, requirement, said) => {
    expect(() => parseRequirements(yaml(requirement))).toThrow(ListError);
    expect(() => parseRequirements(yaml(requirement))).toThrow(said);
  });

  it("is noticed for an id given twice, and for one of no origin or room", () => {
    const twice = { ...list, requirements: [...list.requirements, some] };
    expect(badIds(twice)).toEqual([`${some.id}: listed twice`]);
    expect(badIds(changed(some.id, { also: [some.id] }))).toEqual([`${some.id}: listed twice`]);
    expect(badIds(changed(some.id, { also: [unlisted.own] }))[0]).toMatch(/room is not listed/);
    expect(badIds({ ...list, origins: [] })).toHaveLength(list.requirements.flatMap(idsOf).length);
  });

  it("is noticed for code and tests that are not there", () => {
    const [test] = some.tests;
    for (const path of ["assembly/gone.ts", "assembly/order", "package.json"]) {
      expect(missingCode(alone({ code: [path] }))).toHaveLength(1);
    }
    expect(missingTests(alone({ tests: [{ ...test!, file: "test/gone.test.ts" }] }))).toHaveLength(1);
    expect(missingTests(alone({ tests: [{ ...test!, name: `${test!.name}, never` }] }))).toHaveLength(1);
    expect(missingTests(alone({}))).toEqual([]);
  });

  it("is noticed for a section of SPEC that is not there, or that nothing is taken from", () => {
    const gone = "99.9";
    expect(badSections(changed(some.id, { source: `SPEC ${gone}` }), sections)).toContain(
      `${some.id}: SPEC has no section ${gone}`,
    );
    const more = new Map([...sections, [gone, "Nothing"]]);
    expect(badSections(list, more)).toContain(`SPEC ${gone} (Nothing): no requirement is taken from it`);
  });
});

describe("citations", () => {
  it("are found however they are written", () => {
    const kty = ["Open PCA E", "C2"].join(""); // an error case here, a key type where it stands alone
    const text =
      "(GIP 1.4.3, 1.4.4 and 6.1.1) GIP hazard 2.7, and\n * GIP\n * 2.1.1; Open PCA R5.2(5), R8.1.0; EC13, " +
      `${kty}, Open PCA table 6; CVE-2015-3956.`;
    expect(idsCitedIn(text).sort()).toEqual(
      [
        ...["1.4.3", "1.4.4", "6.1.1", "hazard 2.7", "2.1.1"].map((n) => `GIP ${n}`),
        ...["R5.2(5)", "R8.1.0", "EC13", "EC2", "table 6"].map((n) => `Open PCA ${n}`),
        "CVE-2015-3956",
      ].sort(),
    );
  });

  it("are not found in what is none", () => {
    expect(idsCitedIn("GIP v1.0, kty EC2, R1 and R, 4.4, AR5.2, SEC13, DG-LIB, CVE-2015")).toEqual([]);
  });

  it.each(Object.entries(unlisted))("of an unlisted id are noticed: %s", (_kind, id) => {
    expect(unknownCitations(new Map([["a.ts", `// ${id}: so`]]), knownIds(list))).toEqual([`a.ts: ${id}`]);
  });

  it("of a numbered item of a listed requirement are known", () => {
    const listed = list.requirements.find(({ id }) => /R\d+\.\d+$/.test(id))!.id;
    expect(unknownCitations(new Map([["a.ts", `${listed}(3)`]]), knownIds(list))).toEqual([]);
  });
});

describe("titles read from a source", () => {
  const source = `
    describe("a pump", () => {
      it("stops", () => {});
      it.each([1])("runs at %s mL/h, $name", () => {});
      describe.skipIf(no)(\`of class \${n}\`, () => { test("is " + "small", () => {}); });
    });
    it(title, () => {});
    function suite() { it("is called from elsewhere", () => {}); }
    expect("never").toBe("a test");`;
  const has = (name: string): boolean => titlesOf(source).some((title) => canContain(title, name));

  it.each([
    "a pump > stops",
    "stops",
    "runs at 5 mL/h, fast",
    "a pump > of class 3 > is small",
    "any parent > is called from elsewhere",
  ])("may be %s", (name) => expect(has(name)).toBe(true));

  it.each(["a pump > halts", "pump stops", "a pump > walks at 5 mL/h", "never", "of class 3 > is large"])(
    "are not %s",
    (name) => expect(has(name)).toBe(false),
  );
});

describe("the report of a run", () => {
  const passed = (): TestResult[] =>
    list.requirements.flatMap(({ tests }) =>
      tests.map(({ file, name }) => ({ file, name, status: "passed" })),
    );
  const ready = { ...list, requirements: list.requirements.filter(({ scope }) => scope !== "planned") };
  const [test] = some.tests;
  const only = { ...list, requirements: [some] };
  const whys = (results: readonly TestResult[], of = only): string =>
    gaps(of, results)
      .map(({ id, why }) => `${id}: ${why}`)
      .join("\n");

  it("shows every requirement where all tests named passed", () => {
    expect(gaps(ready, passed())).toEqual([]);
    expect(unnoticed(list, passed())).toEqual([]);
  });

  it("shows nothing where nothing ran", () => {
    const found = new Set(gaps(list, []).map(({ id }) => id));
    expect([...found]).toEqual(
      list.requirements.filter(({ scope }) => scope !== "outside").map(({ id }) => id),
    );
  });

  it("does not show what failed, was skipped, or was never there", () => {
    const without = passed().filter((r) => !(r.file === test!.file && r.name.includes(test!.name)));
    const failing = [...without, { file: test!.file, name: test!.name, status: "failed" }];
    expect(whys(without)).toContain(`no test "${test!.name}"`);
    expect(whys(failing)).toContain("failed");
    const skipped = some.tests.map(({ file, name }) => ({ file, name, status: "skipped" }));
    expect(whys(skipped)).toBe(`${some.id}: none of its tests ran and passed`);
    const elsewhere = some.tests.map(({ name }) => ({ file: "test/other.test.ts", name, status: "passed" }));
    expect(whys(elsewhere)).toContain("none of its tests ran and passed");
  });

  it("does not show what is only planned, unless that is allowed", () => {
    const planned = changed(some.id, { scope: "planned", tests: [] });
    const mine = { ...planned, requirements: planned.requirements.filter(({ id }) => id === some.id) };
    expect(whys(passed(), mine)).toBe(`${some.id}: is planned, not there`);
    expect(gaps(mine, passed(), { allowPlanned: true })).toEqual([]);
  });

  it("is judged by something that would notice every missing test, which a blind judgement would not", () => {
    const inside = ready.requirements.filter(({ scope }) => scope !== "outside").map(({ id }) => id);
    expect(unnoticed(list, passed(), () => [])).toEqual(inside);
    expect(unnoticed(list, [])).toEqual([]);
  });

  it("is read as vitest writes it, and refused as anything else", () => {
    const report = {
      testResults: [
        {
          name: "/there/test/a.test.ts",
          assertionResults: [{ ancestorTitles: ["a", "b"], title: "c", status: "passed" }],
        },
      ],
    };
    expect(parseReport(JSON.stringify(report), "/there")).toEqual([
      { file: "test/a.test.ts", name: "a > b > c", status: "passed" },
    ]);
    for (const text of ["", "{}", "[]", '{"testResults":[{}]}']) {
      expect(() => parseReport(text, "/there")).toThrow(ReportError);
    }
  });
});

describe("npm run trace", () => {
  const folder = mkdtempSync(join(tmpdir(), "dosegate-trace-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (...args: string[]): { code: number; said: string } => {
    const lines: string[] = [];
    const code = main(args, (line) => lines.push(line));
    return { code, said: lines.join("\n") };
  };
  const reported = (results: readonly TestResult[]): string => {
    const path = join(folder, "report.json");
    const testResults = results.map(({ file, name, status }) => ({
      name: join(ROOT, file),
      assertionResults: [{ ancestorTitles: [], title: name, status }],
    }));
    writeFileSync(path, JSON.stringify({ testResults }));
    return path;
  };
  const all = list.requirements.flatMap(({ tests }) =>
    tests.map(({ file, name }) => ({ file, name, status: "passed" })),
  );

  it("prints how many there are, and what has no test", () => {
    const { code, said } = run();
    expect(code).toBe(0);
    expect(said).toBe(summary(list));
    for (const { name } of list.origins) expect(said).toContain(name);
    const bare = summary(changed(some.id, { scope: "planned", tests: [] }));
    expect(bare).toContain(`  ${some.id} (planned)`);
  });

  it("ends with 0 for a run that shows all, and with 1 for one in which a test failed or is missing", () => {
    expect(run("--report", reported(all), "--allow-planned").code).toBe(0);
    const failing = all.map((r, i) => (i === 0 ? { ...r, status: "failed" } : r));
    expect(run("--report", reported(failing), "--allow-planned").code).toBe(1);
    const { code, said } = run("--report", reported(all.slice(1)), "--allow-planned");
    expect(code).toBe(1);
    expect(said).toContain(all[0]!.name);
  });

  it("ends with 1 for a requirement that is planned, unless that is allowed", () => {
    const path = reported(all);
    const planned = changed(some.id, { scope: "planned", tests: [] });
    expect(judge(planned, path, false)).toMatchObject({ ok: false });
    expect(judge(planned, path, false).lines.join("\n")).toContain(`${some.id}: is planned`);
    expect(judge(planned, path, true)).toMatchObject({ ok: true });
  });

  it("ends with 2, and says what to do, without a report or with options it does not know", () => {
    const without = run("--report", join(folder, "none.json"));
    expect(without.code).toBe(2);
    expect(without.said).toContain("npm test");
    for (const args of [["--report"], ["--alow-planned"], ["--allow-planned"], ["x"]]) {
      const { code, said } = run(...args);
      expect(code).toBe(2);
      expect(said).toContain("usage");
    }
  });
});
