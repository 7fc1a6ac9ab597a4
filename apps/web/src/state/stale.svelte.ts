// What is shown although it could not be read again.

import { SvelteMap } from "svelte/reactivity";
import type { Problem } from "../api/client";

interface Old {
  problem: Problem;
  /** When it was read, in milliseconds since 1970. */
  readAt: number;
  again: () => Promise<unknown>;
}

class Stale {
  #all = new SvelteMap<object, Old>();

  /** What of it was read first, which says how old a page may be. */
  get oldest(): Old | undefined {
    return [...this.#all.values()].sort((one, other) => one.readAt - other.readAt)[0];
  }

  add(what: object, old: Old) {
    this.#all.set(what, old);
  }

  /** It was read, or is not shown any more. */
  remove(what: object) {
    this.#all.delete(what);
  }

  /** Reads all of it once more. */
  async again() {
    await Promise.all([...this.#all.values()].map((old) => old.again()));
  }
}

export const stale = new Stale();
