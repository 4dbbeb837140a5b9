"""`%load_ext gitexp` and `%%record`: a notebook's cell as a run, shown live below it."""

from __future__ import annotations

import argparse
import shlex
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from gitexp.capture.argv import parse_assignment
from gitexp.journal.fold import JournalFold
from gitexp.record.active import ActiveRun
from gitexp.record.api import current, leave_open
from gitexp.record.ending import status_of_error
from gitexp.record.guard import guarded, report
from gitexp.record.run_tree import journal_view
from gitexp.schema import clock, tree
from gitexp.schema.run import Run

_EVERY_S = 1.0


class RunCard:
    """What a cell shows of a run, as it stands in the journal."""

    def __init__(self, run: ActiveRun) -> None:
        """Nothing is read before `html`."""
        self._folder = run.folder
        self._fold = JournalFold(run.folder)
        self._lock = threading.Lock()

    def html(self, ended: Callable[[Run], Run] = lambda run: run) -> str:
        """The card.

        Args:
            ended: what the journal did not know yet: how the run ended.
        """
        from gitexp.render.notebook import run_card

        with self._lock:
            self._fold.update()
            run = ended(self._fold.run())
            return run_card(journal_view(self._fold, run, self._folder, ()))

    def read(self) -> None:
        """Take in what is in the journal, which is removed when the run is in git."""
        with self._lock:
            self._fold.update()


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext gitexp`: the magic."""
    shell.register_magic_function(CellMagic(shell), "cell", "record")


def card_of(run: ActiveRun) -> str | None:
    """The card of a run that goes on; None: it has ended, or cannot be shown."""
    try:
        return None if run.ended else RunCard(run).html()
    except Exception as error:  # noqa: BLE001 - a cell's output never fails for its tracker
        report(error, "showing the run")
        return None


class CellMagic:
    """`%%record [-n NAME] [-t TAG] [-m NOTE] [--set KEY=VALUE] [--no-display]`."""

    __name__ = "record"  # IPython asks magics for it

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def __call__(self, line: str, cell: str) -> None:
        """Run the cell as a tracked run; an error or an interrupt in it ends the run as such."""
        options = _parse(line)
        if options is None:
            return
        active = current()
        if active is not None and not active.ended:
            sys.stderr.write(f"%%record: {active!r} goes on; gitexp.finish() ends it\n")
            return
        config: dict[str, Any] = {}
        for assignment in options.assignments:
            key, value = parse_assignment(assignment)
            tree.put(config, key, value)
        # The package's own init(), which an init() in the cell joins.
        begin = sys.modules["gitexp"].init
        run = begin(config, name=options.name, tags=options.tags, notes=options.note)
        leave_open()
        if not isinstance(run, ActiveRun):
            self._shell.run_cell(cell)
            return
        card = RunCard(run)
        run.before_end(card.read)
        show = _Display(card) if options.display else None
        result = self._shell.run_cell(cell)
        error = result.error_before_exec or result.error_in_exec
        if not run.ended:  # the cell itself may have called gitexp.finish()
            run.__exit__(type(error) if error else None, error, None)
        if show is not None:
            show.close(*status_of_error(error))


class _Display:
    """The card below a cell, drawn again each second."""

    def __init__(self, card: RunCard) -> None:
        from IPython.display import HTML, display

        self._card = card
        self._html = HTML
        self._began = time.time()
        self._over = threading.Event()
        self._handle = display(HTML(card.html()), display_id=True)
        self._thread = threading.Thread(target=self._draw, daemon=True, name="gitexp-cell")
        self._thread.start()

    def close(self, status: str, exit_code: int | None) -> None:
        """Draw the end."""
        self._over.set()
        self._thread.join()
        now = time.time()
        self._update(
            lambda run: run.but(
                status=status,
                exit_code=exit_code,
                finished_at=clock.to_iso(now),
                duration_s=now - self._began,
            )
        )

    def _draw(self) -> None:
        while not self._over.wait(_EVERY_S):
            self._update(lambda run: run)

    @guarded("showing the run")
    def _update(self, ended: Callable[[Run], Run]) -> None:
        self._handle.update(self._html(self._card.html(ended)))


def _parse(line: str) -> argparse.Namespace | None:
    parser = argparse.ArgumentParser("%%record", add_help=False, exit_on_error=False)
    parser.add_argument("-n", "--name")
    parser.add_argument("-t", "--tag", dest="tags", action="append", default=[])
    parser.add_argument("-m", "--note", default="")
    parser.add_argument("--set", dest="assignments", action="append", default=[])
    parser.add_argument("--no-display", dest="display", action="store_false")
    try:
        options, rest = parser.parse_known_args(shlex.split(line))
        if rest:
            raise ValueError(f"unknown: {' '.join(rest)}")
    except (argparse.ArgumentError, ValueError, SystemExit) as error:
        sys.stderr.write(f"%%record: {error}\n{parser.format_usage()}")
        return None
    return options
