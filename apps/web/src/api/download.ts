// Files that the API writes. A link alone would show what went wrong as a download that failed, and nothing else.

import { ok, Problem, send } from "./client";

/** A file of at most so many bytes is held by the page; a larger one goes to the disk as it comes. */
const MOST_HELD_BYTES = 4 << 20;

/** A file as a whole; or that it is there, and larger. */
export type Fetched = { whole: Blob; name: string | undefined } | "larger";

/** Asks for a file; throws a [`Problem`] where there is none. */
export async function fetched(address: string, most = MOST_HELD_BYTES): Promise<Fetched> {
  const abort = new AbortController();
  const response = await send(new Request(address, { redirect: "manual", signal: abort.signal }));
  // On AWS a large file is at an address of its bucket. No page may read what is there, but anybody may go there.
  if (response.type === "opaqueredirect") return "larger";
  if (!response.ok) await ok(Promise.resolve({ response, error: (await response.json().catch(() => undefined)) as unknown }));
  const whole = await held(response, most);
  if (whole === undefined) {
    abort.abort();
    return "larger";
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return { whole: new Blob(whole, { type: response.headers.get("Content-Type") ?? "" }), name };
}

/** The pieces of a body of at most so many bytes. */
async function held(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const reader = response.body?.getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const next = await reader?.read().catch(() => {
      throw new Problem(0, { code: "export.broken", detail: "The file broke off before its end.", hint: "Try again; the server's log says more." });
    });
    if (next?.value === undefined) return pieces;
    bytes += next.value.byteLength;
    if (bytes > most) return undefined;
    pieces.push(next.value);
  }
}

/** Gives a file to the person; throws a [`Problem`] where there is none. */
export async function download(address: string, name?: string): Promise<void> {
  const file = await fetched(address);
  const link = document.createElement("a");
  // The browser asks anew for a large one, and writes to the disk what the server writes.
  link.href = file === "larger" ? address : URL.createObjectURL(file.whole);
  link.download = name ?? (file === "larger" ? "" : (file.name ?? ""));
  document.body.append(link);
  link.click();
  link.remove();
  if (file !== "larger") setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
