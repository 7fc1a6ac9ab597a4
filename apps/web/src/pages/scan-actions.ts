// What people do with a scan from lists and from its page; whether it was done.

import { api, ok, type Schemas } from "../api/client";
import { go, to } from "../state/router.svelte";
import { attempt, sure, tell } from "../state/tell.svelte";

type Scan = Schemas["Scan"];

export function runScan(scan: Scan): Promise<boolean> {
  return attempt(async () => {
    const started = await ok(
      api.POST("/scans/{scan}/runs", {
        params: { path: { scan: scan.id }, header: { "Idempotency-Key": crypto.randomUUID() } },
        body: { sites: [] },
      }),
    );
    const first = started.runs.find((run) => run.id);
    const refused = started.runs.find((run) => run.note)?.note;
    if (!first?.id) throw new Error(refused?.message ?? "No run was started.");
    const held = first.held_until ? `${scan.name} begins when its blackout window ends` : `${scan.name} is running`;
    tell(first.waiting ? `${scan.name} waits for its run before` : held, { text: "Watch", href: to`/runs/${first.id}` });
  });
}

export function pauseScan(scan: Scan): Promise<boolean> {
  return attempt(() => ok(api.POST("/scans/{scan}/pause", { params: { path: { scan: scan.id } } })), `${scan.name} is paused: it runs by hand only`);
}

export function resumeScan(scan: Scan): Promise<boolean> {
  return attempt(() => ok(api.POST("/scans/{scan}/resume", { params: { path: { scan: scan.id } } })), `${scan.name} runs on its schedule again`);
}

export function cloneScan(scan: Scan): Promise<boolean> {
  return attempt(async () => {
    const copy = await ok(api.POST("/scans/{scan}/clone", { params: { path: { scan: scan.id } }, body: {} }));
    tell(`${copy.name} was made; it is not scheduled yet`);
    go(to`/scans/${copy.id}/edit`);
  });
}

export async function removeScan(scan: Scan): Promise<boolean> {
  if (!(await sure(`Delete ${scan.name}?`, "It never runs again. Its runs, reports and everything it found stay.", "Delete"))) return false;
  return attempt(() => ok(api.DELETE("/scans/{scan}", { params: { path: { scan: scan.id } } })), `${scan.name} was deleted; its history stays`);
}
