// Pictures of every page, light, dark and on a phone: to look at, and for the README.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Server } from "node:net";
import type { APIRequestContext, Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "../browser-start";
import { forgotten, OUTSIDE, SETTINGS } from "../every-page";
import { PLACES, result, WEEKS } from "../past";
import { PATIENCE_MS, Portdelta, silence, speak, until } from "../portdelta";
import { signIn } from "../sign-in";
import { fits, isAccessible } from "../watch";

const into = process.env["PORTDELTA_SCREENSHOTS"] ?? "../../target/screenshots";
const NAME = "ada";
const PASSWORD = "four gates, one lock, no key";
const LAB = "127.81.7.";
const DAY_MS = 86_400_000;

let portdelta: Portdelta;
let browser: Browser;
let servers: Server[] = [];
const ids: Record<string, string> = {};

async function post<T>(request: APIRequestContext, path: string, body: unknown): Promise<T> {
  const answer = await request.post(`/api/v1${path}`, { data: body, headers: { Authorization: `Bearer ${portdelta.token}` } });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

async function runScan(request: APIRequestContext, scan: string) {
  const started = await post<{ runs: { id: string }[] }>(request, `/scans/${scan}/runs`, { sites: [] });
  const run = started.runs[0]?.id ?? "";
  await until("the run to end", async () => {
    const answer = await request.get(`/api/v1/reports/${run}`, { headers: { Authorization: `Bearer ${portdelta.token}` } });
    return answer.ok();
  });
  return run;
}

beforeAll(async () => {
  await mkdir(into, { recursive: true });
  servers = [await speak(`${LAB}1`, 2222, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n"), await speak(`${LAB}2`, 2121, "220 ProFTPD 1.3.5 Server (Debian) [files]\r\n"), await speak(`${LAB}3`, 2525, "220 mail.example ESMTP Postfix (Debian)\r\n")];
  portdelta = await Portdelta.start();
  browser = await startBrowser();
  const context = await browser.newContext({ baseURL: portdelta.url, ignoreHTTPSErrors: true });
  const { request } = context;
  await post(request, "/users", { name: NAME, password: PASSWORD, role: "admin" });
  await post(request, "/users", { name: "grace", role: "operator" });
  await post(request, "/users", { name: "linus", role: "viewer" });
  // SSH is everywhere here, and nobody wonders.
  const watched = await request.get("/api/v1/watched-ports", { headers: { Authorization: `Bearer ${portdelta.token}` } });
  const rules = ((await watched.json()) as { port: number }[]).filter((rule) => ![22, 445, 5432].includes(rule.port));
  const kept = await request.put("/api/v1/watched-ports", { data: rules, headers: { Authorization: `Bearer ${portdelta.token}`, "If-Match": watched.headers()["etag"] ?? "" } });
  expect(kept.ok(), await kept.text()).toBe(true);
  for (const place of PLACES) {
    await post(request, "/networks", { name: place.name, prefixes: place.prefixes, owner: place.owner, labels: place.labels, notes: "" });
    for (let week = 0; week < WEEKS; week += 1) {
      const time = Date.now() - (WEEKS - 1 - week) * 3 * DAY_MS - 3_600_000;
      const body = result(place, week, time);
      const answer = await request.post(`/api/v1/sites/local/imports?name=${encodeURIComponent(`${place.name}, week ${week + 1}`)}`, { data: Buffer.from(body), headers: { Authorization: `Bearer ${portdelta.token}`, "Content-Type": "application/octet-stream" }, timeout: PATIENCE_MS });
      expect(answer.ok(), await answer.text()).toBe(true);
    }
  }
  const office = { site: "local", owner: "IT operations" };
  await post(request, "/expectations", { ...office, targets: "10.20.0.0/24", ports: "3389,8080", state: "closed", reason: "Desks are reached through the gateway" });
  await post(request, "/expectations", { ...office, targets: "10.20.0.2-10.20.0.9", ports: "22", state: "open", service: "ssh*", reason: "Machines that configuration management looks after" });
  await post(request, "/expectations", { ...office, targets: "10.60.0.0/23", ports: "21,23", state: "closed", reason: "Nothing without encryption", expires: new Date(Date.now() + 90 * DAY_MS).toISOString().replace(/\.\d+/, "") });
  await post(request, "/networks", { name: "Lab", prefixes: `${LAB}0/28`, owner: "ada", labels: ["test"], notes: "Scanned for real, on this machine." });
  const draft = { sites: ["local"], ports: "2121,2222,2525,3389", options: "-sT -sV -T4 -n", networks: ["Lab"] };
  const lab = await post<{ id: string }>(request, "/scans", { name: "Lab servers", description: "What stands in the lab", schedule: { expression: "rate(6 hours)" }, ...draft });
  await post(request, "/scans", { name: "Office, nightly", targets: "", networks: ["Office"], sites: ["local"], ports: "top:1000", options: "-T4 -sV --host-timeout 30m", schedule: { expression: "cron(0 3 ? * MON-FRI *)", time_zone: "Europe/Berlin" } });
  const weekly = await post<{ id: string }>(request, "/scans", { name: "Data centre, every port", targets: "", networks: ["Data centre"], sites: ["local"], ports: "all", options: "-T4 -sS -sV", schedule: { expression: "cron(0 1 ? * SUN *)", time_zone: "Europe/Berlin" } });
  await request.post(`/api/v1/scans/${weekly.id}/pause`, { headers: { Authorization: `Bearer ${portdelta.token}` } });
  await runScan(request, lab.id);
  servers.push(await speak(`${LAB}3`, 3389, ""));
  const [gateway] = servers.splice(0, 1);
  if (gateway) await silence(gateway);
  servers.push(await speak(`${LAB}1`, 2222, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n"));
  ids["run"] = await runScan(request, lab.id);
  ids["scan"] = lab.id;
  const alerts = await request.get("/api/v1/alerts?limit=50", { headers: { Authorization: `Bearer ${portdelta.token}` } });
  ids["alert"] = ((await alerts.json()) as { items: { id: string }[] }).items[0]?.id ?? "";
  const agents = await request.get("/api/v1/agents", { headers: { Authorization: `Bearer ${portdelta.token}` } });
  ids["agent"] = ((await agents.json()) as { items: { id: string }[] }).items[0]?.id ?? "";
  await context.close();
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await portdelta?.stop();
  await Promise.all(servers.map(silence));
});

function pages(): [string, string][] {
  const all: [string, string][] = [
    ["overview", "/"],
    ["networks", "/networks"],
    ["network", "/networks/Office"],
    ["network-large", "/networks/Data%20centre"],
    ["network-hosts", "/networks/Office?view=hosts"],
    ["network-changes", "/networks/Office?view=changes"],
    ["network-coverage", "/networks/Office?view=coverage"],
    ["network-compliance", "/networks/Office?view=compliance"],
    ["expectations", "/expectations"],
    ["host", `/sites/local/hosts/${LAB}3`],
    ["search", "/search"],
    ["search-hits", "/search?q=port:3389"],
    ["reports", "/reports"],
    ["report", `/reports/${ids["run"]}`],
    ["report-first-looks", `/reports/${ids["run"]}?view=looks`],
    ["timeline", `/scans/${ids["scan"]}/timeline`],
    ["alerts", "/alerts"],
    ["alert", `/alerts/${ids["alert"]}`],
    ["scans", "/scans"],
    ["scan", `/scans/${ids["scan"]}`],
    ["scan-new", "/scans/new?targets=10.20.0.0/24"],
    ["scan-edit", `/scans/${ids["scan"]}/edit`],
    ["runs", "/runs"],
    ["run", `/runs/${ids["run"]}`],
    ["agents", "/agents"],
    ["agent", `/agents/${ids["agent"]}`],
    ["api-reference", "/api-reference"],
    ...SETTINGS.map((name): [string, string] => [`settings-${name}`, `/settings/${name}`]),
  ];
  expect(forgotten(all.map(([, path]) => path))).toEqual([]);
  return all;
}

async function signedIn(options: Parameters<Browser["newContext"]>[0]): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: portdelta.url, ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto("/sign-in");
  await signIn(page, NAME, PASSWORD);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  return context;
}

const LOOKS: [string, Parameters<Browser["newContext"]>[0]][] = [
  ["light", { viewport: { width: 1280, height: 860 }, colorScheme: "light", reducedMotion: "reduce" }],
  ["dark", { viewport: { width: 1280, height: 860 }, colorScheme: "dark", reducedMotion: "reduce" }],
  ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true, hasTouch: true, reducedMotion: "reduce" }],
];

for (const [look, options] of LOOKS) {
  test(`pictures: ${look}`, { timeout: 400_000 }, async () => {
    const outside = await browser.newContext({ baseURL: portdelta.url, ignoreHTTPSErrors: true, ...options });
    const gate = await outside.newPage();
    for (const path of OUTSIDE.filter((path) => path !== "/api-reference")) {
      const name = path.slice(1);
      await gate.goto(path);
      await gate.getByRole("heading", { level: 1 }).waitFor();
      await gate.screenshot({ path: join(into, `${name}-${look}.png`) });
      await isAccessible(gate);
      await fits(gate);
    }
    await outside.close();
    const context = await signedIn(options);
    const page = context.pages()[0] ?? (await context.newPage());
    for (const [name, path] of pages()) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await until(`${path} to be read`, async () => (await page.getByRole("status").filter({ hasText: "Loading" }).count()) === 0);
      if (name === "report") await page.getByRole("button", { name: /3389/ }).click();
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(into, `${name}-${look}.png`), fullPage: name !== "network-hosts" });
      await isAccessible(page);
      await fits(page);
    }
    await context.close();
  });
}
