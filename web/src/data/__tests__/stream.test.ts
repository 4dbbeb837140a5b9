import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventStream, SILENCE_MS, UNSEEN_MS } from "../stream";
import type { LiveEvent } from "../types";

class FakeConnection extends EventTarget {
  static made: FakeConnection[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly address: string) {
    super();
    FakeConnection.made.push(this);
  }

  close(): void {
    this.closed = true;
  }

  say(kind: string, data: unknown, id = ""): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: id }));
  }
}

const last = () => FakeConnection.made.at(-1)!;
const runsEvent = { changed: [], removed: [], cursor: "s:4" };
let heard: LiveEvent[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeConnection);
  FakeConnection.made = [];
  heard = [];
  const stream = new EventStream("/api/events");
  stream.startAfter("s:3");
  stop = stream.listen((event) => heard.push(event));
  last().onopen!();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("begins where the list of runs ended, and goes on after what it heard last", () => {
  expect(last().address).toBe("/api/events?after=s%3A3");
  last().say("runs", runsEvent, "s:4");
  last().onerror!();
  vi.advanceTimersByTime(1000);
  expect(FakeConnection.made).toHaveLength(2);
  expect(FakeConnection.made[0]!.closed).toBe(true);
  expect(last().address).toBe("/api/events?after=s%3A4");
  expect(heard.map((event) => event.type)).toEqual(["connection", "runs", "connection"]);
});

test("waits longer each time that the server is not there, and says so once", () => {
  for (const wait of [1000, 2000, 4000, 8000, 15_000, 15_000]) {
    last().onerror!();
    const before = FakeConnection.made.length;
    vi.advanceTimersByTime(wait - 1);
    expect(FakeConnection.made).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(FakeConnection.made).toHaveLength(before + 1);
  }
  expect(heard).toEqual([
    { type: "connection", state: "open" },
    { type: "connection", state: "lost" },
  ]);
});

test("a line on which nothing is heard is dead; heartbeats keep it", () => {
  for (let i = 0; i < 4; i++) {
    vi.advanceTimersByTime(15_000);
    last().say("heartbeat", {});
  }
  expect(FakeConnection.made).toHaveLength(1);
  vi.advanceTimersByTime(SILENCE_MS + 5000);
  expect(FakeConnection.made).toHaveLength(2);
});

test("the network's return does not wait for the timer", () => {
  last().onerror!();
  dispatchEvent(new Event("online"));
  expect(FakeConnection.made).toHaveLength(2);
  vi.advanceTimersByTime(20_000);
  expect(FakeConnection.made).toHaveLength(2);
});

test("the last listener that goes closes the connection", () => {
  stop();
  expect(last().closed).toBe(true);
  vi.advanceTimersByTime(120_000);
  expect(FakeConnection.made).toHaveLength(1);
});

test("a tab that nobody sees lets go of its line, and goes on from there when it is seen", () => {
  const seen = vi.spyOn(document, "visibilityState", "get");
  const turn = (state: DocumentVisibilityState) => {
    seen.mockReturnValue(state);
    document.dispatchEvent(new Event("visibilitychange"));
  };
  last().say("runs", runsEvent, "s:4");
  turn("hidden");
  vi.advanceTimersByTime(UNSEEN_MS - 1);
  turn("visible");
  turn("hidden");
  vi.advanceTimersByTime(UNSEEN_MS - 1);
  expect(last().closed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(last().closed).toBe(true);
  vi.advanceTimersByTime(600_000);
  expect(FakeConnection.made).toHaveLength(1);
  turn("visible");
  expect(FakeConnection.made).toHaveLength(2);
  expect(last().address).toBe("/api/events?after=s%3A4");
  expect(heard.map((event) => event.type)).toEqual(["connection", "runs"]);
  seen.mockRestore();
});
