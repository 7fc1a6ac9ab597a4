// What goes when it is old, in words.

import type { Schemas } from "../api/client";
import { UNCOUNTED } from "./clean-up";
import { exact } from "./time.svelte";
import { bytes, plural } from "./words";

type Preview = Schemas["RetentionPreview"];

/** `at least `, where not all was counted. */
const least = (preview: Preview) => (preview.at_least ? "at least " : "");

/** What a retention would remove, in sentences; they say so where not all was counted. */
export function wouldGo(preview: Preview): string {
  const { results, runs, before, runs_before } = preview;
  const parts = [
    results > 0 && `${plural(results, "raw result")} (${bytes(preview.bytes)})${before ? ` received before ${exact(before)}` : ""}`,
    runs > 0 && `${plural(runs, "run")}${runs_before ? ` that ended before ${exact(runs_before)}` : ""}`,
  ].filter(Boolean);
  if (parts.length === 0) return preview.at_least ? `It is not known how much that would remove: ${UNCOUNTED}.` : "That would remove nothing now.";
  return `That would remove ${least(preview)}${parts.join(" and ")}${preview.at_least ? `: ${UNCOUNTED}` : ""}. Nothing has been removed.`;
}

/** What can't be undone about it, in sentences; none where nothing goes. */
export function goesForEver(preview: Preview): string {
  const { results, runs } = preview;
  const said = (text: string) => `${least(preview)}${text}`.replace(/^a/, "A");
  return [
    results > 0 && `${said(plural(results, "raw result"))} (${bytes(preview.bytes)}) go for ever, and the state can't be rebuilt from results any more.`,
    runs > 0 && `${said(plural(runs, "run"))} go for ever, with reports, tasks and changes.`,
    preview.at_least && results + runs === 0 && `It is not known how much goes: ${UNCOUNTED}. What goes does so for ever.`,
  ].filter(Boolean).join(" ");
}
