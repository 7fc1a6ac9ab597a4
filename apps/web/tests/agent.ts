// A real agent, as somebody starts it with the command that the dashboard shows.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, until } from "./portdelta";

export class Agent {
  private constructor(
    private readonly process: ChildProcess,
    private readonly data: string,
    readonly log: () => string,
  ) {}

  /** Starts it with `portdelta agent run --enrol ...`, under a name, in a folder of its own. */
  static async start(command: string, name: string): Promise<Agent> {
    const [first, ...more] = command.trim().split(" ");
    if (first !== "portdelta") throw new Error(`no command of ours: ${command}`);
    const data = await mkdtemp(join(tmpdir(), "portdelta-agent-"));
    const child = spawn(program, [...more, "--name", name, "--data", data], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
    return new Agent(child, data, () => said);
  }

  /** Waits until it ends by itself; its exit code. */
  ended(): Promise<number> {
    return until("the agent to end", async () => this.process.exitCode ?? undefined);
  }

  async stop() {
    if (this.process.exitCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGTERM");
      await ended;
    }
    await rm(this.data, { recursive: true, force: true });
  }
}
