"""Server-sent events: what happened, numbered, for each browser from where it last was.

A browser that was away (its laptop slept, the network was gone) says which event it saw last and
gets those after it. Where that is not possible, because the server is another one by now or the
event is too old, it is told to `reset`: to fetch everything that it shows again.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from gitexp.render.app.embed import json_bytes

HEARTBEAT_S = 15.0
_RETRY_MS = 1000  # after which a browser whose connection broke comes back
_KEPT_BYTES = 16 * 1024 * 1024
_KEPT_EVENTS = 20_000
_BATCH_BYTES = 256 * 1024


class _Message(NamedTuple):
    number: int
    content: bytes


class Hub:
    """The events of one server, and the browsers that listen; for one event loop only."""

    def __init__(self, *, kept_bytes: int = _KEPT_BYTES, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.server = secrets.token_hex(4)  # differs after a restart
        self.listeners = 0
        self._heartbeat_s = heartbeat_s
        self._kept_bytes = kept_bytes
        self._kept: deque[_Message] = deque()
        self._bytes = 0
        self._number = 0
        self._closed = False
        self._news = asyncio.Event()
        self._heard = asyncio.Event()

    @property
    def cursor(self) -> str:
        """Where a browser stands that knows all that has happened up to now."""
        return f"{self.server}:{self._number}"

    @property
    def next_cursor(self) -> str:
        """The cursor of the event that is published next."""
        return f"{self.server}:{self._number + 1}"

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all browsers, and those that come back later."""
        self._number += 1
        content = b"id: %s:%d\nevent: %s\ndata: %s\n\n" % (
            self.server.encode(),
            self._number,
            kind.encode(),
            json_bytes(data),
        )
        self._kept.append(_Message(self._number, content))
        self._bytes += len(content)
        while self._bytes > self._kept_bytes or len(self._kept) > _KEPT_EVENTS:
            self._bytes -= len(self._kept.popleft().content)
        self._wake()

    def close(self) -> None:
        """End all streams at once."""
        self._closed = True
        self._wake()
        self._heard.set()

    async def wait_for_listener(self) -> None:
        """Sleep until a browser listens, or the server ends."""
        while not self.listeners and not self._closed:
            self._heard.clear()
            await self._heard.wait()

    async def stream(self, after: str | None) -> AsyncIterator[bytes]:
        """What one browser is sent.

        Args:
            after: the cursor of the last event that it knows of; None: it begins now.
        """
        at = self._number if after is None else self._resumed(after)
        self.listeners += 1
        self._heard.set()
        try:
            yield b"retry: %d\n\n" % _RETRY_MS
            if at is None:
                at = self._number
                yield self._message(at, "reset", {})
            yield self._message(at, "hello", {"server": self.server})
            while not self._closed:
                if at == self._number:
                    # A comment keeps proxies awake; the event tells the page that we are alive.
                    if not await self._wait():
                        yield b": alive\n\nevent: heartbeat\ndata: {}\n\n"
                    continue
                batch = self._after(at)
                if batch is None:
                    at = self._number
                    yield self._message(at, "reset", {})
                    continue
                at = batch[-1].number
                yield b"".join(message.content for message in batch)
        finally:
            self.listeners -= 1

    def _resumed(self, after: str) -> int | None:
        server, _, number = after.partition(":")
        if server != self.server or not number.isdecimal():
            return None
        at = int(number)
        return at if at <= self._number and self._after(at) is not None else None

    def _after(self, at: int) -> list[_Message] | None:
        """Some of the events after a number, the oldest first; None: they are not kept."""
        missing = self._number - at
        if missing > len(self._kept):
            return None
        batch: list[_Message] = []
        size = 0
        for index in range(len(self._kept) - missing, len(self._kept)):
            batch.append(self._kept[index])
            size += len(batch[-1].content)
            if size > _BATCH_BYTES:
                break
        return batch

    async def _wait(self) -> bool:
        """Sleep until there is news; False: it was quiet for the time of a heartbeat."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._heartbeat_s)
            return True
        return False

    def _wake(self) -> None:
        # Those that wait hold on to this event; who waits next gets another one.
        self._news.set()
        self._news = asyncio.Event()

    def _message(self, at: int, kind: str, data: dict[str, Any]) -> bytes:
        head = f"id: {self.server}:{at}\nevent: {kind}\n".encode()
        return head + b"data: " + json_bytes(data) + b"\n\n"
