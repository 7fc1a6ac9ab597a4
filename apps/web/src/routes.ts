// Which page an address means. The first that fits counts.

import type { Component } from "svelte";
import type { Role } from "./api/names";
import Agent from "./pages/Agent.svelte";
import Agents from "./pages/Agents.svelte";
import Alert from "./pages/Alert.svelte";
import Alerts from "./pages/Alerts.svelte";
import ApiReference from "./pages/ApiReference.svelte";
import Expectations from "./pages/Expectations.svelte";
import Host from "./pages/Host.svelte";
import Network from "./pages/Network.svelte";
import Networks from "./pages/Networks.svelte";
import Overview from "./pages/Overview.svelte";
import Report from "./pages/Report.svelte";
import Reports from "./pages/Reports.svelte";
import Run from "./pages/Run.svelte";
import Runs from "./pages/Runs.svelte";
import Scan from "./pages/Scan.svelte";
import ScanForm from "./pages/ScanForm.svelte";
import Scans from "./pages/Scans.svelte";
import Search from "./pages/Search.svelte";
import Settings from "./pages/settings/Settings.svelte";
import Timeline from "./pages/Timeline.svelte";

/** The page that describes the API: for everybody, also who has not signed in. */
export const API_REFERENCE = "/api-reference";

// biome-ignore lint/suspicious/noExplicitAny: each page has its own properties, which are the parts of its path.
type AnyPage = Component<any>;

interface Route {
  pattern: string;
  page: AnyPage;
  /** What one has to be. */
  role?: Role;
}

export const ROUTES: Route[] = [
  { pattern: "/", page: Overview },
  { pattern: "/networks", page: Networks },
  { pattern: "/networks/{name}", page: Network },
  { pattern: "/sites/{site}/hosts/{address}", page: Host },
  { pattern: "/reports", page: Reports },
  { pattern: "/reports/{run}", page: Report },
  { pattern: "/alerts", page: Alerts },
  { pattern: "/alerts/{id}", page: Alert },
  { pattern: "/expectations", page: Expectations },
  { pattern: "/scans", page: Scans },
  { pattern: "/scans/new", page: ScanForm, role: "operator" },
  { pattern: "/scans/{id}", page: Scan },
  { pattern: "/scans/{id}/edit", page: ScanForm, role: "operator" },
  { pattern: "/scans/{id}/timeline", page: Timeline },
  { pattern: "/runs", page: Runs },
  { pattern: "/runs/{id}", page: Run },
  { pattern: "/agents", page: Agents, role: "operator" },
  { pattern: "/agents/{id}", page: Agent, role: "operator" },
  { pattern: "/search", page: Search },
  { pattern: API_REFERENCE, page: ApiReference },
  { pattern: "/settings", page: Settings },
  { pattern: "/settings/{section}", page: Settings },
];
