import { expect, test } from "vitest";
import { some } from "./client";

test("the beginning of a list says whether there is more of it", async () => {
  const pages = [[1, 2], [], [3], [4]];
  const read = (cursor: string | undefined) => {
    const at = Number(cursor ?? 0);
    return Promise.resolve({ items: pages[at] ?? [], next: at + 1 < pages.length ? String(at + 1) : null });
  };
  expect(await some(read, 2)).toEqual({ items: [1, 2], more: true });
  expect(await some(read, 3)).toEqual({ items: [1, 2, 3], more: true });
  expect(await some(read, 4)).toEqual({ items: [1, 2, 3, 4], more: false });
  expect(await some(read, 4, 3)).toEqual({ items: [1, 2, 3], more: true });
});
