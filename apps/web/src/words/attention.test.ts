import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Role } from "../api/names";
import { attentionFor, KINDS_FOR_SOME } from "./attention";

const RANK: Role[] = ["viewer", "operator", "admin"];
const as = (role: Role) => (least: Role) => RANK.indexOf(role) >= RANK.indexOf(least);

test("nobody is sent where they may not go, nor told to do what they may not do", () => {
  const pending = { kind: "agent-pending", hint: "Approve it or revoke it.", link: "/agents/7" };
  expect(attentionFor(pending, as("admin"))).toEqual({ hint: pending.hint, link: pending.link });
  expect(attentionFor(pending, as("operator"))).toEqual({ hint: expect.stringMatching(/^An administrator /), link: pending.link });
  expect(attentionFor(pending, as("viewer"))).toEqual({ hint: expect.stringMatching(/^An administrator /), link: undefined });
  const nobody = { kind: "no-agent", hint: "Enrol one.", link: "/agents" };
  expect(RANK.map((role) => attentionFor(nobody, as(role)).link)).toEqual([undefined, "/agents", "/agents"]);
  const nothing = { kind: "no-scan", hint: "Define one.", link: "/scans" };
  expect(RANK.map((role) => attentionFor(nothing, as(role)))).toEqual([{ hint: expect.stringMatching(/^An operator /), link: "/scans" }, { hint: "Define one.", link: "/scans" }, { hint: "Define one.", link: "/scans" }]);
  const alert = { kind: "alert", hint: "Close the port.", link: "/alerts/agents" };
  expect(attentionFor(alert, as("viewer"))).toEqual({ hint: "Close the port.", link: "/alerts/agents" });
});

test("the kinds are those of the API", () => {
  const document = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../shared/api/openapi.json"), "utf8"));
  const documented = document.components.schemas.Attention.properties.kind.description.match(/(?<=`)[a-z-]+(?=`)/g);
  expect(documented).toEqual(expect.arrayContaining(KINDS_FOR_SOME));
});

test("which pages are not for everybody is what the routes say", () => {
  const routes = readFileSync(join(import.meta.dirname, "../routes.ts"), "utf8");
  const found = [...routes.matchAll(/pattern: "(\/agents[^"]*)", page: \w+(?:, role: "(\w+)")?/g)];
  expect(found.map(([, pattern]) => pattern)).toEqual(["/agents", "/agents/{id}"]);
  for (const [, pattern = "", role] of found) {
    const link = pattern.replace(/\{\w+\}/, "7");
    const may = RANK.filter((one) => attentionFor({ kind: "other", hint: "", link }, as(one)).link);
    expect(may[0], link).toBe(role ?? "viewer");
  }
});
