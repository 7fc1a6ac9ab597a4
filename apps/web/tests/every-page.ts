// Which pages there are, as the dashboard itself says: so that none of them is forgotten where all are looked at.

import { readFileSync } from "node:fs";
import { join } from "node:path";

function source(path: string): string {
  return readFileSync(join(import.meta.dirname, "../src", path), "utf8");
}

function texts(text: string, pattern: RegExp): string[] {
  const found = [...text.matchAll(pattern)].map((match) => match[1] ?? "");
  if (found.length === 0) throw new Error(`${pattern} is nowhere`);
  return found;
}

/** The names of the sections of the settings. */
export const SETTINGS = texts(source("pages/settings/sections.ts"), /\{ name: "([^"]+)"/g);

/** What anybody may see, also who has not signed in. */
export const OUTSIDE = texts(texts(source("state/session.svelte.ts"), /const PUBLIC = (\[.+\])/g)[0] ?? "", /"([^"]+)"/g);

/** `/runs/{id}` of every page for people who signed in. */
function patterns(): string[] {
  const routes = source("routes.ts");
  const named = new Map(texts(routes, /export const (\w+ = "[^"]+")/g).map((line) => line.split(" = ") as [string, string]));
  const all = texts(routes, /\{ pattern: ("[^"]+"|\w+),/g).map((pattern) => JSON.parse(named.get(pattern) ?? pattern) as string);
  if (all.length !== routes.split("pattern: ").length - 2) throw new Error("a pattern in routes.ts can't be read");
  return all;
}

/** Pages that are at none of these addresses. */
export function forgotten(addresses: string[]): string[] {
  const paths = addresses.map((address) => address.replace(/[?#].*/, ""));
  const places = patterns().map((pattern): [string, RegExp] => [pattern, new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`)]);
  // The settings themselves are their first section.
  const missing = places.filter(([pattern, place]) => pattern !== "/settings" && !paths.some((path) => place.test(path))).map(([pattern]) => pattern);
  const sections = SETTINGS.map((section) => `/settings/${section}`).filter((path) => !paths.includes(path));
  return missing.concat(sections);
}
