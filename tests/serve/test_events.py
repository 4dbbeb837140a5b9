"""The stream of events: from where a browser was, or `reset`; nothing twice, nothing left out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitexp.serve.events import Hub

Told = tuple[str, dict[str, Any]]


def read(content: bytes) -> tuple[list[Told], str | None]:
    """The events in a part of a stream, and the last id."""
    events: list[Told] = []
    cursor = None
    for block in content.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        cursor = fields.get("id", cursor)
        if "event" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events, cursor


async def until_quiet(stream: AsyncIterator[bytes]) -> tuple[list[Told], str | None]:
    """What a stream says until it waits."""
    content = b""
    while True:
        try:
            content += await asyncio.wait_for(anext(stream), 0.02)
        except (asyncio.TimeoutError, StopAsyncIteration):
            return read(content)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await work()

    asyncio.run(whole())


def numbers(told: list[Told]) -> list[int]:
    return [data["n"] for kind, data in told if kind == "series"]


@given(st.lists(st.integers(0, 5), max_size=6))
def test_a_browser_that_comes_and_goes_misses_nothing_and_hears_nothing_twice(
    bursts: list[int],
) -> None:
    async def work() -> None:
        hub = Hub()
        cursor: str | None = hub.cursor
        heard: list[int] = []
        sent = 0
        for burst in bursts:
            for _ in range(burst):
                hub.publish("series", {"n": sent})
                sent += 1
            told, newest = await until_quiet(hub.stream(cursor))
            assert all(kind != "reset" for kind, _ in told)
            heard += numbers(told)
            cursor = newest
        assert heard == list(range(sent))

    run(work)


def test_who_listens_hears_what_comes() -> None:
    async def work() -> None:
        hub = Hub()
        hub.publish("series", {"n": 0})
        stream = hub.stream(None)
        told, _ = read(await anext(stream) + await anext(stream))
        assert told == [("hello", {"server": hub.server})]
        assert hub.listeners == 1
        hub.publish("series", {"n": 1})
        assert numbers(read(await anext(stream))[0]) == [1]

    run(work)


def test_two_browsers_hear_the_same() -> None:
    async def work() -> None:
        hub = Hub()
        streams = [hub.stream(None), hub.stream(None)]
        for stream in streams:
            assert b"retry" in await anext(stream)
            assert b"hello" in await anext(stream)
        hub.publish("series", {"n": 7})
        for stream in streams:
            assert numbers(read(await anext(stream))[0]) == [7]

    run(work)


def test_a_cursor_of_another_server_or_of_long_ago_is_a_reset() -> None:
    async def work() -> None:
        hub = Hub(kept_bytes=1000)
        for n in range(100):
            hub.publish("series", {"n": n, "text": "x" * 50})
        for after in ("0badcafe:3", f"{hub.server}:1", f"{hub.server}:101", "", "nonsense"):
            told, cursor = await until_quiet(hub.stream(after))
            assert [kind for kind, _ in told] == ["reset", "hello"], after
            assert cursor == hub.cursor

    run(work)


def test_a_browser_that_is_too_slow_is_told_to_reset() -> None:
    async def work() -> None:
        hub = Hub(kept_bytes=1000)
        stream = hub.stream(None)
        await anext(stream)
        await anext(stream)
        for n in range(100):
            hub.publish("series", {"n": n, "text": "x" * 50})
        told, cursor = await until_quiet(stream)
        assert [kind for kind, _ in told] == ["reset"]
        assert cursor == hub.cursor

    run(work)


def test_a_quiet_stream_beats() -> None:
    async def work() -> None:
        hub = Hub(heartbeat_s=0.01)
        stream = hub.stream(None)
        await anext(stream)
        await anext(stream)
        assert b"event: heartbeat" in await anext(stream)

    run(work)


def test_closing_ends_all_streams_and_whoever_waits_for_one() -> None:
    async def work() -> None:
        hub = Hub()
        stream = hub.stream(None)
        await anext(stream)
        await anext(stream)

        async def listen() -> list[bytes]:
            return [part async for part in stream]

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.01)
        hub.close()
        assert await asyncio.wait_for(listening, 5) == []
        assert hub.listeners == 0
        await asyncio.wait_for(hub.wait_for_listener(), 5)

    run(work)
