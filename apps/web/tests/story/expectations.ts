// What should be so, and what differs from it.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MAIL, page } from "../stage";
import { isAccessible } from "../watch";
import { ask, list } from "./api";

export function expectations() {
  test("what differs from what is expected is named, told and accepted", async () => {
    await page.goto("/expectations");
    await page.getByText("Nothing is expected yet").waitFor();
    await isAccessible(page);
    await page.goto("/networks/Office?view=compliance");
    await page.getByRole("button", { name: "Expect all ports to be closed" }).click();
    await page.getByLabel("Ports", { exact: true }).fill("70000");
    await page.getByRole("button", { name: "Expect it", exact: true }).click();
    await page.locator("dialog .wrong").waitFor();
    // It is said once, where it is wrong, and the next key goes there.
    expect(await page.getByRole("dialog").getByRole("alert").count()).toBe(1);
    expect(await page.getByLabel("Ports", { exact: true }).evaluate((field) => field === document.activeElement)).toBe(true);
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

    // Behind the change stand who found it with what, and who accepted it; a port has its own history.
    await page.goto(`/sites/local/hosts/${MAIL}`);
    await page.getByRole("link", { name: "3389/tcp", exact: true }).click();
    await page.getByRole("heading", { name: /^History\s+of\s+3389\/tcp$/ }).waitFor();
    await page.getByRole("button", { name: /3389\/tcp opened/ }).first().click();
    for (const line of await page.locator(".deltas > li .change").allInnerTexts()) expect(line).toContain("3389/tcp");
    const behind = page.getByRole("list", { name: "Evidence" }).first();
    await behind.getByText(/nmap .*, agent /).first().waitFor();
    await behind.getByText(/^nmap .*3389/).first().waitFor();
    await behind.locator("summary").first().click();
    await behind.getByText("SHA-256").first().waitFor();
    await behind.getByText(/^results\/local\//).first().waitFor();
    await page.getByText(/accepted\s+by user /).first().waitFor();
    await isAccessible(page);
    await page.reload();
    await page.getByRole("heading", { name: /^History\s+of\s+3389\/tcp$/ }).waitFor();
    await page.getByRole("button", { name: "Show all ports" }).click();
    await page.getByRole("heading", { name: "History", exact: true }).waitFor();
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
    // Somebody else was faster: what was shown is not what would be done any more, so it is not done.
    const [known] = await list("/expectations");
    const other = { site: known?.["site"], targets: "192.0.2.250", ports: "9", state: "closed", reason: "x" };
    const made = await ask("POST", "/expectations", JSON.stringify(other), { "Content-Type": "application/json" });
    await page.getByRole("button", { name: "Apply it" }).click();
    await page.getByRole("dialog").getByText("changed by somebody else").waitFor();
    await ask("DELETE", `/expectations/${(JSON.parse(made.text) as { id: string }).id}`);
    await page.getByRole("button", { name: "See what it does" }).click();
    await page.getByText("0 new, 1 changed, 0 removed, 3 as before.").waitFor();
    await page.getByRole("button", { name: "Apply it" }).click();
    await page.getByText("Desk <b>people</b>").waitFor();
    await page.getByRole("button", { name: /More about 3389/ }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("The expectation was removed").waitFor();
  });
}
