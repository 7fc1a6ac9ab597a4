// What a page reads, with what a page shows while it does.

import { type Page, type Problem, problem } from "../api/client";
import { live, type Topic } from "./live.svelte";
import { stale } from "./stale.svelte";

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
  #readAt = 0;
  #shown = false;

  constructor(read: (signal: AbortSignal) => Promise<T>) {
    this.#read = read;
  }

  /** Reads it; what was the answer to another question goes at once. */
  ask(question: unknown): Promise<void> {
    if (question !== this.#question) {
      this.data = undefined;
      this.error = undefined;
      stale.remove(this);
    }
    this.#question = question;
    this.#shown = true;
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
      this.#readAt = Date.now();
      stale.remove(this);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = problem(error);
      if (this.#shown && this.data !== undefined) stale.add(this, { problem: this.error, readAt: this.#readAt, again: this.reload });
    }
    this.busy = false;
  };

  stop() {
    this.#abort?.abort();
    this.#shown = false;
    stale.remove(this);
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

/** A list may have pages without anything, as the server looks only so far for each; so many are read in one go. */
const MOST_EMPTY = 50;

/** What took more questions than this is not read again by itself; who has read on so far is told that there is news. */
const MOST_AGAIN = 5;

type Read<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

/** A list that is read page by page. */
export class Pages<T> {
  items = $state.raw<T[]>([]);
  next = $state<string | undefined>();
  /** Why what is here could not be read, or not again. */
  error = $state.raw<Problem>();
  /** Why there is no further page. */
  stuck = $state.raw<Problem>();
  busy = $state(true);
  /** Something has been read. */
  ready = $state(false);
  /** There is news that was not read, as that would be too much. */
  outdated = $state(false);
  #read: Read<T>;
  #abort: AbortController | undefined;
  /** How many pages with something in them are here. */
  #pages = 1;
  /** How many questions they took. */
  #asked = 1;
  #readAt = 0;
  #shown = false;
  #furtherPage: Promise<void> | undefined;

  constructor(read: Read<T>) {
    this.#read = read;
  }

  /** It was read to its end, and there is nothing in it. */
  get empty(): boolean {
    return this.ready && this.items.length === 0 && this.next === undefined;
  }

  /** The first page again, and no other. */
  reload = () => this.#begin(1);

  /** All that is here again, unless that is too much. What is shown stays until all of it was read. */
  refresh = async () => {
    // Who waits for a further page gets it first.
    await this.#furtherPage;
    if (!this.#shown) return;
    if (this.#asked > MOST_AGAIN) this.outdated = true;
    else await this.#begin(this.#pages);
  };

  /** One more page. */
  more = async () => {
    const from = this.next;
    if (from === undefined || this.busy) return;
    this.#furtherPage = this.#alone(
      async (signal) => {
        const { page, asked } = await this.#turn(from, signal);
        return () => {
          this.items = this.items.concat(page.items);
          this.next = page.next ?? undefined;
          this.stuck = undefined;
          this.#pages += 1;
          this.#asked += asked;
        };
      },
      (error) => {
        this.stuck = error;
      },
    );
    await this.#furtherPage;
  };

  restart() {
    this.ready = false;
    this.items = [];
    this.next = undefined;
    this.error = undefined;
    this.stuck = undefined;
    this.outdated = false;
    this.#shown = true;
    stale.remove(this);
    return this.#begin(1);
  }

  stop() {
    this.#abort?.abort();
    this.#shown = false;
    stale.remove(this);
  }

  /** So many pages from the beginning, in place of what is here. */
  #begin(pages: number): Promise<void> {
    return this.#alone(
      async (signal) => {
        let { page, asked } = await this.#turn(undefined, signal);
        let items = page.items;
        let read = 1;
        for (; read < pages && page.next && !signal.aborted; read += 1) {
          const further = await this.#turn(page.next, signal);
          page = further.page;
          asked += further.asked;
          items = items.concat(page.items);
        }
        return () => {
          this.items = items;
          this.next = page.next ?? undefined;
          this.error = undefined;
          this.stuck = undefined;
          this.outdated = false;
          this.ready = true;
          this.#pages = read;
          this.#asked = asked;
          this.#readAt = Date.now();
          stale.remove(this);
        };
      },
      (error) => {
        this.error = error;
        if (this.#shown && this.ready) stale.add(this, { problem: error, readAt: this.#readAt, again: () => this.#begin(pages) });
      },
    );
  }

  /** A page, with what is empty before it read over. */
  async #turn(cursor: string | undefined, signal: AbortSignal): Promise<{ page: Page<T>; asked: number }> {
    let page = await this.#read(cursor, signal);
    let asked = 1;
    for (; page.items.length === 0 && page.next && asked < MOST_EMPTY && !signal.aborted; asked += 1) {
      page = await this.#read(page.next, signal);
    }
    return { page, asked };
  }

  /** Reads something in place of what was being read; `read` gives what takes it, if nothing comes between. */
  async #alone(read: (signal: AbortSignal) => Promise<() => void>, fail: (error: Problem) => void) {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    try {
      const take = await read(abort.signal);
      if (abort.signal.aborted) return;
      take();
    } catch (error) {
      if (abort.signal.aborted) return;
      fail(problem(error));
    }
    this.busy = false;
  }
}

/** A list that begins anew when what `read` depends on changes. */
export function pages<T>(read: Read<T>, topics: Topic[] = []): Pages<T> {
  const list = new Pages(read);
  $effect(() => {
    void list.restart();
    return () => list.stop();
  });
  whenNews(topics, list.refresh);
  return list;
}
