// What is typed or shown in a dialog stays until somebody closes it, and who uses no mouse gets along.

import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../portdelta";
import { NAME, page } from "../stage";

export function dialogs() {
  test("a dialog outlives a click beside it, wherever something would be lost", async () => {
    await page.goto("/settings/tokens");
    await page.getByRole("button", { name: "New token" }).click();
    const form = page.getByRole("dialog", { name: "New token" });
    const name = form.getByLabel("What it is for");
    await name.fill("Grafana");
    // Who marks the text lets go of the button beside the dialog.
    const field = await name.boundingBox();
    if (!field) throw new Error("the field is nowhere");
    await page.mouse.move(field.x + field.width / 2, field.y + field.height / 2);
    await page.mouse.down();
    await page.mouse.move(5, field.y, { steps: 3 });
    await page.mouse.up();
    await page.mouse.click(5, 5);
    expect(await name.inputValue()).toBe("Grafana");
    await form.getByRole("button", { name: "Make the token" }).click();
    const shown = page.getByRole("dialog", { name: "The token Grafana" });
    const secret = await shown.locator("code.secret").innerText();
    await page.mouse.click(5, 5);
    expect(await shown.locator("code.secret").innerText()).toBe(secret);
    await shown.getByRole("button", { name: "Close" }).click();
    // A question is closed so, but not by who began in it.
    await page.getByRole("row").filter({ hasText: "Grafana" }).getByRole("button", { name: "Revoke" }).click();
    const question = page.getByRole("dialog", { name: "Revoke Grafana?" });
    const text = await question.getByText("Programs that use it").boundingBox();
    if (!text) throw new Error("the question is nowhere");
    await page.mouse.move(text.x + 20, text.y + 5);
    await page.mouse.down();
    await page.mouse.move(5, 5, { steps: 3 });
    await page.mouse.up();
    expect(await question.isVisible()).toBe(true);
    await page.mouse.click(5, 5);
    await question.waitFor({ state: "detached" });
    await page.getByRole("row").filter({ hasText: "Grafana" }).waitFor();
  });

  test("who uses keys alone is, after a dialog, where they were before it", async () => {
    const has = (what: string, one: Locator) => until(`${what} to have the focus`, () => one.evaluate((it) => it === document.activeElement));
    await page.goto("/settings/tokens");
    const newToken = page.getByRole("button", { name: "New token" });
    const form = page.getByRole("dialog", { name: "New token" });
    for (const leave of [() => page.keyboard.press("Escape"), () => form.getByRole("button", { name: "Cancel" }).press("Enter")]) {
      await newToken.press("Enter");
      await form.waitFor();
      await leave();
      await form.waitFor({ state: "detached" });
      await has("what opened the form", newToken);
    }
    // A form that leads to another dialog.
    await newToken.press("Enter");
    await form.getByLabel("What it is for").fill("Backup");
    await form.getByRole("button", { name: "Make the token" }).press("Enter");
    const shown = page.getByRole("dialog", { name: "The token Backup" });
    await shown.waitFor();
    await form.waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await shown.waitFor({ state: "detached" });
    await has("what opened the form", newToken);

    await page.goto("/settings/people");
    const more = page.getByRole("button", { name: `More about ${NAME}` });
    await more.press("ArrowDown");
    await has("the first item", page.getByRole("menuitem").first());
    await page.keyboard.press("ArrowUp");
    await has("the last item", page.getByRole("menuitem").last());
    await page.keyboard.press("Escape");
    await has("what opened the menu", more);
    await more.press("ArrowUp");
    await has("the last item", page.getByRole("menuitem", { name: "Remove" }));
    await page.keyboard.press("Enter");
    const question = page.getByRole("dialog", { name: `Remove ${NAME}?` });
    for (const button of ["Cancel", "Remove"]) {
      // The server keeps its only administrator, whoever asks.
      await question.getByRole("button", { name: button }).press("Enter");
      await question.waitFor({ state: "detached" });
      await has("what asked", more);
      if (button === "Cancel") for (const key of ["ArrowUp", "Enter"]) await page.keyboard.press(key);
    }
    // A form that was saved, after it was refused.
    const setUp = page.getByRole("button", { name: "Set up" });
    await page.route("**/api/v1/settings/people", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ status: 503, code: "busy", detail: "The shelf is locked." }) }));
    await setUp.press("Enter");
    const sso = page.getByRole("dialog", { name: "Single sign-on" });
    await sso.getByRole("button", { name: "Save" }).press("Enter");
    await sso.getByText("The shelf is locked.").waitFor();
    await has("what was refused", sso.getByRole("button", { name: "Save" }));
    await page.unroute("**/api/v1/settings/people");
    await page.keyboard.press("Enter");
    await sso.waitFor({ state: "detached" });
    await has("what opened the form", setUp);
  });
}
