import { expect, test } from "vitest";
import { goesForEver, wouldGo } from "./retention";

const nothing = { before: "2026-01-01T00:00:00Z", results: 0, bytes: 0, runs: 0, at_least: false };

test("what would go is counted", () => {
  expect(wouldGo(nothing)).toBe("That would remove nothing now.");
  expect(wouldGo({ ...nothing, results: 2, bytes: 1500 })).toMatch(/^That would remove 2 raw results \(1.5 kB\) received before .+\. Nothing has been removed\.$/);
  expect(wouldGo({ ...nothing, results: 2, bytes: 1500, runs: 1 })).toMatch(/ and 1 run\. Nothing/);
  expect(goesForEver(nothing)).toBe("");
  expect(goesForEver({ ...nothing, runs: 3 })).toBe("3 runs go for ever, with reports, tasks and changes.");
});

test("what was not counted is said", () => {
  expect(wouldGo({ ...nothing, runs: 3, at_least: true })).toMatch(/^That would remove at least 3 runs: there is more than/);
  expect(wouldGo({ ...nothing, at_least: true })).toMatch(/^It is not known how much/);
  expect(goesForEver({ ...nothing, runs: 3, at_least: true })).toMatch(/^At least 3 runs go for ever/);
  expect(goesForEver({ ...nothing, at_least: true })).toMatch(/^It is not known how much goes/);
});
