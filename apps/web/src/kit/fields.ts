// Which mistakes the fields of a form show themselves, so that the form says only the rest.

import { getContext, setContext, untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { Problem } from "../api/client";
import { isOf } from "../words/field";

const KEY = Symbol("fields");

/** The fields that stand in a form now. */
export class Fields {
  /** How many there are of each name. */
  #names = new SvelteMap<string, number>();

  /** Enters a field; gives what takes it out again. */
  enter(name: string): () => void {
    this.#count(name, 1);
    return () => this.#count(name, -1);
  }

  #count(name: string, more: number) {
    // Fields enter in effects, which must not depend on how many there are.
    untrack(() => this.#names.set(name, (this.#names.get(name) ?? 0) + more));
  }

  /** Whether one of them shows this. */
  show(problem: Problem): boolean {
    return [...this.#names].some(([name, count]) => count > 0 && isOf(problem.field, name));
  }
}

/** Called by a form, for the fields in it. */
export function holdFields(): Fields {
  return setContext(KEY, new Fields());
}

/** The fields of the form around; `undefined` where there is none. */
export function fieldsAround(): Fields | undefined {
  return getContext<Fields | undefined>(KEY);
}
