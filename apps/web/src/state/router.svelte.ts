// Addresses of pages. History is the browser's own; this only says which page an address means.

class Place {
  path = $state(location.pathname);
  search = $state(location.search);
  hash = $state(location.hash);
  query = $derived(new URLSearchParams(this.search));

  read() {
    this.path = location.pathname;
    this.search = location.search;
    this.hash = location.hash;
  }
}

export const place = new Place();

/** Goes to a page of this dashboard. */
export function go(to: string, options: { replace?: boolean } = {}) {
  const before = place.path;
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.read();
  if (place.path !== before) window.scrollTo(0, 0);
}

/** Changes filters in the address, so that it can be shared; what is empty goes. */
export function refine(changes: Record<string, string | undefined>) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : "") + location.hash, { replace: true });
}

/** Only a path of this dashboard: nobody is led elsewhere by a link that was sent to them. */
export function safePath(to: string | null): string {
  if (!to || !to.startsWith("/") || to.startsWith("//") || to.includes("\\") || /[\u0000-\u001f]/.test(to)) return "/";
  try {
    const url = new URL(to, location.origin);
    return url.origin === location.origin ? url.pathname + url.search + url.hash : "/";
  } catch {
    return "/";
  }
}

/** Follows links without loading everything again. */
export function begin() {
  window.addEventListener("popstate", () => place.read());
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    if (link.href !== location.href) go(link.pathname + link.search + link.hash);
  });
}

/** The parts of a path that a pattern names, `/runs/{run}`; `undefined` where it is another path. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const parts = path.replace(/\/+$/, "").split("/");
  if (path === "/") parts.splice(0, parts.length, "", "");
  if (wanted.length !== parts.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const part = parts[index] ?? "";
    if (want.startsWith("{")) {
      if (!part) return undefined;
      try {
        found[want.slice(1, -1)] = decodeURIComponent(part);
      } catch {
        return undefined;
      }
    } else if (want !== part) return undefined;
  }
  return found;
}

/** An address with its parts escaped: ``to`/runs/${run}` ``. */
export function to(texts: TemplateStringsArray, ...parts: (string | number)[]): string {
  return texts.reduce((all, text, index) => all + text + (index < parts.length ? encodeURIComponent(parts[index] ?? "") : ""), "");
}
