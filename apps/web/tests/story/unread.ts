// What could not be read, or not again.

import { expect, test } from "vitest";
import { until } from "../portdelta";
import { page } from "../stage";
import { ask } from "./api";

const LOCKED = { status: 503, contentType: "application/problem+json", body: JSON.stringify({ status: 503, code: "busy", detail: "The shelf is locked." }) };

/** What nmap saw at a time; the same result twice would be no news. */
const scan = (start: number) => `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sn 192.0.2.250" start="${start}" version="7.95" xmloutputversion="1.05"><host starttime="${start}" endtime="${start + 1}"><status state="up" reason="echo-reply" reason_ttl="64"/><address addr="192.0.2.250" addrtype="ipv4"/></host><runstats><finished time="${start + 2}" elapsed="2" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>`;

const host = (address: string) => ({ site: "local", address, status: "up", ports: [], last_covered: "2026-01-01T00:00:00Z" });

let start = 1_700_000_000;

/** Something that pages hear of. */
function news() {
  start += 60;
  return ask("POST", "/sites/local/imports?name=news", scan(start), { "Content-Type": "application/octet-stream" });
}

export function unread() {
  test("what can't be read again is said to be old, also where nothing is shown", async () => {
    await page.goto("/runs?state=open");
    await page.getByText("Nothing runs just now").waitFor();
    await page.route("**/api/v1/runs?*", (route) => route.fulfill(LOCKED));
    // That is news, which the page would read.
    await news();
    const said = page.getByRole("status").filter({ hasText: "The shelf is locked." });
    await said.getByText(/What you see is as of .+, and may be old/).waitFor();
    expect(await said.count()).toBe(1);
    await page.getByRole("banner").getByText("May be old").waitFor();
    await said.getByRole("button", { name: "Try again" }).click();
    await said.waitFor();
    await page.unroute("**/api/v1/runs?*");
    await said.getByRole("button", { name: "Try again" }).click();
    await said.waitFor({ state: "detached" });
    await page.getByText("Nothing runs just now").waitFor();
  });

  test("a further page that can't be read is not asked for over and over, but by who wants it", async () => {
    await ask("POST", "/networks", JSON.stringify({ name: "Lab", prefixes: "192.0.2.248/29" }), { "Content-Type": "application/json" });
    const asked: (string | null)[] = [];
    let isLocked = true;
    await page.route("**/api/v1/sites/local/hosts?*", async (route) => {
      const cursor = new URL(route.request().url()).searchParams.get("cursor");
      asked.push(cursor);
      if (cursor && isLocked) await route.fulfill(LOCKED);
      else await route.fulfill({ json: cursor ? { items: [host("192.0.2.251")] } : { items: [host("192.0.2.250")], next: "further" } });
    });
    // The first page is shorter than the window, so that the next is wanted at once.
    await page.goto("/networks/Lab?view=hosts&site=local");
    const told = page.getByRole("alert").filter({ hasText: "The shelf is locked." });
    await told.waitFor();
    await page.getByRole("link", { name: "192.0.2.250" }).waitFor();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    // News have the list read again, and then what follows it, too; nothing else has.
    const further = asked.filter(Boolean).length;
    expect(further).toBeLessThanOrEqual(asked.length - further);
    isLocked = false;
    await told.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("link", { name: "192.0.2.251" }).waitFor();
    await until("what went wrong to be over", async () => (await told.count()) === 0);
    await page.unroute("**/api/v1/sites/local/hosts?*");
    await ask("DELETE", "/networks/Lab");
  });

  test("what is in sight stays there when news come above it", async () => {
    await ask("POST", "/networks", JSON.stringify({ name: "Lab", prefixes: "192.0.2.0/24" }), { "Content-Type": "application/json" });
    let first = 50;
    await page.route("**/api/v1/sites/local/hosts?*", (route) => route.fulfill({ json: { items: Array.from({ length: 200 - first }, (_, index) => host(`192.0.2.${first + index}`)) } }));
    await page.goto("/networks/Lab?view=hosts&site=local");
    const one = page.getByRole("link", { name: "192.0.2.120", exact: true });
    await page.getByText("150 hosts").waitFor();
    await page.evaluate(() => window.scrollTo(0, 3000));
    await one.waitFor();
    const before = await one.boundingBox();
    first = 45;
    await news();
    await page.getByText("155 hosts").waitFor();
    expect((await one.boundingBox())?.y).toBe(before?.y);
    await page.unroute("**/api/v1/sites/local/hosts?*");
    await ask("DELETE", "/networks/Lab");
  });
}
