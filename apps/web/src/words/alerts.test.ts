import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { refusals } from "./alerts";

const problem = (detail: string, hint?: string): Schemas["Problem"] => ({ status: 409, code: "alert.some", title: "Conflict", type: "about:blank", detail, hint });

test("each reason why something was not done is said once, with what it is about", () => {
  const alerts = ["a", "b", "c"].map((id) => ({ id, title: `Alert ${id}` }));
  const lines: Schemas["BulkLine"][] = [
    { alert: "a", problem: problem("it is resolved already", "It opens again by itself.") },
    { alert: "b", state: "acknowledged" },
    { alert: "gone", problem: problem("there is no such alert") },
    { alert: "c", problem: problem("it is resolved already", "It opens again by itself.") },
  ];
  expect(refusals(lines, alerts)).toEqual([
    { why: "it is resolved already", hint: "It opens again by itself.", titles: ["Alert a", "Alert c"] },
    { why: "there is no such alert", hint: "", titles: ["gone"] },
  ]);
  expect(refusals([{ alert: "b", state: "acknowledged", problem: null }], alerts)).toEqual([]);
});
