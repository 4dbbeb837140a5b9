"""Metric and hardware series of a run, from git or from the journal while it runs."""

from __future__ import annotations

import fnmatch
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from gitexp.index.cache import RunIndex
from gitexp.query.columns import Place, lines_of, metric_place, read_columns, sample_place
from gitexp.query.runs import Found
from gitexp.schema import names
from gitexp.schema.clock import from_iso
from gitexp.schema.series import Series
from gitexp.schema.tree import number
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

# Below this size a file is parsed faster than its downsampled curves are looked up and unpacked.
_CACHED_BYTES = 128 * 1024
_PIECE_BYTES = 4 * 1024 * 1024


def read_rows(repo: Repository, found: Found) -> list[dict[str, Any]]:
    """All rows of metrics.jsonl, as `each_row` gives them."""
    return list(each_row(repo, found))


def each_row(repo: Repository, found: Found) -> Iterator[dict[str, Any]]:
    """The rows of metrics.jsonl one by one; calls with the same step are one row.

    Yields:
        Dicts with `_step` (int), `_time` (seconds since the epoch) and the values, non-finite
        numbers as floats. Lines that are torn or no rows are left out.
    """
    open_row: dict[str, Any] | None = None
    for row in lines_of(read_pieces(RunStore(repo), found, names.METRICS)):
        step = row.get("_step")
        if not isinstance(step, int):
            continue
        for key, value in row.items():
            if isinstance(value, str) and (as_number := number(value)) is not None:
                row[key] = as_number
        if open_row is not None and open_row["_step"] == step:
            open_row.update(row)
            continue
        if open_row is not None:
            yield open_row
        open_row = row
    if open_row is not None:
        yield open_row


def read_series(
    repo: Repository,
    found: Found,
    keys: Sequence[str] | None = None,
    *,
    limit: int | None = None,
    index: RunIndex | None = None,
    store: RunStore | None = None,
) -> dict[str, Series]:
    """The metrics of a run.

    Args:
        repo: where.
        found: the run.
        keys: names or globs; None: all.
        limit: most points of each, downsampled as `Series.downsample` does; None: all.
        index: keeps long curves downsampled, if given.
        store: reads the files; None: a new one, with a git process of its own.

    Returns:
        Series by metric, in the order of first appearance. A value that was logged again under
        the same step replaces the one before.
    """
    series = _cached(store or RunStore(repo), found, names.METRICS, metric_place, limit, index)
    return series if keys is None else {k: v for k, v in series.items() if wanted(k, keys)}


def read_hardware(
    repo: Repository,
    found: Found,
    *,
    limit: int | None = None,
    index: RunIndex | None = None,
    store: RunStore | None = None,
) -> dict[str, Series]:
    """The hardware trace by key; steps are whole seconds since the run was created."""
    place = sample_place(from_iso(found.facts["created_at"]))
    return _cached(store or RunStore(repo), found, names.HARDWARE, place, limit, index)


def wanted(key: str, patterns: Sequence[str]) -> bool:
    """Whether one of the names or globs means a key."""
    return any(key == pattern or fnmatch.fnmatchcase(key, pattern) for pattern in patterns)


def _cached(
    store: RunStore,
    found: Found,
    name: str,
    place: Place,
    limit: int | None,
    index: RunIndex | None,
) -> dict[str, Series]:
    kind = f"{name}/{limit}/{sys.byteorder}"
    keeps = index is not None and limit is not None and found.oid and found.journal is None
    if index is not None and found.oid and keeps:
        packed = index.derived(found.oid, kind)
        if packed is not None:
            return unpack(packed)
    read = 0

    def pieces() -> Iterator[bytes]:
        nonlocal read
        for piece in read_pieces(store, found, name):
            read += len(piece)
            yield piece

    series = read_columns(pieces(), place)
    if limit is not None:
        series = {key: points.downsample(limit) for key, points in series.items()}
    if index is not None and found.oid and keeps and read > _CACHED_BYTES:
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


def read_pieces(store: RunStore, found: Found, name: str) -> Iterator[bytes]:
    """A growing file in pieces of whole lines, from git or from the journal while it runs."""
    if found.journal is not None:
        try:
            file = (found.journal / name).open("rb")
        except OSError:
            pass  # it was committed meanwhile
        else:
            with file:
                rest = b""
                while chunk := file.read(_PIECE_BYTES):
                    whole, newline, tail = (rest + chunk).rpartition(b"\n")
                    yield whole + newline
                    rest = tail
                yield rest
            return
    if found.oid:
        yield from store.parts(found.oid, name)
