"""Metric and hardware series of a run, from git or from the journal while it runs."""

from __future__ import annotations

import fnmatch
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson

from gitexp.index.cache import RunIndex
from gitexp.query.runs import Found
from gitexp.schema import names
from gitexp.schema.clock import from_iso
from gitexp.schema.series import Series
from gitexp.schema.tree import number
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

# Below this size a file is parsed faster than its downsampled curves are looked up and unpacked.
_CACHED_BYTES = 128 * 1024


def read_rows(repo: Repository, found: Found) -> list[dict[str, Any]]:
    """The rows of metrics.jsonl; calls with the same step are one row.

    Returns:
        Dicts with `_step` (int), `_time` (seconds since the epoch) and the values, non-finite
        numbers as floats. Lines that are torn or no rows are left out.
    """
    rows: list[dict[str, Any]] = []
    for row in _objects(_content(repo, found, names.METRICS)):
        step = row.get("_step")
        if not isinstance(step, int):
            continue
        for key, value in row.items():
            if isinstance(value, str) and (as_number := number(value)) is not None:
                row[key] = as_number
        if rows and rows[-1]["_step"] == step:
            rows[-1].update(row)
        else:
            rows.append(row)
    return rows


def read_series(
    repo: Repository,
    found: Found,
    keys: Sequence[str] | None = None,
    *,
    limit: int | None = None,
    index: RunIndex | None = None,
) -> dict[str, Series]:
    """The metrics of a run.

    Args:
        repo: where.
        found: the run.
        keys: names or globs; None: all.
        limit: most points of each, downsampled as `Series.downsample` does; None: all.
        index: keeps long curves downsampled, if given.

    Returns:
        Series by metric, in the order of first appearance. A value that was logged again under
        the same step replaces the one before.
    """
    series = _cached(repo, found, names.METRICS, _metrics, limit, index)
    return series if keys is None else {k: v for k, v in series.items() if wanted(k, keys)}


def read_hardware(
    repo: Repository,
    found: Found,
    *,
    limit: int | None = None,
    index: RunIndex | None = None,
) -> dict[str, Series]:
    """The hardware trace by key; steps are whole seconds since the run was created."""
    created_s = from_iso(found.facts["created_at"])

    def parse(content: bytes) -> dict[str, Series]:
        return _columns(_samples(content, created_s))

    return _cached(repo, found, names.HARDWARE, parse, limit, index)


def wanted(key: str, patterns: Sequence[str]) -> bool:
    """Whether one of the names or globs means a key."""
    return any(key == pattern or fnmatch.fnmatchcase(key, pattern) for pattern in patterns)


def _cached(
    repo: Repository,
    found: Found,
    name: str,
    parse: Callable[[bytes], dict[str, Series]],
    limit: int | None,
    index: RunIndex | None,
) -> dict[str, Series]:
    kind = f"{name}/{limit}/{sys.byteorder}"
    keeps = index is not None and limit is not None and found.oid and found.journal is None
    if index is not None and found.oid and keeps:
        packed = index.derived(found.oid, kind)
        if packed is not None:
            return unpack(packed)
    content = _content(repo, found, name)
    series = parse(content)
    if limit is not None:
        series = {key: points.downsample(limit) for key, points in series.items()}
    if index is not None and found.oid and keeps and len(content) > _CACHED_BYTES:
        index.keep(found.oid, kind, pack(series))
    return series


def pack(series: dict[str, Series]) -> bytes:
    """Series as bytes: a line of JSON [[key, n], …], then steps, times and values of each."""
    head = orjson.dumps([[key, len(points)] for key, points in series.items()])
    arrays = [part.tobytes() for p in series.values() for part in (p.steps, p.times_s, p.values)]
    return b"".join([head, b"\n", *arrays])


def unpack(data: bytes) -> dict[str, Series]:
    """The way back from `pack`."""
    head, _, body = data.partition(b"\n")
    series, at = {}, 0
    for key, n in orjson.loads(head):
        parts: list[array[Any]] = []
        for code in "qdd":
            parts.append(array(code, body[at : at + 8 * n]))
            at += 8 * n
        series[key] = Series(*parts)
    return series


def _content(repo: Repository, found: Found, name: str) -> bytes:
    if found.journal is not None:
        try:
            return (found.journal / name).read_bytes()
        except OSError:
            pass  # it was committed meanwhile
    return RunStore(repo).read_parts(found.oid, name) if found.oid else b""


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    """JSON lines, as fast as one parse where all are whole; lines that are none are left out."""
    lines = [line for line in content.split(b"\n") if line]
    try:
        rows = orjson.loads(b"[%s]" % b",".join(lines))
    except orjson.JSONDecodeError:
        rows = [row for line in lines if (row := _parsed(line)) is not None]
    return (row for row in rows if isinstance(row, dict))


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _metrics(content: bytes) -> dict[str, Series]:
    return _columns(
        (row["_step"], row.get("_time", 0.0), row)
        for row in _objects(content)
        if isinstance(row.get("_step"), int)
    )


def _samples(content: bytes, created_s: float) -> Iterator[tuple[int, float, dict[str, Any]]]:
    for row in _objects(content):
        time_s = row.get("_time")
        if isinstance(time_s, int | float):
            yield max(0, round(time_s - created_s)), time_s, row


def _columns(rows: Iterable[tuple[int, float, dict[str, Any]]]) -> dict[str, Series]:
    columns: dict[str, tuple[list[int], list[float], list[float]]] = {}
    for step, time_s, row in rows:
        for key, raw in row.items():
            if key == "_step" or key == "_time":
                continue
            value = raw if type(raw) is float else number(raw)
            if value is None:
                continue
            column = columns.get(key)
            if column is None:
                column = columns[key] = ([], [], [])
            steps, times, values = column
            if steps and steps[-1] == step:
                times[-1], values[-1] = time_s, value
            else:
                steps.append(step)
                times.append(time_s)
                values.append(value)
    return {
        key: Series(array("q", steps), array("d", times), array("d", values))
        for key, (steps, times, values) in columns.items()
    }
