// The API, as the OpenAPI document describes it.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

const BASE = "/api/v1";

/** What the server says when something did not work (RFC 9457), or what stands in its place. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly field: string | undefined;
  readonly position: number | undefined;
  readonly request: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, said: Partial<Schemas["Problem"]>, retryAfterSeconds?: number) {
    super(said.detail || said.title || `the server answered ${status}`);
    this.status = status;
    this.code = said.code ?? "http";
    this.hint = said.hint ?? undefined;
    this.field = said.field ?? undefined;
    this.position = said.position ?? undefined;
    this.request = said.request ?? undefined;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What goes with every request of somebody who signed in; the cookie itself is out of reach of any script. */
export const credentials: { csrf: string | undefined } = { csrf: undefined };

/** Called when the server no longer knows who asks. */
export const lost: { session: () => void } = { session: () => undefined };

export async function send(request: Request): Promise<Response> {
  if (credentials.csrf !== undefined && request.method !== "GET") {
    request.headers.set("X-Portdelta-Csrf", credentials.csrf);
  }
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, {
      code: "network",
      detail: "The server can't be reached.",
      hint: "Is it running, and is this machine on its network? This page tries again by itself.",
    });
  }
}

export const api = createClient<paths>({ baseUrl: BASE, fetch: send, credentials: "same-origin" });

interface Outcome {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The body of an answer; throws a [`Problem`] where it is none. */
export async function ok<T extends Outcome>(asked: Promise<T>): Promise<NonNullable<T["data"]>> {
  return (await tagged(asked)).data;
}

/** The same with the version of what was read, for `If-Match`. */
export async function tagged<T extends Outcome>(
  asked: Promise<T>,
): Promise<{ data: NonNullable<T["data"]>; etag: string; response: Response }> {
  const { data, error, response } = await asked;
  if (!response.ok) {
    const problem = problemOf(response, error);
    if (problem.status === 401 && !problem.code.startsWith("session.")) lost.session();
    throw problem;
  }
  return { data: data as NonNullable<T["data"]>, etag: response.headers.get("ETag") ?? "", response };
}

function problemOf(response: Response, said: unknown): Problem {
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const body = typeof said === "object" && said !== null ? said : {};
  return new Problem(response.status, body, Number.isFinite(after) ? after : undefined);
}

/** What went wrong, whatever it was. */
export function problem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, { code: "page", detail: error instanceof Error ? error.message : String(error) });
}

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** The beginning of a list that may be long: until there is enough of it, and of so many pages at most, which may be empty; and whether there is more. */
export async function some<T>(read: (cursor: string | undefined) => Promise<Page<T>>, most: number, enough = Infinity): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < most; page += 1) {
    const answer = await read(cursor);
    items.push(...answer.items);
    if (!answer.next) return { items, more: false };
    if (items.length >= enough) break;
    cursor = answer.next;
  }
  return { items, more: true };
}

/** Everything of a list that is known to be short: sites, networks, channels. */
export async function all<T>(read: (cursor: string | undefined) => Promise<Page<T>>, most = 20): Promise<T[]> {
  return (await some(read, most)).items;
}
