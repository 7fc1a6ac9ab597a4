import { defineConfig } from "vitest/config";

// One browser and one server at a time: they share this machine's loopback addresses and its processor.
export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    // The tests of a file tell one story.
    sequence: { concurrent: false },
    bail: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
