import { beforeEach, afterEach, expect, test, vi } from "vitest";
import { type Fields, ScanOptions } from "./scan-options.svelte";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Asked {
  text?: string;
  fields?: Fields | null;
}

/** A server of which each answer is given by hand: it knows `-T` and `--max-rate` with digits, and nothing else. */
function server() {
  const asked: Asked[] = [];
  const open: (() => void)[] = [];
  const state = { fails: false, waits: false };
  const understand = (text: string) => {
    const fields: Fields = {};
    const rest: string[] = [];
    for (const [piece] of text.matchAll(/--max-rate \S+|\S+/g)) {
      const level = /^-T(\d)$/.exec(piece)?.[1];
      const rate = /^--max-rate (\d+)$/.exec(piece)?.[1];
      if (level !== undefined) fields.timing = Number(level);
      else if (rate !== undefined) fields.pace = { "max-rate": rate };
      else rest.push(piece);
    }
    return { text, fields, rest: rest.join(" "), mistakes: rest.map((piece) => ({ code: "option_unknown", message: piece, hint: "" })) };
  };
  const ask = async (ask: Asked) => {
    asked.push(ask);
    if (state.waits) await new Promise<void>((done) => open.push(done));
    if (state.fails) throw new Error("the server can't be reached");
    const { timing, pace } = ask.fields ?? {};
    const written = [timing != null && `-T${timing}`, pace?.["max-rate"] && `--max-rate ${pace["max-rate"]}`, ask.text].filter(Boolean);
    return understand(ask.fields ? written.join(" ") : (ask.text ?? ""));
  };
  return { ask, asked, open, state };
}

async function calm() {
  await vi.advanceTimersByTimeAsync(1000);
}

test("what is written is read when the typing pauses", async () => {
  const { ask, asked } = server();
  const options = new ScanOptions(ask);
  for (const text of ["-", "-T", "-T4"]) options.write(text);
  await calm();
  expect(asked).toEqual([{ text: "-T4" }]);
  expect(options.fields).toEqual({ timing: 4 });
});

test("what is chosen is written, and what nobody understands stays behind it", async () => {
  const { ask } = server();
  const options = new ScanOptions(ask);
  options.write("-T4 --nonesuch");
  await calm();
  expect([options.mistakes.map((one) => one.message), options.fields]).toEqual([["--nonesuch"], { timing: 4 }]);
  options.choose({ timing: 2 });
  await calm();
  expect(options.text).toBe("-T2 --nonesuch");
  options.choose({ pace: { "max-rate": "300" } });
  await calm();
  expect(options.text).toBe("-T2 --max-rate 300 --nonesuch");
  options.write("-T2 --max-rate 300");
  await calm();
  expect([options.mistakes, options.fields]).toEqual([[], { timing: 2, pace: { "max-rate": "300" } }]);
});

test("a field that is wrong keeps what somebody wrote, and is named", async () => {
  const { ask } = server();
  const options = new ScanOptions(ask);
  options.choose({ pace: { "max-rate": "fast" } });
  await calm();
  expect([options.text, options.fields.pace, options.mistakes.length]).toEqual(["--max-rate fast", { "max-rate": "fast" }, 1]);
  options.choose({ timing: 3 });
  await calm();
  expect(options.text).toBe("-T3 --max-rate fast");
  options.choose({ pace: { "max-rate": "5" } });
  await calm();
  expect([options.text, options.mistakes]).toEqual(["-T3 --max-rate 5", []]);
});

test("who chooses before the text was read loses nothing of it", async () => {
  const { ask } = server();
  const options = new ScanOptions(ask);
  options.write("-T4 --max-rate 7");
  options.choose({ timing: 1 });
  expect(await options.settled()).toBe(true);
  expect(options.text).toBe("-T1 --max-rate 7");
});

test("who writes while the server is asked is not overwritten", async () => {
  const { ask, open, state } = server();
  const options = new ScanOptions(ask);
  state.waits = true;
  options.choose({ timing: 1 });
  await calm();
  options.write("-T5");
  state.waits = false;
  for (const done of open) done();
  await calm();
  expect([options.text, options.fields]).toEqual(["-T5", { timing: 5 }]);
});

test("nothing is settled while the server is silent, and it is asked again", async () => {
  const { ask, state } = server();
  const options = new ScanOptions(ask);
  state.fails = true;
  options.choose({ timing: 4 });
  expect(await options.settled()).toBe(false);
  expect([options.text, options.error?.message]).toEqual(["", "the server can't be reached"]);
  state.fails = false;
  expect(await options.settled()).toBe(true);
  expect([options.text, options.error]).toEqual(["-T4", undefined]);
});
