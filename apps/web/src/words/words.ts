// The words of DELTA-SEMANTICS, and how they look.

import type { Schemas } from "../api/client";

export interface KindLook {
  /** As it stands in a list. */
  name: string;
  /** The same after a number other than one. */
  names: string;
  /** For a heading: `Ports opened`. */
  plural: string;
  /** A mark that says the same without colour. */
  mark: string;
  /** Class of its colour. */
  color: string;
}

const KINDS: Record<string, KindLook> = {
  "port-opened": { name: "opened", names: "opened", plural: "Ports opened", mark: "+", color: "c-opened" },
  "port-reopened": { name: "reopened", names: "reopened", plural: "Ports reopened", mark: "↻", color: "c-reopened" },
  "port-closed": { name: "closed", names: "closed", plural: "Ports closed", mark: "−", color: "c-closed" },
  "service-changed": { name: "service", names: "services", plural: "Services changed", mark: "≠", color: "c-service" },
  "host-new": { name: "new host", names: "new hosts", plural: "New hosts", mark: "▲", color: "c-host-new" },
  "host-back": { name: "host back", names: "hosts back", plural: "Hosts back", mark: "△", color: "c-host-new" },
  "host-gone": { name: "host gone", names: "hosts gone", plural: "Hosts gone", mark: "▽", color: "c-host-gone" },
  "hostname-changed": { name: "name", names: "names", plural: "Names changed", mark: "≠", color: "c-service" },
  "mac-changed": { name: "MAC", names: "MACs", plural: "MAC addresses changed", mark: "≠", color: "c-service" },
  "os-changed": { name: "OS", names: "OS", plural: "Operating systems changed", mark: "≠", color: "c-service" },
  "script-changed": { name: "script", names: "scripts", plural: "Script output changed", mark: "≠", color: "c-service" },
};

/** All kinds, the most urgent first. */
export const ALL_KINDS = Object.keys(KINDS);

export function kind(name: string): KindLook {
  return KINDS[name] ?? { name, names: name, plural: name, mark: "•", color: "c-plain" };
}

/** A kind after how many there are of it: `1 new host`, `3 new hosts` are its words. */
export function kindOf(count: number, name: string): string {
  return count === 1 ? kind(name).name : kind(name).names;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** A number of which only the least is known where there are more: `100+ changes`. */
export function atLeast(count: number, more: boolean, one: string, many = `${one}s`): string {
  return more ? `${count.toLocaleString()}+ ${many}` : plural(count, one, many);
}

/** What the server calls all addresses of no network. */
export const UNASSIGNED = "unassigned";

/** A network as people read it. */
export function networkName(name: string): string {
  return name === UNASSIGNED ? "In no network" : name;
}

export function count(value: number): string {
  return value.toLocaleString();
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = value;
  let unit = "B";
  for (const next of units) {
    if (size < 1000) break;
    size /= 1000;
    unit = next;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

export function changesTotal(changes: Record<string, number>): number {
  return Object.values(changes).reduce((sum, value) => sum + value, 0);
}

export interface StateLook {
  text: string;
  color: string;
}

const RUN_STATES: Record<Schemas["RunState"], StateLook> = {
  waiting: { text: "Waiting", color: "c-plain" },
  dispatching: { text: "Starting", color: "c-accent" },
  running: { text: "Running", color: "c-accent" },
  complete: { text: "Complete", color: "c-good" },
  partial: { text: "Partial", color: "c-medium" },
  cancelled: { text: "Cancelled", color: "c-plain" },
  expired: { text: "Expired", color: "c-critical" },
};

export function runState(state: string): StateLook {
  return RUN_STATES[state as Schemas["RunState"]] ?? { text: state, color: "c-plain" };
}

/** How a run came about; nothing for scans of the command line. */
export function runOrigin(run: Pick<Schemas["Run"], "id" | "scan" | "scheduled">): string {
  if (run.scheduled) return "by its schedule";
  if (run.scan) return "started by hand";
  return run.id.startsWith("import-") ? "import" : "";
}

export function isOver(state: string): boolean {
  return !["waiting", "dispatching", "running"].includes(state);
}

const AGENT_STATES: Record<Schemas["AgentStatus"], StateLook> = {
  pending: { text: "Pending", color: "c-medium" },
  online: { text: "Online", color: "c-good" },
  scanning: { text: "Scanning", color: "c-accent" },
  offline: { text: "Offline", color: "c-critical" },
  revoked: { text: "Revoked", color: "c-plain" },
};

export function agentState(state: string): StateLook {
  return AGENT_STATES[state as Schemas["AgentStatus"]] ?? { text: state, color: "c-plain" };
}

const ALERT_STATES: Record<Schemas["AlertState"], StateLook> = {
  open: { text: "Open", color: "c-critical" },
  acknowledged: { text: "Acknowledged", color: "c-low" },
  actioned: { text: "Actioned", color: "c-accent" },
  ignored: { text: "Ignored", color: "c-plain" },
  resolved: { text: "Resolved", color: "c-good" },
  dormant: { text: "Dormant", color: "c-plain" },
};

export function alertState(state: string): StateLook {
  return ALERT_STATES[state as Schemas["AlertState"]] ?? { text: state, color: "c-plain" };
}

/** What a port should be. */
export function expectedState(state: Schemas["ExpectedState"]): StateLook {
  return state === "open" ? { text: "Open", color: "c-opened" } : { text: "Closed", color: "c-closed" };
}

const VIOLATIONS: Record<string, StateLook> = {
  unexpected_open: { text: "Unexpected open", color: "c-critical" },
  missing: { text: "Missing", color: "c-medium" },
  unknown: { text: "Nobody looked", color: "c-plain" },
};

/** What of an expectation is not so. */
export function violation(problem: string): StateLook {
  return VIOLATIONS[problem] ?? { text: problem, color: "c-plain" };
}

const TASK_STATES: Record<Schemas["TaskState"], StateLook> = {
  waiting: { text: "Waiting", color: "c-plain" },
  active: { text: "Active", color: "c-accent" },
  partial: { text: "Partial", color: "c-medium" },
  done: { text: "Done", color: "c-good" },
  unscannable: { text: "Not scannable", color: "c-critical" },
};

export function taskState(state: string): StateLook {
  return TASK_STATES[state as Schemas["TaskState"]] ?? { text: state, color: "c-plain" };
}

export function severityName(severity: string): string {
  return severity.charAt(0).toUpperCase() + severity.slice(1);
}

const RULES: Record<string, string> = {
  "watched-port": "Watched port",
  "unexpected-open": "Unexpected open",
  "missing-expected": "Missing expected",
  "silent-agent": "Silent agent",
  "missed-schedule": "Missed schedule",
  "run-overdue": "Run overdue",
  "coverage-low": "Low coverage",
  "result-refused": "Result refused",
  "dead-letter": "Dead letter",
};

export function ruleName(rule: string): string {
  const port = /^(tcp|udp|sctp)-(\d+)$/.exec(rule);
  if (port) return `Watched port ${port[2]}/${port[1]}`;
  return RULES[rule] ?? rule.replace(/[-_.]/g, " ");
}

/** The class of a score, as the server names it. */
export function scoreClass(value: number): string {
  return value >= 90 ? "excellent" : value >= 70 ? "good" : value >= 50 ? "monitor" : "critical";
}

/** Colour of a score's class. */
export function classColor(name: string): string {
  return { excellent: "c-good", good: "c-accent", monitor: "c-medium", critical: "c-critical" }[name] ?? "c-plain";
}

/** `nginx 1.24.0 (Ubuntu)`, `ssh`, `` */
export function serviceText(service: Partial<Schemas["HostService"]> | null | undefined): string {
  if (!service) return "";
  const name = [service.tunnel, service.name].filter(Boolean).join("/");
  const product = [service.product, service.version].filter(Boolean).join(" ");
  const extra = service.extra_info ? ` (${service.extra_info})` : "";
  return product ? `${product}${extra}` : `${name}${extra}`;
}

/** What people usually do about a change: one sentence, from its kind alone. */
export function advice(delta: { kind: string; first_look: boolean; cause?: string | null }): string {
  switch (delta.kind) {
    case "port-opened":
    case "port-reopened":
      return "Meant to be open? Accept it: then it is expected, and its alert resolves. Else close it on the host: the next run that covers it sees that.";
    case "port-closed":
      return delta.cause === "host" ? "It went with its host." : "Planned? Nothing to do. Else look whether the service has failed.";
    case "host-new":
      return "Known? Give it an owner. Else find out who plugged it in.";
    case "host-gone":
      return "Switched off on purpose? Nothing to do. Else look at its power and its cable.";
    case "service-changed":
      return "An upgrade, a downgrade, or another program behind the same port: check that it was meant.";
    case "mac-changed":
      return "Another machine answers at this address: check that it was replaced on purpose.";
    default:
      return "Check that it was meant.";
  }
}

/** What a run can be, for lists. */
export const RUN_STATUSES = [["critical", "Critical"], ["changes", "Changes"], ["stable", "Stable"]] as const;

/** Classes of scores, for lists. */
export const SCORE_CLASSES = [["excellent", "Excellent"], ["good", "Good"], ["monitor", "Monitor"], ["critical", "Critical"]] as const;

/** What somebody types as a port, once it is one: `443`, `53/udp`. */
export function portOf(text: string): string | undefined {
  return /^\d{1,5}(\/(tcp|udp|sctp))?$/.test(text) ? text : undefined;
}
