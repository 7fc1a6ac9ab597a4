import { expect, test } from "vitest";
import { inTime } from "./trend";

/** Runs of days in November that came at these minutes of the 22nd. */
const days = (...runs: [looked: number, came: number][]) =>
  inTime(runs.map(([looked, came]) => ({ evidence: new Date(Date.UTC(2026, 10, looked)).toISOString(), finished: new Date(Date.UTC(2026, 10, 22, 9, came)).toISOString() }))).map((run) => new Date(run.evidence).getUTCDate());

test("runs are in the order in which they looked", () => {
  expect(days([20, 3], [13, 2], [6, 1])).toEqual([6, 13, 20]);
  expect(days()).toEqual([]);
});

test("what came late does not say how things stood", () => {
  expect(days([21, 3], [1, 2], [20, 1])).toEqual([20, 21]);
});

test("what came at once is ordered by when it looked, whatever the list does", () => {
  expect(days([13, 1], [20, 1], [6, 1], [20, 1])).toEqual([6, 13, 20, 20]);
});
