import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Page } from "../api/client";
import { live } from "./live.svelte";
import { listenCalmly, Loaded, Pages } from "./load.svelte";

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
