// The API, asked by the page: only a browser knows every address of a stack on this machine.

import { expect } from "vitest";
import { installation, page } from "../stage";

export interface Answer {
  readonly text: string;
  readonly etag: string;
}

/** As an administrator; must succeed. */
export async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
  const init = { method, headers: { ...headers, Authorization: `Bearer ${installation.token}` }, ...(body === undefined ? {} : { body }) };
  const answer = await page.evaluate(
    async ([url, asked]) => {
      const answer = await fetch(url, asked);
      return { ok: answer.ok, text: await answer.text(), etag: answer.headers.get("etag") ?? "" };
    },
    [`/api/v1${path}`, init] as const,
  );
  expect(answer.ok, `${method} ${path}: ${answer.text}`).toBe(true);
  return answer;
}

/** What the API gives of a list. */
export async function list(path: string): Promise<Record<string, string>[]> {
  return (JSON.parse((await ask("GET", path)).text) as { items: Record<string, string>[] }).items;
}
