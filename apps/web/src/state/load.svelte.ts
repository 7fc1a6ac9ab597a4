// What a page reads, with what a page shows while it does.

import { type Page, type Problem, problem } from "../api/client";
import { live, type Topic } from "./live.svelte";

/** News come in bursts; pages are read again at most so often. */
const CALM_MS = 700;

/** An answer that takes longer is not waited for. */
const STUCK_MS = 30_000;

/** Something that was read, is being read, or could not be. */
export class Loaded<T> {
  data = $state.raw<T>();
  error = $state.raw<Problem>();
  busy = $state(true);
  #read: (signal: AbortSignal) => Promise<T>;
  #abort: AbortController | undefined;
  #question: unknown;

  constructor(read: (signal: AbortSignal) => Promise<T>) {
    this.#read = read;
  }

  /** Reads it; what was the answer to another question goes at once. */
  ask(question: unknown): Promise<void> {
    if (question !== this.#question) {
      this.data = undefined;
      this.error = undefined;
    }
    this.#question = question;
    return this.reload();
  }

  /** Reads it again; what is shown stays until then. */
  reload = async (): Promise<void> => {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    try {
      const data = await this.#read(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.error = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = problem(error);
    }
    this.busy = false;
  };

  stop() {
    this.#abort?.abort();
  }
}

/**
 * Reads now, whenever what `read` depends on changes, and when there is news on one of `topics`. What is shown stays until
 * it is read, unless `question` gives another value than before: then it would stand under what it is no answer to.
 */
export function load<T>(read: (signal: AbortSignal) => Promise<T>, topics: Topic[] = [], question: () => unknown = () => undefined): Loaded<T> {
  const loaded = new Loaded(read);
  $effect(() => {
    void loaded.ask(question());
    return () => loaded.stop();
  });
  whenNews(topics, loaded.reload);
  return loaded;
}

/** Calls `react`, which reads something, when there is news, but not for each of many. */
export function whenNews(topics: Topic[], react: () => Promise<unknown>) {
  $effect(() => listenCalmly(topics, react));
}

/** The same until what it gives is called. */
export function listenCalmly(topics: Topic[], react: () => Promise<unknown>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: number | undefined;
  let again = false;
  let missed = false;
  let stopped = false;
  const look = async () => {
    timer = undefined;
    // Nobody looks at a page that is hidden; who comes back to it sees what is so by then.
    missed = document.hidden;
    if (missed) return;
    const began = Date.now();
    since = began;
    again = false;
    await react();
    if (since !== began) return;
    since = undefined;
    if (again && !stopped) timer = setTimeout(look, CALM_MS);
  };
  const stop = live.listen((topic) => {
    if (!topics.includes(topic) || timer !== undefined) return;
    // Reading anew ends a reading: where news come faster than answers, none would ever come to its end.
    if (since !== undefined && Date.now() - since < STUCK_MS) again = true;
    else timer = setTimeout(look, CALM_MS);
  });
  const back = () => {
    if (missed && timer === undefined) void look();
  };
  document.addEventListener("visibilitychange", back);
  return () => {
    stopped = true;
    stop();
    document.removeEventListener("visibilitychange", back);
    clearTimeout(timer);
  };
}

/** A list may begin with pages without anything, as the server looks only so far for each; so many are read in one go. */
const MOST_EMPTY = 50;

/** A list that is read page by page. */
export class Pages<T> {
  items = $state.raw<T[]>([]);
  next = $state<string | undefined>();
  error = $state.raw<Problem>();
  busy = $state(true);
  /** Something has been read. */
  ready = $state(false);
  #read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;
  #abort: AbortController | undefined;

  constructor(read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>) {
    this.#read = read;
  }

  async #fetch(cursor: string | undefined, before: T[]) {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    try {
      let page = await this.#read(cursor, abort.signal);
      for (let empty = 1; page.items.length === 0 && page.next && empty < MOST_EMPTY; empty += 1) {
        if (abort.signal.aborted) return;
        page = await this.#read(page.next, abort.signal);
      }
      if (abort.signal.aborted) return;
      this.items = before.concat(page.items);
      this.next = page.next ?? undefined;
      this.error = undefined;
      this.ready = true;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = problem(error);
    }
    this.busy = false;
  }

  /** It was read to its end, and there is nothing in it. */
  get empty(): boolean {
    return this.ready && this.items.length === 0 && this.next === undefined;
  }

  /** The first page again. */
  reload = () => this.#fetch(undefined, []);

  /** The first page again, unless somebody has read on. */
  refresh = async () => {
    if (this.#pagesRead <= 1) await this.#fetch(undefined, []);
  };

  #pagesRead = 1;

  /** One more page. */
  more = async () => {
    if (this.next === undefined || this.busy) return;
    this.#pagesRead += 1;
    await this.#fetch(this.next, this.items);
  };

  restart() {
    this.#pagesRead = 1;
    this.ready = false;
    this.items = [];
    return this.#fetch(undefined, []);
  }

  stop() {
    this.#abort?.abort();
  }
}

/** A list that begins anew when what `read` depends on changes. */
export function pages<T>(read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>, topics: Topic[] = []): Pages<T> {
  const list = new Pages(read);
  $effect(() => {
    void list.restart();
    return () => list.stop();
  });
  whenNews(topics, list.refresh);
  return list;
}
