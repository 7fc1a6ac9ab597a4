import { expect, test } from "vitest";
import { DAYS, expressionOf, type When, whenOf, whyNoNextRun } from "./schedule";

const CASES: [When, string][] = [
  [{ how: "every", count: 1, unit: "hours" }, "rate(1 hour)"],
  [{ how: "every", count: 15, unit: "minutes" }, "rate(15 minutes)"],
  [{ how: "days", days: ["MON", "TUE", "WED", "THU", "FRI"], time: "03:05" }, "cron(5 3 ? * MON-FRI *)"],
  [{ how: "days", days: ["MON", "THU"], time: "22:00" }, "cron(0 22 ? * MON,THU *)"],
  [{ how: "days", days: [...DAYS], time: "00:00" }, "cron(0 0 * * ? *)"],
  [{ how: "once", at: "2026-12-24T18:00" }, "at(2026-12-24T18:00:00)"],
  [{ how: "expression", expression: "cron(0/20 8-18 ? * MON-FRI *)" }, "cron(0/20 8-18 ? * MON-FRI *)"],
];

test("a choice becomes an expression, and an expression the choice", () => {
  for (const [when, expression] of CASES) {
    expect(expressionOf(when)).toBe(expression);
    expect(whenOf(expression)).toEqual(when);
  }
});

test("by hand is no expression", () => {
  expect(expressionOf({ how: "hand" })).toBeUndefined();
  expect(whenOf(undefined)).toEqual({ how: "hand" });
});

test("what can't be shown as a choice is kept as it is", () => {
  for (const text of ["cron(0 3 ? * FRI-MON *)", "cron(0 3 L * ? *)", "rate(0.5 hours)", "every day"]) expect(whenOf(text)).toEqual({ how: "expression", expression: text });
});

test("a schedule without a next run is not always paused", () => {
  const once = { expression: "at(2026-01-31T03:00:00)", time_zone: "UTC" };
  const daily = { expression: "rate(1 day)", time_zone: "UTC" };
  const blackout_windows = ["2000-01-01T00:00:00 to 2199-01-01T00:00:00 UTC"];
  expect(whyNoNextRun({ schedule: daily, scheduled: false }).text).toBe("paused");
  expect(whyNoNextRun({ schedule: once, scheduled: true }).text).toBe("over");
  expect(whyNoNextRun({ schedule: once, scheduled: true, blackout_windows }).text).toBe("over");
  expect(whyNoNextRun({ schedule: daily, scheduled: true, blackout_windows }).text).toBe("held by its blackout windows");
});
