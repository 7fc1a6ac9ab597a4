// Who comes in, and who does not.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PATIENCE_MS } from "../portdelta";
import { browser, installation, MAIL, NAME, page, SCOUT, scout } from "../stage";
import { complaints, isAccessible } from "../watch";
import { ask, list } from "./api";
import { readAll, readWhatIsForAll } from "./everywhere";

/** A browser of somebody who has just been invited, and what its pages complain about. */
async function arrive(name: string, role: string, password: string) {
  const made = await ask("POST", "/users", JSON.stringify({ name, role }), { "Content-Type": "application/json" });
  const { invitation } = JSON.parse(made.text) as { invitation: string };
  const context = await browser.newContext({ baseURL: installation.url, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(PATIENCE_MS);
  const at = await context.newPage();
  const said = complaints(at);
  await at.goto(`/invitation#${invitation}`);
  await at.getByLabel("New password").fill(password);
  await at.getByRole("button", { name: "Begin" }).click();
  await at.getByRole("heading", { name: "Overview" }).waitFor();
  return { context, at, said };
}

export function people() {
  test("an agent is enrolled by a token that is shown once, and the token is revoked", async () => {
    await page.goto("/agents");
    await page.getByRole("button", { name: "Enrol an agent" }).first().click();
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByText("portdelta agent run --enrol pde_").waitFor();
    await page.getByRole("dialog", { name: "The token" }).getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Revoke", exact: true }).first().click();
    await page.getByText("The token is void").waitFor();
  });

  test("a port is watched in one network only", async () => {
    await page.goto("/settings/watched-ports");
    await page.getByRole("button", { name: "Add a port" }).click();
    const added = page.getByRole("row").last();
    await added.getByLabel("Port", { exact: true }).fill("9443");
    await added.getByLabel("What it is").fill("Console");
    await added.getByLabel("Only in this network").selectOption("Office");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Watched ports were changed").waitFor();
    const rules = JSON.parse((await ask("GET", "/watched-ports")).text) as { port: number; network?: string }[];
    expect(rules.filter((rule) => rule.port === 9443).map((rule) => rule.network)).toEqual(["Office"]);
  });

  test("the audit trail goes out as it is filtered", async () => {
    await page.goto("/settings/audit?what=scan.created");
    await page.getByRole("cell", { name: "scan.created" }).first().waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "JSON lines" }).click()]);
    const entries = readFileSync(await file.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { what: string });
    expect([...new Set(entries.map((entry) => entry.what))]).toEqual(["scan.created"]);
  });

  test("an agent that is revoked works no more", async () => {
    await page.goto("/agents");
    await page.getByRole("button", { name: `More about ${SCOUT}` }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText(`${SCOUT} was revoked`).waitFor();
    await page.getByRole("row").filter({ hasText: SCOUT }).getByText("Revoked").waitFor();
    expect(await scout?.ended()).not.toBe(0);
    expect(scout?.log()).toContain("revoked");
  });

  test("administrators read the log, or are told where it is", async () => {
    await page.goto("/settings/logs");
    if (!installation.hasAgent) {
      await page.getByRole("heading", { name: "The log is in CloudWatch Logs" }).waitFor();
      await page.getByText(/-dispatcher$/).waitFor();
      return;
    }
    await page.getByText("listening at").first().waitFor();
    await page.getByLabel("Text").fill("LISTENING");
    await page.getByRole("row").filter({ hasText: "portdelta_server::server" }).filter({ hasText: "listening at" }).waitFor();
    await page.getByLabel("Level").selectOption("error");
    await page.getByText("Nothing fits").waitFor();
    await page.getByRole("link", { name: "Clear filters" }).click();
    await page.getByText("listening at").first().waitFor();
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("listening at").first().waitFor();
  });

  test("people are invited, and see what their role lets them see", async () => {
    await page.goto("/settings/people");
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByLabel("Name", { exact: true }).fill("grace");
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const link = await page.locator("dialog code.secret").innerText();
    const other = await browser.newContext({ baseURL: installation.url, ignoreHTTPSErrors: true });
    other.setDefaultTimeout(PATIENCE_MS);
    const guest = await other.newPage();
    await guest.goto(link);
    await guest.getByRole("heading", { name: "Welcome" }).waitFor();
    await isAccessible(guest);
    await guest.getByLabel("New password").fill("seven small boats at sea");
    await guest.getByRole("button", { name: "Begin" }).click();
    await guest.getByRole("heading", { name: "Overview" }).waitFor();
    expect(await guest.getByRole("link", { name: "New scan" }).count()).toBe(0);
    // Nothing leads to what they may not do.
    await guest.getByText("Agents at work").waitFor();
    expect(await guest.getByRole("link", { name: /Agents at work/ }).count()).toBe(0);
    await guest.goto(`/sites/local/hosts/${MAIL}`);
    await guest.getByText("2525/tcp").first().waitFor();
    expect(await guest.getByRole("link", { name: "Scan this host" }).count()).toBe(0);
    await guest.goto("/scans/new");
    await guest.getByText("This needs the role operator").waitFor();
    // They see no agents, and that none is there all the same.
    await guest.goto("/scans");
    await guest.getByRole("link", { name: "Office servers" }).click();
    await guest.getByRole("heading", { name: "Definition" }).waitFor();
    if (installation.hasAgent) expect(await guest.getByText("No agent of the site").count()).toBe(0);
    else await guest.getByText("No agent of the site").waitFor();
    await other.close();
  });

  test("what is refused does not look as if it held", async () => {
    const said = { status: 403, contentType: "application/problem+json", body: JSON.stringify({ status: 403, code: "refused", detail: "The shelf is locked." }) };
    for (const path of ["**/api/v1/users/*", "**/api/v1/settings/people"]) {
      await page.route(path, (route) => (route.request().method() === "PUT" ? route.fulfill(said) : route.continue()));
    }
    await page.goto("/settings/people");
    const role = page.getByLabel(`Role of ${NAME}`);
    await role.selectOption("viewer");
    await page.getByText("The shelf is locked.").waitFor();
    await expect.poll(() => role.inputValue()).toBe("admin");
    const registration = page.getByLabel("People may make their own account");
    await registration.click();
    await page.getByText("The shelf is locked.").nth(1).waitFor();
    await expect.poll(() => registration.isChecked()).toBe(false);
    for (const path of ["**/api/v1/users/*", "**/api/v1/settings/people"]) await page.unroute(path);
  });

  test("operators read every page, and are offered nothing that is for administrators", { timeout: 400_000 }, async () => {
    const { context, at: operator, said } = await arrive("linus", "operator", "nine slow trams in the rain");
    await operator.getByRole("link", { name: "New scan" }).waitFor();
    await readAll(operator);
    await operator.goto("/agents");
    await operator.getByRole("heading", { name: "Sites", exact: true }).waitFor();
    await isAccessible(operator);
    expect(await operator.getByRole("main").getByRole("button", { name: /Enrol|New site|More about/ }).count()).toBe(0);
    expect(await operator.getByRole("heading", { name: "Unused enrolment tokens" }).count()).toBe(0);
    if (installation.hasAgent) {
      await operator.getByRole("link", { name: SCOUT, exact: true }).click();
      await operator.getByRole("heading", { name: "Who it is" }).waitFor();
      expect(await operator.getByRole("main").getByRole("button", { name: /Move|Hide|Show|Revoke/ }).count()).toBe(0);
    }
    expect(said).toEqual([]);
    await context.close();
  });

  test("viewers read every page that is theirs, and none of it is refused", { timeout: 400_000 }, async () => {
    const { context, at: viewer, said } = await arrive("mary", "viewer", "two kites above the harbour");
    await readWhatIsForAll(viewer);
    await viewer.goto("/settings/watched-ports");
    await viewer.getByRole("row").filter({ hasText: "9443/tcp" }).getByText("Console").waitFor();
    await isAccessible(viewer);
    expect(await viewer.getByRole("main").locator("button, input, select").count()).toBe(0);
    expect(said).toEqual([]);
    await context.close();
  });

  test("what would go stands only next to the days that it was counted of", async () => {
    await page.goto("/settings/retention");
    const days = page.getByLabel("Keep raw results for so many days");
    const said = page.getByRole("status").filter({ hasText: /would remove/ });
    await days.fill("3650");
    await page.getByRole("button", { name: "What would go?" }).click();
    await said.waitFor();
    await days.fill("3651");
    await said.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Change" }).click();
    await page.getByText("Retention was changed").waitFor();
    await said.waitFor({ state: "detached" });
  });

  test("an address is cleaned up, after it is said what goes", async () => {
    await page.goto("/settings/retention");
    await page.getByLabel("Site", { exact: true }).selectOption("local");
    await page.getByLabel("Addresses", { exact: true }).fill("192.0.2.300");
    await page.getByRole("button", { name: "See what would go" }).click();
    await page.getByRole("alert").filter({ hasText: "192.0.2.300" }).waitFor();
    await page.getByLabel("Addresses", { exact: true }).fill(MAIL);
    await page.getByRole("button", { name: "See what would go" }).click();
    await page.getByText(/That would remove 1 host, \d+ open ports?, .*Nothing has been removed/).waitFor();
    await isAccessible(page);
    const known = async () => (await list("/sites/local/hosts?limit=500")).map((host) => host["address"]);
    expect(await known()).toContain(MAIL);
    await page.getByRole("button", { name: "Clean up…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("The next scan is a first look").waitFor();
    await isAccessible(page);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await known()).toContain(MAIL);
    await page.getByRole("button", { name: "Clean up…" }).click();
    await dialog.getByRole("button", { name: "Clean up", exact: true }).click();
    await page.getByText(`Cleaned up ${MAIL} of`).waitFor();
    await page.getByRole("listitem").filter({ hasText: MAIL }).filter({ hasText: "1 host" }).waitFor();
    expect(await known()).not.toContain(MAIL);
  });
}
