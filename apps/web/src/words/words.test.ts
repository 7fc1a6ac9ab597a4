import { expect, test } from "vitest";
import { ALL_KINDS, atLeast, kindOf, plural, runOrigin } from "./words";

test("counts of kinds are said as people count", () => {
  expect([1, 6].map((count) => `${count} ${kindOf(count, "host-gone")}`)).toEqual(["1 host gone", "6 hosts gone"]);
  expect([0, 13].map((count) => `${count} ${kindOf(count, "host-new")}`)).toEqual(["0 new hosts", "13 new hosts"]);
  expect(kindOf(2, "port-opened")).toBe("opened");
  expect(kindOf(2, "a-kind-of-tomorrow")).toBe("a-kind-of-tomorrow");
  for (const kind of ALL_KINDS) expect(kindOf(2, kind), kind).not.toBe("");
});

test("one thing is one", () => {
  expect([plural(1, "host"), plural(2, "host"), plural(1, "address", "addresses"), plural(0, "address", "addresses")]).toEqual(["1 host", "2 hosts", "1 address", "0 addresses"]);
});

test("what is only the beginning is not called the whole", () => {
  expect([atLeast(1, false, "change"), atLeast(100, true, "change"), atLeast(1, true, "change"), atLeast(0, true, "more change")]).toEqual(["1 change", "100+ changes", "1+ changes", "0+ more changes"]);
});

test("only imports are called so", () => {
  expect(runOrigin({ id: "import-0123456789ab" })).toBe("import");
  expect(runOrigin({ id: "20260131t120000-0123456789ab" })).toBe("");
  expect(runOrigin({ id: "20260131t120000-0123456789ab", scan: "1" })).toBe("started by hand");
  expect(runOrigin({ id: "20260131t120000-0123456789ab", scan: "1", scheduled: "2026-01-31T12:00:00Z" })).toBe("by its schedule");
});
