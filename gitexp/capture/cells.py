"""The cells of a notebook as they were executed, in the order of their execution."""

from __future__ import annotations

import sys
from typing import Any

from gitexp.record.active import ActiveRun
from gitexp.record.guard import guarded
from gitexp.schema import names
from gitexp.schema.redact import redact_text


def keep_cells(run: ActiveRun) -> None:
    """Keep what this kernel has executed, and what it executes until the run ends.

    Outside IPython nothing happens. A notebook's file says what its cells are; only this says
    which of them ran, how often and in which order.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        _Keeper(run, shell).begin()


class _Keeper:
    def __init__(self, run: ActiveRun, shell: Any) -> None:
        self._run, self._shell = run, shell

    def begin(self) -> None:
        self._shell.events.register("post_run_cell", self.write)
        self._run.before_end(self.write)
        self._run.on_finish(self._stop)
        self.write()

    @guarded("keeping the notebook's cells")
    def write(self, *result: object) -> None:
        executed = list(enumerate(self._shell.history_manager.input_hist_raw))
        self._run.write_document(names.CELLS, notebook_of(executed[1:]))

    def _stop(self) -> None:
        # IPython goes through the list while it calls us.
        self._shell.events.callbacks["post_run_cell"] = [
            each for each in self._shell.events.callbacks["post_run_cell"] if each != self.write
        ]


def notebook_of(cells: list[tuple[int, str]]) -> dict[str, Any]:
    """A notebook of format 4.5 with cells (execution count, source); credentials replaced."""
    version = ".".join(map(str, sys.version_info[:3]))
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python", "version": version},
        },
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{count}",
                "execution_count": count,
                "metadata": {},
                "outputs": [],
                "source": redact_text(source),
            }
            for count, source in cells
        ],
    }
