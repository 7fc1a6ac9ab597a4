// What administrators do with agents; whether it was done.

import { api, ok, type Schemas } from "../api/client";
import { attempt, sure } from "../state/tell.svelte";

type Agent = Schemas["Agent"];

const path = (agent: Agent) => ({ params: { path: { agent: agent.id } } });

export async function approveAgent(agent: Agent): Promise<boolean> {
  if (!(await sure(`Approve ${agent.name}?`, `It then gets the tasks of ${agent.site}. Its key is ${agent.key}: the same as the agent prints?`, "Approve", false))) return false;
  return attempt(() => ok(api.POST("/agents/{agent}/approve", path(agent))), `${agent.name} may work`);
}

export async function revokeAgent(agent: Agent): Promise<boolean> {
  if (!(await sure(`Revoke ${agent.name}?`, "It never gets work again, and its results are refused. That can't be taken back; it can be enrolled anew.", "Revoke"))) return false;
  return attempt(() => ok(api.POST("/agents/{agent}/revoke", path(agent))), `${agent.name} was revoked`);
}

export function hideAgent(agent: Agent): Promise<boolean> {
  return attempt(() => ok(api.POST("/agents/{agent}/hide", path(agent))), `${agent.name} is hidden`);
}

export function showAgent(agent: Agent): Promise<boolean> {
  return attempt(() => ok(api.POST("/agents/{agent}/show", path(agent))), `${agent.name} is shown again`);
}
