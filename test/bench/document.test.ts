import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { documented } from "../../bench/document.js";

const page = readFileSync(new URL("../../docs/BENCHMARKS.md", import.meta.url), "utf8");

describe("docs/BENCHMARKS.md", () => {
  it("shows the kept results; if not: npm run bench:document", () => {
    expect(documented(page)).toBe(page);
  });

  it("would be noticed with a figure changed", () => {
    const changed = page.replace(/\d,\d{3},\d{3}/, "1,234,567");
    expect(changed).not.toBe(page);
    expect(documented(changed)).not.toBe(changed);
  });

  it("is refused without its markers", () => {
    expect(() => documented("# Benchmarks")).toThrow("has no <!-- host -->");
  });
});
