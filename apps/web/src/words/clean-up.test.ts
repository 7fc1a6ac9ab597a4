import { expect, test } from "vitest";
import { cleaned, removed, wouldRemove } from "./clean-up";

const nothing = { hosts: 0, open_ports: 0, deltas: 0, alerts: 0, notes: 0, runs: 0, results: 0, bytes: 0 };

test("what is not there is not named", () => {
  expect(removed(nothing)).toBe("");
  expect(removed({ ...nothing, hosts: 1, deltas: 2 })).toBe("1 host, 2 changes and first looks");
  expect(removed({ ...nothing, results: 2, bytes: 1500 })).toBe("2 raw results (1.5 kB)");
});

test("what was not counted is said", () => {
  expect(wouldRemove({ ...nothing, at_least: false })).toBe("Nothing is known there.");
  expect(wouldRemove({ ...nothing, hosts: 1, at_least: false })).toBe("That would remove 1 host.");
  expect(wouldRemove({ ...nothing, hosts: 1, at_least: true })).toMatch(/^That would remove at least 1 host: there is more/);
  expect(wouldRemove({ ...nothing, at_least: true })).toMatch(/^It is not known how much/);
});

test("a clean-up is of a site, a network or addresses", () => {
  expect(cleaned({}, "Head office")).toBe("all of Head office");
  expect(cleaned({ network: "Lab" }, "Head office")).toBe("network Lab of Head office");
  expect(cleaned({ targets: "192.0.2.7" }, "Head office")).toBe("192.0.2.7 of Head office");
});
