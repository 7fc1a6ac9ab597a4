// The first day with Portdelta: set-up, an agent, a scan, a change, what to do about it.

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { Agent } from "../agent";
import { PATIENCE_MS, silence, speak } from "../portdelta";
import { signIn } from "../sign-in";
import { browser, GATEWAY, installation, keep, MAIL, NAME, NET, page, PASSWORD, SCOUT, servers } from "../stage";
import { isAccessible } from "../watch";
import { list } from "./api";

export function firstDay() {
  test("the first start leads to the set-up, and its token makes the administrator", async () => {
    await page.goto("/");
    await page.getByRole("heading", { name: "Set up Portdelta" }).waitFor();
    await isAccessible(page);
    await page.getByLabel("Token of the first start").fill("pd_wrong");
    await page.getByLabel("Your name").fill(NAME);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await page.getByRole("alert").first().waitFor();
    await page.getByLabel("Token of the first start").fill(installation.token);
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
    expect(await page.evaluate(async () => (await fetch("/api/v1/session")).status)).toBe(401);
    await page.goto("/scans?show=1");
    await signIn(page, NAME, "not the password at all");
    await page.getByRole("alert").waitFor();
    await signIn(page, NAME, PASSWORD);
    await page.getByRole("heading", { name: "Scans", exact: true }).waitFor();
    // No script of any page can read what proves who sits here.
    expect(await page.evaluate(() => document.cookie)).toBe("");
  });

  test("an agent is let in: by a token that works once, and by its key", async () => {
    await page.goto("/agents");
    if (!installation.hasAgent) {
      await page.getByText("No agents at work").waitFor();
      await page.getByText("No sites yet").waitFor();
    }
    await page.getByRole("button", { name: "Enrol an agent" }).first().click();
    if (!installation.hasAgent) {
      await page.getByText("An agent works for a site, and there is none yet.").waitFor();
      await isAccessible(page);
      await page.getByLabel("Id", { exact: true }).fill("local");
      await page.getByRole("button", { name: "Add site" }).click();
      await page.getByText("local was added").waitFor();
    }
    await page.getByRole("button", { name: "Make a token" }).click();
    const command = await page.locator("dialog code.secret").innerText();
    await page.getByRole("dialog", { name: "The token" }).getByRole("button", { name: "Close" }).click();
    const scout = keep(await Agent.start(command, SCOUT));
    const pending = page.getByRole("region", { name: "1 agent waits for you" });
    await pending.getByText(SCOUT).waitFor();
    const key = await pending.getByRole("code").innerText();
    expect(scout.log()).toContain(key);
    await isAccessible(page);
    await pending.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await page.getByRole("row").filter({ hasText: SCOUT }).getByText("Online").waitFor();
  });

  test("a network is named", async () => {
    await page.getByRole("link", { name: "Networks" }).click();
    await page.getByRole("button", { name: "New network" }).click();
    await page.getByLabel("Name", { exact: true }).last().fill("Office");
    await page.getByLabel("Addresses").fill(`${NET}.300`);
    await page.getByRole("button", { name: "Add network" }).click();
    await page.locator("dialog .wrong").waitFor();
    await page.getByLabel("Addresses").fill(`${NET}.0/28`);
    await page.getByRole("button", { name: "Add network" }).click();
    await page.getByRole("heading", { name: "Office", exact: true }).waitFor();
  });

  test("a scan is defined, and its mistakes are told while it is typed", async () => {
    await page.goto("/scans/new");
    const wrong = page.locator(".field .wrong");
    const targets = page.getByLabel("Targets", { exact: true });
    await targets.fill(GATEWAY);
    await page.getByRole("button", { name: "Add the scan" }).click();
    // What was refused stands at its field until something is changed, and then what is wrong now.
    await wrong.first().waitFor();
    expect(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid")).toBe("true");
    await targets.fill(`${GATEWAY}, mail.example`);
    await wrong.filter({ hasText: "mail.example" }).waitFor();
    expect(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid")).toBe("false");
    await page.getByLabel("Name", { exact: true }).fill("Office servers");
    await targets.fill(`${NET}.1-2`);
    await page.getByLabel("Ports", { exact: true }).fill("2222,2525,3389");
    const options = page.getByLabel("Options", { exact: true });
    const timing = page.getByLabel("Timing");
    await options.fill("-sT -sV -T4 --nonesuch -n --version-light -oN /tmp/x");
    // What is refused is named, and all else stands in the fields.
    await page.getByText("option `--nonesuch` at column 13").first().waitFor();
    await page.getByText("option `-oN /tmp/x` at column 43").first().waitFor();
    await expect.poll(() => timing.inputValue()).toBe("4");
    expect(await page.getByLabel("How many probes find out what answers").inputValue()).toBe("2");
    await isAccessible(page);
    // What is chosen stands in the text, before what nobody could read.
    await timing.selectOption("3");
    await expect.poll(() => options.inputValue()).toBe("-n -sT -sV --version-intensity 2 -T3 --nonesuch -oN /tmp/x");
    await options.fill("-sT -sV -T4 -n --version-light");
    await expect.poll(() => timing.inputValue()).toBe("4");
    await page.getByLabel("At most so many packets a second").fill("fast");
    await page.keyboard.press("Tab");
    await page.getByText("option `--max-rate fast`").first().waitFor();
    await page.getByText("its value is not a number from 1 to 1000000 (packets a second)").first().waitFor();
    await page.getByLabel("At most so many packets a second").fill("");
    await page.getByLabel("Repeat probes of a port at most").fill("2");
    await page.getByLabel("Give up on a host after").fill("5m");
    await page.getByLabel("How hosts are found").selectOption("probes");
    await page.getByRole("checkbox", { name: "TCP SYN" }).check();
    await page.getByLabel("Ports of TCP SYN").fill("2222, 2525");
    await page.keyboard.press("Tab");
    await expect.poll(() => options.inputValue()).toBe("-n -PS2222,2525 -sT -sV --version-intensity 2 -T4 --max-retries 2 --host-timeout 5m");
    await page.getByText("2 addresses × 3 ports").waitFor();
    await page.getByRole("button", { name: "Every…" }).click();
    await page.getByText(/every 6 hours/i).waitFor();
    await isAccessible(page);
    await page.getByRole("button", { name: "By hand" }).click();
    // Who is quicker than the server saves what they chose all the same.
    await timing.selectOption("5");
    await page.getByRole("button", { name: "Add the scan" }).click();
    await page.getByRole("heading", { name: "Office servers" }).waitFor();
    const [scan] = await list("/scans?name=office");
    expect(scan?.["options"]).toBe("-n -PS2222,2525 -sT -sV --version-intensity 2 -T5 --max-retries 2 --host-timeout 5m");
    await page.goto(`/scans/${scan?.["id"]}/edit`);
    await expect.poll(() => timing.inputValue()).toBe("5");
    expect(await page.getByLabel("Ports of TCP SYN").inputValue()).toBe("2222,2525");

    // Without a site nothing is waited for, and what is typed is checked all the same.
    const site = page.getByRole("group", { name: "Sites" }).getByRole("checkbox").first();
    const sum = page.getByRole("complementary");
    await site.uncheck();
    await sum.locator(".wrong").waitFor();
    await targets.fill("nowhere.example");
    await wrong.filter({ hasText: "nowhere.example" }).waitFor();
    await targets.fill(`${NET}.1-2`);
    await site.check();
    await sum.getByText("2 addresses × 3 ports").waitFor();

    // Who saves what somebody else changed meanwhile overwrites nothing, and sees what it is now.
    const ports = page.getByLabel("Ports", { exact: true });
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByLabel("Ports", { exact: true }).fill("2222");
    await other.getByRole("button", { name: "Save" }).click();
    await other.getByText("Office servers was changed").waitFor();
    await other.close();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "changed by somebody else meanwhile" }).getByRole("button", { name: "See what it is now" }).click();
    await expect.poll(() => ports.inputValue()).toBe("2222");
    await ports.fill("2222,2525,3389");
    await timing.selectOption("4");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Office servers was changed").waitFor();
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
    // Others did, and it says nothing of them.
    await page.getByLabel("Kind").selectOption("mac-changed");
    await page.getByText("Nothing of this kind changed").waitFor();
    await page.getByRole("button", { name: "Every kind" }).click();
    await page.getByRole("button", { name: /3389\/tcp/ }).waitFor();
  });

  test("within three clicks of signing in: what changed since yesterday, why, and what to do", async () => {
    const context = await browser.newContext({ baseURL: installation.url, ignoreHTTPSErrors: true, reducedMotion: "reduce" });
    context.setDefaultTimeout(PATIENCE_MS);
    const own = await context.newPage();
    // The browser counts, whatever is clicked and on whichever page.
    await own.addInitScript(() => addEventListener("click", (event) => { if (event.isTrusted) sessionStorage.setItem("clicks", String(Number(sessionStorage.getItem("clicks") ?? 0) + 1)); }, { capture: true }));
    const clicks = () => own.evaluate(() => Number(sessionStorage.getItem("clicks") ?? 0));
    await own.goto("/");
    await signIn(own, NAME, PASSWORD);
    const changed = own.getByRole("region", { name: "What changed since yesterday" });
    await changed.waitFor();
    const before = await clicks();
    await changed.getByRole("button", { name: /3389\/tcp/ }).click();
    await changed.getByText(/^Why\. not open, last covered .+; open \(.+\) at /).waitFor();
    await changed.getByText(/^What now\. Meant to be open\? Accept it: .+ Else close it on the host/).waitFor();
    const needed = (await clicks()) - before;
    expect(needed).toBeGreaterThan(0);
    expect(needed).toBeLessThanOrEqual(3);
    await isAccessible(own);
    await context.close();
  });

  test("a report goes out as a file", async () => {
    await page.goto("/reports");
    await page.getByRole("link", { name: "Office servers" }).first().click();
    await page.getByText("Export").click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
    const path = await file.path();
    expect(readFileSync(path, "utf8")).toMatch(/3389/);
    expect(file.suggestedFilename()).toMatch(/^portdelta-.+\.csv$/);
  });

  test("why there is no file is said, with what to do", async () => {
    const said = { type: "about:blank", title: "Payload Too Large", status: 413, code: "export.too_large", detail: "the file takes longer to write than it may take", hint: "Ask for less." };
    await page.route("**/export?format=json", (route) => route.fulfill({ status: 413, contentType: "application/problem+json", body: JSON.stringify(said) }));
    await page.getByRole("link", { name: "JSON", exact: true }).click();
    await page.getByText(said.detail).waitFor();
    await page.getByText(said.hint).waitFor();
    await page.unroute("**/export?format=json");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "JSON", exact: true }).click()]);
    expect(JSON.parse(readFileSync(await file.path(), "utf8"))).toHaveProperty("deltas");
  });

  test("all reports of a scan go out as one file", async () => {
    await page.getByRole("link", { name: "Scans", exact: true }).first().click();
    await page.getByRole("link", { name: "Office servers" }).click();
    await page.getByRole("link", { name: "Timeline" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "All reports" }).click()]);
    const bytes = readFileSync(await file.path());
    expect([bytes.subarray(0, 4).toString("latin1"), bytes.includes("report.html")]).toEqual(["PK\u0003\u0004", true]);
  });

  test("a host is noted", async () => {
    await page.goto(`/sites/local/hosts/${MAIL}`);
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Owner").fill("Mail people");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Mail people").waitFor();
  });

  test("who edits a network that somebody else changed meanwhile is told, and overwrites nothing", async () => {
    const edit = async (of: Page) => {
      await of.goto("/networks/Office");
      await of.getByRole("button", { name: "More about Office" }).click();
      await of.getByRole("menuitem", { name: "Edit" }).click();
    };
    const other = await page.context().newPage();
    await edit(page);
    await edit(other);
    await other.getByLabel("Owner").fill("Mail people");
    await other.getByRole("button", { name: "Save" }).click();
    await other.getByText("Office was changed").waitFor();
    await other.close();
    await page.getByLabel("Owner").fill("Desk people");
    await page.getByRole("button", { name: "Save" }).click();
    const told = page.getByRole("alert").filter({ hasText: "changed by somebody else meanwhile" });
    await told.waitFor();
    await isAccessible(page);
    await told.getByRole("button", { name: "See what it is now" }).click();
    await page.getByText("Mail people", { exact: true }).waitFor();
    await page.getByRole("button", { name: "More about Office" }).click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
    await page.getByLabel("Owner").fill("Desk people");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Desk people", { exact: true }).waitFor();
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
    // Who thinks better of it has chosen all the same.
    const ignore = page.getByRole("toolbar").getByRole("button", { name: "Ignore" });
    const dialog = page.getByRole("dialog");
    await ignore.click();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("1 alert chosen").waitFor();
    await ignore.click();
    await page.keyboard.press("Escape");
    await page.getByText("1 alert chosen").waitFor();
    await ignore.click();
    await page.getByLabel("Reason").fill("Migration until Friday");
    await page.getByLabel("Until").selectOption("date");
    await dialog.getByRole("button", { name: "Ignore" }).click();
    await dialog.getByText("No day is chosen.").waitFor();
    await isAccessible(page);
    await page.getByLabel("Until").selectOption("30");
    await dialog.getByRole("button", { name: "Ignore" }).click();
    await page.getByText("1 alert ignored").waitFor();
  });

  test("lists are narrowed, and a link says how", async () => {
    const rows = page.locator("tbody tr");
    await page.goto("/runs");
    await rows.first().waitFor();
    const all = await rows.count();
    await page.getByLabel("State").selectOption("cancelled");
    await page.getByText("No run fits").waitFor();
    expect(new URL(page.url()).search).toBe("?state=cancelled");
    await isAccessible(page);
    await page.getByLabel("State").selectOption("complete");
    await expect.poll(() => rows.count()).toBe(all);
    await page.goto("/runs?state=open");
    await page.getByText("Nothing runs just now").waitFor();
    await page.goto(`/alerts?state=ignored&address=${MAIL}`);
    await page.getByRole("link", { name: /3389/ }).waitFor();
    await page.getByLabel("Find by address").fill("127.8");
    await page.getByText("Not a whole address yet").waitFor();
    await page.getByRole("link", { name: /3389/ }).waitFor();
    await page.getByLabel("Find by address").fill(GATEWAY);
    await page.getByText("No alert fits").waitFor();
    expect(new URL(page.url()).searchParams.get("address")).toBe(GATEWAY);
    // What is no port narrows nothing, and that is said.
    for (const view of ["hosts", "coverage"]) {
      await page.goto(`/networks/Office?view=${view}&port=ssh`);
      await page.getByText("Not a port yet: all are shown.").waitFor();
      await page.getByPlaceholder("Port: 443, 53/udp").fill("2222");
      await page.getByText("Not a port yet").waitFor({ state: "detached" });
    }
    await page.goto("/scans?name=OFFICE");
    await page.getByRole("link", { name: "Office servers" }).waitFor();
    await page.getByLabel("Find by name").fill("nobody's scan");
    await page.getByText("No scan has such a name").waitFor();
    await page.goto("/reports?since=2099-01-01");
    await page.getByText("No report fits").waitFor();
    await page.getByLabel("Since").fill("2020-01-01");
    await page.getByRole("link", { name: "Office servers" }).first().waitFor();
    await page.goto("/settings/people?name=nobody");
    await page.getByText("Nobody has such a name").waitFor();
    await page.getByRole("button", { name: "Clear the search" }).click();
    await page.getByRole("row").filter({ hasText: NAME }).waitFor();
    await page.goto("/settings/tokens?name=nobody");
    await page.getByText("No token has such a name").waitFor();
  });

  test("channels of AWS have their fields, and are edited like any other", async () => {
    // A server that is not on AWS takes none, and says so.
    await page.goto("/settings/channels");
    await page.getByRole("button", { name: "New channel" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Events");
    await page.getByLabel("By", { exact: true }).selectOption("bus");
    await page.getByLabel("Name or ARN of the bus").fill("default");
    await isAccessible(page);
    if (installation.hasAgent) {
      await page.getByLabel("By", { exact: true }).selectOption("topic");
      await page.getByLabel("ARN of the topic").fill("arn:aws:sns:eu-central-1:123456789012:team");
      await page.getByRole("button", { name: "Add channel" }).click();
      await page.getByRole("dialog").getByRole("alert").waitFor();
    }
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    // So what a server on AWS would say is said here: the form is the real one.
    const arn = "arn:aws:sns:eu-central-1:123456789012:team";
    const channel = { id: "c1", name: "Team", enabled: true, settings: { type: "topic", arn }, filter: { kinds: ["alert"] }, created: "2026-01-01T00:00:00Z" };
    const sent: unknown[] = [];
    await page.route("**/api/v1/channels**", async (route) => {
      const asked = route.request();
      if (asked.method() === "PUT") sent.push(asked.headers()["if-match"], asked.postDataJSON());
      const isOne = new URL(asked.url()).pathname.endsWith("/c1");
      await route.fulfill({ json: isOne ? channel : { items: [channel] }, headers: { ETag: '"3"' } });
    });
    await page.goto("/settings/channels");
    await page.getByRole("button", { name: "More about Team" }).click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
    expect(await page.getByLabel("By", { exact: true }).inputValue()).toBe("topic");
    expect(await page.getByLabel("ARN of the topic").inputValue()).toBe(arn);
    await page.getByLabel("Name", { exact: true }).fill("Operations");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Operations was changed").waitFor();
    expect(sent).toMatchObject(['"3"', { name: "Operations", enabled: true, settings: { type: "topic", arn }, filter: { kinds: ["alert"] } }]);
    await page.unroute("**/api/v1/channels**");
  });
}
