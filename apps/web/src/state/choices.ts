// What lists can be filtered by.

import { all, api, ok } from "../api/client";
import { load, type Loaded } from "./load.svelte";

type Choices = [string, string][];

/** The sites, by id and name; closed ones too, for what was found there stays. */
export function siteChoices(): Loaded<Choices> {
  return load(async (signal) => (await all((cursor) => ok(api.GET("/sites", { params: { query: { cursor } }, signal })))).map((site) => [site.id, site.name]));
}

/** The networks, by name. */
export function networkChoices(): Loaded<Choices> {
  return load(async (signal) => (await all((cursor) => ok(api.GET("/networks", { params: { query: { cursor } }, signal })))).map(({ name }) => [name, name]));
}

/** The scans, by id and name; deleted ones too, for their runs stay. */
export function scanChoices(): Loaded<Choices> {
  return load(async (signal) => {
    const scans = await all((cursor) => ok(api.GET("/scans", { params: { query: { cursor, limit: 500 } }, signal })));
    const named = scans.map((scan): [string, string] => [scan.id, scan.active ? scan.name : `${scan.name} (deleted)`]);
    return named.sort(([, one], [, other]) => one.localeCompare(other));
  });
}
