// Requests that the OpenAPI document does not describe yet.

import { type Page, ok, tagged } from "./client";
import { send } from "./client";

type Query = Record<string, string | number | boolean | null | undefined>;

async function request(method: string, path: string, body: unknown, query: Query, headers: Record<string, string>, signal?: AbortSignal) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  const text = search.toString();
  const response = await send(
    new Request(`${location.origin}/api/v1${path}${text ? `?${text}` : ""}`, {
      method,
      signal: signal ?? null,
      credentials: "same-origin",
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    }),
  );
  const said: unknown = response.status === 204 ? {} : await response.json().catch(() => ({}));
  return { data: said, error: said, response };
}

export async function call<T>(method: string, path: string, body?: unknown, options: { query?: Query; headers?: Record<string, string>; signal?: AbortSignal } = {}): Promise<T> {
  return (await ok(request(method, path, body, options.query ?? {}, options.headers ?? {}, options.signal))) as T;
}

/** With its version. */
export async function callTagged<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ data: T; etag: string }> {
  const answer = await tagged(request(method, path, body, {}, headers));
  return { data: answer.data as T, etag: answer.etag };
}

export function page<T>(path: string, query: Query, signal?: AbortSignal): Promise<Page<T>> {
  return call<Page<T>>("GET", path, undefined, signal ? { query, signal } : { query });
}
