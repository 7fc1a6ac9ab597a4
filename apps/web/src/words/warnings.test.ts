import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KNOWN_WARNINGS, warningName } from "./warnings";

function codes(path: string, pattern: RegExp): string[] {
  const source = readFileSync(join(import.meta.dirname, "../../../../shared", path), "utf8");
  const found = [...source.matchAll(pattern)].map((match) => match[1] ?? "");
  if (found.length === 0) throw new Error(`${path} has no ${pattern}`);
  return found;
}

test("what files and results are warned of has words", () => {
  const warned = [
    ...codes("formats/src/warnings.rs", /Self::\w+ => "([a-z]+(?:_[a-z]+)*)"/g),
    ...codes("formats/src/refusal.rs", /Self::.+ => "([a-z]+(?:_[a-z]+)+)"/g),
    ...codes("app/src/task_fit.rs", /warn\(\s*"(\w+)"/g),
    ...codes("app/src/ingest.rs", /\(\("(\w+)"\.to_owned\(\), message\)\)/g),
    ...codes("core/src/coverage/covering.rs", /code: "(\w+)"/g),
  ];
  expect(warned).toEqual(expect.arrayContaining(["incomplete", "too_large", "clock_skew", "hosts_unreached", "blackout", "targets_unknown"]));
  expect(warned.filter((code) => !KNOWN_WARNINGS.includes(code))).toEqual([]);
});

test("a warning of tomorrow is read as it is written", () => {
  expect(warningName("clock_skew")).toBe("Clock wrong");
  expect(warningName("moon_phase.odd")).toBe("Moon phase odd");
});
