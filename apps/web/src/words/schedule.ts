// Schedules as people choose them, and as the API writes them.

import type { Schemas } from "../api/client";
import type { StateLook } from "./words";

export type When =
  | { how: "hand" }
  | { how: "every"; count: number; unit: "minutes" | "hours" | "days" }
  | { how: "days"; days: Day[]; time: string }
  | { how: "once"; at: string }
  | { how: "expression"; expression: string };

export const DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
export type Day = (typeof DAYS)[number];

/** `rate(15 minutes)`, `cron(0 3 ? * MON-FRI *)`, `at(2026-12-24T18:00:00)`; none for by hand. */
export function expressionOf(when: When): string | undefined {
  switch (when.how) {
    case "hand":
      return undefined;
    case "every":
      return `rate(${when.count} ${when.count === 1 ? when.unit.slice(0, -1) : when.unit})`;
    case "days": {
      const [hour = "0", minute = "0"] = when.time.split(":");
      return `cron(${Number(minute)} ${Number(hour)} ${daysText(when.days)} *)`;
    }
    case "once":
      return `at(${when.at.length === 16 ? `${when.at}:00` : when.at})`;
    case "expression":
      return when.expression.trim();
  }
}

/** Exactly one of the two day fields is `?`. */
function daysText(days: Day[]): string {
  const chosen = DAYS.filter((day) => days.includes(day));
  if (chosen.length === 0 || chosen.length === 7) return "* * ?";
  const first = DAYS.indexOf(chosen[0] as Day);
  const isRange = chosen.length > 2 && chosen.every((day, index) => DAYS.indexOf(day) === first + index);
  return `? * ${isRange ? `${chosen[0]}-${chosen[chosen.length - 1]}` : chosen.join(",")}`;
}

/** The choice that an expression is; what is none of them stays an expression. */
export function whenOf(expression: string | undefined): When {
  if (!expression) return { how: "hand" };
  const text = expression.trim();
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text);
  if (rate) return { how: "every", count: Number(rate[1]), unit: `${rate[2]}s` as "minutes" };
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?\)$/.exec(text);
  if (at?.[1]) return { how: "once", at: at[1] };
  const cron = /^cron\((\d{1,2}) (\d{1,2}) (\? \* ([A-Z,-]+)|\* \* \?) \*\)$/.exec(text);
  if (cron) {
    const days = cron[4] === undefined ? [...DAYS] : daysOf(cron[4]);
    const pad = (part: string | undefined) => (part ?? "0").padStart(2, "0");
    if (days) return { how: "days", days, time: `${pad(cron[2])}:${pad(cron[1])}` };
  }
  return { how: "expression", expression: text };
}

function daysOf(text: string): Day[] | undefined {
  const found = new Set<Day>();
  for (const part of text.split(",")) {
    const [first, last = first] = part.split("-") as [Day, Day?];
    const from = DAYS.indexOf(first);
    const until = DAYS.indexOf(last as Day);
    if (from < 0 || until < from) return undefined;
    for (const day of DAYS.slice(from, until + 1)) found.add(day);
  }
  return DAYS.filter((day) => found.has(day));
}

/** Why a scan that has a schedule has no next run. */
export function whyNoNextRun(scan: Pick<Schemas["Scan"], "schedule" | "scheduled" | "blackout_windows">): StateLook {
  if (!scan.scheduled) return { text: "paused", color: "c-medium" };
  // Else each of its times may lie in a window in which nothing begins.
  if (whenOf(scan.schedule?.expression).how === "once" || !scan.blackout_windows?.length) return { text: "over", color: "c-plain" };
  return { text: "held by its blackout windows", color: "c-medium" };
}
