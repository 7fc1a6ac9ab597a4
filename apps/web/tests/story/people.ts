// Who comes in, and who does not.

import { expect, test } from "vitest";
import { PATIENCE_MS } from "../portdelta";
import { browser, installation, page, SCOUT, scout } from "../stage";
import { isAccessible } from "../watch";

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

  test("people are invited, and see what their role lets them see", async () => {
    await page.goto("/settings/people");
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByLabel("Name").fill("grace");
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
    await guest.goto("/scans/new");
    await guest.getByText("This needs the role operator").waitFor();
    await other.close();
  });
}
