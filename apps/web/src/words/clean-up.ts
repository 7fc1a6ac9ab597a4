// What a clean-up removes, in words.

import type { Schemas } from "../api/client";
import { bytes, plural } from "./words";

/** `3 hosts, 7 open ports, 12 changes and first looks`; empty where there is nothing. */
export function removed(counts: Schemas["CleanUpCounts"]): string {
  const parts: [number, string][] = [
    [counts.hosts, plural(counts.hosts, "host")],
    [counts.open_ports, plural(counts.open_ports, "open port")],
    [counts.deltas, plural(counts.deltas, "change or first look", "changes and first looks")],
    [counts.alerts, plural(counts.alerts, "alert")],
    [counts.notes, plural(counts.notes, "note")],
    [counts.runs, plural(counts.runs, "run")],
    [counts.results, `${plural(counts.results, "raw result")} (${bytes(counts.bytes)})`],
  ];
  return parts.filter(([count]) => count > 0).map(([, text]) => text).join(", ");
}

/** Why not all of it was counted. */
export const UNCOUNTED = "there is more than a few seconds are enough to count";

/** What a clean-up would remove, as a sentence; it says so where not all was counted. */
export function wouldRemove(preview: Schemas["CleanUpPreview"]): string {
  const goes = removed(preview);
  if (!preview.at_least) return goes ? `That would remove ${goes}.` : "Nothing is known there.";
  return goes ? `That would remove at least ${goes}: ${UNCOUNTED}.` : `It is not known how much that would remove: ${UNCOUNTED}.`;
}

/** What is, or was, cleaned up: `network Lab of office`. `name` is what people call the site. */
export function cleaned(scope: Pick<Schemas["NewCleanUp"], "network" | "targets">, name: string): string {
  if (scope.network) return `network ${scope.network} of ${name}`;
  if (scope.targets) return `${scope.targets} of ${name}`;
  return `all of ${name}`;
}
