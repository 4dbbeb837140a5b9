"""A run's journal without a supervisor, for what a training process writes into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gitexp.capture.watch import unwatch
from gitexp.journal import folders
from gitexp.journal.tail import LineTail
from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.schema import names
from gitexp.schema.run import Run


@contextmanager
def journal_run(folder: Path) -> Iterator[ActiveRun]:
    """The active run of this process, until the block ends."""
    run = Run(name="a-b-c", id="1", created_at="2024-01-01T00:00:00.000Z")
    folder.mkdir(parents=True, exist_ok=True)
    folders.write_json(folder / folders.RUN, run.to_json())
    (folder / folders.CHECKPOINTS).mkdir(exist_ok=True)
    active = ActiveRun(folder, run, owns=False)
    before, api._active = api._active, active
    try:
        yield active
    finally:
        active.finish()
        unwatch()
        api._active = before


def histogram_lines(folder: Path, kind: str | None = None) -> list[dict[str, Any]]:
    """What histograms.jsonl holds."""
    lines = LineTail(folder / names.HISTOGRAMS).objects(final=True)
    return [line for line in lines if kind in (None, line["kind"])]
