// What is agreed and not yet in the OpenAPI document; goes as it comes in there.

import type { Schemas } from "./client";

export type Role = "viewer" | "operator" | "admin";

export interface Session {
  user: { id: string; name: string; role: Role };
  csrf: string;
}

export interface SignIn {
  needs_set_up: boolean;
  self_registration: boolean;
  single_sign_on: { name: string } | null;
}

export interface User {
  id: string;
  name: string;
  role: Role;
  disabled: boolean;
  created: string;
  last_sign_in?: string | null;
  has_password: boolean;
  single_sign_on: boolean;
  invited_until?: string | null;
}

export interface SingleSignOn {
  name: string;
  issuer: string;
  client_id: string;
  client_secret?: string | null;
  has_client_secret?: boolean;
  role_claim?: string | null;
  roles: Record<string, Role>;
  default_role?: Role | null;
}

export interface PeopleSettings {
  self_registration: boolean;
  single_sign_on?: SingleSignOn | null;
}

export interface AuditEntry {
  id: string;
  time: string;
  who: string;
  what: string;
  object: string;
  detail: string;
}

export interface DayChanges {
  day: string;
  opened: number;
  closed: number;
  reopened: number;
  service: number;
  host_new: number;
  host_gone: number;
  other: number;
}

export interface Attention {
  kind: string;
  severity: string;
  text: string;
  hint?: string | null;
  link: string;
}

export interface Overview {
  agents: { online: number; scanning: number; pending: number; offline: number };
  runs_24h: { complete: number; partial: number; failed: number; running: number; cancelled: number };
  reports: number;
  open_alerts: { critical: number; high: number; medium: number; low: number };
  changes: DayChanges[];
  attention: Attention[];
}

export interface NetworkCard {
  network: Schemas["Network"];
  site?: string | null;
  status?: string | null;
  change_score?: number | null;
  class?: string | null;
  posture?: number | null;
  open_ports?: number | null;
  hosts_up?: number | null;
  last_run?: { id: string; scan?: string | null; title: string; started: string; finished?: string | null; state: string } | null;
  changes: Record<string, number>;
}

export interface NetworkRun {
  run: string;
  site: string;
  scan?: string | null;
  title: string;
  started: string;
  finished?: string | null;
  state: string;
  score: Schemas["Score"];
  changes: Record<string, number>;
  hosts_up?: number | null;
  open_ports?: number | null;
  posture?: number | null;
}

export interface MapCell {
  address: string;
  state: "up" | "gone" | "never_up" | "unknown";
  /** Absent for none. */
  open?: number;
  changed?: string | null;
  covered?: string | null;
  name?: string | null;
}
