import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ANSWER_MS, openLine, type Line } from "../line";

/** The server's side: connections, and what each is told. */
class FakeConnection extends EventTarget {
  static open: FakeConnection[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly address: string) {
    super();
    FakeConnection.open.push(this);
  }

  close(): void {
    FakeConnection.open = FakeConnection.open.filter((other) => other !== this);
  }

  say(kind: string, id: string): void {
    this.dispatchEvent(new MessageEvent(kind, { data: "{}", lastEventId: id }));
  }

  /** As the server begins. */
  begin(id: string): void {
    this.onopen!();
    this.say("hello", id);
  }
}

class FakeChannel {
  static all: FakeChannel[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor() {
    FakeChannel.all.push(this);
  }

  /** What a new tab asks comes when it has said whom it tells. */
  postMessage(data: object): void {
    const deliver = () => {
      for (const other of FakeChannel.all) if (other !== this) other.onmessage?.({ data });
    };
    if ("ask" in data) setTimeout(deliver, 1);
    else deliver();
  }

  close(): void {
    FakeChannel.all = FakeChannel.all.filter((other) => other !== this);
  }
}

/** One lock: who asks first has it until its promise ends. */
class FakeLocks {
  private queue: { run: () => Promise<void> | undefined; signal: AbortSignal }[] = [];
  private busy = false;

  request(_: string, { signal }: { signal: AbortSignal }, run: () => Promise<void> | undefined) {
    this.queue.push({ run, signal });
    this.next();
    return new Promise(() => undefined);
  }

  private next(): void {
    if (this.busy) return;
    const first = this.queue.shift();
    if (first === undefined) return;
    if (first.signal.aborted) return this.next();
    this.busy = true;
    void Promise.resolve(first.run()).then(() => {
      this.busy = false;
      this.next();
    });
  }
}

interface Tab {
  line: Line;
  heard: string[];
  states: string[];
}

function tab(after: string): Tab {
  const heard: string[] = [];
  const states: string[] = [];
  const line = openLine("/events", after);
  for (const kind of ["runs", "series", "reset"])
    line.addEventListener(kind, (event) => heard.push(`${kind} ${(event as MessageEvent).lastEventId}`));
  line.onopen = () => states.push("open");
  line.onerror = () => states.push("lost");
  vi.advanceTimersByTime(1);
  return { line, heard, states };
}

let tabs: Tab[];
const addresses = () => FakeConnection.open.map(({ address }) => address);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeConnection);
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
  FakeConnection.open = [];
  FakeChannel.all = [];
  tabs = [];
});
afterEach(() => {
  for (const { line } of tabs) line.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("many tabs have one connection, and hear the same", () => {
  tabs = [tab("s:3")];
  FakeConnection.open[0]!.begin("s:3");
  for (let i = 0; i < 9; i++) tabs.push(tab("s:3"));
  vi.advanceTimersByTime(10 * ANSWER_MS);
  expect(addresses()).toEqual(["/events?after=s%3A3"]);
  FakeConnection.open[0]!.say("runs", "s:4");
  FakeConnection.open[0]!.say("series", "s:5");
  for (const { heard, states } of tabs) {
    expect(heard).toEqual(["runs s:4", "series s:5"]);
    expect(states).toEqual(["open"]);
  }
});

test("when the first tab goes another one has the connection, from where it is", async () => {
  tabs = [tab("s:3"), tab("s:3")];
  FakeConnection.open[0]!.begin("s:3");
  FakeConnection.open[0]!.say("runs", "s:4");
  tabs[0]!.line.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(addresses()).toEqual(["/events?after=s%3A4"]);
  FakeConnection.open[0]!.begin("s:4");
  FakeConnection.open[0]!.say("series", "s:5");
  expect(tabs[1]!.heard).toEqual(["runs s:4", "series s:5"]);
  expect(tabs[0]!.heard).toEqual(["runs s:4"]);
});

test("a tab that missed some catches up by itself: no gap, nothing twice", () => {
  tabs = [tab("s:3")];
  const shared = FakeConnection.open[0]!;
  shared.begin("s:3");
  shared.say("runs", "s:4");
  shared.say("runs", "s:5");
  tabs.push(tab("s:3")); // its list of runs was made before these
  const own = FakeConnection.open[1]!;
  expect(own.address).toBe("/events?after=s%3A3");
  own.begin("s:3");
  own.say("runs", "s:4");
  shared.say("series", "s:6");
  own.say("runs", "s:5");
  own.say("series", "s:6");
  expect(tabs[1]!.heard).toEqual(["runs s:4", "runs s:5", "series s:6"]);
  shared.say("series", "s:7");
  expect(tabs[1]!.heard.at(-1)).toBe("series s:7");
  expect(FakeConnection.open).toEqual([shared]);
});

test("a tab that knows more than the first one waits for what it does not know", () => {
  tabs = [tab("s:3")];
  const shared = FakeConnection.open[0]!;
  shared.begin("s:3");
  tabs.push(tab("s:5"));
  for (const id of ["s:4", "s:5", "s:6"]) shared.say("series", id);
  expect(tabs[1]!.heard).toEqual(["series s:6"]);
  expect(FakeConnection.open).toEqual([shared]);
});

test("another server, and a connection that breaks, are everybody's news", () => {
  tabs = [tab("s:3"), tab("s:3")];
  const shared = FakeConnection.open[0]!;
  shared.begin("s:3");
  shared.say("reset", "t:9");
  const own = FakeConnection.open[1]!;
  own.onopen!();
  own.say("reset", "t:9");
  expect(tabs.map(({ heard }) => heard)).toEqual([["reset t:9"], ["reset t:9"]]);
  shared.say("series", "t:10");
  expect(tabs[1]!.heard).toEqual(["reset t:9", "series t:10"]);
  shared.onerror!();
  expect(tabs.map(({ states }) => states)).toEqual([["open", "lost"], ["open", "lost"]]);
});

test("where the first tab says nothing, a tab has a connection of its own", () => {
  tabs = [tab("s:3"), tab("s:3")];
  expect(FakeConnection.open).toHaveLength(1);
  vi.advanceTimersByTime(ANSWER_MS);
  expect(FakeConnection.open).toHaveLength(2);
  FakeConnection.open[1]!.begin("s:3");
  expect(tabs.map(({ states }) => states)).toEqual([[], ["open"]]);
});

test("a browser that cannot share has a connection for each tab", () => {
  vi.stubGlobal("navigator", {});
  tabs = [tab("s:3"), tab("s:3")];
  expect(addresses()).toEqual(["/events?after=s%3A3", "/events?after=s%3A3"]);
});
