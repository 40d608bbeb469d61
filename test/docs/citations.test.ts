/** What the sources and pages say of each other: sections of SPEC that are cited, files and headings that are linked, folders named. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sectionsCitedIn, sectionsOf } from "../traceability/citations.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const SPEC = read("docs/SPEC.md");

/** Citations of sections that do not exist. */
function dangling(text: string, sections: ReadonlyMap<string, string>): string[] {
  return sectionsCitedIn(text).filter((section) => !sections.has(section));
}

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/** Relative links of a page that lead nowhere. */
function deadLinks(path: string, page: string): string[] {
  const text = page.replace(/^```[\s\S]*?^```/gm, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1]!);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file, anchor] = target.split("#");
    const to = file === "" ? join(ROOT, path) : resolve(ROOT, dirname(path), file!);
    if (!existsSync(to)) return true;
    if (anchor === undefined) return false;
    const headings = [...readFileSync(to, "utf8").matchAll(/^#+ (.+)$/gm)].map((m) => anchorOf(m[1]!));
    return !headings.includes(anchor);
  });
}

/** Folders and files of tests that a page names. */
function testsNamed(page: string): string[] {
  return [...page.matchAll(/\btest\/[\w./-]*\w/g)].map((m) => m[0]);
}

const sources = ["assembly", "host-sim", "test", "bench", "vectors"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs|md|json)$/.test(name))
    .map((name) => `${folder}/${name}`)
    .filter((path) => path !== "test/docs/citations.test.ts"),
);
const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)].filter(
  (path) => path.endsWith(".md") && existsSync(join(ROOT, path)),
);

describe("sections of SPEC", () => {
  const sections = sectionsOf(SPEC);

  it("are numbered without gaps", () => {
    const chapters = [...sections.keys()].filter((section) => !section.includes("."));
    expect(chapters).toEqual(chapters.map((_, i) => String(i + 1)));
    for (const chapter of chapters) {
      const parts = [...sections.keys()].filter((section) => section.startsWith(`${chapter}.`));
      expect(parts).toEqual(parts.map((_, i) => `${chapter}.${i + 1}`));
    }
  });

  it("exist wherever they are cited", () => {
    const found = [...sources, ...pages].flatMap((path) =>
      dangling(read(path), sections).map((section) => `${path}: SPEC ${section}`),
    );
    expect(found).toEqual([]);
    expect(sources.flatMap((path) => sectionsCitedIn(read(path))).length).toBeGreaterThan(300);
  });

  it("would be missed if they did not", () => {
    const gone = ["SPEC 13", "SPEC 1.2, 99.1", "(SPEC 4.4,\n * 77)", "// SPEC 2.9\n// and so on", "SPEC.md 8.7"];
    expect(gone.map((text) => dangling(text, sections))).toEqual([["13"], ["99.1"], ["77"], ["2.9"], ["8.7"]]);
    expect(dangling("SPEC 4.4 and 10, SPEC 2.6, 6.4, and 3 mL", sections)).toEqual([]);
  });
});

describe("pages", () => {
  it.each(pages)("%s has no dead link", (path) => {
    expect(deadLinks(path, read(path))).toEqual([]);
  });

  it("would be found with one", () => {
    const page = "[a](SPEC.md) [b](GONE.md) [c](SPEC.md#gone) [d](#gone) [e](SPEC.md#5-pump-classes-and-ceilings)";
    expect(deadLinks("docs/DESIGN.md", page)).toEqual(["GONE.md", "SPEC.md#gone", "#gone"]);
  });

  it.each(pages)("%s names tests that exist", (path) => {
    expect(testsNamed(read(path)).filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  it("name some", () => {
    expect(pages.flatMap((path) => testsNamed(read(path))).length).toBeGreaterThan(10);
  });

  it("have every section of SPEC in its table of contents", () => {
    const chapters = [...sectionsOf(SPEC)].filter(([section]) => !section.includes("."));
    const linked = [...SPEC.matchAll(/^\| \[(\d+) ([^\]]+)\]\(#/gm)].map((m) => [m[1], m[2]]);
    expect(linked).toEqual(chapters);
  });
});
