// What holds on every page.

import { expect, test } from "vitest";
import { until } from "../portdelta";
import { GATEWAY, MAIL, page } from "../stage";
import { fits, isAccessible } from "../watch";

const EVERY = [
  "/networks", "/networks/Office", "/networks/Office?view=hosts", "/networks/Office?view=changes", "/networks/Office?view=compliance", "/expectations", "/expectations?q=nobody", `/sites/local/hosts/${MAIL}`, "/reports", "/alerts", "/scans",
  "/scans/new", "/runs", "/agents", "/search", "/search?q=port:2222", "/settings/profile", "/settings/people", "/settings/tokens", "/settings/channels",
  "/settings/watched-ports", "/settings/schedules", "/settings/retention", "/settings/audit", "/settings/health", "/nowhere",
];

export function everywhere() {
  test("what hosts say stays text, on every page", async () => {
    const places = ["/", "/networks/Office", "/networks/Office?view=hosts", "/networks/Office?view=compliance", "/expectations", `/sites/local/hosts/${MAIL}`, "/reports", "/runs", "/alerts", "/search?q=port:2525"];
    for (const path of places) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle").catch(() => undefined);
      expect(await page.locator('img[src="x"]').count(), path).toBe(0);
      expect(await page.locator("script:not([src])").count(), path).toBe(0);
    }
    await page.goto(`/sites/local/hosts/${MAIL}`);
    await page.getByText("2525/tcp").first().waitFor();
  });

  test("every page is for everybody, in the light, in the dark and on a phone", { timeout: 400_000 }, async () => {
    for (const path of EVERY) {
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 1280, height: 860 });
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await until(`${path} to be read`, async () => (await page.getByRole("status").filter({ hasText: "Loading" }).count()) === 0);
      expect(await page.locator(".box[role=alert]").allInnerTexts(), path).toEqual([]);
      await isAccessible(page);
      await page.emulateMedia({ colorScheme: "dark" });
      await isAccessible(page);
      await page.setViewportSize({ width: 390, height: 844 });
      await fits(page);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test("the keyboard is enough", async () => {
    await page.goto("/networks");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("port:2222");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: GATEWAY }).waitFor();
    await page.keyboard.press("Tab");
  });
}
