"""Begin a run: choose its name, make its journal, write down the facts that are known."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from gitexp.errors import BadName, RunExists
from gitexp.journal import folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import WARNING, encode_event
from gitexp.journal.processes import is_supervised
from gitexp.journal.wake import make_wake
from gitexp.record.guard import warn
from gitexp.record.naming import candidate_names, use_up
from gitexp.record.values import plain_config
from gitexp.schema import clock, names, tree
from gitexp.schema.redact import redact_argv, redact_mapping
from gitexp.schema.run import Lineage, Run
from gitexp.settings import GIT, LFS, Settings
from gitexp.store.repository import Repository

# Tell a child process which run it is part of.
JOURNAL_VARIABLE = "GITEXP_JOURNAL"
TRIAL_VARIABLE = "GITEXP_TRIAL"  # an agent tells `gitexp record` which trial it is: sweep/number
NAME_VARIABLE = "GITEXP_RUN"

_TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of a run before it begins."""

    name: str | None = None
    exact_name: bool = True  # False: a taken name gets a number behind it
    command: Sequence[str] = ()
    python: str | None = None  # the interpreter that runs the training
    config: dict[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    notes: str = ""
    group: str | None = None
    job_type: str | None = None
    capture: dict[str, Any] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=Lineage)


def trial_of_environment() -> Lineage:
    """The trial of a sweep that an agent runs with this process, for its one run alone."""
    sweep, _, number = os.environ.pop(TRIAL_VARIABLE, "").partition("/")
    return Lineage(sweep=sweep, trial=int(number)) if number.isdigit() else Lineage()


def begin(
    repo: Repository,
    settings: Settings,
    plan: Plan,
    fill: Callable[[Path], None] | None = None,
) -> tuple[Path, Run]:
    """Make the run's journal.

    What git knows (base commit, snapshot, author) is added by the supervisor.

    Args:
        repo: where.
        settings: of the project.
        plan: what is asked of the run.
        fill: writes what the journal is to begin with, before anybody takes notice of it.

    Returns:
        The journal folder and the facts in it.

    Raises:
        BadName, RunExists: the name that was asked for cannot be had.
        JournalProblem: the repository's folder cannot be written to.
    """
    created_s = time.time()
    folder, name = _claim(repo, plan)
    config = redact_mapping(plain_config(plan.config))
    run = Run(
        name=name,
        id=os.urandom(8).hex(),
        created_at=clock.to_iso(created_s),
        **facts_of(repo, plan),
        group=plan.group,
        job_type=plan.job_type,
        tags=tuple(plan.tags),
        notes=plan.notes,
        config=config,
        config_digest=tree.digest(config),
        capture=plan.capture,
        lineage=plan.lineage,
    )
    make_wake(folder)
    (folder / folders.CHECKPOINTS).mkdir()
    if fill is not None:
        fill(folder)
    write_settings(folder, repo, settings, plan)
    # Last: a folder with a run.json is a journal, others take no notice of it before.
    folders.write_json(folder / folders.RUN, run.to_json())
    return folder, run


def facts_of(repo: Repository, plan: Plan) -> dict[str, Any]:
    """What is run where, as run.json has it."""
    return {
        "command": tuple(redact_argv([_shown(argument) for argument in plan.command])),
        "cwd": _relative_cwd(repo),
        "host": os.uname().nodename,
    }


def write_settings(folder: Path, repo: Repository, settings: Settings, plan: Plan) -> None:
    """Write down what the run goes on with; a setting that cannot be is a warning."""
    settings, warning = _with_usable_backend(repo, settings)
    folders.write_json(
        folder / folders.SETTINGS,
        {
            "worktree": _quoted(repo.worktree),
            "python": _quoted(plan.python),
            "settings": asdict(settings),
            # The user's word counts more than the script's.
            "pinned": plan.exact_name and plan.name is not None,
        },
    )
    if warning:
        warn(warning)
        events = LineFile(folder / folders.EVENTS)
        events.append(encode_event(WARNING, message=warning))
        events.close()


def _with_usable_backend(repo: Repository, settings: Settings) -> tuple[Settings, str]:
    """The settings that the run goes on with, and a warning if they are not those of the user."""
    if settings.checkpoints_backend != LFS:
        return settings, ""
    from gitexp.store.lfs import is_installed

    if is_installed(repo):
        return settings, ""
    return replace(settings, checkpoints_backend=GIT), (
        "git-lfs was not found, so this run's checkpoints go into git "
        '(checkpoints.backend = "lfs"); install it: https://git-lfs.com'
    )


def stored_settings(folder: Path) -> tuple[Path | None, str | None, Settings]:
    """Worktree, interpreter and settings, as the run began with them."""
    stored = folders.read_json(folder / folders.SETTINGS) or {}
    known = Settings.__dataclass_fields__
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in (stored.get("settings") or {}).items()
        if key in known
    }
    worktree = _unquoted(stored.get("worktree"))
    return (
        Path(worktree) if worktree else None,
        _unquoted(stored.get("python")),
        Settings(**values),
    )


def is_pinned(folder: Path) -> bool:
    """Whether the run has the name that the user gave it on the command line."""
    return bool((folders.read_json(folder / folders.SETTINGS) or {}).get("pinned"))


def _quoted(path: Path | str | None) -> str | None:
    """A path as JSON can keep it: it may hold any bytes."""
    return None if path is None else quote_from_bytes(os.fsencode(path))


def _unquoted(text: str | None) -> str | None:
    return None if text is None else os.fsdecode(unquote_to_bytes(text))


def _shown(argument: str) -> str:
    """A command's argument as run.json shows it: bytes that are no UTF-8 as escapes."""
    return os.fsencode(argument).decode("utf-8", "backslashreplace")


def _claim(repo: Repository, plan: Plan) -> tuple[Path, str]:
    if plan.name is None:
        for name in candidate_names(repo.common_dir):
            try:
                folder = folders.make_journal(repo.common_dir, name)
            except FileExistsError:
                continue
            use_up(repo.common_dir, name)
            return folder, name
        raise RunExists(name)
    why = names.why_not_a_name(plan.name)
    if why:
        raise BadName(plan.name, why)
    # Only here: most runs are not named by hand.
    from gitexp.store.refs import read_ref

    for count in range(1, _TRIES):
        name = plan.name if count == 1 else f"{plan.name}-{count}"
        if read_ref(repo, names.ref_of(name)) is None:
            try:
                return folders.make_journal(repo.common_dir, name), name
            except FileExistsError:
                _drop_if_abandoned(folders.journal_of(repo.common_dir, name))
        if plan.exact_name:
            break
    raise RunExists(name)


def _drop_if_abandoned(folder: Path) -> None:
    """A folder that never became a journal (a crash in its first milliseconds) is no claim."""
    old = time.time() - 60
    try:
        young = folder.stat().st_mtime > old or (folder / folders.RUN).exists()
        if not young and not is_supervised(folder):
            folders.remove_journal(folder)
    except OSError:
        return


def _relative_cwd(repo: Repository) -> str:
    if repo.worktree is None:
        return ""
    try:
        path = Path.cwd().relative_to(repo.worktree)
    except (ValueError, OSError):
        return ""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "" if text == "." else text
