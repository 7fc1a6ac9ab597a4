// News from the server: by events where it has them, else by asking again now and then.

export type Topic = "run" | "agent" | "alert" | "system";

const TOPICS: Record<string, Topic> = {
  "run.progress": "run",
  "run.finished": "run",
  "agent.status": "agent",
  "alert.opened": "alert",
  "alert.changed": "alert",
  "alert.closed": "alert",
  system: "system",
};

/** Without events a page is at most so old. */
const ASK_EVERY_MS = 5000;

/** Who may not list agents is told no more than this: how many are online may be another number now. */
function isOfAgents(data: unknown): boolean {
  return typeof data === "object" && data !== null && "code" in data && data.code === "agents";
}

type Listener = (topic: Topic, data: unknown) => void;

class Live {
  /** Whether news come by themselves. */
  state = $state<"off" | "live" | "asking">("off");
  /** The server has become another one since this page was loaded. */
  outdated = $state(false);
  #version: string | undefined;
  #listeners = new Set<Listener>();
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(topic: Topic, data?: unknown) {
    for (const listener of this.#listeners) listener(topic, data);
  }

  start() {
    if (this.state !== "off") return;
    this.state = "asking";
    this.#ask();
    const source = new EventSource("/api/v1/events");
    this.#source = source;
    source.addEventListener("open", () => {
      this.state = "live";
    });
    source.addEventListener("error", () => {
      // The browser connects again by itself, unless the server said no.
      this.state = "asking";
      if (source.readyState === EventSource.CLOSED) source.close();
    });
    for (const [name, topic] of Object.entries(TOPICS)) {
      source.addEventListener(name, (event) => {
        let data: unknown;
        try {
          data = JSON.parse((event as MessageEvent<string>).data);
        } catch {
          data = undefined;
        }
        if (topic === "system") this.#system(data);
        this.tell(topic, data);
        if (topic === "system" && isOfAgents(data)) this.tell("agent");
      });
    }
  }

  stop() {
    this.#source?.close();
    clearInterval(this.#timer);
    this.state = "off";
  }

  /** A server that was replaced serves other pages than this one. */
  #system(data: unknown) {
    const version = typeof data === "object" && data !== null && "version" in data ? String(data.version) : undefined;
    if (version === undefined) return;
    this.outdated = this.#version !== undefined && this.#version !== version;
    this.#version ??= version;
  }

  #ask() {
    this.#timer = setInterval(() => {
      // Where events come, this only makes up for one that was lost.
      if (document.hidden || (this.state === "live" && Date.now() % (6 * ASK_EVERY_MS) > ASK_EVERY_MS)) return;
      this.tell("system");
      if (this.state === "asking") for (const topic of ["run", "agent", "alert"] as const) this.tell(topic);
    }, ASK_EVERY_MS);
  }
}

export const live = new Live();
