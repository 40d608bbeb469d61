import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fixtureText } from "./fixture.js";

const FIXTURE = fileURLToPath(new URL("../../ports/c/example/fixture.h", import.meta.url));

describe("ports/c/example", () => {
  it("has the fixture that the simulated hospital signs (npx vitest run test/ports/example.test.ts -u)", async () => {
    await expect(fixtureText()).toMatchFileSnapshot(FIXTURE);
  });
});
