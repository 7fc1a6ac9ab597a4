// How people leave, and find back in.

import { expect, test } from "vitest";
import { signIn } from "../sign-in";
import { installation, NAME, page, PASSWORD } from "../stage";
import { ask } from "./api";

/** Whether people may make their own account, as the API sets it. */
async function registration(on: boolean) {
  const before = await ask("GET", "/settings/people");
  const body = JSON.stringify({ ...(JSON.parse(before.text) as object), self_registration: on });
  await ask("PUT", "/settings/people", body, { "Content-Type": "application/json", "If-Match": before.etag });
}

export function session() {
  test("who leaves, or is sent away, is offered every way in at once", async () => {
    await registration(true);
    const isOffered = () => page.getByRole("link", { name: "Create an account" }).waitFor();
    // The page was loaded with a session, and has not asked how one signs in.
    await page.goto("/scans?show=1");
    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
    await isOffered();
    await signIn(page, NAME, PASSWORD);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.goto("/scans?show=1");
    await page.getByRole("heading", { name: "Scans", exact: true }).waitFor();
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Networks" }).click();
    await page.getByText("Your session has ended").waitFor();
    await isOffered();
    await signIn(page, NAME, PASSWORD);
    await page.getByRole("heading", { name: "Networks", exact: true }).waitFor();
    await registration(false);
  });

  test("who has signed in is led past the ways in", async () => {
    await page.goto(`/sign-in?to=${encodeURIComponent("/scans?show=1")}`);
    await page.getByRole("heading", { name: "Scans", exact: true }).waitFor();
    expect(page.url()).toBe(`${installation.url}/scans?show=1`);
    for (const path of ["/sign-in", "/setup", "/register", "/sign-in?to=https://elsewhere.example/", "/sign-in?to=/setup"]) {
      await page.goto(path);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      expect(page.url()).toBe(`${installation.url}/`);
    }
  });
}
