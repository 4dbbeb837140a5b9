"""Whether something has been run before: the plain data that `query.tried` finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gitexp.schema.data import DataDelta
from gitexp.schema.diff import FileDelta, ValueDelta
from gitexp.schema.run import FINISHED, Run


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about."""

    config: dict[str, Any]  # flat; empty: any
    command: tuple[str, ...] = ()  # empty: any
    cwd: str = ""  # relative to the worktree's top; counts with a command
    # Keys of the config that a run of the command must have too: not read from its arguments,
    # whose values it knows better.
    assigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that answers, or nearly."""

    run: Run
    differing: tuple[ValueDelta, ...] = ()  # config keys: (asked, there)
    code: tuple[FileDelta, ...] | None = None  # from its code to that of now; None: not compared
    same_command: bool = True
    # Data files that are not, or may not be, as they were for it; None: it names none.
    data: tuple[DataDelta, ...] | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """The answer, in each part the finished runs first and then the newest."""

    question: Question
    code_known: bool  # False: there is no worktree whose code could be compared
    exact: tuple[Earlier, ...] = ()  # the same code, config and, as far as known, data
    other_data: tuple[Earlier, ...] = ()  # the same code and config, other data
    other_code: tuple[Earlier, ...] = ()  # the same config, other code
    near: tuple[Earlier, ...] = ()  # the nearest configs, nearest first
    total: int = 0  # runs that were looked at
    counts: dict[str, int] = field(default_factory=dict)  # of all, where a part shows fewer

    @property
    def done(self) -> Run | None:
        """The newest exact repeat that finished; None: running it would tell something."""
        return next((e.run for e in self.exact if e.run.status == FINISHED), None)
