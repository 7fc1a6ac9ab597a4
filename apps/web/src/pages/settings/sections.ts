// The sections of the settings, in the order in which they stand there.

import type { Component } from "svelte";
import type { Role } from "../../api/names";

export interface Section {
  name: string;
  title: string;
  about: string;
  role: Role;
  /** Fetched when it is opened: few visitors come here. */
  page: () => Promise<{ default: Component }>;
}

export const SECTIONS: Section[] = [
  { name: "profile", title: "Profile", about: "You, and your password.", role: "viewer", page: () => import("./Profile.svelte") },
  { name: "people", title: "People", about: "Who may sign in, and as what.", role: "admin", page: () => import("./People.svelte") },
  { name: "tokens", title: "Tokens", about: "For programs and the command line.", role: "admin", page: () => import("./Tokens.svelte") },
  { name: "channels", title: "Channels", about: "Who is told, of what, and how.", role: "admin", page: () => import("./Channels.svelte") },
  { name: "watched-ports", title: "Watched ports", about: "Ports that should not be open without somebody knowing.", role: "viewer", page: () => import("./WatchedPorts.svelte") },
  { name: "schedules", title: "Schedules", about: "What runs when.", role: "viewer", page: () => import("./Schedules.svelte") },
  { name: "retention", title: "Retention", about: "What is kept how long, and what goes now.", role: "admin", page: () => import("./Retention.svelte") },
  { name: "audit", title: "Audit", about: "Who changed what.", role: "admin", page: () => import("./Audit.svelte") },
  { name: "logs", title: "Logs", about: "What the server says of itself.", role: "admin", page: () => import("./Logs.svelte") },
  { name: "health", title: "Health", about: "What is well and what is not.", role: "admin", page: () => import("./Health.svelte") },
];
