"""Threads that read the repository, each with an index of its own.

They are daemons: a reading that takes long never keeps the dashboard from ending at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from gitexp.index.cache import RunIndex
from gitexp.query.runs import Runs
from gitexp.serve.live import Watch

T = TypeVar("T")

_THREADS = 6  # a browser has that many connections to a server


class _Task(NamedTuple):
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


class Worker:
    """One thread or more that do what they are given, in order."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self._tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        for _ in range(threads):
            threading.Thread(target=self._serve, daemon=True, name=f"gitexp-{name}").start()

    async def do(self, work: Callable[[], T]) -> T:
        """Have it done, and wait for what comes out."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._tasks.put(_Task(work, loop, answer))
        return await answer

    def _serve(self) -> None:
        while True:
            task = self._tasks.get()
            if task.answer.cancelled():
                continue
            result: Any = None
            problem: BaseException | None = None
            try:
                result = task.work()
            except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
                problem = error
            # The server may have ended meanwhile.
            with contextlib.suppress(RuntimeError):
                task.loop.call_soon_threadsafe(_settle, task.answer, result, problem)


def _settle(answer: asyncio.Future[Any], result: Any, problem: BaseException | None) -> None:
    if answer.cancelled():
        return
    if problem is None:
        answer.set_result(result)
    else:
        answer.set_exception(problem)


class Readers:
    """Reads the runs as they are now, in several threads."""

    def __init__(self, watch: Watch, threads: int = _THREADS) -> None:
        self._watch = watch
        self._worker = Worker("reader", threads)
        self._own = threading.local()

    async def read(self, work: Callable[[Runs], T]) -> T:
        """Have something worked out from the runs."""
        return await self._worker.do(lambda: work(self._runs()))

    def _runs(self) -> Runs:
        own, watch = self._own, self._watch
        generation = watch.generation
        if getattr(own, "generation", None) != generation:
            own.index = getattr(own, "index", None) or RunIndex(watch.repo)
            own.index.refresh()
            own.generation = generation
        return Runs(watch.repo, index=own.index, live=watch.live(own.index))
