import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { alertEvent, refusals } from "./alerts";

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

test("every line of an alert's history says in words what happened", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../../shared/core/src/alert.rs"), "utf8");
  const [, names = ""] = /impl HistoryEvent \{([\s\S]+?)\n\}/.exec(source) ?? [];
  const events = [...names.matchAll(/=> "([a-z-]+)"/g)].map((match) => match[1] ?? "");
  expect(events).toContain("ignore-ended");
  expect(events.filter((event) => ["woke", "withdrawn", "ignore-ended"].includes(event)).map(alertEvent)).toEqual(["dormant no longer, as its host is back", "resolved, as its rule was removed", "ignored no longer, as its time has come"]);
  // What has no words of its own is read as it is written, which is wrong only for a few.
  for (const event of events) expect(alertEvent(event), event).not.toMatch(/-|^woke|^withdrawn/);
});
