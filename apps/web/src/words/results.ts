// Where a result comes from, in words.

import type { Schemas } from "../api/client";

type Result = Schemas["ResultView"];
type Cover = Schemas["Cover"];

export interface Look {
  cover: Cover;
  /** It is among those that made the change, not the one before. */
  agreed: boolean;
}

/** The results behind a change, the one that made it first, the one before it last; each once. */
export function looksOf(why: Pick<Schemas["Why"], "agreed" | "previous">): Look[] {
  const looks = [...why.agreed].reverse().map((cover) => ({ cover, agreed: true }));
  const { previous } = why;
  if (previous && !looks.some((look) => look.cover.result === previous.result)) looks.push({ cover: previous, agreed: false });
  return looks;
}

/** `nmap 7.95`; nothing where it was not noted. */
export function scannerText(result: Pick<Result, "scanner">): string {
  return [result.scanner?.tool, result.scanner?.version].filter(Boolean).join(" ");
}

/** `agent cellar`, `monday.xml, imported by user Ada` */
export function broughtBy(result: Pick<Result, "agent" | "imported_by" | "source">): string {
  if (result.agent) return `agent ${result.agent.name || result.agent.id}`;
  return result.imported_by ? `${result.source}, imported by ${result.imported_by}` : result.source;
}

/** So much of a command line is shown at once, in characters. */
const SHOWN = 240;

/** The beginning of a command line, which may name thousands of addresses. */
export function beginning(command: string): string {
  const characters = [...command];
  return characters.length <= SHOWN ? command : `${characters.slice(0, SHOWN).join("")}…`;
}

/** `443/tcp`, as addresses and questions name a port. */
export function portText(delta: { port?: number | null; protocol?: string | null }): string | undefined {
  return delta.port == null ? undefined : `${delta.port}/${delta.protocol ?? "tcp"}`;
}
