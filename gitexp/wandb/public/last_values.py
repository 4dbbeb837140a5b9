"""What a run logged last of texts, lists, flags and media: run.json has the numbers alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from gitexp.index.cache import RunIndex
from gitexp.query.columns import parse_lines
from gitexp.query.runs import Found
from gitexp.query.series import read_pieces
from gitexp.schema import names, tree
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.wandb.shapes import Shapes

_KIND = "last values of what is no number"  # as the index knows them
# Lines with a value that is no number; most rows of most runs have numbers alone.
_OTHERS = re.compile(rb'^.*":\s?["\[{tfn].*$', re.MULTILINE)
_CLOCKS = {"_step": "_step", "_time": "_timestamp"}  # of the last row, by wandb's names


def last_values(repo: Repository, found: Found, shapes: Shapes) -> dict[str, Any]:
    """By metric: its newest value, in wandb's shape, where that is no number.

    `_step` and `_timestamp` are those of the last row. What a commit holds is read once, and the
    index remembers it.
    """
    metrics: Mapping[str, Any] = found.peek().get("metrics") or {}
    return {
        key: shapes.shown(value, key, step)
        for key, (step, value) in _remembered(repo, found).items()
        if not _is_older(step, value, metrics.get(key))
    }


def _remembered(repo: Repository, found: Found) -> dict[str, Any]:
    if found.oid is None or found.journal is not None:
        return _read(repo, found)
    index = RunIndex(repo)
    try:
        kept = index.derived(found.oid, _KIND)
        if kept is not None:
            return dict(orjson.loads(kept))
        values = _read(repo, found)
        index.keep(found.oid, _KIND, orjson.dumps(values))
        return values
    finally:
        index.close()


def _read(repo: Repository, found: Found) -> dict[str, Any]:
    """By metric: step and value, as it stands in metrics.jsonl."""
    newest: dict[str, Any] = {}
    last = b""
    for piece in read_pieces(RunStore(repo), found, names.METRICS):
        for row in parse_lines(b"\n".join(match.group() for match in _OTHERS.finditer(piece))):
            _take(newest, row)
        last = piece.rstrip(b"\n").rpartition(b"\n")[2] or last
    row = next(iter(parse_lines(last)), {})
    newest.update((name, (0, row[key])) for key, name in _CLOCKS.items() if key in row)
    return newest


def _take(newest: dict[str, Any], row: Mapping[str, Any]) -> None:
    step = row.get("_step")
    if not isinstance(step, int):
        return
    for key, value in row.items():
        if value is not None and (isinstance(value, bool) or tree.number(value) is None):
            newest[key] = step, value


def _is_older(step: int, value: Any, metric: Mapping[str, Any] | None) -> bool:
    """Whether a number of the same name came later."""
    if metric is None:
        return False
    last_step = metric.get("last_step") or 0
    if isinstance(value, bool):  # it counts as a number, too
        return step < last_step or metric.get("last") != float(value)
    return bool(step <= last_step)
