"""All runs at one moment: the index, with the journals of running runs over it."""

from __future__ import annotations

import fnmatch
import functools
import heapq
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import MalformedRun
from gitexp.index.cache import RunIndex
from gitexp.index.facets import Facets, facets_of
from gitexp.query.live import live_facts, live_names
from gitexp.schema.clock import from_iso
from gitexp.schema.run import Run
from gitexp.store.closing import Closing
from gitexp.store.repository import Repository


class Found:
    """A run that was looked up; its facts and its `Run` are read when they are asked for.

    Attributes:
        name: the run's, as it can be typed.
        oid: the commit that its files are read from; None: it is not committed yet.
        created_s: seconds since the epoch.
        id: random, never changes; empty if malformed.
        error: why it is malformed; None: it is not.
        journal: the folder of its journal while it runs.
    """

    def __init__(
        self,
        name: str,
        oid: str | None,
        created_s: float = 0.0,
        id: str = "",
        error: str | None = None,
        raw: bytes = b"",
        brief: int = 0,
        *,
        facts: dict[str, Any] | None = None,
        journal: Path | None = None,
    ) -> None:
        self.name = name
        self.oid = oid
        self.created_s = created_s
        self.id = id
        self.error = error
        self.journal = journal
        self._raw, self._brief = raw, brief
        if facts is not None:
            self.__dict__["facts"] = facts

    def __repr__(self) -> str:
        return f"Found({self.name!r}, {self.oid!r})"

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """run.json as it was parsed, under the name that the run has now; {} if malformed."""
        return self.peek()

    def peek(self) -> Mapping[str, Any]:
        """The same, not kept: ten thousand of them cost less one after the other than at once."""
        kept: Mapping[str, Any] | None = self.__dict__.get("facts")
        if kept is not None:
            return kept
        facts: dict[str, Any] = orjson.loads(self._raw) if self.error is None else {}
        return facts

    def glance(self) -> Mapping[str, Any]:
        """The same perhaps without `hardware`, in half the time."""
        if not self._brief or "facts" in self.__dict__:
            return self.peek()
        facts: dict[str, Any] = orjson.loads(self._raw[: self._brief] + b"}")
        return facts

    @cached_property
    def run(self) -> Run:
        """The same as a `Run`.

        Raises:
            MalformedRun: it cannot be read.
        """
        if self.error is not None:
            raise MalformedRun(self.name, self.error)
        try:
            return Run.from_json(self.facts)
        except ValueError as error:
            raise MalformedRun(self.name, str(error)) from error

    def to_json(self) -> bytes:
        """run.json without white space."""
        return self._raw or orjson.dumps(self.facts)


class Runs(Closing):
    """The runs of a repository, as they were when this was made.

    Args:
        repo: where.
        now_s: the present, for ages and durations; the clock's by default.
        index: one that was refreshed, for somebody who asks often; it is the caller's to close.
        live: the running runs by name, the oldest first, if they were read already.
    """

    def __init__(
        self,
        repo: Repository,
        *,
        now_s: float | None = None,
        index: RunIndex | None = None,
        live: Mapping[str, Found] | None = None,
    ) -> None:
        self.repo = repo
        self.now_s = time.time() if now_s is None else now_s
        self.index = RunIndex(repo) if index is None else index
        if index is None:
            self.index.refresh()
        if live is not None:
            self.__dict__["_live"] = dict(live)

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    @cached_property
    def _live(self) -> dict[str, Found]:
        """The running runs, by name."""
        journals = live_names(self.repo.common_dir)
        if not journals:
            return {}
        committed = {run.name: run for run in self.index.get(journals)}
        live = {}
        for name, facts in live_facts(journals, {n: run.facts for n, run in committed.items()}):
            row = committed.get(name)
            facts["name"] = name
            live[name] = Found(
                name,
                row.oid if row else None,
                from_iso(facts["created_at"]),
                facts["id"],
                facts=facts,
                journal=journals[name],
            )
        return live

    def newest(self, limit: int | None = None) -> list[Found]:
        """The newest runs, newest first; None: all."""
        return list(itertools.islice(self.scan(limit), limit))

    def scan(self, limit: int | None = None) -> Iterator[Found]:
        """All runs, newest first, one after the other; `limit` says how many will be taken."""
        live = self._live
        most = None if limit is None else limit + len(live)
        committed = (Found(*row) for row in self.index.newest(most) if row.name not in live)
        if not live:
            return committed
        running = sorted(live.values(), key=_newest_first)
        return heapq.merge(committed, running, key=_newest_first)

    def facets(self) -> list[Facets]:
        """What questions about all runs need of each that is not malformed, newest first."""
        live = self._live
        rows = [row for row in self.index.facets() if row.name not in live]
        rows += [facets_of(run.name, run.created_s, run.facts) for run in live.values()]
        rows.sort(key=lambda row: (-row.created_s, row.name))
        return rows

    @cached_property
    def all(self) -> list[Found]:
        """All runs, newest first."""
        return self.newest()

    def names(self) -> list[str]:
        """All names, newest run first."""
        names = self.index.names()
        return [*(name for name in reversed(self._live) if name not in names), *names]

    def count(self) -> int:
        """How many runs there are."""
        return self.index.count() + sum(run.oid is None for run in self._live.values())

    def get(self, name: str) -> Found | None:
        """The run of exactly this name."""
        if name in self._live:
            return self._live[name]
        rows = self.index.get([name])
        return Found(*rows[0]) if rows else None

    def glob(self, pattern: str) -> list[Found]:
        """The runs whose names match a pattern, newest first."""
        matching = (name for name in self.names() if fnmatch.fnmatchcase(name, pattern))
        return [run for name in matching if (run := self.get(name)) is not None]

    def select(
        self,
        among: Iterable[Found] | None = None,
        *,
        where: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> list[Found]:
        """The runs that fit, in order.

        Malformed runs fit no expression and sort last.

        Args:
            among: runs to choose from; None: all.
            where: an expression, docs/selectors-and-filters.md.
            sort: names or expressions; None: newest first, or the order of `among`.
            limit: how many at most.

        Raises:
            BadExpression: `where` or `sort` cannot be read, or names what no run has.
        """
        if where is None and sort is None:
            return self.newest(limit) if among is None else list(among)[:limit]
        from gitexp.query.question import ask

        candidates = functools.partial(iter, list(among)) if among is not None else self.scan
        return ask(candidates, where, sort, self.now_s)[:limit]


def _newest_first(run: Found) -> tuple[float, str]:
    return -run.created_s, run.name


def load_runs(
    repo: Repository,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
) -> list[Found]:
    """`Runs.select` in one call.

    Raises:
        BadExpression: as there.
    """
    with Runs(repo) as runs:
        return runs.select(where=where, sort=sort, limit=limit)
