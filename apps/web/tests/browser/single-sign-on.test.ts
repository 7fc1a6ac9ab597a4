// Single sign-on, by a provider of OpenID Connect on this machine.

import { describe, expect, test } from "vitest";
import { Portdelta } from "../portdelta";
import { signIn } from "../sign-in";
import { installation, NAME, onStage, page, PASSWORD } from "../stage";
import { isAccessible } from "../watch";

const provider = process.env["PORTDELTA_TEST_OIDC"];
if (!provider) console.warn("skipped: PORTDELTA_TEST_OIDC has no address of a provider; `cargo xtask test` starts it");

const ANNA = "anna-in-a-browser";
const MALLORY = "mallory-in-a-browser";

/** What the provider says of somebody from now on. */
async function says(subject: string, claims: unknown) {
  const answer = await fetch(`${provider}/users/${subject}`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(claims) });
  expect(answer.ok, await answer.text()).toBe(true);
}

/** From the page that somebody wants to the provider. */
async function leave(path: string) {
  await page.goto(path);
  await choose();
}

/** From the page for signing in to the provider. */
async function choose() {
  await page.getByRole("link", { name: "Sign in with Office accounts" }).click();
  await page.getByRole("heading", { name: "Authorize Client" }).waitFor();
}

async function agree(subject: string) {
  await page.getByPlaceholder("sub").fill(subject);
  await page.getByRole("button", { name: "Authorize" }).click();
}

async function signOut() {
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

describe.skipIf(!provider)("single sign-on", () => {
  onStage(() => Portdelta.start());

  test("an administrator sets it up", async () => {
    // Whatever the provider's pages want of other hosts stays away.
    await page.context().route(/cdn\.jsdelivr\.net/, (route) => route.abort());
    await page.goto("/");
    await page.getByLabel("Token of the first start").fill(installation.token);
    await page.getByLabel("Your name").fill(NAME);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.goto("/settings/people");
    await page.getByRole("button", { name: "Set up" }).click();
    const form = page.getByRole("dialog", { name: "Single sign-on" });
    await form.getByText(`${installation.url}/api/v1/single-sign-on/callback`, { exact: true }).waitFor();
    await form.getByLabel("Name on the button").fill("Office accounts");
    await form.getByLabel("Issuer").fill("no address");
    await form.getByLabel("Client id").fill("portdelta");
    await form.getByLabel("Client secret").fill("between us");
    await form.getByLabel("Claim that names the role").fill("groups");
    await form.getByLabel("Roles by its value").fill("netops = operator");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByRole("alert").first().waitFor();
    await isAccessible(page);
    await form.getByLabel("Issuer").fill(provider ?? "");
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByText("Single sign-on was changed").waitFor();
    // It stands there without loading the page anew.
    await signOut();
    await choose();
  });

  test("somebody comes in by it, to the page that they wanted", async () => {
    await says(ANNA, { email: "anna@example.org", email_verified: true, groups: ["netops"] });
    await leave("/scans?show=1");
    await agree(ANNA);
    await page.getByRole("heading", { name: "Scans", exact: true }).waitFor();
    expect(page.url()).toBe(`${installation.url}/scans?show=1`);
    await page.getByRole("button", { name: "Your account" }).getByText("anna@example.org").waitFor();
    await page.getByRole("link", { name: "New scan" }).first().waitFor();
    expect(await page.evaluate(() => document.cookie)).toBe("");
    await signOut();
  });

  test("who says no there, or has no proven address or role, is told so", async () => {
    await leave("/");
    // As providers answer when somebody says no (RFC 6749, 4.1.2.1); this one forgets the state.
    const state = new URL(page.url()).searchParams.get("state") ?? "";
    await page.goto(`/api/v1/single-sign-on/callback?error=access_denied&state=${encodeURIComponent(state)}`);
    await page.getByText("The provider did not say who you are: try again.").waitFor();
    await isAccessible(page);
    await says(MALLORY, { email: "ada@example.org", email_verified: false, groups: ["netops"] });
    await leave("/");
    await agree(MALLORY);
    await page.getByText("The provider has not verified your e-mail address.").waitFor();
    await says(MALLORY, { email: "mallory@example.org", email_verified: true, groups: [] });
    await leave("/");
    await agree(MALLORY);
    await page.getByText("Your account at the provider gives you no role here.").waitFor();
    expect(await page.evaluate(async () => (await fetch("/api/v1/session")).status)).toBe(401);
  });

  test("the administrator sees who came", async () => {
    await page.goto("/settings/people");
    await signIn(page, NAME, PASSWORD);
    const anna = page.getByRole("row").filter({ hasText: "anna@example.org" });
    await anna.getByText("single sign-on").waitFor();
    expect(await anna.getByRole("combobox").inputValue()).toBe("operator");
    expect(await page.getByText("mallory@example.org").count()).toBe(0);
  });
});
