import { expect, test } from "vitest";
import { beginning, broughtBy, looksOf, portText, scannerText } from "./results";

const cover = (result: string) => ({ result, time: "2026-01-31T02:00:00Z" });

test("the result that made a change comes first, and each comes once", () => {
  const names = (why: Parameters<typeof looksOf>[0]) => looksOf(why).map(({ cover, agreed }) => `${cover.result} ${agreed}`);
  expect(names({ agreed: [cover("a"), cover("b")], previous: cover("before") })).toEqual(["b true", "a true", "before false"]);
  expect(names({ agreed: [cover("a")], previous: cover("a") })).toEqual(["a true"]);
  expect(names({ agreed: [cover("a")] })).toEqual(["a true"]);
});

test("what is not known is left out", () => {
  expect(scannerText({ scanner: { tool: "nmap", version: "7.95" } })).toBe("nmap 7.95");
  expect(scannerText({ scanner: { tool: "naabu" } })).toBe("naabu");
  expect(scannerText({})).toBe("");
  expect(broughtBy({ source: "task 0", agent: { id: "0193", name: "cellar" } })).toBe("agent cellar");
  expect(broughtBy({ source: "task 0", agent: { id: "0193" } })).toBe("agent 0193");
  expect(broughtBy({ source: "monday.xml", imported_by: "user Ada" })).toBe("monday.xml, imported by user Ada");
  expect(broughtBy({ source: "monday.xml" })).toBe("monday.xml");
  expect(beginning("nmap -sS")).toBe("nmap -sS");
  expect(beginning("é".repeat(300))).toBe(`${"é".repeat(240)}…`);
  expect(portText({ port: 53, protocol: "udp" })).toBe("53/udp");
  expect(portText({ port: null })).toBeUndefined();
});
