import { afterEach, expect, test, vi } from "vitest";
import { lost, type Problem } from "./client";
import { fetched } from "./download";

const ADDRESS = "http://portdelta.example/api/v1/audit/export";

function answers(response: Response) {
  vi.stubGlobal("fetch", () => Promise.resolve(response));
}

function body(pieces: string[], error?: Error): ReadableStream<Uint8Array> {
  const rest = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = rest.shift();
      if (next !== undefined) controller.enqueue(new TextEncoder().encode(next));
      else if (error) controller.error(error);
      else controller.close();
    },
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a file that is small comes as a whole, with its name", async () => {
  const headers = { "Content-Disposition": 'attachment; filename="audit.csv"', "Content-Type": "text/csv" };
  answers(new Response(body(["time,", "who"]), { headers }));
  const file = await fetched(ADDRESS, 8);
  if (file === "larger") throw new Error("it is small");
  expect([file.name, file.whole.type, await file.whole.text()]).toEqual(["audit.csv", "text/csv", "time,who"]);
});

test("one that is larger is left to the browser", async () => {
  answers(new Response(body(["time,", "who", "?"])));
  expect(await fetched(ADDRESS, 8)).toBe("larger");
  // So is one that is elsewhere: a page learns no more of it than that.
  const elsewhere = new Response(null);
  Object.defineProperty(elsewhere, "type", { value: "opaqueredirect" });
  answers(elsewhere);
  expect(await fetched(ADDRESS)).toBe("larger");
});

test("what went wrong is told as the server says it", async () => {
  const said = { status: 413, code: "export.too_large", detail: "it takes too long", hint: "Ask for less." };
  answers(Response.json(said, { status: 413, headers: { "Retry-After": "5" } }));
  const problem = (await fetched(ADDRESS).catch((error: unknown) => error)) as Problem;
  expect([problem.status, problem.code, problem.message, problem.hint, problem.retryAfterSeconds]).toEqual([413, "export.too_large", "it takes too long", "Ask for less.", 5]);
  // What a gateway says is no JSON.
  answers(new Response("<html>", { status: 504 }));
  expect(((await fetched(ADDRESS).catch((error: unknown) => error)) as Problem).status).toBe(504);
  answers(new Response(body(["time,"], new TypeError("network"))));
  expect(((await fetched(ADDRESS).catch((error: unknown) => error)) as Problem).code).toBe("export.broken");
});

test("who is not signed in any more is asked to sign in", async () => {
  let isLost = false;
  lost.session = () => (isLost = true);
  answers(Response.json({ status: 401, code: "token.missing" }, { status: 401 }));
  expect(((await fetched(ADDRESS).catch((error: unknown) => error)) as Problem).code).toBe("token.missing");
  expect(isLost).toBe(true);
});
