"""What the app shows of one run, and of runs beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gitexp.errors import GitexpError, RunNotFound
from gitexp.query.app.rows import run_rows
from gitexp.query.checkpoints import list_checkpoints, open_checkpoint
from gitexp.query.diff import diff_runs
from gitexp.query.runs import Found, Runs
from gitexp.query.view import load_view
from gitexp.query.whence import known_start
from gitexp.render.app.compare import compare_document as as_json
from gitexp.render.app.runs import run_detail as detail_of
from gitexp.schema import names
from gitexp.schema.checkpoint import TensorInfo
from gitexp.schema.view import RunView
from gitexp.store.reader import missing_objects
from gitexp.store.runs import RunStore
from gitexp.store.shards import HEADER, SINGLE

_CHECKPOINTS = 8  # whose tensors are listed, the newest
_TENSORS = 5_000
_README_BYTES = 200_000


def run_detail(
    everything: Runs,
    found: Found,
    *,
    row: Mapping[str, Any] | None = None,
    view: RunView | None = None,
    checkpoints: int = _CHECKPOINTS,
    origin: bool = True,
) -> dict[str, Any]:
    """The resource `run/RUN`.

    Args:
        everything: the repository's runs.
        found: the run.
        row: what `run_rows` says of it, if that is known.
        view: its files, if they were read; curves and log are not used.
        checkpoints: how many of the newest are looked into for their tensors.
        origin: whether the checkpoint that it was started from is looked for, among all runs.

    Raises:
        MalformedRun: it cannot be read.
    """
    store = RunStore(everything.repo)
    if view is None:
        view = load_view(everything.repo, found, index=everything.index, output_lines=0)
    if origin:
        view = replace(view, started_from=known_start(everything, found))
    readme = store.read_file(found.oid, names.README) if found.oid else None
    return detail_of(
        view,
        row if row is not None else run_rows(everything, [found])[0],
        tensors=_tensors(everything, found, checkpoints),
        chain=_chain(store, found),
        readme=None if readme is None else readme[:_README_BYTES].decode("utf-8", "replace"),
    )


def compare_document(
    everything: Runs, chosen: Sequence[str], *, patch: bool = True
) -> dict[str, Any]:
    """The resource `compare`: two runs or more, the first is the baseline.

    Raises:
        RunNotFound: there is no run of that exact name.
        MalformedRun: one cannot be read.
        ValueError: fewer than two names.
    """
    if len(chosen) < 2:
        raise ValueError("a comparison needs two runs or more")
    found = []
    for name in chosen:
        run = everything.get(name)
        if run is None:
            raise RunNotFound(name)
        found.append(run)
    return as_json(diff_runs(everything.repo, found, patch=patch))


def _chain(store: RunStore, found: Found) -> list[tuple[str, str, int]]:
    if found.oid is None:
        return []
    try:
        return [(c.oid, c.subject, c.time_s) for c in store.chain(found.name)]
    except GitexpError:
        return []


def _tensors(everything: Runs, found: Found, limit: int) -> dict[str, Sequence[TensorInfo]]:
    listed: dict[str, Sequence[TensorInfo]] = {}
    if not limit or found.oid is None:
        return listed
    for checkpoint in list_checkpoints(everything, found)[-limit:]:
        if checkpoint.tree is None:
            continue
        try:
            with open_checkpoint(everything.repo, checkpoint) as stored:
                header = stored.files.get(HEADER) or stored.files.get(SINGLE)
                # A fetch leaves large files on the server, and nobody asked for them here.
                if header is None or missing_objects(everything.repo, [header]):
                    continue
                listed[checkpoint.entry.label] = stored.tensors()[:_TENSORS]
        except GitexpError:
            continue  # its files are on the server, or are not what they should be
    return listed
