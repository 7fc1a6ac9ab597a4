// What each page costs on a server with much behind it: bytes, and time of the server. `cargo xtask budgets` judges.

import { writeFile } from "node:fs/promises";
import type { Browser, BrowserContext, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "../browser-start";
import { PATIENCE_MS, Portdelta, until } from "../portdelta";
import { signIn } from "../sign-in";

const data = process.env["PORTDELTA_SEEDED"] ?? "";
const into = process.env["PORTDELTA_FIGURES"] ?? "";
const NAME = "ada";
const PASSWORD = "four gates, one lock, no key";

/** How often a page is loaded for its time, beside the first, which warms what every server has warm. */
const TIMES = 5;

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

let portdelta: Portdelta;
let browser: Browser;
let signedIn: State;

async function newContext(storageState?: State): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: portdelta.url, ignoreHTTPSErrors: true, ...(storageState ? { storageState } : {}) });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

beforeAll(async () => {
  portdelta = await Portdelta.start(data);
  browser = await startBrowser();
  const context = await newContext();
  const added = await context.request.post("/api/v1/users", { data: { name: NAME, password: PASSWORD, role: "admin" }, headers: { Authorization: `Bearer ${portdelta.token}` } });
  // There from an earlier measurement, or new.
  expect([201, 409], await added.text()).toContain(added.status());
  const page = await context.newPage();
  await page.goto("/sign-in");
  await signIn(page, NAME, PASSWORD);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  signedIn = await context.storageState();
  await context.close();
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await portdelta?.stop();
});

interface Load {
  /** What came over the line, with scripts and styles where they were not known yet. */
  bytes: number;
  /** From question to the end of the answer, of the slowest call of the API, which is named. */
  slowest_ms: number;
  slowest: string;
}

/** Loads a page and looks at what it asked for. Streams of news do not end, and are left out. */
async function load(context: BrowserContext, path: string): Promise<Load> {
  const page = await context.newPage();
  const done: Request[] = [];
  const going = new Set<Request>();
  const counts = (request: Request) => !new URL(request.url()).pathname.endsWith("/events");
  page.on("request", (request) => counts(request) && going.add(request));
  page.on("requestfailed", (request) => going.delete(request));
  page.on("requestfinished", (request) => going.delete(request) && done.push(request));
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await until(`${path} to be read`, async () => {
    if (going.size > 0 || (await page.getByRole("status").filter({ hasText: "Loading" }).count()) > 0) return false;
    // What came may lead to more questions.
    await page.waitForTimeout(200);
    return going.size === 0;
  });
  const sum: Load = { bytes: 0, slowest_ms: 0, slowest: "" };
  for (const request of done) {
    const [{ pathname, search }, sizes, timing] = [new URL(request.url()), await request.sizes(), request.timing()];
    const status = (await request.response())?.status() ?? 0;
    // A page that shows an error is cheap.
    if (status >= 400) throw new Error(`${path}: ${pathname}${search} answered ${status}`);
    sum.bytes += sizes.responseBodySize + sizes.responseHeadersSize;
    const took = timing.responseEnd - timing.requestStart;
    if (pathname.startsWith("/api/") && took > sum.slowest_ms) [sum.slowest_ms, sum.slowest] = [took, pathname];
  }
  if (sum.slowest === "") throw new Error(`${path} asked for nothing`);
  await page.close();
  return sum;
}

/** The page as a new visitor has it, and how long one waits who has been there; by the median. */
async function cost(path: string): Promise<Load> {
  const context = await newContext(signedIn);
  const { bytes } = await load(context, path);
  const loads: Load[] = [];
  for (let time = 0; time < TIMES; time += 1) loads.push(await load(context, path));
  await context.close();
  loads.sort((one, other) => one.slowest_ms - other.slowest_ms);
  const { slowest_ms, slowest } = loads[Math.floor(TIMES / 2)] as Load;
  return { bytes, slowest_ms, slowest };
}

/** What a list of the API begins with; nothing is no installation to measure. */
async function list(path: string): Promise<Record<string, string>[]> {
  const context = await newContext();
  const answer = await context.request.get(`/api/v1${path}`, { headers: { Authorization: `Bearer ${portdelta.token}` } });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { items } = (await answer.json()) as { items: Record<string, string>[] };
  await context.close();
  if (items.length === 0) throw new Error(`the seeded folder has none of ${path}`);
  return items;
}

/** Calls the API as an administrator does. */
async function call(method: "DELETE" | "POST", path: string, data?: unknown): Promise<void> {
  const context = await newContext();
  const answer = await context.request.fetch(`/api/v1${path}`, { method, headers: { Authorization: `Bearer ${portdelta.token}` }, ...(data ? { data } : {}) });
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
  await context.close();
}

/** While all addresses belong to one network of a /16 and not to sixteen smaller ones. */
async function asOneNetwork(name: string, measure: () => Promise<void>): Promise<void> {
  const networks = await list("/networks?limit=100");
  for (const network of networks) await call("DELETE", `/networks/${encodeURIComponent(network["name"] ?? "")}`);
  await call("POST", "/networks", { name, prefixes: networks.map((network) => network["prefixes"]).join(", ") });
  try {
    await measure();
  } finally {
    await call("DELETE", `/networks/${name}`);
    for (const network of networks) await call("POST", "/networks", network);
  }
}

test("every page is measured", { timeout: 1_800_000 }, async () => {
  const scans = await list("/scans?limit=20");
  const [everything, servers] = ["Whole campus", "Data centre, servers"].map((name) => scans.find((scan) => scan["name"] === name)?.["id"]);
  // The largest of all: runs of the whole campus, of which the oldest saw everything for the first time.
  const large = await list(`/reports?scan=${everything}&limit=100`);
  const [run, oldest] = [large[0]?.["run"], large.at(-1)?.["run"]];
  const [alert, agent] = [(await list("/alerts?limit=1"))[0]?.["id"], (await list("/agents?site=campus&limit=1"))[0]?.["id"]];
  const pages = [
    "/", "/networks", "/networks/Data%20centre", ...["hosts", "changes", "coverage", "compliance"].map((view) => `/networks/Data%20centre?view=${view}`),
    "/sites/campus/hosts/10.20.16.1", "/search?q=port:3389", "/search?q=product:nginx", "/reports", `/reports/${run}`, `/reports/${oldest}?view=looks`,
    `/scans/${everything}/timeline`, `/scans/${servers}/timeline`, "/alerts", `/alerts/${alert}`, "/expectations", "/scans", "/scans/new", `/scans/${servers}`,
    "/runs", `/runs/${run}`, "/agents", `/agents/${agent}`, "/api-reference", ...["people", "audit", "schedules", "retention", "logs", "health"].map((section) => `/settings/${section}`),
  ];
  const large_network = ["map", "hosts", "changes", "coverage"].map((view) => `/networks/Campus?view=${view}`);
  const figures: (Load & { page: string })[] = [];
  const measure = async (some: string[]) => {
    for (const page of some) {
      const load = await cost(page);
      figures.push({ page, ...load });
      process.stderr.write(`budgets: ${figures.length} of ${pages.length + large_network.length} pages: ${page}, ${Math.round(load.slowest_ms)} ms\n`);
    }
  };
  await measure(pages);
  await asOneNetwork("Campus", () => measure(large_network));
  await writeFile(into, JSON.stringify(figures));
});
