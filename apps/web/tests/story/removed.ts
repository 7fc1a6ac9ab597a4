// What was removed, and is still named.

import { expect, test } from "vitest";
import { MAIL, page } from "../stage";
import { ask } from "./api";

const JSON_BODY = { "Content-Type": "application/json" };

export function removed() {
  test("a network that is no more is taken out of the scan that names it", async () => {
    await ask("POST", "/networks", JSON.stringify({ name: "Annex", prefixes: "192.0.2.0/28" }), JSON_BODY);
    const body = JSON.stringify({ name: "Annex servers", targets: MAIL, networks: ["Annex"], ports: "2525", options: "-sT", sites: ["local"] });
    const scan = JSON.parse((await ask("POST", "/scans", body, JSON_BODY)).text) as { id: string };
    await ask("DELETE", "/networks/Annex");
    await page.goto(`/scans/${scan.id}/edit`);
    await page.getByRole("alert").filter({ hasText: "there is no network Annex" }).waitFor();
    await page.getByLabel("Annex (removed)").uncheck();
    await page.getByText("1 address × 1 port").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Annex servers was changed").waitFor();
    expect((JSON.parse((await ask("GET", `/scans/${scan.id}`)).text) as { networks?: string[] }).networks ?? []).toEqual([]);
  });
}
