import { expect, test } from "vitest";
import { addressIn, drawn } from "./map";

test("a place of a block is an address", () => {
  expect(addressIn("192.0.2.0/24", 0)).toBe("192.0.2.0");
  expect(addressIn("192.0.2.0/24", 255)).toBe("192.0.2.255");
  expect(addressIn("2001:db8::/120", 0)).toBe("2001:db8::");
  expect(addressIn("2001:db8::/120", 10)).toBe("2001:db8::a");
  expect(addressIn("2001:db8::aa00/120", 5)).toBe("2001:db8::aa05");
  expect(addressIn("2001:db8::1:0/120", 0)).toBe("2001:db8::1:0");
  expect(addressIn("2001:db8:1:2:3:4:5:100/120", 255)).toBe("2001:db8:1:2:3:4:5:1ff");
});

test("a block is read address by address", () => {
  const states = `-ugn?u${"?".repeat(250)}`;
  const { name, cells } = drawn({
    block: "192.0.2.0/24",
    states,
    open: [3, 0],
    changed: [{ time: "2026-03-02T00:00:00Z", places: "2" }],
    covered: [
      { time: "2026-03-02T00:00:00Z", places: "1-2,5" },
      { time: "2026-03-01T00:00:00Z", places: "3" },
    ],
    names: { "5": "web.example" },
  });
  expect(name).toBe("192.0.2.0/24");
  expect(cells.length).toBe(256);
  const [second, first] = ["2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"];
  expect(cells.slice(0, 6)).toEqual([
    undefined,
    { address: "192.0.2.1", state: "up", open: 3, covered: second },
    { address: "192.0.2.2", state: "gone", open: 0, changed: second, covered: second },
    { address: "192.0.2.3", state: "never_up", open: 0, covered: first },
    { address: "192.0.2.4", state: "unknown", open: 0 },
    { address: "192.0.2.5", state: "up", open: 0, covered: second, name: "web.example" },
  ]);
});
