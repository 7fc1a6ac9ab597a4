// A real server with its real local agent, and hosts on loopback for it to scan.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const program = process.env["PORTDELTA_PROGRAM"] ?? "portdelta";

/** Slower machines share their processor with other tests. */
export const PATIENCE_MS = 180_000;

/** A Portdelta that nobody has set up yet. */
export interface Installation {
  /** Where browsers find it. */
  readonly url: string;
  /** What makes the first administrator. */
  readonly token: string;
  /** Whether it has a site, `local`, and scans there by itself. */
  readonly hasAgent: boolean;
  /** What it wrote so far, where that is to be had. */
  log(): string;
  stop(): Promise<void>;
}

export class Portdelta implements Installation {
  readonly hasAgent = true;

  private constructor(
    private readonly process: ChildProcess,
    readonly data: string,
    private readonly keeps: boolean,
    readonly url: string,
    readonly log: () => string,
  ) {}

  /** Starts at a port that is free; on a folder that stays where it is, or on an empty one that goes with it. */
  static async start(filled?: string): Promise<Portdelta> {
    const data = filled ?? (await mkdtemp(join(tmpdir(), "portdelta-web-")));
    const child = spawn(program, ["serve", "--data", data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
    const url = await until("the server to listen", async () => {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${said}`);
      return /listens at (https:\/\/\S+)/.exec(said)?.[1];
    });
    return new Portdelta(child, data, filled !== undefined, url, () => said);
  }

  /** The token of the first start. */
  get token(): string {
    return readFileSync(join(this.data, "admin-token"), "utf8").trim();
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    if (!this.keeps) await rm(this.data, { recursive: true, force: true });
  }
}

/** What says something to whoever connects. */
export async function speak(address: string, port: number, banner: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    // Who never hangs up would keep the port.
    socket.setTimeout(2000, () => socket.destroy());
    socket.end(banner);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return server;
}

export function silence(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Waits until something is so. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const begin = Date.now();
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() - begin > PATIENCE_MS) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
