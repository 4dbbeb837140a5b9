"""The dashboard at work: looks while somebody listens, publishes what it sees, keeps upkeep."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from gitexp.errors import GitexpError
from gitexp.query.runs import Runs
from gitexp.record.fetching import fetch_runs
from gitexp.record.recovery import recover
from gitexp.serve.events import Hub
from gitexp.serve.live import Event, Watch
from gitexp.serve.resources import Resources
from gitexp.serve.workers import Readers, Worker
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository

T = TypeVar("T")

LOOK_EVERY_S = 0.25
_FRESH_S = 0.2  # an answer may rest on a look of that age
_RECOVER_EVERY_S = 15.0
_FETCH_EVERY_S = 60.0  # running runs are pushed once a minute


class Dashboard:
    """One repository's dashboard, for one event loop.

    Args:
        repo: where.
        fetch: a remote to fetch everybody's runs from, once a minute while somebody looks.
    """

    def __init__(self, repo: Repository, *, fetch: Remote | None = None) -> None:
        self.repo = repo
        self.hub = Hub()
        self.watch = Watch(repo)
        self.resources = Resources(self.watch)
        self._fetch = fetch
        self._readers = Readers(self.watch)
        self._looker = Worker("watch")
        self._keeper = Worker("upkeep")
        self._fetcher = Worker("fetch")
        self._looking = asyncio.Lock()
        self._looked_at = 0.0
        self._missed = False
        self._said: str | None = None

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Watch, recover and fetch for as long as the context lasts."""
        tasks = [
            asyncio.create_task(self._while_heard(self.look, LOOK_EVERY_S)),
            asyncio.create_task(self._while_heard(self._recover, _RECOVER_EVERY_S)),
        ]
        if self._fetch is not None:
            tasks.append(asyncio.create_task(self._while_heard(self._get_news, _FETCH_EVERY_S)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """See what happened, and tell everybody."""
        async with self._looking:
            try:
                events: list[Event] = await self._looker.do(self.watch.look)
            except Exception:
                self._missed = True
                raise
            self._looked_at = time.monotonic()
            if self._missed:  # who knows what: everybody begins anew
                self._missed = False
                self.hub.publish("reset", {})
            for kind, data in events:
                if kind == "runs":
                    data["cursor"] = self.hub.next_cursor
                self.hub.publish(kind, data)

    async def read(self, work: Callable[[Runs], T]) -> T:
        """Have something worked out from the runs as they are now."""
        if time.monotonic() - self._looked_at > _FRESH_S:
            await self.look()
        return await self._readers.read(work)

    async def write(self, work: Callable[[], None]) -> None:
        """Have something changed, and tell everybody of it before this returns."""
        await self._keeper.do(work)
        await self.look()

    async def _while_heard(self, work: Callable[[], Awaitable[None]], every_s: float) -> None:
        """Do it again and again while a browser listens; with none, this costs nothing."""
        while True:
            await self.hub.wait_for_listener()
            try:
                await work()
            except GitexpError as error:
                self._say(error.message)
            except Exception as error:  # noqa: BLE001 - the next time may go well
                self._say(f"{type(error).__name__}: {error}")
            await asyncio.sleep(every_s)

    async def _recover(self) -> None:
        # A supervisor that was killed leaves a run that seems to run for ever.
        if self.watch.running:
            await self._keeper.do(lambda: recover(self.repo))

    async def _get_news(self) -> None:
        remote = self._fetch
        assert remote is not None
        await self._fetcher.do(lambda: fetch_runs(self.repo, remote))

    def _say(self, message: str) -> None:
        """A warning on stderr, once until there is another one."""
        if message != self._said:
            self._said = message
            sys.stderr.write(f"warning: {message}\n")
