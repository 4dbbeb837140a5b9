"""Run a run again in a fresh worktree of its code, with the same captures, and compare."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitexp.capture.handover import handover
from gitexp.capture.interpreter import interpreter_of
from gitexp.capture.output_metrics import OutputMetrics
from gitexp.capture.selection import CAPTURES, chosen_captures
from gitexp.errors import GitexpError
from gitexp.hardware.environment import capture_environment
from gitexp.query.checkout import checkout_run
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.query.verdict import compare_runs, environment_deltas
from gitexp.query.view import read_environment
from gitexp.record.annotate import add_verdict
from gitexp.record.command import Recorded
from gitexp.record.repeat_inputs import find_inputs
from gitexp.record.reproduce import check_link, repeat_command, repeat_config, repeat_run
from gitexp.schema.diff import ValueDelta
from gitexp.schema.names import FETCHED_PREFIX
from gitexp.schema.run import Run
from gitexp.schema.verdict import Comparison
from gitexp.settings import load_settings
from gitexp.store.remote import read_ids
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.worktree import Worktree, remove_worktree

TOLERANCE = 0.01


class Audience:
    """Who is told what happens, and asked; this one is silent and trusts no stranger."""

    def begin(self, original: Run, stranger: str) -> None:
        """What is to run.

        Args:
            original: the run.
            stranger: why it counts as somebody else's; empty: it does not.

        Raises:
            GitexpError: it is not to run.
        """
        if stranger:
            raise GitexpError(
                f"run {original.name!r} is somebody else's command ({stranger})",
                "look at its code with `gitexp checkout`, then say trust=True",
            )

    def checked_out(self, worktree: Worktree) -> None:
        """The code is there."""

    def compared(self, different: tuple[ValueDelta, ...], hidden: Sequence[str]) -> None:
        """What of the environment differs; config keys that are redacted, so they are missing."""

    def left_out(self, packages: Sequence[str]) -> None:
        """Packages that pip does not find: they are missing from the new environment."""

    def missing(self, inputs: Sequence[str]) -> None:
        """Files that the run read, and that are neither in its code nor as they were here."""

    def started(self, name: str) -> None:
        """The new run begins."""


class _Trusting(Audience):
    def begin(self, original: Run, stranger: str) -> None:
        """Whoever wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a run is run again.

    Attributes:
        folder: the worktree to run in, which is kept; None: a temporary one.
        links: data that git ignores: paths of the user's worktree that are linked into that one.
        venv: whether to build the recorded packages first.
        tolerance: relative difference of a curve's points that still counts as the same.
    """

    folder: Path | None = None
    links: tuple[Path, ...] = ()
    venv: bool = False
    tolerance: float = TOLERANCE


def reproduce(
    run: str,
    *,
    folder: Path | str | None = None,
    links: Sequence[Path | str] = (),
    venv: bool = False,
    tolerance: float = TOLERANCE,
    trust: bool = False,
    path: Path | str | None = None,
) -> Comparison:
    """Run a run again and say whether the same came out; both runs keep the verdict.

    Args:
        run: what `gitexp.load` takes.
        folder: as in `How`.
        links: the same.
        venv: the same.
        tolerance: the same.
        trust: also run the command of a run that is somebody else's.
        path: a folder of the repository; the current one by default.

    Raises:
        RunNotFound, AmbiguousRun, MalformedRun: as for `gitexp.load`.
        GitexpError: it cannot be run again, or is somebody else's and not trusted.
    """
    how = How(
        folder=None if folder is None else Path(folder),
        links=tuple(map(Path, links)),
        venv=venv,
        tolerance=tolerance,
    )
    repo = Repository.open(None if path is None else Path(path))
    return reproduce_run(repo, run, how, _Trusting() if trust else Audience())


def reproduce_run(repo: Repository, selector: str, how: How, audience: Audience) -> Comparison:
    """The same, for somebody who watches.

    Raises:
        RunNotFound, AmbiguousRun, MalformedRun, GitexpError: as for `reproduce`.
    """
    with Runs(repo) as runs:
        found = resolve(runs, selector)
        original = found.run
        repeat_command(original, repo.top)  # says first what cannot be
        audience.begin(original, stranger_of(repo, original))
        with _worktree(runs, found, how.folder, audience) as (top, scratch):
            for place in how.links:
                check_link(top, place)
            done, different = _run_again(repo, found, top, scratch, how, audience)
    if done.run is None:
        raise GitexpError(f"the new run is not in git yet: {done.trouble}", "gitexp recover")
    return _judge(repo, original, done.run, how.tolerance, different)


def stranger_of(repo: Repository, run: Run) -> str:
    """Why a run counts as somebody else's; empty: it does not."""
    identity = repo.identity()
    if run.author != f"{identity.name} <{identity.email}>":
        return "somebody else"
    # Whoever pushes a run can write any author into it.
    fetched = read_ids(repo, FETCHED_PREFIX)
    return "it was fetched" if run.id in fetched.values() else ""


@contextmanager
def _worktree(
    runs: Runs, found: Found, folder: Path | None, audience: Audience
) -> Iterator[tuple[Path, Path]]:
    """A worktree of the run's code and an empty folder beside it; both go, but for `folder`."""
    scratch = Path(tempfile.mkdtemp(prefix="gitexp-"))
    made: Worktree | None = None
    try:
        made = checkout_run(runs, found, folder or scratch / "code").worktree
        audience.checked_out(made)
        yield made.folder, scratch
    finally:
        if folder is None and made is not None:
            remove_worktree(runs.repo, made.folder)
        shutil.rmtree(scratch, ignore_errors=True)


def _run_again(
    repo: Repository, found: Found, top: Path, scratch: Path, how: How, audience: Audience
) -> tuple[Recorded, tuple[ValueDelta, ...]]:
    """Build the environment, compare it, run; what came of it, and what was different."""
    original = found.run
    settings = load_settings(repo.worktree)
    recorded = read_environment(RunStore(repo), found)
    variables: dict[str, str] = {}
    interpreter: Path | None = None
    if how.venv:
        from gitexp.record.virtualenv import build_virtualenv

        interpreter = build_virtualenv(scratch / "venv", recorded, audience.left_out)
        variables["VIRTUAL_ENV"] = str(interpreter.parents[1])
        variables["PATH"] = f"{interpreter.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    words = repeat_command(original, repo.top, top, python=interpreter)
    python = str(interpreter) if interpreter else interpreter_of(words)
    now = capture_environment(python, {**os.environ, **variables})
    different = environment_deltas(recorded, now) if recorded else ()
    audience.compared(different, repeat_config(original)[1])
    captures = tuple(name for name in CAPTURES if original.capture.get(name)) or chosen_captures(
        settings.capture_use
    )
    linked = {place: repo.top / place for place in how.links}
    inputs, missing = find_inputs(original, repo.top, top, linked)
    if missing:
        audience.missing(missing)
    done = repeat_run(
        top,
        settings,
        original,
        words,
        audience.started,
        python=python,
        captures=captures,
        observer=OutputMetrics(settings.capture_patterns, printed="output" in captures),
        environment={**variables, **handover(words, captures)},
        links=linked,
        inputs=inputs,
    )
    return done, different


def _judge(
    repo: Repository,
    original: Run,
    repeat: Run,
    tolerance: float,
    different: tuple[ValueDelta, ...],
) -> Comparison:
    """Compare both runs and put the verdict down in both."""
    with Runs(repo) as runs:
        before, after = resolve(runs, original.name), resolve(runs, repeat.name)
        comparison = compare_runs(runs, before, after, tolerance=tolerance, environment=different)
    verdict = comparison.verdict
    add_verdict(repo, original.name, verdict)
    add_verdict(repo, repeat.name, verdict.seen_from_repeat(original.name, original.id))
    return comparison
