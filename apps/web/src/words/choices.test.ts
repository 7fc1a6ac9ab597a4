import { expect, test } from "vitest";
import { choicesOf } from "./choices";

test("what was chosen and is no more can be taken away", () => {
  const there = [{ value: "dmz", text: "DMZ" }, { value: "office", text: "Head office" }];
  const gone = (value: string) => `${value} (closed)`;
  expect(choicesOf(there, ["office"], gone)).toEqual(there);
  expect(choicesOf(there, ["lab", "office", "lab"], gone)).toEqual([...there, { value: "lab", text: "lab (closed)" }]);
  expect(choicesOf([], ["lab"], gone)).toEqual([{ value: "lab", text: "lab (closed)" }]);
});
