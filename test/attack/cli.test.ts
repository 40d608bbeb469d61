import { describe, expect, it } from "vitest";
import { ATTACKS, findAttack } from "../../host-sim/attack/index.js";
import { SCOPE } from "../../host-sim/attack/scope.js";
import { dosegate } from "../cli/support.js";

describe("dosegate attack", () => {
  it("runs one attack, says in words how it ended, and ends with 0", async () => {
    const { exitCode, stdout } = await dosegate("attack", "--cve", "cve-2018-14786", "--log");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^CVE-2018-14786 {2}refused/);
    expect(stdout).toContain("fentaNYL");
    expect(stdout).toMatch(/without a gate +\d/);
    expect(stdout).toMatch(/log +meter \d+: REFUSED/);
    expect(stdout).toContain("attacks: 1 of 1 refused");
  });

  it("says of an attack that can only be bounded what held and what is not covered", async () => {
    const { exitCode, stdout } = await dosegate("attack", "--cve", "CVE-2015-3958");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^CVE-2015-3958 {2}bounded/);
    expect(stdout).toMatch(/~ OK +restart 1/);
    expect(stdout).toMatch(/held +a port verifies 8 signatures/);
    expect(stdout).toContain(`not covered  ${findAttack("CVE-2015-3958").notModelled}`);
    expect(stdout).toContain("attacks: 1 of 1 bounded");
  });

  it("prints reports as JSON", async () => {
    const { exitCode, stdout } = await dosegate(
      "attack",
      "--json",
      "--cve",
      "CVE-2015-3965",
      "CVE-2016-5085",
    );
    const reports = JSON.parse(stdout) as { id: string; outcome: { ending: string; steps: unknown[] } }[];
    expect(exitCode).toBe(0);
    expect(reports.map(({ id }) => id)).toEqual(["CVE-2015-3965", "CVE-2016-5085"]);
    for (const { outcome } of reports) expect(outcome).toMatchObject({ ending: "refused" });
  });

  it("lists every attack without running any", async () => {
    const { exitCode, stdout } = await dosegate("attack", "--list");
    expect(exitCode).toBe(0);
    for (const { id, notModelled } of ATTACKS) {
      expect(stdout).toContain(id);
      expect(stdout).toContain(notModelled);
    }
    expect(stdout).not.toContain("attacks:");
    const listed = JSON.parse((await dosegate("attack", "--list", "--json")).stdout) as unknown[];
    expect(listed).toHaveLength(ATTACKS.length);
  });

  it("prints what is stopped, in part, or not at all", async () => {
    const { exitCode, stdout } = await dosegate("attack", "--scope");
    expect(exitCode).toBe(0);
    for (const { ids, why } of SCOPE) {
      expect(stdout).toContain(ids.join(", "));
      expect(stdout).toContain(why);
    }
  });

  it("refuses an id that is none with 2, and names those there are", async () => {
    const { exitCode, stderr } = await dosegate("attack", "--cve", "CVE-1999-0001");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("CVE-2015-3956");
  });
});
