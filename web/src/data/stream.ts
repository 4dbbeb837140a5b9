/** The server's events, over one connection that comes back by itself. */
import { openLine, type Line } from "./line";
import type { LiveEvent } from "./types";

/** The server says something every 15 s; after this long without a word the line is dead. */
export const SILENCE_MS = 40_000;
const CHECK_MS = 5_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** A tab that nobody sees lets go of its line, or of what another tab tells it. */
export const UNSEEN_MS = 5_000;
const KINDS = ["runs", "series", "hardware", "output"] as const;

type Listener = (event: LiveEvent) => void;

/**
 * Tells its listeners what the server tells.
 *
 * A connection that broke, or that a sleeping laptop let die, is made anew from the last event that
 * arrived; where the server cannot go on from there it says `reset`.
 */
export class EventStream {
  private readonly listeners = new Set<Listener>();
  private connection: Line | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private rest: ReturnType<typeof setTimeout> | null = null;
  private cursor: string | null = null;
  private heard_ms = 0;
  private failures = 0;
  private isOpen = false;

  constructor(private readonly address: string) {}

  /** Where to begin: the cursor that came with the list of runs. */
  startAfter(cursor: string): void {
    this.cursor ??= cursor;
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.start();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  }

  private start(): void {
    this.connect();
    this.timer = setInterval(() => this.check(), CHECK_MS);
    addEventListener("online", this.awake);
    document.addEventListener("visibilitychange", this.awake);
    this.awake();
  }

  private stop(): void {
    this.connection?.close();
    this.connection = null;
    if (this.timer !== null) clearInterval(this.timer);
    if (this.retry !== null) clearTimeout(this.retry);
    if (this.rest !== null) clearTimeout(this.rest);
    this.timer = this.retry = this.rest = null;
    removeEventListener("online", this.awake);
    document.removeEventListener("visibilitychange", this.awake);
  }

  private connect(): void {
    this.retry = null;
    this.connection?.close();
    const connection = openLine(this.address, this.cursor);
    this.connection = connection;
    this.heard_ms = Date.now();
    connection.onopen = () => {
      this.heard_ms = Date.now();
      this.failures = 0;
      this.say("open");
    };
    // EventSource would come back by itself, but not after a refused connection, and not at once.
    connection.onerror = () => this.again();
    connection.addEventListener("heartbeat", () => (this.heard_ms = Date.now()));
    const on = (kind: string, hear: (event: MessageEvent<string>) => void) =>
      connection.addEventListener(kind, (event) => hear(event as MessageEvent<string>));
    on("hello", (event) => {
      this.take(event);
      this.tell({ type: "hello", ...(JSON.parse(event.data) as { server: string }) });
    });
    on("reset", (event) => {
      this.take(event);
      this.tell({ type: "reset" });
    });
    for (const kind of KINDS)
      on(kind, (event) => {
        this.take(event);
        this.tell({ type: kind, ...JSON.parse(event.data) } as LiveEvent);
      });
  }

  private again(): void {
    this.say("lost");
    this.connection?.close();
    this.connection = null;
    if (this.retry !== null) return;
    const wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** this.failures++);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private check(): void {
    if (this.connection !== null && Date.now() - this.heard_ms > SILENCE_MS) {
      this.say("lost");
      this.connect();
    }
  }

  /** The page is looked at again, or the network is back: do not wait for the timers. */
  private readonly awake = (): void => {
    if (this.rest !== null) clearTimeout(this.rest);
    this.rest = null;
    if (document.visibilityState === "hidden") {
      this.rest = setTimeout(() => this.sleep(), UNSEEN_MS);
      return;
    }
    if (this.connection !== null) return this.check();
    if (this.retry !== null) clearTimeout(this.retry);
    this.connect();
  };

  /** Nobody looks: nothing is heard until somebody does, and then from here on. */
  private sleep(): void {
    this.connection?.close();
    this.connection = null;
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
  }

  private take(event: MessageEvent): void {
    this.heard_ms = Date.now();
    if (event.lastEventId !== "") this.cursor = event.lastEventId;
  }

  private say(state: "open" | "lost"): void {
    if (this.isOpen === (state === "open")) return;
    this.isOpen = state === "open";
    this.tell({ type: "connection", state });
  }

  private tell(event: LiveEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
