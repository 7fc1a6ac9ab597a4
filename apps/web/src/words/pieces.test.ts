import { expect, test } from "vitest";
import { pieces } from "./pieces";

const texts = (text: string) => pieces(text).map((piece) => piece.text);

test("lists go on after a comma, and addresses before their at", () => {
  expect(texts("3389,8080")).toEqual(["3389,", "8080"]);
  expect(texts("T:22,U:53, 10.0.0.0/24")).toEqual(["T:22,", "U:53, 10.0.0.0/24"]);
  expect(texts("grace.hopper@example.org")).toEqual(["grace.hopper", "@example.org"]);
});

test("words and numbers stay whole", () => {
  for (const text of ["IT operations", "10.20.0.2-10.20.0.9", "1-65535", "https:", ""]) expect(texts(text)).toEqual([text]);
});

test("nothing is lost, whatever it is", () => {
  for (const text of [",,;;", "a, b ,c", "@@", "x,", ",x", "<b>,</b>@"]) expect(texts(text).join("")).toBe(text);
});

test("only what no line has room for may break anywhere", () => {
  expect(pieces("Desks are reached through the gateway")).toEqual([{ text: "Desks are reached through the gateway", breaks: "words" }]);
  expect(pieces(`22,8000-8100,${"x".repeat(80)}`).map((piece) => piece.breaks)).toEqual(["whole", "whole", "long"]);
});
