"""The active run where it is used in other processes: as an argument of theirs, or by its id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import UsageError
from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.record.mappings import set_by_nobody
from gitexp.wandb.facts import Facts

if TYPE_CHECKING:
    from gitexp.wandb.run import Run


class Sendable(ActiveRun):
    """A run that can be an argument of another process, which then logs to it."""

    _facts: Facts

    @property
    def _attach_id(self) -> str:
        """What `attach()` finds it by."""
        self.share()
        return self._facts.id or self._start.id

    def __reduce__(self) -> tuple[Any, ...]:
        self.share()
        told = self._facts.to_capture() | {"group": self._facts.group}
        return received, (str(self._folder), told, self._closed)

    def __copy__(self) -> Sendable:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Sendable:
        return self


def received(folder: str, told: Mapping[str, Any], ended: bool) -> Any:
    """The run of a journal, as another process sent it; a disabled one if it has ended.

    Args:
        folder: the journal.
        told: what init() was told.
        ended: whether it had ended when it was sent.
    """
    from gitexp.wandb.disabled import DisabledRun

    run = None if ended else _attached(Path(folder), told)
    return DisabledRun({}) if run is None else run


def attach(attach_id: str | None = None, run_id: str | None = None, *, run: Any = None) -> Any:
    """Log to a run that another process of this repository began, and ends.

    Args:
        attach_id: its id.
        run_id: as `attach_id`.
        run: a run that this process has already.

    Raises:
        UsageError: no run is named, or none of that id runs.
    """
    wanted = attach_id or run_id
    if (wanted is None) == (run is None):
        raise UsageError("attach() takes the id of a run, or a run")
    if run is not None:
        return run
    known = api.active()
    if known is not None and known.id == wanted:
        return known
    from gitexp.wandb.going_on import find_run, told_of

    found = find_run(api.open_repository(None), str(wanted))
    begun = None
    if found is not None and found.journal is not None:
        begun = _attached(found.journal, told_of(found))
    if begun is None:
        raise UsageError(f"no run {wanted!r} runs here", "`gitexp ls` lists all runs")
    return begun


def _attached(folder: Path, told: Mapping[str, Any]) -> Run | None:
    from gitexp.wandb.run import Run

    run = api.attach(folder, Run)
    if not isinstance(run, Run):
        return None
    set_by_nobody(run.config)
    run.take(
        Facts(
            project=told.get("project"),
            entity=told.get("entity"),
            id=told.get("id"),
            name=told.get("name"),
            group=told.get("group"),
        )
    )
    return run
