// Debian's Chromium, quiet: it asks no host of its maker's.

import { chromium, type Browser } from "playwright-core";

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

export function startBrowser(): Promise<Browser> {
  const executablePath = process.env["PORTDELTA_CHROMIUM"] ?? "/usr/bin/chromium";
  // Root can't have Chromium's own sandbox; the pages are our own.
  const args = process.getuid?.() === 0 ? [...QUIET, "--no-sandbox"] : QUIET;
  return chromium.launch({ executablePath, args });
}
