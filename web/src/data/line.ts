/** One connection to the server for all tabs that show it: a browser has six of them for a server. */

/** What an EventStream needs of a connection. */
export interface Line extends EventTarget {
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  close(): void;
}

const NAME = "gitexp-events";
/** How long a tab waits for word from the one that has the connection. */
export const ANSWER_MS = 300;
const KINDS = ["hello", "reset", "heartbeat", "runs", "series", "hardware", "output"] as const;
type Kind = (typeof KINDS)[number];
/** They are told whatever their number. */
const UNNUMBERED: readonly Kind[] = ["hello", "reset", "heartbeat"];

type Word =
  | { kind: Kind; data: string; id: string }
  | { ask: true }
  | { at: string }
  | { lost: true };

/** A connection that begins after a cursor, shared where the browser can share. */
export function openLine(address: string, after: string | null): Line {
  const alone = typeof BroadcastChannel === "undefined" || !globalThis.navigator?.locks;
  if (alone || after === null) return new EventSource(addressOf(address, after));
  return new SharedLine(address, after);
}

const addressOf = (address: string, after: string | null) =>
  after === null ? address : `${address}?after=${encodeURIComponent(after)}`;

/** How far the second cursor is from the first; NaN: of another server. */
function distance(from: string, to: string): number {
  const [server, number] = from.split(":");
  const [other, next] = to.split(":");
  return server === other ? Number(next) - Number(number) : NaN;
}

/**
 * The tab that holds the lock has the connection, and repeats what it hears to the others.
 *
 * Events are numbered. A tab that misses some, since it slept or came late, opens a connection of
 * its own until it has caught up; so it does when nobody repeats anything.
 */
class SharedLine extends EventTarget implements Line {
  onopen: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  private own: EventSource | null = null;
  private isFirst = false;
  private isOpen = false;
  private release: (() => void) | null = null;
  private readonly leave = new AbortController();
  private readonly channel = new BroadcastChannel(NAME);
  private readonly patience: ReturnType<typeof setTimeout>;

  constructor(
    private readonly address: string,
    private at: string,
  ) {
    super();
    this.channel.onmessage = (event: MessageEvent<Word>) => this.hear(event.data);
    this.patience = setTimeout(() => this.connect(), ANSWER_MS);
    const { signal } = this.leave;
    navigator.locks
      .request(NAME, { signal }, () => (signal.aborted ? undefined : this.lead()))
      .catch(() => undefined); // closed while it waited
    this.post({ ask: true });
  }

  close(): void {
    clearTimeout(this.patience);
    this.leave.abort();
    this.release?.();
    this.own?.close();
    this.own = null;
    this.channel.close();
  }

  private lead(): Promise<void> {
    this.isFirst = true;
    this.connect();
    return new Promise((release) => (this.release = release));
  }

  private connect(): void {
    if (this.own !== null || this.leave.signal.aborted) return;
    const own = new EventSource(addressOf(this.address, this.at));
    this.own = own;
    own.onopen = () => this.opened();
    own.onerror = () => {
      if (this.isFirst) this.post({ lost: true });
      this.fail();
    };
    for (const kind of KINDS)
      own.addEventListener(kind, (event) => {
        const { data, lastEventId } = event as MessageEvent<string>;
        this.take(kind, data, lastEventId || this.at);
      });
  }

  /** Something from our own connection, which may repeat what another tab told already. */
  private take(kind: Kind, data: string, id: string): void {
    if (this.isFirst) this.post({ kind, data, id });
    const known = distance(this.at, id) <= 0;
    if (!known || UNNUMBERED.includes(kind)) this.tell(kind, data, known ? this.at : id);
  }

  /** Something from another tab. */
  private hear(word: Word): void {
    if ("ask" in word) {
      if (this.isFirst && this.isOpen) this.post({ at: this.at });
      return;
    }
    if (this.isFirst) return;
    if ("lost" in word) return this.fail();
    const id = "at" in word ? word.at : word.id;
    const ahead = distance(this.at, id);
    if ("kind" in word && ahead === 1 && word.kind !== "hello") this.tell(word.kind, word.data, id);
    else if (!(ahead <= 0)) return this.connect(); // we missed some, or the server is another one
    else if ("kind" in word && word.kind === "heartbeat") this.tell(word.kind, word.data, this.at);
    // The other tab has told all that it knows, and will tell the rest.
    clearTimeout(this.patience);
    this.own?.close();
    this.own = null;
    this.opened();
  }

  private tell(kind: string, data: string, id: string): void {
    this.at = id;
    this.dispatchEvent(new MessageEvent(kind, { data, lastEventId: id }));
  }

  private opened(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.onopen?.(new Event("open"));
  }

  private fail(): void {
    this.onerror?.(new Event("error"));
  }

  private post(word: Word): void {
    if (!this.leave.signal.aborted) this.channel.postMessage(word);
  }
}
