// The first day with Portdelta: set-up, a scan, a change, what to do about it.

import { readFileSync } from "node:fs";
import type { Server } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startBrowser } from "../browser-start";
import { PATIENCE_MS, Portdelta, silence, speak, until } from "../portdelta";
import { complaints, fits, isAccessible } from "../watch";

const GATEWAY = "127.81.0.1";
const MAIL = "127.81.0.2";
const NAME = "ada";
const PASSWORD = "four gates, one lock, no key";
const HOSTILE = `220 <img src=x onerror=alert(1)><script>alert(2)</script> {{constructor}} ESMTP\r\n`;

let portdelta: Portdelta;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let said: string[];
let servers: Server[];

beforeAll(async () => {
  servers = [await speak(GATEWAY, 2222, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n"), await speak(MAIL, 2525, HOSTILE)];
  portdelta = await Portdelta.start();
  browser = await startBrowser();
  context = await browser.newContext({ baseURL: portdelta.url, ignoreHTTPSErrors: true, viewport: { width: 1280, height: 860 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  said = complaints(page);
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await page?.screenshot({ path: "../../target/browser-failed.png", fullPage: true });
  expect(said).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await portdelta?.stop();
  await Promise.all((servers ?? []).map(silence));
});

test("the first start leads to the set-up, and its token makes the administrator", async () => {
  await page.goto("/");
  await page.getByRole("heading", { name: "Set up Portdelta" }).waitFor();
  await isAccessible(page);
  await page.getByLabel("Token of the first start").fill("pd_wrong");
  await page.getByLabel("Your name").fill(NAME);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create the administrator" }).click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("Token of the first start").fill(portdelta.token);
  await page.getByRole("button", { name: "Create the administrator" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.getByText("Nothing looks at your networks yet").waitFor();
  await isAccessible(page);
});

test("signing out ends the session, and signing in leads back", async () => {
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await isAccessible(page);
  expect(await (await context.request.get("/api/v1/session")).status()).toBe(401);
  await page.goto("/scans?show=1");
  await page.getByLabel("Name").fill(NAME);
  await page.getByLabel("Password").fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Scans", exact: true }).waitFor();
  // No script of any page can read what proves who sits here.
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

test("a network is named", async () => {
  await page.getByRole("link", { name: "Networks" }).click();
  await page.getByRole("button", { name: "New network" }).click();
  await page.getByLabel("Name", { exact: true }).last().fill("Office");
  await page.getByLabel("Addresses").fill("127.81.0.300");
  await page.getByRole("button", { name: "Add network" }).click();
  await page.locator("dialog .wrong").waitFor();
  await page.getByLabel("Addresses").fill("127.81.0.0/28");
  await page.getByRole("button", { name: "Add network" }).click();
  await page.getByRole("heading", { name: "Office", exact: true }).waitFor();
});

test("a scan is defined, and its mistakes are told while it is typed", async () => {
  await page.goto("/scans/new");
  await page.getByLabel("Name").fill("Office servers");
  await page.getByLabel("Targets", { exact: true }).fill("127.81.0.1, mail.example");
  await page.locator(".field .wrong").first().waitFor();
  await page.getByLabel("Targets", { exact: true }).fill("127.81.0.1-2");
  await page.getByLabel("Ports", { exact: true }).fill("2222,2525,3389");
  await page.getByLabel("Options", { exact: true }).fill("-sT -sV -T4 -n --version-light");
  await page.getByText("2 addresses × 3 ports").waitFor();
  await page.getByRole("button", { name: "Every…" }).click();
  await page.getByText(/every 6 hours/i).waitFor();
  await isAccessible(page);
  await page.getByRole("button", { name: "By hand" }).click();
  await page.getByRole("button", { name: "Add the scan" }).click();
  await page.getByRole("heading", { name: "Office servers" }).waitFor();
});

/** Runs the scan from its page, and sees it through to its end on the run's page. */
async function run() {
  await page.getByRole("link", { name: "Scans", exact: true }).first().click();
  await page.getByRole("link", { name: "Office servers" }).click();
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("link", { name: "Watch" }).click();
  await page.getByRole("progressbar").first().waitFor();
  await page.getByRole("link", { name: "Report", exact: true }).waitFor();
}

test("the first run only learns", async () => {
  await run();
  await page.getByText("First look:").first().waitFor();
  await page.getByRole("link", { name: "Report", exact: true }).click();
  await page.getByText(/First look: 2 hosts/).waitFor();
});

test("what changed stands there with its why", async () => {
  servers.push(await speak(MAIL, 3389, ""));
  const [gateway] = servers.splice(0, 1);
  if (gateway) await silence(gateway);
  servers.push(await speak(GATEWAY, 2222, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n"));
  await run();
  await page.getByRole("link", { name: "Report", exact: true }).click();
  await page.getByText("2 changes on Office").waitFor();
  await page.getByRole("button", { name: /3389\/tcp/ }).click();
  await page.getByText("Why.").waitFor();
  await page.getByText("What now.").waitFor();
  await isAccessible(page);
});

test("within three clicks: what changed since yesterday, why, and what to do", async () => {
  await page.goto("/");
  let clicks = 0;
  const changed = page.getByRole("region", { name: "What changed since yesterday" });
  await changed.getByRole("button", { name: /3389\/tcp/ }).click();
  clicks += 1;
  await changed.getByText("Why.").waitFor();
  await changed.getByText("What now.").waitFor();
  expect(clicks).toBeLessThanOrEqual(3);
  await isAccessible(page);
});

test("a report goes out as a file", async () => {
  await page.goto("/reports");
  await page.getByRole("link", { name: "Office servers" }).first().click();
  await page.getByText("Export").click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
  const path = await file.path();
  expect(readFileSync(path, "utf8")).toMatch(/3389/);
});

test("a host is noted", async () => {
  await page.goto(`/sites/local/hosts/${MAIL}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Owner").fill("Mail people");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Mail people").waitFor();
});

test("a watched port opens an alert, which is acknowledged", async () => {
  await page.getByRole("link", { name: /Alerts/ }).first().click();
  await page.getByRole("link", { name: /3389/ }).first().click();
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByLabel("Note").fill("Asked the mail people.");
  await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("Asked the mail people.").waitFor();
  await isAccessible(page);
  await page.goto("/alerts?state=acknowledged");
  await page.getByRole("checkbox", { name: /Choose: .*3389/ }).check();
  await page.getByRole("toolbar").getByRole("button", { name: "Ignore" }).click();
  await page.getByLabel("Reason").fill("Migration until Friday");
  await page.getByRole("dialog").getByRole("button", { name: "Ignore" }).click();
  await page.getByText("1 alert ignored").waitFor();
});

test("what differs from what is expected is named, told and accepted", async () => {
  await page.goto("/expectations");
  await page.getByText("Nothing is expected yet").waitFor();
  await isAccessible(page);
  await page.goto("/networks/Office?view=compliance");
  await page.getByRole("button", { name: "Expect all ports to be closed" }).click();
  await page.getByLabel("Ports", { exact: true }).fill("70000");
  await page.getByRole("button", { name: "Expect it", exact: true }).click();
  await page.locator("dialog .wrong").waitFor();
  await isAccessible(page);
  await page.getByLabel("Ports", { exact: true }).fill("1-65535");
  await page.getByLabel("Reason").fill("Servers say what they serve");
  await page.getByRole("button", { name: "Expect it", exact: true }).click();
  const row = (port: string) => page.getByRole("row").filter({ hasText: port });
  await row("2222/tcp").getByText("Unexpected open").waitFor();
  await row("2525/tcp").waitFor();
  await isAccessible(page);
  await row("2525/tcp").getByRole("button", { name: /Accept/ }).click();
  await page.getByLabel("Reason").fill("The mail gateway");
  await page.getByRole("button", { name: "Expect it", exact: true }).click();
  await row("2525/tcp").waitFor({ state: "detached" });

  // From an alert: it resolves.
  await page.goto("/alerts");
  await page.getByRole("link", { name: /2222\/tcp is open .* should not be/ }).click();
  await page.getByRole("button", { name: "Accept as expected" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Accept", exact: true }).click();
  await page.locator("dialog .wrong").waitFor();
  await page.getByLabel("Reason").fill("The way in");
  await page.getByRole("dialog").getByRole("button", { name: "Accept", exact: true }).click();
  await page.getByText("1 port accepted as expected").waitFor();
  await page.getByText("Resolved", { exact: true }).first().waitFor();

  // From a change.
  await page.goto(`/sites/local/hosts/${MAIL}`);
  await page.getByRole("button", { name: /3389\/tcp opened/ }).click();
  await page.getByRole("button", { name: "Accept as expected" }).click();
  await page.getByLabel("Reason").fill("Remote desk");
  await page.getByRole("dialog").getByRole("button", { name: "Accept", exact: true }).click();
  await page.getByText("1 port accepted as expected").waitFor();
  await page.goto("/networks/Office?view=compliance");
  await page.getByText("Nothing differs from what is expected").waitFor();
});

test("expectations are found, changed and come from a file", async () => {
  await page.goto("/expectations?q=Remote");
  await page.getByText("Remote desk").waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  await page.getByRole("button", { name: /More about 3389/ }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await page.getByLabel("Owner").fill("Desk people");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Desk people").waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export as YAML" }).click()]);
  const text = readFileSync(await file.path(), "utf8");
  expect(text).toContain('owner: "Desk people"');
  await page.getByRole("button", { name: "Apply a file" }).click();
  const field = page.getByLabel("Its text");
  await field.fill(text.replace("owner:", "ownr:"));
  await page.getByRole("button", { name: "See what it does" }).click();
  await page.locator("dialog .wrong").filter({ hasText: /line \d+, column 5: there is no field/ }).waitFor();
  await field.fill(text.replace("Desk people", "Desk <b>people</b>"));
  await page.getByRole("button", { name: "See what it does" }).click();
  await page.getByText("0 new, 1 changed, 0 removed, 3 as before.").waitFor();
  await isAccessible(page);
  await page.getByRole("button", { name: "Apply it" }).click();
  await page.getByText("Desk <b>people</b>").waitFor();
  await page.getByRole("button", { name: /More about 3389/ }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("The expectation was removed").waitFor();
});

test("what hosts say stays text, on every page", async () => {
  const places = ["/", "/networks/Office", "/networks/Office?view=hosts", "/networks/Office?view=compliance", "/expectations", `/sites/local/hosts/${MAIL}`, "/reports", "/runs", "/alerts", "/search?q=port:2525"];
  for (const path of places) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle").catch(() => undefined);
    expect(await page.locator('img[src="x"]').count(), path).toBe(0);
    expect(await page.locator("script:not([src])").count(), path).toBe(0);
  }
  await page.goto(`/sites/local/hosts/${MAIL}`);
  await page.getByText("2525/tcp").first().waitFor();
});

const EVERY = [
  "/networks", "/networks/Office", "/networks/Office?view=hosts", "/networks/Office?view=changes", "/networks/Office?view=compliance", "/expectations", "/expectations?q=nobody", `/sites/local/hosts/${MAIL}`, "/reports", "/alerts", "/scans",
  "/scans/new", "/runs", "/agents", "/search", "/search?q=port:2222", "/settings/profile", "/settings/people", "/settings/tokens", "/settings/channels",
  "/settings/watched-ports", "/settings/schedules", "/settings/retention", "/settings/audit", "/settings/health", "/nowhere",
];

test("every page is for everybody, in the light, in the dark and on a phone", { timeout: 400_000 }, async () => {
  for (const path of EVERY) {
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await until(`${path} to be read`, async () => (await page.getByRole("status").filter({ hasText: "Loading" }).count()) === 0);
    expect(await page.locator(".box[role=alert]").allInnerTexts(), path).toEqual([]);
    await isAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await isAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 860 });
});

test("the keyboard is enough", async () => {
  await page.goto("/networks");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("port:2222");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: GATEWAY }).waitFor();
  await page.keyboard.press("Tab");
});

test("an agent is enrolled by a token that is shown once, and the token is revoked", async () => {
  await page.goto("/agents");
  await page.getByRole("button", { name: "Enrol an agent" }).first().click();
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByText("portdelta agent run --enrol pde_").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Revoke", exact: true }).first().click();
  await page.getByText("The token is void").waitFor();
});

test("people are invited, and see what their role lets them see", async () => {
  await page.goto("/settings/people");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByLabel("Name").fill("grace");
  await page.getByRole("button", { name: "Make the invitation" }).click();
  const link = await page.locator("dialog code.secret").innerText();
  const other = await browser.newContext({ baseURL: portdelta.url, ignoreHTTPSErrors: true });
  other.setDefaultTimeout(PATIENCE_MS);
  const guest = await other.newPage();
  await guest.goto(link);
  await guest.getByRole("heading", { name: "Welcome" }).waitFor();
  await isAccessible(guest);
  await guest.getByLabel("New password").fill("seven small boats at sea");
  await guest.getByRole("button", { name: "Begin" }).click();
  await guest.getByRole("heading", { name: "Overview" }).waitFor();
  expect(await guest.getByRole("link", { name: "New scan" }).count()).toBe(0);
  await guest.goto("/scans/new");
  await guest.getByText("This needs the role operator").waitFor();
  await other.close();
});
