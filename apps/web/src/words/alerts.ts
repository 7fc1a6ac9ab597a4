// What happens to alerts, and what came of doing the same about several, in words.

import type { Schemas } from "../api/client";

type Line = Schemas["BulkLine"];

export interface Refusal {
  why: string;
  hint: string;
  /** The titles of the alerts that were refused so. */
  titles: string[];
}

/** Why something was not done: each reason once, in the order in which they came. */
export function refusals(lines: Line[], alerts: Pick<Schemas["Alert"], "id" | "title">[]): Refusal[] {
  const titles = new Map(alerts.map(({ id, title }) => [id, title]));
  const all = new Map<string, Refusal>();
  for (const { alert, problem } of lines) {
    if (!problem) continue;
    const why = problem.detail || problem.title || "it was refused";
    const refusal = all.get(why) ?? { why, hint: problem.hint ?? "", titles: [] };
    refusal.titles.push(titles.get(alert) ?? alert);
    all.set(why, refusal);
  }
  return [...all.values()];
}

const EVENTS: Record<string, string> = {
  opened: "opened",
  dormant: "dormant, as its host is gone",
  woke: "dormant no longer, as its host is back",
  resolved: "resolved",
  withdrawn: "resolved, as its rule was removed",
  acknowledged: "acknowledged",
  actioned: "marked as actioned",
  ignored: "ignored",
  "ignore-ended": "ignored no longer, as its time has come",
  reopened: "opened again",
};

/** What happened to an alert, as a line of its history. */
export function alertEvent(event: string): string {
  return EVENTS[event] ?? event.replaceAll("-", " ");
}
