"""Run a recorded command again, in a worktree of the code that it ran on."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError
from gitexp.record.command import Recorded, record
from gitexp.record.observer import Observer
from gitexp.record.repeat_inputs import copy_inputs
from gitexp.record.start import Plan
from gitexp.schema import names
from gitexp.schema.redact import REDACTED
from gitexp.schema.run import RUNNING, Lineage, Run
from gitexp.schema.tree import flatten, put
from gitexp.settings import Settings
from gitexp.store.repository import Repository

_PYTHON = re.compile(r"(.*/)?(python|pypy)[\d.]*")


def repeat_command(
    original: Run, home: Path, top: Path | None = None, *, python: Path | None = None
) -> tuple[str, ...]:
    """The command to run again.

    Args:
        original: the run.
        home: top of the user's worktree. An interpreter that the command names by a path, of an
            environment that git ignores, is taken from there; if it is not there either, the one
            on the PATH takes its place.
        top: of the worktree to run in; None: there is none yet.
        python: takes the place of the interpreter that the command names.

    Raises:
        GitexpError: there is no command, or a credential in it was not recorded.
    """
    command = original.command
    if original.status == RUNNING:
        raise GitexpError(f"{original.name} is still running", "reproduce it when it has ended")
    if not command:
        raise GitexpError(
            f"run {original.name!r} has no command",
            f"`gitexp checkout {original.name}` gives its code back",
        )
    hidden = [word for word in command if REDACTED in word]
    if hidden:
        raise GitexpError(
            f"the command of run {original.name!r} held a credential, which is not recorded: "
            f"{hidden[0]}",
            f"`gitexp checkout {original.name}` and run it by hand",
        )
    first = command[0]
    if not _PYTHON.fullmatch(first):
        return command
    if python is not None:
        return (str(python), *command[1:])
    if "/" not in first or (top is not None and (top / original.cwd / first).exists()):
        return command
    # Not resolved: an environment's interpreter is a link, and means that environment by its name.
    known = Path(os.path.abspath(home / original.cwd / first))
    found = known if known.exists() else shutil.which(known.name) or shutil.which("python3")
    return (str(found or first), *command[1:])


def repeat_folder(original: Run, top: Path) -> Path:
    """Where in a worktree the command ran.

    Raises:
        GitexpError: there is no such folder in the code, or it leads out of it.
    """
    folder = top / original.cwd
    real = Path(os.path.realpath(folder))
    if not real.is_relative_to(os.path.realpath(top)):
        raise GitexpError(f"the folder that it ran in leads out of its code: {original.cwd}")
    if not real.is_dir():
        raise GitexpError(f"the folder that it ran in is not in its code: {original.cwd}")
    return folder


def repeat_config(original: Run) -> tuple[dict[str, Any], list[str]]:
    """The recorded config, and the keys that are left out of it since they were redacted."""
    config: dict[str, Any] = {}
    hidden: list[str] = []
    for key, value in flatten(original.config).items():
        if REDACTED in str(value):
            hidden.append(key)
        else:
            put(config, key, value)
    return config, hidden


def repeat_run(
    top: Path,
    settings: Settings,
    original: Run,
    command: Sequence[str],
    started: Callable[[str], None],
    *,
    python: str | None,
    captures: Sequence[str],
    observer: Observer | None = None,
    environment: Mapping[str, str] | None = None,
    links: Mapping[Path, Path] | None = None,
    inputs: Mapping[Path, Path] | None = None,
) -> Recorded:
    """Run a command again as a new run whose lineage names the original.

    Args:
        top: of the worktree with the original's code.
        settings: of the user's project, not of the code.
        original: the run.
        command: to run, see `repeat_command`.
        started: called with the new run's name right before the command starts.
        python: the interpreter that the command starts, if it is Python.
        captures: the active ones.
        observer: finds metrics in the output.
        environment: variables for the command beside those of this process.
        links: path in the worktree → what is linked there: data that git ignores. They are made
            after the snapshot, so the new run's code is the original's.
        inputs: path in the worktree → what is copied there, in the same way.

    Raises:
        CommandNotFound, JournalProblem, GitexpError: as for `record`.
    """
    globs = original.capture.get("checkpoint")
    patterns = [glob for glob in globs if isinstance(glob, str)] if isinstance(globs, list) else []
    name = f"{original.name}-repeat"
    plan = Plan(
        name=name if names.why_not_a_name(name) is None else None,
        exact_name=False,
        command=tuple(command),
        python=python,
        config=repeat_config(original)[0],
        group=original.group,
        job_type=original.job_type,
        capture={**dict.fromkeys(captures, True), "checkpoint": patterns},
        lineage=Lineage(reproduced_from=original.name),
    )

    def begin(run: str) -> None:
        for place, target in (links or {}).items():
            _link(top, place, target)
        copy_inputs(inputs or {}, top)
        started(run)

    with _inside(repeat_folder(original, top)):
        return record(
            Repository.open(top),
            settings,
            plan,
            command,
            begin,
            globs=patterns,
            observer=observer,
            environment=environment,
        )


def check_link(top: Path, place: Path) -> None:
    """Whether something can be linked to a place in a worktree.

    Raises:
        GitexpError: the code has something there, or the place leads out of it.
    """
    path = top / place
    if place.is_absolute() or ".." in place.parts:
        raise GitexpError(f"--link {place}: a path in the code is expected")
    # A folder of the code may be a link to anywhere.
    if not Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(top)):
        raise GitexpError(f"--link {place}: it leads out of the code")
    if os.path.lexists(path):
        raise GitexpError(f"--link {place}: that is part of the code")


def _link(top: Path, place: Path, target: Path) -> None:
    check_link(top, place)
    (top / place).parent.mkdir(parents=True, exist_ok=True)
    (top / place).symlink_to(target)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
