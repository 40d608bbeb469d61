import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // One more than vitest's own choice: two cores take half the time, and what is built in a shared folder is built under a lock.
    maxWorkers: "100%",
  },
});
