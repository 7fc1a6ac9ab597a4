// What holds on every page.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { forAll, forgotten, OUTSIDE, SETTINGS } from "../every-page";
import { AFTER, ARGUMENTS, BEFORE, HOSTILE_HOST, hostileResults } from "../hostile";
import { PATIENCE_MS, until } from "../portdelta";
import { browser, GATEWAY, installation, MAIL, page } from "../stage";
import { complaints, fits, isAccessible } from "../watch";
import { ask, list } from "./api";

const LISTS = [
  "/", "/networks", ...["/networks/unassigned", "/networks/Office"].flatMap((network) => [network, ...["hosts", "changes", "coverage", "compliance"].map((view) => `${network}?view=${view}`)]),
  "/expectations", "/expectations?q=nobody", `/sites/local/hosts/${MAIL}`, "/reports", "/alerts", "/scans", "/scans/new", "/runs", "/agents", "/search", "/search?q=port:2222",
  "/api-reference?q=imports#import", ...SETTINGS.map((section) => `/settings/${section}`), "/nowhere",
];

/** A scan with a schedule, which fires long after this story. */
const YEARLY = { name: "Yearly look", targets: MAIL, ports: "2525", options: "-sT", sites: ["local"], schedule: { expression: "cron(0 3 1 1 ? *)", time_zone: "UTC" } };

/** Its id; it is made where there is none yet. */
async function yearly(): Promise<string> {
  const [known] = await list(`/scans?name=${encodeURIComponent(YEARLY.name)}`);
  if (known?.["id"]) return known["id"];
  const made = await ask("POST", "/scans", JSON.stringify(YEARLY), { "Content-Type": "application/json" });
  return (JSON.parse(made.text) as { id: string }).id;
}

async function first(path: string): Promise<Record<string, string>> {
  const [item] = await list(path);
  if (!item) throw new Error(`there is none of ${path}`);
  return item;
}

/** Every page; of single things, of which the story has made at least one each, too. */
async function places(): Promise<string[]> {
  const scan = (await first("/scans?limit=1"))["id"];
  const run = (await first(`/reports?scan=${scan}&limit=1`))["run"];
  const scheduled = await yearly();
  const [alert, agent] = [(await first("/alerts?limit=1"))["id"], (await first("/agents?limit=1"))["id"]];
  const all = [...LISTS, `/reports/${run}`, `/reports/${run}?view=looks`, `/runs/${run}`, `/scans/${scan}`, `/scans/${scheduled}`, `/scans/${scan}/edit`, `/scans/${scan}/timeline`, `/alerts/${alert}`, `/agents/${agent}`];
  expect(forgotten(all)).toEqual([]);
  return all;
}

async function read(at: Page, path: string) {
  await at.goto(path);
  await at.getByRole("heading", { level: 1 }).waitFor();
  await until(`${path} to be read`, async () => (await at.getByRole("status").filter({ hasText: "Loading" }).count()) === 0);
  expect(await at.locator(".box[role=alert]").allInnerTexts(), path).toEqual([]);
}

/** Every page can be read by who is signed in there. */
export async function readAll(at: Page) {
  for (const path of await places()) await read(at, path);
}

/** Every page that is for all roles can be read by who is signed in there, and asks for nothing that is not theirs. */
export async function readWhatIsForAll(at: Page) {
  const refused: string[] = [];
  at.on("response", (answer) => {
    if (answer.status() === 403) refused.push(`${at.url()}: ${answer.request().method()} ${answer.url()}`);
  });
  const theirs = forAll(await places());
  expect(theirs).toContain("/settings/schedules");
  expect(theirs).not.toContain("/scans/new");
  for (const path of theirs) await read(at, path);
  await at.goto(`/scans/${await yearly()}`);
  await at.locator(".next li").nth(4).waitFor();
  expect(refused).toEqual([]);
}

/** For everybody, in the light, in the dark and on a phone. */
async function isForEverybody(at: Page, path: string) {
  await at.emulateMedia({ colorScheme: "light" });
  await at.setViewportSize({ width: 1280, height: 860 });
  await read(at, path);
  await isAccessible(at);
  await at.emulateMedia({ colorScheme: "dark" });
  await isAccessible(at);
  await at.setViewportSize({ width: 390, height: 844 });
  await fits(at);
  await at.emulateMedia({ colorScheme: "light" });
  await at.setViewportSize({ width: 1280, height: 860 });
}

/** Nothing that a host said has become a part of the page, nor a character that no page should have. */
async function isOnlyText(path: string) {
  await read(page, path);
  // What is behind a change is on the page too.
  await page.locator(".deltas > li > button[aria-expanded=false]").evaluateAll((lines) => lines.forEach((line) => (line as HTMLElement).click()));
  expect(await page.locator('img[src="x"]').count(), path).toBe(0);
  expect(await page.locator("script:not([src])").count(), path).toBe(0);
  expect(await page.locator("body").innerText(), path).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e]/);
}

/** Imports both results; gives the run of the second. */
async function importHostile(): Promise<string> {
  let run = "";
  for (const [index, data] of hostileResults().entries()) {
    const name = encodeURIComponent(`<img src=x onerror=alert(7)> ${index + 1}`);
    const answer = await ask("POST", `/sites/local/imports?name=${name}`, data.toString("utf8"), { "Content-Type": "application/octet-stream" });
    ({ run } = JSON.parse(answer.text) as { run: string });
  }
  await until("the report of the import", async () => (await list("/reports?limit=20")).some((report) => report["run"] === run));
  return run;
}

export function everywhere() {
  test("what hosts say stays text, on every page, and can be read where it belongs", { timeout: 600_000 }, async () => {
    const run = await importHostile();
    const alerts = await until("alerts of the hostile host", async () => {
      const found = await list(`/alerts?site=local&address=${HOSTILE_HOST}`);
      return found.length > 0 && found;
    });
    const host = `/sites/local/hosts/${HOSTILE_HOST}`;
    const search = `/search?q=${encodeURIComponent(`address:${HOSTILE_HOST}`)}`;
    const hostile = [...(await places()), "/search?q=port:2525", search, host, `/reports/${run}`, `/reports/${run}?view=looks`, `/runs/${run}`, ...alerts.map((alert) => `/alerts/${alert["id"]}`)];
    for (const path of hostile) await isOnlyText(path);

    const says = async (path: string, texts: string[]) => {
      await read(page, path);
      for (const text of texts) await page.getByRole("main").getByText(text).first().waitFor();
    };
    await says(host, [AFTER.name, AFTER.product, AFTER.extra, BEFORE.product, AFTER.script]);
    for (const path of [`/reports/${run}`, "/networks/Office?view=changes"]) await says(path, [BEFORE.name, AFTER.name, BEFORE.product, AFTER.extra, BEFORE.script, AFTER.script]);
    await says(search, [AFTER.name, AFTER.product]);
    // Its network is shown as that site sees it.
    await page.getByRole("row").filter({ hasText: HOSTILE_HOST }).getByRole("link", { name: "Office" }).click();
    await page.getByRole("heading", { name: "Office", level: 1 }).waitFor();
    expect(new URL(page.url()).search).toBe("?site=local");
    await page.goto("/networks/Office?view=hosts");
    await page.getByRole("link", { name: HOSTILE_HOST, exact: true }).waitFor();
    // What the scanner was started with is anything too, and who brought it.
    await isOnlyText(`${host}?port=8082%2Ftcp#history`);
    await page.getByRole("list", { name: "Evidence" }).getByText(ARGUMENTS).first().waitFor();
    await page.getByText(/<img src=x onerror=alert\(7\)> 2, imported by token /).first().waitFor();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await says("/reports", ["<img src=x onerror=alert(7)> 2"]);
    await page.goto(`/sites/local/hosts/${MAIL}`);
    await page.getByText("2525/tcp").first().waitFor();
  });

  test("the run of an import leads to its report, and neither to a scan", async () => {
    const report = (await list("/reports?limit=100")).find((one) => one["run"]?.startsWith("import-"));
    const links = page.getByRole("main").getByRole("link");
    await page.goto(`/runs/${report?.["run"]}`);
    await page.getByRole("link", { name: "Report", exact: true }).click();
    await page.getByText("Export").waitFor();
    const targets = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
    expect(targets.filter((target) => target.startsWith("/scans"))).toEqual([]);
  });

  test("every page is for everybody, in the light, in the dark and on a phone", { timeout: 600_000 }, async () => {
    for (const path of await places()) await isForEverybody(page, path);
  });

  test("so are the pages for who has not signed in, and one of them describes the API", { timeout: 400_000 }, async () => {
    const before = await ask("GET", "/settings/people");
    const settings = JSON.parse(before.text) as { self_registration?: boolean };
    const keep = async (self_registration: boolean, seen: string) => {
      const body = JSON.stringify({ ...settings, self_registration });
      return (await ask("PUT", "/settings/people", body, { "Content-Type": "application/json", "If-Match": seen })).etag;
    };
    const etag = await keep(true, before.etag);
    const outside = await browser.newContext({ baseURL: installation.url, ignoreHTTPSErrors: true, reducedMotion: "reduce" });
    outside.setDefaultTimeout(PATIENCE_MS);
    const guest = await outside.newPage();
    const said = complaints(guest);
    for (const path of OUTSIDE) await isForEverybody(guest, path);
    await guest.goto("/register");
    await guest.getByRole("heading", { name: "Create an account" }).waitFor();

    await guest.goto("/api-reference");
    await guest.getByText("Authorization: Bearer $PORTDELTA_TOKEN").waitFor();
    await guest.getByLabel("Find operations").fill("post imports");
    await guest.getByText("1 operation", { exact: true }).waitFor();
    await guest.getByRole("button", { name: "/sites/{site}/imports" }).click();
    await guest.getByText("What to call it, at most 200 characters").waitFor();
    await guest.getByText("Imported", { exact: true }).last().click();
    await guest.getByText("The run that it made.").waitFor();
    await isAccessible(guest);
    await guest.getByLabel("Find operations").fill("no such thing");
    await guest.getByText("No operation fits").waitFor();
    await outside.close();
    expect(said).toEqual([]);
    await keep(settings.self_registration ?? false, etag);
  });

  test("a part of a page that can't be read says so, and why", async () => {
    const scan = (await first("/scans?limit=1"))["id"];
    const run = (await first(`/reports?scan=${scan}&limit=1`))["run"];
    const alert = (await first(`/alerts?site=local&address=${HOSTILE_HOST}`))["id"];
    const parts: [string, string][] = [
      [`/scans/${await yearly()}`, "**/api/v1/schedules/preview"],
      [`/scans/${scan}`, "**/api/v1/runs?*"], [`/runs/${run}`, "**/api/v1/runs/*/tasks?*"], [`/alerts/${alert}`, "**/api/v1/sites/*/hosts/*/history?*"], ["/agents", "**/api/v1/enrolments*"], ["/agents", "**/api/v1/sites*"],
      [`/sites/local/hosts/${MAIL}`, "**/api/v1/expectations?*"], [`/sites/local/hosts/${MAIL}`, "**/api/v1/alerts?*address=*"], ["/scans/new", "**/api/v1/networks*"],
    ];
    const body = JSON.stringify({ status: 503, code: "busy", detail: "The shelf is locked.", hint: "Ask who has the key." });
    for (const [path, part] of parts) {
      await page.route(part, (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body }));
      await page.goto(path);
      await page.getByRole("alert").getByText("The shelf is locked.").first().waitFor();
      await page.getByRole("alert").getByText("Ask who has the key.").first().waitFor();
      await until(`nothing of ${path} to wait for ever`, async () => (await page.getByRole("status").filter({ hasText: "Loading" }).count()) === 0);
      await page.unroute(part);
      await page.getByRole("alert").getByRole("button", { name: "Try again" }).first().click();
      await page.getByText("The shelf is locked.").waitFor({ state: "detached" });
    }
    // The same of a part of the dashboard itself, which is fetched when it is opened.
    await page.goto("/settings/profile");
    await page.getByRole("heading", { name: "Profile", level: 1 }).waitFor();
    await page.route("**/assets/**", (route) => route.abort());
    await page.getByRole("link", { name: "Audit", exact: true }).click();
    await page.getByRole("alert").getByText("This part of the dashboard could not be loaded.").waitFor();
    await page.unroute("**/assets/**");
    await page.getByRole("button", { name: "Load the page again" }).click();
    await page.getByRole("heading", { name: "Audit trail" }).waitFor();
    // Nor does the answer to what was asked before stand there instead.
    await page.goto("/");
    await page.locator(".deltas > li").first().waitFor();
    await page.route("**/api/v1/sites/*/deltas?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body }));
    await page.getByRole("button", { name: "7 days" }).click();
    await page.getByRole("region", { name: "What changed in a week" }).getByText("The shelf is locked.").waitFor();
    expect(await page.locator(".deltas > li").count()).toBe(0);
    await page.unroute("**/api/v1/sites/*/deltas?*");
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await page.locator(".deltas > li").first().waitFor();
  });

  test("what can't be done about some of several alerts is said, with why", async () => {
    const alerts = await list(`/alerts?site=local&address=${HOSTILE_HOST}`);
    const over = alerts[0];
    const other = alerts.find((alert) => alert["port"] !== over?.["port"]);
    await page.goto(`/alerts?address=${HOSTILE_HOST}`);
    for (const alert of [over, other]) await page.getByRole("checkbox", { name: `Choose: ${alert?.["title"]}`, exact: true }).check();
    await page.getByRole("toolbar").getByRole("button", { name: "Acknowledge" }).click();
    // Meanwhile somebody accepts one of them.
    await ask("POST", "/deltas/accept", JSON.stringify({ deltas: [], alerts: [over?.["id"]], reason: "It is meant to be", owner: "grace" }), { "Content-Type": "application/json" });
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Acknowledge", exact: true }).click();
    await dialog.getByRole("alert").filter({ hasText: `${over?.["title"]}: it is resolved already` }).waitFor();
    await page.getByText("1 alert acknowledged").waitFor();
    await isAccessible(page);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("toolbar").waitFor({ state: "detached" });
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
}
