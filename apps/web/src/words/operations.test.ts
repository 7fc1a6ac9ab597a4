import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Document, fitting, groups, shapes, typeText } from "./operations";

const document = JSON.parse(readFileSync(new URL("../../../../shared/api/openapi.json", import.meta.url), "utf8")) as Document;
const all = groups(document);
const ids = (of: typeof all) => of.flatMap((group) => group.operations.map((one) => one.id));

test("every operation of the document stands there once, with its role and a summary", () => {
  const count = Object.values(document.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
  const operations = all.flatMap((group) => group.operations);
  expect(new Set(ids(all)).size).toBe(count);
  expect(operations.length).toBe(count);
  expect(operations.filter((one) => !one.role || !one.summary)).toEqual([]);
});

test("what agents call is told last", () => {
  expect(all.at(-1)?.tag).toBe("agent");
  expect(all.map((group) => group.tag).slice(0, -1)).toEqual(all.map((group) => group.tag).slice(0, -1).toSorted());
});

test("an operation says what it takes and gives", () => {
  const add = all.flatMap((group) => group.operations).find((one) => one.method === "POST" && one.path === "/sites/{site}/imports");
  expect(add?.role).toBe("operator");
  expect(add?.parameters.slice(0, 2).map((one) => [one.place, one.name, one.required, one.type])).toEqual([["path", "site", true, "text"], ["query", "name", false, "text"]]);
  expect(add?.sends.map((one) => one.media)).toEqual(["application/octet-stream"]);
  expect(add?.answers.filter((one) => one.status < "300").map((one) => [one.status, one.schema])).toEqual([["200", "Imported"], ["201", "Imported"]]);
  const refused = add?.answers.filter((one) => one.status >= "400") ?? [];
  expect(refused.map((one) => one.status)).toContain("413");
  expect(refused.filter((one) => one.schema !== "Problem" || one.about === "")).toEqual([]);
});

test("whatever schema an operation names has something to show", () => {
  const named = all.flatMap((group) => group.operations).flatMap((one) => [...one.parameters, ...one.sends, ...one.answers]).flatMap((one) => one.schema ?? []);
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((name) => shapes(document, name).length === 0)).toEqual([]);
  expect(shapes(document, "WatchedPort")[0]?.fields.find((one) => one.name === "port")).toMatchObject({ type: "integer", required: true });
  expect(shapes(document, "AlertAction").length).toBeGreaterThan(1);
});

test("types are told in words", () => {
  expect(typeText({ type: "array", items: { $ref: "#/components/schemas/Delta" } })).toBe("list of Delta");
  expect(typeText({ type: ["string", "null"] })).toBe("text or null");
  expect(typeText({ oneOf: [{ $ref: "#/components/schemas/Warning" }, { type: "null" }] })).toBe("Warning or null");
  expect(typeText({ type: "object", additionalProperties: { type: "integer" } })).toBe("map of integer");
});

test("a search finds by path, role, parameter and schema, and needs every word", () => {
  expect(ids(fitting(all, "post imports"))).toEqual(["import"]);
  expect(ids(fitting(all, "confirm_close imported")).length).toBe(1);
  expect(fitting(all, "no such thing at all")).toEqual([]);
  expect(fitting(all, "  ")).toEqual(all);
});
