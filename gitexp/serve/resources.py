"""The API's resources: what each path answers, from the runs as they are now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitexp.errors import GitexpError, RunNotFound, UsageError
from gitexp.query.app import detail, files, totals
from gitexp.query.app.curves import POINTS, Kind
from gitexp.query.app.rows import runs_document
from gitexp.query.runs import Found, Runs
from gitexp.render.app.embed import json_bytes
from gitexp.render.app.media import media_type
from gitexp.render.app.packed import PackedCurve
from gitexp.serve.columns import Columns
from gitexp.serve.curves import CurveCache, join, packed
from gitexp.serve.live import Watch
from gitexp.serve.security import FILE_POLICY

JSON, BYTES = "application/json", "application/octet-stream"
# What a file of a run is shown as in a sandbox of its own, should somebody open it by itself.
_ACTIVE = ("text/html", "image/svg+xml", "application/json", "text/plain")
_MOST_COMPARED = 16

# A query's parameters: name → its values.
Query = Mapping[str, Sequence[str]]


class Answer(NamedTuple):
    """What a resource holds."""

    content: bytes
    type: str
    headers: Mapping[str, str] = {}


class NoSuchResource(GitexpError):
    """The path, or what it names, does not exist."""


class Resources:
    """Answers for paths below /api."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._curves = CurveCache()
        self._of_runs: dict[str, Callable[[Runs, Found, Query], Any]] = {
            "run": lambda runs, found, query: detail.run_detail(runs, found),
            "output": self._output,
            "histograms": lambda runs, found, query: files.histograms_document(runs.repo, found),
            "media": lambda runs, found, query: files.media_document(runs.repo, found),
            "source": lambda runs, found, query: files.source_document(runs.repo, found),
            "diff": lambda runs, found, query: files.diff_document(runs.repo, found),
        }

    def answer(self, runs: Runs, path: Sequence[str], query: Query, cursor: str) -> Answer:
        """What a path holds.

        Args:
            runs: as they are now.
            path: its parts, decoded: names of runs, metrics and files may have slashes.
            query: its parameters.
            cursor: of the newest event, from before `runs` were read.

        Raises:
            NoSuchResource, RunNotFound: there is nothing at that path.
            GitexpError: it cannot be read.
        """
        match path:
            case ["runs"]:
                return _json(runs_document(runs, cursor=cursor))
            case [totals.ENERGY]:
                return _json(totals.energy_of(runs))
            case [totals.SEEDS]:
                return _json(totals.seeds_of(runs))
            case ["series", metric]:
                return Answer(self._series(runs, metric, query), BYTES)
            case ["hardware", name]:
                return Answer(self._hardware(runs, _found(runs, name), query), BYTES)
            case ["compare", *names]:
                names = names or list(query.get("run", ()))
                if not 2 <= len(names) <= _MOST_COMPARED:
                    raise UsageError(f"2 to {_MOST_COMPARED} runs can be compared")
                return _json(detail.compare_document(runs, names))
            case ["file", name, *parts]:
                return _file(runs, _found(runs, name), "/".join(parts))
            case ["source", name, *parts] if parts:
                found = files.source_file(runs.repo, _found(runs, name), "/".join(parts))
                if found is None:
                    raise NoSuchResource(f"{name} has no source file {'/'.join(parts)}")
                return _json(found)
            case [kind, name] if kind in self._of_runs:
                return _json(self._of_runs[kind](runs, _found(runs, name), query))
        raise NoSuchResource("there is nothing at this address")

    def _output(self, runs: Runs, found: Found, query: Query) -> dict[str, Any]:
        before = _number(query, "before")
        running = self._watch.running.get(found.name)
        if running is not None and found.journal is not None:
            return running.log(before)
        return files.output_document(runs.repo, found, before=before)

    def _series(self, runs: Runs, metric: str, query: Query) -> bytes:
        names = query.get("run")
        chosen = runs.all if names is None else map(runs.get, names)
        sound = [found for found in chosen if found is not None and found.error is None]
        return join(self._curves_of(runs, sound, "metrics", metric, query))

    def _hardware(self, runs: Runs, found: Found, query: Query) -> bytes:
        return join(self._curves_of(runs, [found], "hardware", None, query))

    def _curves_of(
        self, runs: Runs, chosen: Sequence[Found], kind: Kind, key: str | None, query: Query
    ) -> Iterator[tuple[str, PackedCurve | None]]:
        """The curves of one key, or of all, with the names of their runs."""
        points = _number(query, "points") or POINTS
        first, last = _number(query, "from"), _number(query, "to")
        away = []
        for found in chosen:
            running = self._watch.running.get(found.name)
            columns: Columns | None = None
            if running is not None:
                running.read_all()
                columns = running.metrics if kind == "metrics" else running.hardware
            elif found.oid is None or (kind == "metrics" and key not in found.facts["metrics"]):
                continue
            elif first is None and last is None and points <= POINTS:
                away.append(found)
            else:
                columns = self._curves.part(runs, found, kind, first, last)
            if columns is not None:
                for each in columns.keys() if key is None else (key,):
                    yield found.name, packed(columns, each, points, first, last)
        for found, curves in self._curves.overviews(runs, away, kind):
            if key is None:
                yield from ((found.name, curve) for curve in curves.values())
            else:
                yield found.name, curves.get(key)


def _file(runs: Runs, found: Found, path: str) -> Answer:
    content = files.media_file(runs.repo, found, path)
    if content is None:
        raise NoSuchResource(f"{found.name} has no file {path}")
    kind = media_type(path)
    headers = {"content-security-policy": FILE_POLICY}
    if kind == BYTES:
        headers["content-disposition"] = "attachment"
    elif kind in _ACTIVE:
        kind += "; charset=utf-8"
    return Answer(content, kind, headers)


def _found(runs: Runs, name: str) -> Found:
    found = runs.get(name)
    if found is None:
        raise RunNotFound(name)
    return found


def _json(document: Any) -> Answer:
    return Answer(json_bytes(document), JSON)


def _number(query: Query, name: str) -> int | None:
    values = query.get(name)
    if not values:
        return None
    try:
        return int(float(values[0]))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{name}={values[0]}: expected a number") from error
