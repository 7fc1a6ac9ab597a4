// Results that were looked up: many changes have the same one behind them.

import { api, ok, Problem, type Schemas } from "../api/client";

type Result = Schemas["ResultView"];

/** More is forgotten: a page shows some hundreds of changes at most. */
const MOST = 500;

const known = new Map<string, Result | null>();

/** A result, or null where nobody knows it any more. */
export async function result(site: string, id: string, signal: AbortSignal): Promise<Result | null> {
  const key = `${site} ${id}`;
  const held = known.get(key);
  if (held !== undefined) return held;
  const found = await ask(site, id, signal);
  if (known.size >= MOST) known.clear();
  // What is applied stays as it is; all else may change.
  if (found?.status === "applied") known.set(key, found);
  return found;
}

async function ask(site: string, id: string, signal: AbortSignal): Promise<Result | null> {
  try {
    return await ok(api.GET("/sites/{site}/results/{result}", { params: { path: { site, result: id } }, signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
