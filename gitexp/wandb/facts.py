"""What wandb calls a run's project, entity and id: kept in run.json under capture.wandb."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import BadArgument

if TYPE_CHECKING:
    from gitexp.record.resume import Origin

MUST, ALLOW, NEVER, AUTO = "must", "allow", "never", "auto"
_MODES = {"true": AUTO, "false": "", "none": "", "": ""}


@dataclass(slots=True)
class Facts:
    """What init() was told that a run of gitexp has no field for."""

    project: str | None = None
    entity: str | None = None
    id: str | None = None
    name: str | None = None
    resume: bool = False  # whether resume="auto" may go on with the run
    group: str | None = None
    job_type: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def to_capture(self) -> dict[str, str]:
        """As it stands in run.json; group and job_type have fields of their own there."""
        told = {"project": self.project, "entity": self.entity, "id": self.id, "name": self.name}
        if self.resume:
            told |= {"resume": AUTO, "script": script_of_process()}
        return {key: str(value) for key, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class GoingOn:
    """What a run goes on with.

    Attributes:
        origin: a run in git; None: there is nothing to go on with.
        join: the journal of a run that runs, where several processes share it.
        facts: what scripts call it: id, name, project, entity.
        again: whether `join` is one that this command had finished.
    """

    origin: Origin | None = None
    join: Path | None = None
    facts: Mapping[str, Any] | None = None
    again: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it is an older run itself, no new one that begins from it."""
        return self.origin is not None and not self.origin.fork


def mode_of(resume: Any) -> str:
    """must, allow, never or auto; "" if nothing is to be resumed.

    Raises:
        BadArgument: it is none of these.
    """
    if resume is None or resume is False:
        return ""
    word = AUTO if resume is True else str(resume).lower()
    word = _MODES.get(word, word)
    if word not in (MUST, ALLOW, NEVER, AUTO, ""):
        raise BadArgument(
            f"resume={resume!r} is unknown", "it is one of must, allow, never, auto, True"
        )
    return word


def default_project() -> str:
    """wandb's name of a project that nobody named: the repository, and the script's folder."""
    here = Path.cwd()
    top = next((path for path in (here, *here.parents) if (path / ".git").exists()), None)
    if top is None:
        return "uncategorized"
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    folder = Path(main).absolute().parent if main else top
    below = folder.relative_to(top) if folder.is_relative_to(top) else Path()
    return "-".join(filter(None, (top.name, "_".join(below.parts))))


def script_of_process() -> str:
    """What runs here, so that the same script finds its own runs again."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return os.path.abspath(main) if main else os.getcwd()
