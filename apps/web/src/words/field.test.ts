import { expect, test } from "vitest";
import { isOf } from "./field";

test("a mistake is of its field, and of the field that it is a part of", () => {
  expect(["ports", "ports.0", "ports[3]"].map((wrong) => isOf(wrong, "ports"))).toEqual([true, true, true]);
  expect(["portsmouth", "targets", "", undefined].map((wrong) => isOf(wrong, "ports"))).toEqual([false, false, false, false]);
  expect(isOf("ports", undefined)).toBe(false);
});
