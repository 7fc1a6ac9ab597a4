// What a story is told on: an installation that nobody has set up yet, a browser, and two hosts to scan.

import type { Server } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Agent } from "./agent";
import { startBrowser } from "./browser-start";
import { type Installation, PATIENCE_MS, silence, speak } from "./portdelta";
import { complaints } from "./watch";

/** Addresses that no other run of these tests on this machine takes at the same time, most likely. */
export const NET = `127.82.${process.pid % 256}`;
export const GATEWAY = `${NET}.1`;
export const MAIL = `${NET}.2`;
export const NAME = "ada";
export const PASSWORD = "four gates, one lock, no key";
/** The agent that is let in. */
export const SCOUT = "scout";
const HOSTILE = `220 <img src=x onerror=alert(1)><script>alert(2)</script> {{constructor}} ESMTP\r\n`;

export let installation: Installation;
export let browser: Browser;
export let page: Page;
export let servers: Server[] = [];
export let scout: Agent | undefined;

/** Remembers the agent, which ends with the story at the latest. */
export function keep(agent: Agent): Agent {
  scout = agent;
  return agent;
}

/** Sets it up for all tests of a file, which share it. */
export function onStage(begin: () => Promise<Installation>) {
  let context: BrowserContext;
  let said: string[] = [];

  beforeAll(async () => {
    servers = [await speak(GATEWAY, 2222, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n"), await speak(MAIL, 2525, HOSTILE)];
    installation = await begin();
    browser = await startBrowser();
    context = await browser.newContext({ baseURL: installation.url, ignoreHTTPSErrors: true, viewport: { width: 1280, height: 860 }, reducedMotion: "reduce" });
    context.setDefaultTimeout(PATIENCE_MS);
    page = await context.newPage();
    said = complaints(page);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") {
      await page?.screenshot({ path: "../../target/browser-failed.png", fullPage: true });
      for (const log of [installation?.log(), scout?.log()]) if (log) console.error(log);
    }
    expect(said).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await scout?.stop();
    await installation?.stop();
    await Promise.all(servers.map(silence));
  });
}
