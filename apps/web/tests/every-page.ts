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

const SECTIONS = source("pages/settings/sections.ts");

/** The names of the sections of the settings. */
export const SETTINGS = texts(SECTIONS, /\{ name: "([^"]+)"/g);

/** Of these sections, those for everybody who has signed in. */
const SETTINGS_FOR_ALL = texts(SECTIONS, /\{ name: "([^"]+)".* role: "viewer"/g);

/** What anybody may see, also who has not signed in. */
export const OUTSIDE = texts(texts(source("state/session.svelte.ts"), /const PUBLIC = (\[.+\])/g)[0] ?? "", /"([^"]+)"/g);

interface Place {
  /** `/runs/{id}` */
  readonly pattern: string;
  /** Where that is. */
  readonly path: RegExp;
  /** Not everybody who has signed in may see it. */
  readonly needsRole: boolean;
}

/** Every page for people who signed in, the first that fits first. */
function pagesInside(): Place[] {
  const routes = source("routes.ts");
  const named = new Map(texts(routes, /export const (\w+ = "[^"]+")/g).map((line) => line.split(" = ") as [string, string]));
  const all = texts(routes, /\{ (pattern: (?:"[^"]+"|\w+), .+) \}/g).map((route): Place => {
    const [written = ""] = texts(route, /^pattern: ("[^"]+"|\w+),/g);
    const pattern = JSON.parse(named.get(written) ?? written) as string;
    return { pattern, path: new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`), needsRole: route.includes(" role: ") };
  });
  if (all.length !== routes.split("pattern: ").length - 2) throw new Error("a pattern in routes.ts can't be read");
  return all;
}

function pathOf(address: string): string {
  return address.replace(/[?#].*/, "");
}

/** Of some addresses, those for everybody who has signed in. */
export function forAll(addresses: string[]): string[] {
  const places = pagesInside();
  return addresses.filter((address) => {
    const path = pathOf(address);
    const [, section] = /^\/settings\/(.+)/.exec(path) ?? [];
    return section === undefined ? !places.find((place) => place.path.test(path))?.needsRole : SETTINGS_FOR_ALL.includes(section);
  });
}

/** Pages that are at none of these addresses. */
export function forgotten(addresses: string[]): string[] {
  const paths = addresses.map(pathOf);
  // The settings themselves are their first section.
  const missing = pagesInside().filter((place) => place.pattern !== "/settings" && !paths.some((path) => place.path.test(path))).map((place) => place.pattern);
  const sections = SETTINGS.map((section) => `/settings/${section}`).filter((path) => !paths.includes(path));
  return missing.concat(sections);
}
