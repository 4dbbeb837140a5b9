"""Looks at refs and journals again and again, and tells what changed as events."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from gitexp.index.cache import RunIndex
from gitexp.paths import journals_dir
from gitexp.query.app.rows import run_rows
from gitexp.query.runs import Found, Runs
from gitexp.schema.run import RUNNING
from gitexp.schema.tree import non_finite
from gitexp.serve.columns import Points
from gitexp.serve.journals import News, RunningRun
from gitexp.serve.refs import RefStamps
from gitexp.store.repository import Repository

_ROW_EVERY_S = 0.7  # at most so often is a running run's row told
_AGE_EVERY_S = 30.0  # so often is the age of the news from other machines told
_MOST_AWAY = 100
_IS_RUNNING = b'"status":"%s"' % RUNNING.encode()


class Event(NamedTuple):
    """What browsers are told: docs/front-end.md lists the kinds."""

    kind: str
    data: dict[str, Any]


class Watch:
    """The repository's runs and what happens to them; `look` is for one thread only.

    Attributes:
        running: the runs that are running here, the oldest first; never changed in place.
        generation: grows when any run's ref has moved.
    """

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.running: Mapping[str, RunningRun] = {}
        self.generation = 0
        self._refs = RefStamps(repo.common_dir)
        self._index: RunIndex | None = None
        self._oids: dict[str, str] | None = None  # None: before the first look
        self._away: set[str] = set()
        self._due: dict[str, float] = {}  # name → when its row was last told
        self._untold: set[str] = set()  # running runs whose rows changed since
        self._ages_told = 0.0

    def look(self) -> list[Event]:
        """What happened since the last look; the first one takes everything as known."""
        if self._index is None:  # SQLite's connections belong to the thread that makes them
            self._index = RunIndex(self.repo)
        now = time.monotonic()
        began, ended = self._scan_journals()
        changed, removed = self._scan_refs(self._index)
        for row in self._index.get(ended):
            ended[row.name].complete(self.repo, Found(*row))
        events: list[Event] = []
        for name, run in [*ended.items(), *self.running.items()]:
            news = run.look()
            events += _point_events(name, news)
            if news.facts:
                self._untold.add(name)
        for name, run in ended.items():
            events += _point_events(name, run.look(last=True))
            run.close()
        changed |= began | ended.keys()
        known = self._oids or {}
        removed |= {name for name in ended if name not in known and name not in self.running}
        for name in self._untold & self.running.keys():
            if now - self._due.get(name, 0.0) >= _ROW_EVERY_S:
                changed.add(name)
        if now - self._ages_told >= _AGE_EVERY_S:
            self._ages_told = now
            changed |= set(sorted(self._away)[:_MOST_AWAY])
        changed -= removed
        if changed or removed:
            events.append(self._row_event(self._index, changed, removed))
            self._untold -= changed
            self._due.update(dict.fromkeys(changed & self.running.keys(), now))
        return events

    def live(self, index: RunIndex) -> dict[str, Found]:
        """The running runs as `Runs` takes them; for any thread.

        Args:
            index: a refreshed one of that thread.
        """
        running = self.running
        committed = {row.name: row for row in index.get(running)}
        found = {}
        for name, run in running.items():
            row = committed.get(name)
            facts = run.facts(row.facts if row is not None and row.error is None else None)
            if facts is not None:
                facts = {**facts, "name": name}
                found[name] = Found(
                    name,
                    None if row is None else row.oid,
                    run.created_s,
                    run.id,
                    facts=facts,
                    journal=run.folder,
                )
        return found

    def _scan_journals(self) -> tuple[set[str], dict[str, RunningRun]]:
        """Runs that began, by name, and those that ended."""
        known = {run.folder.name: run for run in self.running.values()}
        top = journals_dir(self.repo.common_dir)
        try:
            there = {entry.name for entry in os.scandir(top) if not entry.name.startswith(".")}
        except OSError:
            there = set()
        if there == known.keys():
            return set(), {}
        ended = {run.name: run for folder, run in known.items() if folder not in there}
        began = [
            run
            for folder in sorted(there - known.keys())
            if (run := RunningRun.open(top / folder)) is not None
        ]
        stay = [run for run in self.running.values() if run.folder.name in there]
        everybody = sorted([*stay, *began], key=lambda run: run.created_s)
        self.running = {run.name: run for run in everybody}
        return {run.name for run in began}, ended

    def _scan_refs(self, index: RunIndex) -> tuple[set[str], set[str]]:
        """Names whose refs are new or moved, and those whose refs are gone."""
        if not self._refs.moved() and self._oids is not None:
            return set(), set()
        index.refresh()
        before, now = self._oids, index.names()
        self._oids = now
        if before is None:
            self._away = {row.name for row in index.newest() if _IS_RUNNING in row.facts}
            return set(), set()
        if before == now:
            return set(), set()
        self.generation += 1
        changed = {name for name, oid in now.items() if before.get(name) != oid}
        gone = before.keys() - now.keys()
        self._away -= gone | changed
        self._away |= {row.name for row in index.get(changed) if _IS_RUNNING in row.facts}
        return changed, {name for name in gone if name not in self.running}

    def _row_event(
        self, index: RunIndex, changed: Collection[str], removed: Collection[str]
    ) -> Event:
        runs = Runs(self.repo, index=index, live=self.live(index))
        found = [run for name in sorted(changed) if (run := runs.get(name)) is not None]
        rows = run_rows(runs, found)
        self._away -= self.running.keys()
        return Event("runs", {"changed": rows, "removed": sorted(removed)})


def _point_events(name: str, news: News) -> list[Event]:
    events = [
        Event(kind, {"run": name, **_points(points)})
        for kind, points in (("series", news.metrics), ("hardware", news.hardware))
        if points
    ]
    if news.log is not None:
        said = {
            "run": name,
            "text": news.log.text,
            "first_line": news.log.first_line,
            "replace_last": news.log.replaces,
        }
        events.append(Event("output", said))
    return events


def _points(points: Mapping[str, Points]) -> dict[str, Any]:
    return {
        "points": {
            key: {
                "steps": new.steps.tolist(),
                "times": new.times_s.tolist(),
                "values": _json_numbers(new.values),
            }
            for key, new in points.items()
        },
        "from": {key: new.first for key, new in points.items()},
    }


def _json_numbers(values: np.ndarray) -> list[float | str]:
    numbers: list[float | str] = values.tolist()
    if not np.isfinite(values).all():
        return [n if isinstance(n, str) or n - n == 0 else non_finite(n) for n in numbers]
    return numbers
