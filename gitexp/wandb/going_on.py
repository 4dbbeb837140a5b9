"""Which run `init(resume=…, fork_from=…, resume_from=…)` goes on with, or begins from."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from typing import Any

from gitexp.errors import (
    BadArgument,
    CheckpointNotFound,
    GitexpError,
    NothingToResume,
    RunIsRunning,
    RunNotFound,
    UsageError,
)
from gitexp.journal.processes import is_supervised, read_identity
from gitexp.query.checkpoints import resolve_checkpoint
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.record import api
from gitexp.record.guard import warn
from gitexp.record.joining import is_anothers, is_ours
from gitexp.record.recovery import recover_one
from gitexp.record.resume import Origin
from gitexp.schema.run import FINISHED, RUNNING
from gitexp.store.repository import Repository
from gitexp.wandb.facts import AUTO, MUST, NEVER, GoingOn, mode_of, script_of_process

_STEP = "?_step="
_COMMIT_WAIT_S = 60.0


def find(
    repo: Repository,
    asked: Mapping[str, Any],
    fork_from: str | None = None,
    resume_from: str | None = None,
) -> GoingOn:
    """What a call of init() goes on with.

    Args:
        repo: where.
        asked: its keywords: resume, id, name, project, mode.
        fork_from: `run:label`, or wandb's `id?_step=n`.
        resume_from: wandb's `id?_step=n`.

    Raises:
        NothingToResume, CheckpointNotFound: there is no such run, or label.
        RunIsRunning: it has not ended.
        UsageError: the keywords contradict each other, or the run that must not exist does.
    """
    if fork_from and resume_from:
        raise BadArgument("fork_from and resume_from exclude each other")
    if fork_from or resume_from:
        try:
            return _begin_at(repo, asked, fork_from, resume_from)
        except RunNotFound as error:
            raise NothingToResume(error.name, error.near) from None
    mode = mode_of(asked.get("resume"))
    wanted = asked.get("id") or (asked.get("name") if mode else None)
    if asked.get("mode") == "shared" and wanted:
        return _share(repo, str(wanted), asked.get("project"))
    if mode == AUTO and not asked.get("id"):
        return _last_that_failed(repo)
    if mode == MUST and not wanted:
        raise UsageError('resume="must" needs to know the run', "give its id=, or $WANDB_RUN_ID")
    if not mode or not wanted:
        return GoingOn()
    found = find_run(repo, str(wanted), asked.get("project"))
    if found is None:
        if mode == MUST:
            raise NothingToResume(str(wanted), why=f"resume={mode!r}: there is no run {wanted!r}")
        return GoingOn()
    if mode == NEVER:
        raise UsageError(
            f"run {wanted!r} exists, and resume='never'", "choose another id, or resume='allow'"
        )
    return _resumable(repo, found, str(wanted), asked.get("project"))


def _begin_at(
    repo: Repository, asked: Mapping[str, Any], fork_from: str | None, resume_from: str | None
) -> GoingOn:
    text, id, project = str(fork_from or resume_from), asked.get("id"), asked.get("project")
    same = id == re.split("[?:]", text)[0]
    if fork_from:
        if id and same:
            raise BadArgument(f"a fork of {id!r} cannot have its id", "resume_from= rewinds a run")
        return _fork(repo, text, project)
    if id and not same:
        raise BadArgument(f"id={id!r}, and resume_from={text!r}", "leave the id out")
    return _rewind(repo, text, project)


def find_run(repo: Repository, wanted: str, project: Any = None) -> Found | None:
    """The run of an id, gitexp's own or one that init() was given, else of a name; the newest.

    Args:
        repo: where.
        wanted: the id or name.
        project: of several runs with one id, one of this project is preferred.
    """
    text = wanted.encode()
    rated: list[tuple[int, float, Found]] = []
    with Runs(repo) as runs:
        for run in runs.scan():
            # Most of ten thousand runs need not be parsed.
            if run.error is not None or text not in run.to_json():
                continue
            told = told_of(run)
            if run.id == wanted or told.get("id") == wanted:
                same = project is None or told.get("project") == project
                rated.append((2 + same, run.created_s, run))
            elif wanted in (run.name, told.get("name")):
                rated.append((1, run.created_s, run))
    return max(rated, key=lambda row: row[:2])[2] if rated else None


def told_of(run: Found) -> Mapping[str, Any]:
    """What init() was told that gitexp has no field for."""
    told = (run.peek().get("capture") or {}).get("wandb")
    return told if isinstance(told, dict) else {}


def _resumable(repo: Repository, found: Found, wanted: str, project: Any) -> GoingOn:
    if found.journal is not None and is_ours(found.journal):
        # It ends with the command: it was finished in this process, or one before it.
        if api.active() is not None or is_anothers(found.journal):
            raise RunIsRunning(found.name)
        return GoingOn(join=found.journal, facts=told_of(found), again=True)
    if found.journal is not None:
        settle(repo, found)
        again = find_run(repo, wanted, project)
        if again is None or again.journal is not None:
            raise RunIsRunning(found.name)
        found = again
    if found.peek().get("status") == RUNNING:
        # Its last commit may have come while the refs were read.
        found = find_run(repo, found.id, project) or found
    assert found.oid is not None
    facts = found.peek()
    if facts.get("status") == RUNNING:
        warn(
            f"{found.name} has not ended as far as is known here (on {facts.get('host')}); "
            "it goes on from its newest commit"
        )
    return GoingOn(Origin(name=found.name, oid=found.oid), facts=told_of(found))


def settle(repo: Repository, found: Found) -> None:
    """Have a run that is still in its journal committed, if its processes are gone.

    Raises:
        RunIsRunning: they are not.
        GitexpError: it cannot be committed.
    """
    folder = found.journal
    assert folder is not None
    deadline = time.monotonic() + _COMMIT_WAIT_S
    while folder.exists():
        identity = read_identity(folder)
        if identity is not None and identity.is_alive(folder) and identity.pid != os.getpid():
            raise RunIsRunning(found.name)
        if not is_supervised(folder):
            done = recover_one(repo, folder)
            if done is not None and done.error:
                raise GitexpError(f"{found.name} cannot be committed: {done.error}")
        if time.monotonic() > deadline:
            raise RunIsRunning(found.name)
        time.sleep(0.05)


def _share(repo: Repository, wanted: str, project: Any) -> GoingOn:
    found = find_run(repo, wanted, project)
    if found is None or found.journal is None:
        return GoingOn()
    return GoingOn(join=found.journal, facts=told_of(found))


def _last_that_failed(repo: Repository) -> GoingOn:
    """The newest run that was begun with resume="auto" by this script, if it did not finish."""
    host, script = os.uname().nodename, script_of_process()
    with Runs(repo) as runs:
        for run in runs.scan():
            told = told_of(run)
            if told.get("resume") != AUTO or run.peek().get("host") != host:
                continue
            if told.get("script") != script:
                continue
            if run.peek().get("status") == FINISHED:
                break
            try:
                return _resumable(repo, run, run.id, None)
            except RunIsRunning:
                continue
    return GoingOn()


def _fork(repo: Repository, text: str, project: Any) -> GoingOn:
    if _STEP in text:
        name, step = _at_step(text)
        found = find_run(repo, name, project) or _by_selector(repo, name)
        return GoingOn(_of(repo, found, fork=True, last_step=step))
    whole = find_run(repo, text, project)
    if whole is not None and whole.oid is not None and not whole.run.checkpoints:
        return GoingOn(_of(repo, whole, fork=True))
    with Runs(repo) as runs:
        try:
            chosen = resolve_checkpoint(runs, _by_name(repo, text, project))
        except CheckpointNotFound:
            if ":" in text:
                raise
            return GoingOn(_of(repo, resolve(runs, text), fork=True))
    origin = _of(
        repo,
        chosen.run,
        fork=True,
        last_step=chosen.entry.step,
        checkpoint=chosen.entry.label,
    )
    return GoingOn(origin)


def _by_name(repo: Repository, text: str, project: Any) -> str:
    """`id:label` as `name:label`, where the id is one that init() was given."""
    name, colon, label = text.partition(":")
    found = find_run(repo, name, project)
    return text if found is None else f"{found.name}{colon}{label}"


def _rewind(repo: Repository, text: str, project: Any) -> GoingOn:
    name, step = _at_step(text)
    found = find_run(repo, name, project) or _by_selector(repo, name)
    going = _resumable(repo, found, found.id, None)
    if going.origin is None:
        raise RunIsRunning(found.name)
    origin = Origin(name=going.origin.name, oid=going.origin.oid, last_step=step)
    return GoingOn(origin, facts=going.facts)


def _at_step(text: str) -> tuple[str, int]:
    name, mark, step = text.partition(_STEP)
    if not mark or not step.isdigit():
        raise BadArgument(f"{text!r} names no step", "it looks like RUN_ID?_step=200")
    return name, int(step)


def _by_selector(repo: Repository, name: str) -> Found:
    with Runs(repo) as runs:
        return resolve(runs, name)


def _of(
    repo: Repository,
    found: Found,
    *,
    fork: bool,
    last_step: int | None = None,
    checkpoint: str | None = None,
) -> Origin:
    if found.oid is None:
        raise GitexpError(
            f"{found.name} is not in git yet", "it gets there in the background; try again"
        )
    return Origin(
        name=found.name, oid=found.oid, fork=fork, last_step=last_step, checkpoint=checkpoint
    )
