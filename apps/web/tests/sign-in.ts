// How people sign in.

import type { Page } from "playwright-core";

/** Fills in the form that is there, and sends it. */
export async function signIn(page: Page, name: string, password: string) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}
