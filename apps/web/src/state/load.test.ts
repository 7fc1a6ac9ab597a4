import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Page } from "../api/client";
import { live } from "./live.svelte";
import { listenCalmly, Loaded, Pages } from "./load.svelte";
import { stale } from "./stale.svelte";

/** A server that looks through blocks, one for each page, of which most hold nothing. */
function blocks(...found: string[][]) {
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined): Promise<Page<string>> => {
    asked.push(cursor);
    const index = Number(cursor ?? 0);
    return { items: found[index] ?? [], next: index + 1 < found.length ? String(index + 1) : null };
  };
  return { read, asked };
}

const nothing = (blocks: number): string[][] => Array.from({ length: blocks }, () => []);

test("pages without anything are read over, at the beginning and further on", async () => {
  const { read, asked } = blocks([], [], ["a"], [], ["b"], []);
  const list = new Pages(read);
  await list.restart();
  expect([list.items, list.next, list.empty]).toEqual([["a"], "3", false]);
  await list.more();
  expect([list.items, list.next]).toEqual([["a", "b"], "5"]);
  await list.more();
  expect([list.items, list.next, list.empty]).toEqual([["a", "b"], undefined, false]);
  expect(asked).toEqual([undefined, "1", "2", "3", "4", "5"]);
});

test("there is nothing in a list only when it was read to its end", async () => {
  const { read, asked } = blocks(...nothing(60), ["far"]);
  const list = new Pages(read);
  expect(list.empty).toBe(false);
  await list.restart();
  expect([list.ready, list.items, list.empty, list.next, asked.length]).toEqual([true, [], false, "50", 50]);
  await list.more();
  expect([list.items, list.empty]).toEqual([["far"], false]);
  const none = new Pages(blocks(...nothing(3)).read);
  await none.restart();
  expect([none.ready, none.empty]).toEqual([true, true]);
});

test("who asks for something else meanwhile ends the reading", async () => {
  const open: (() => void)[] = [];
  let asked = 0;
  const list = new Pages<string>(async () => {
    asked += 1;
    await new Promise<void>((done) => open.push(done));
    return { items: [], next: "on" };
  });
  const reading = list.restart();
  list.stop();
  open[0]?.();
  await reading;
  expect([asked, list.ready]).toEqual([1, false]);
});

test("an answer does not stand under another question, nor hides that this one could not be read", async () => {
  let answer: () => Promise<string> = async () => "as site A sees it";
  const loaded = new Loaded(() => answer());
  await loaded.ask("A");
  answer = () => Promise.reject(new Error("B is not there"));
  // The same question again: what was read stays until there is something newer.
  await loaded.ask("A");
  expect([loaded.data, loaded.error?.message]).toEqual(["as site A sees it", "B is not there"]);
  const asking = loaded.ask("B");
  expect([loaded.data, loaded.error, loaded.busy]).toEqual([undefined, undefined, true]);
  await asking;
  expect([loaded.data, loaded.error?.message]).toEqual([undefined, "B is not there"]);
});

/** A server with a list of numbers, two for each page. */
function shelf(all: number[]) {
  const asked: (string | undefined)[] = [];
  const it = {
    all,
    asked,
    isDown: false,
    read: async (cursor: string | undefined): Promise<Page<number>> => {
      asked.push(cursor);
      if (it.isDown) throw new Error("the shelf fell");
      const begin = cursor === undefined ? 0 : it.all.findIndex((one) => one > Number(cursor));
      const items = begin < 0 ? [] : it.all.slice(begin, begin + 2);
      const last = items.at(-1);
      return { items, next: last !== undefined && last !== it.all.at(-1) ? String(last) : null };
    },
  };
  return it;
}

test("a list that was read on stays live, and nothing of it goes meanwhile", async () => {
  const server = shelf([10, 20, 30, 40, 50]);
  const shown: number[] = [];
  const list: Pages<number> = new Pages((cursor) => {
    shown.push(list.items.length);
    return server.read(cursor);
  });
  await list.restart();
  await list.more();
  server.all = [5, 10, 30, 40, 50, 60];
  await list.refresh();
  expect([list.items, list.next, shown]).toEqual([[5, 10, 30, 40], "40", [0, 2, 4, 4]]);
  await list.more();
  expect([list.items, list.next]).toEqual([[5, 10, 30, 40, 50, 60], undefined]);
  // Of what has become shorter no page is missed.
  server.all = [5];
  await list.refresh();
  expect([list.items, list.next]).toEqual([[5], undefined]);
});

test("who has read far is told of news, and may begin with them", async () => {
  const server = shelf(Array.from({ length: 40 }, (_, index) => index + 1));
  const list = new Pages(server.read);
  await list.restart();
  for (let page = 1; page < 6; page += 1) await list.more();
  const asked = server.asked.length;
  await list.refresh();
  expect([list.outdated, list.items.length, server.asked.length]).toEqual([true, 12, asked]);
  server.all.unshift(0);
  await list.reload();
  expect([list.outdated, list.items, list.next]).toEqual([false, [0, 1], "1"]);
  // From then on it is live again.
  server.all.unshift(-1);
  await list.refresh();
  expect(list.items).toEqual([-1, 0]);
});

test("news do not take a further page away from who waits for it", async () => {
  const server = shelf([1, 2, 3, 4]);
  const list = new Pages(server.read);
  await list.restart();
  const more = list.more();
  const news = list.refresh();
  await more;
  expect(list.items).toEqual([1, 2, 3, 4]);
  await news;
  expect([list.items, server.asked]).toEqual([[1, 2, 3, 4], [undefined, "2", undefined, "2"]]);
});

test("what failed is what is tried again", async () => {
  const server = shelf([1, 2, 3, 4, 5]);
  const list = new Pages(server.read);
  await list.restart();
  server.isDown = true;
  await list.more();
  expect([list.items, list.stuck?.message, list.error, stale.oldest]).toEqual([[1, 2], "the shelf fell", undefined, undefined]);
  server.isDown = false;
  await list.more();
  expect([list.items, list.stuck]).toEqual([[1, 2, 3, 4], undefined]);
  // Another page does not make true what could not be read again.
  server.isDown = true;
  server.all = [0, 1, 2, 3, 4, 5];
  await list.refresh();
  expect([list.items, list.stuck, stale.oldest?.problem.message]).toEqual([[1, 2, 3, 4], undefined, "the shelf fell"]);
  server.isDown = false;
  await list.more();
  expect([list.items, stale.oldest?.problem.message]).toEqual([[1, 2, 3, 4, 5], "the shelf fell"]);
  await stale.again();
  expect([list.items, list.error, stale.oldest]).toEqual([[0, 1, 2, 3], undefined, undefined]);
});

test("also an empty list, and any other answer, is old when it can't be read again", async () => {
  const server = shelf([]);
  const list = new Pages(server.read);
  const one = new Loaded(async () => (await server.read(undefined)).items.length);
  server.isDown = true;
  await Promise.all([list.restart(), one.ask("how many")]);
  // Where nothing is shown, the page itself says why.
  expect([list.ready, list.error?.message, one.error?.message, stale.oldest]).toEqual([false, "the shelf fell", "the shelf fell", undefined]);
  server.isDown = false;
  await Promise.all([list.reload(), one.reload()]);
  server.isDown = true;
  await list.refresh();
  expect([list.empty, stale.oldest?.problem.message]).toEqual([true, "the shelf fell"]);
  list.stop();
  expect(stale.oldest).toBeUndefined();
  await one.reload();
  expect([one.data, stale.oldest?.problem.message]).toEqual([0, "the shelf fell"]);
  // What is not shown any more is not old.
  one.stop();
  await one.reload();
  expect(stale.oldest).toBeUndefined();
});

// A page that may be hidden.
const page = Object.assign(new EventTarget(), { hidden: false });

function hide(hidden: boolean) {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", page);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what was news while the page was hidden is read when somebody comes back to it", async () => {
  let reads = 0;
  const stop = listenCalmly(["run"], async () => {
    reads += 1;
  });
  hide(true);
  for (let turn = 0; turn < 3; turn += 1) {
    live.tell("run");
    live.tell("agent");
    await vi.advanceTimersByTimeAsync(2000);
  }
  expect(reads).toBe(0);
  hide(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(reads).toBe(1);
  // Without news there is nothing to read.
  hide(true);
  hide(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(reads).toBe(1);
  hide(true);
  live.tell("run");
  await vi.advanceTimersByTimeAsync(2000);
  stop();
  hide(false);
  live.tell("run");
  await vi.advanceTimersByTimeAsync(2000);
  expect(reads).toBe(1);
});

test("of many news at once only the first and the last are read", async () => {
  let reads = 0;
  const stop = listenCalmly(["run"], async () => {
    reads += 1;
    await new Promise((done) => setTimeout(done, 100));
  });
  for (let turn = 0; turn < 20; turn += 1) {
    live.tell("run");
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(5000);
  expect(reads).toBe(2);
  stop();
});
