// The sections of the settings, in the order in which they stand there.

import type { Component } from "svelte";
import type { Role } from "../../api/names";
import Audit from "./Audit.svelte";
import Channels from "./Channels.svelte";
import Health from "./Health.svelte";
import Logs from "./Logs.svelte";
import People from "./People.svelte";
import Profile from "./Profile.svelte";
import Retention from "./Retention.svelte";
import Schedules from "./Schedules.svelte";
import Tokens from "./Tokens.svelte";
import WatchedPorts from "./WatchedPorts.svelte";

export interface Section {
  name: string;
  title: string;
  about: string;
  role: Role;
  page: Component;
}

export const SECTIONS: Section[] = [
  { name: "profile", title: "Profile", about: "You, and your password.", role: "viewer", page: Profile },
  { name: "people", title: "People", about: "Who may sign in, and as what.", role: "admin", page: People },
  { name: "tokens", title: "Tokens", about: "For programs and the command line.", role: "admin", page: Tokens },
  { name: "channels", title: "Channels", about: "Who is told, of what, and how.", role: "admin", page: Channels },
  { name: "watched-ports", title: "Watched ports", about: "Ports that should not be open without somebody knowing.", role: "viewer", page: WatchedPorts },
  { name: "schedules", title: "Schedules", about: "What runs when.", role: "viewer", page: Schedules },
  { name: "retention", title: "Retention", about: "What is kept how long, and what goes now.", role: "admin", page: Retention },
  { name: "audit", title: "Audit", about: "Who changed what.", role: "admin", page: Audit },
  { name: "logs", title: "Logs", about: "What the server says of itself.", role: "admin", page: Logs },
  { name: "health", title: "Health", about: "What is well and what is not.", role: "admin", page: Health },
];
