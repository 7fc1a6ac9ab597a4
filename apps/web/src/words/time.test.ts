import { afterEach, beforeEach, expect, test, vi } from "vitest";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test("times are told as people do", async () => {
  const { duration, hoursAgo, relative } = await import("./time.svelte");
  const at = Date.UTC(2026, 10, 21, 12, 0, 0);
  const ago = (seconds: number) => new Date(at - seconds * 1000).toISOString();
  expect(relative(ago(3), at)).toBe("just now");
  expect(relative(ago(59), at)).toBe("59 s ago");
  expect(relative(ago(180), at)).toBe("3 min ago");
  expect(relative(ago(-7200), at)).toBe("in 2 h");
  expect(relative(ago(5 * 86_400), at)).toBe("5 days ago");
  expect(relative(ago(400 * 86_400), at)).toMatch(/2025/);
  expect(duration(45)).toBe("45 s");
  expect(duration(3600 * 3 + 1200)).toBe("3 h 20 min");
  expect(duration(86_400 * 3)).toBe("3 days");
  expect(hoursAgo(24, at)).toBe("2026-11-20T12:00:00Z");
});

test("a day begins at midnight where its viewer is", async () => {
  const { beginOf } = await import("./time.svelte");
  const begin = beginOf("2026-11-22") ?? "";
  expect([begin.length, new Date(begin).getHours(), new Date(begin).getDate()]).toEqual([20, 0, 22]);
  for (const text of ["", "yesterday", "2026-13-45", "2026-11-22T00:00:00Z"]) expect(beginOf(text)).toBeUndefined();
});

test("a day that is kept as its end is the same day again, wherever its viewer is", async () => {
  const { beginOf, endOf, localDay } = await import("./time.svelte");
  const ends = { "America/New_York": "2027-04-01T03:59:59Z", UTC: "2027-03-31T23:59:59Z", "Pacific/Auckland": "2027-03-31T10:59:59Z" };
  for (const [zone, end] of Object.entries(ends)) {
    vi.stubEnv("TZ", zone);
    expect(endOf("2027-03-31"), zone).toBe(end);
    expect(localDay(end), zone).toBe("2027-03-31");
    expect(localDay(beginOf("2027-03-31") ?? ""), zone).toBe("2027-03-31");
  }
  vi.stubEnv("TZ", "Pacific/Auckland");
  expect(localDay(Date.UTC(2026, 11, 31, 12, 0, 0))).toBe("2027-01-01");
  expect(endOf("next week")).toBeUndefined();
});
