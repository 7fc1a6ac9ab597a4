// What is typed or shown in a dialog stays until somebody closes it, and who uses no mouse gets along.

import { expect, test } from "vitest";
import { page } from "../stage";

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
}
