import { expect, test } from "vitest";
import { addressBytes, compareAddresses } from "./address";

test("addresses are read as bytes", () => {
  expect(addressBytes("192.0.2.7")).toEqual([192, 0, 2, 7]);
  expect(addressBytes("::1")).toEqual([...Array(15).fill(0), 1]);
  expect(addressBytes("2001:db8::ff:1")?.slice(-4)).toEqual([0, 255, 0, 1]);
  expect(addressBytes("::ffff:192.0.2.7")?.slice(-6)).toEqual([255, 255, 192, 0, 2, 7]);
});

test("what is no address is none", () => {
  for (const text of ["", "192.0.2", "192.0.2.256", "1.2.3.4.5", "::1::", "2001:db8", "g::", "<b>1</b>"]) expect(addressBytes(text)).toBeUndefined();
});

test("order is by number, and IPv4 comes first", () => {
  const sorted = ["2001:db8::2", "10.0.0.10", "10.0.0.9", "2001:db8::1"].sort(compareAddresses);
  expect(sorted).toEqual(["10.0.0.9", "10.0.0.10", "2001:db8::1", "2001:db8::2"]);
});
