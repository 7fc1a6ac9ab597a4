// What needs attention, as far as who sees it can do something about it.

import type { Schemas } from "../api/client";
import type { Role } from "../api/names";

type Attention = Pick<Schemas["Attention"], "kind" | "hint" | "link">;

/** What only some may do about a kind of thing, and what the others are told. */
const OTHERS: Record<string, { role: Role; hint: string }> = {
  "agent-pending": { role: "admin", hint: "An administrator compares its key with what it prints, and approves it or revokes it." },
  "no-agent": { role: "admin", hint: "An administrator enrols one: an agent is a program near the network that you want to watch." },
  "no-scan": { role: "operator", hint: "An operator defines one: its targets, its ports and when it runs." },
  "run-unattended": { role: "admin", hint: "Somebody starts its agent, or an administrator enrols one there: the run goes on by itself." },
  "dead-letter": { role: "admin", hint: "An administrator looks at the queue's dead letters, and tries them again." },
};

/** Pages that are not for everybody. */
const NOT_FOR_ALL: [RegExp, Role][] = [[/^\/agents(\/|$)/, "operator"]];

/** What to do about it, and the page about it; none where they may not open it. */
export function attentionFor({ kind, hint, link }: Attention, may: (role: Role) => boolean): { hint: string; link: string | undefined } {
  const others = OTHERS[kind];
  const opens = NOT_FOR_ALL.every(([pages, role]) => !pages.test(link) || may(role));
  return { hint: others && !may(others.role) ? others.hint : hint, link: opens ? link : undefined };
}

/** Kinds of which not everybody is told the same. */
export const KINDS_FOR_SOME = Object.keys(OTHERS);
