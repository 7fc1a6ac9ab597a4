// What must hold on every page that a test sees.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** Collects what a page complains about: scripts that fail, and whatever the policy refused. */
export function complaints(page: Page): string[] {
  const all: string[] = [];
  page.on("pageerror", (error) => all.push(error.message));
  page.on("console", (message) => {
    const text = message.text();
    // A refused request is an answer that pages show; the browser tells of it all the same.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) all.push(text);
  });
  page.on("dialog", (dialog) => {
    all.push(`a dialog came: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return all;
}

/** Nothing serious for who can't see, or uses no mouse. */
export async function isAccessible(page: Page) {
  // As a debugger would: the policy of the pages lets no other script in.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const answer = await session.send("Runtime.evaluate", {
    expression: "axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }).then((found) => JSON.stringify(found.violations))",
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const findings = JSON.parse(String(answer.result.value)) as Finding[];
  const serious = findings.filter((finding) => finding.impact === "serious" || finding.impact === "critical");
  const told = serious.map((finding) => `${finding.id}: ${finding.nodes.map((node) => `${node.html}\n    ${node.failureSummary}`).join("\n  ")}`);
  expect(told, page.url()).toEqual([]);
}

/** Nothing hangs over the edge of the window. */
export async function fits(page: Page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over, `${page.url()} is wider than its window`).toBeLessThanOrEqual(1);
}
