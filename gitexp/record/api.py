"""What `import gitexp` offers to a training: init, log, finish and the run in between."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import JournalProblem
from gitexp.journal import events
from gitexp.journal.processes import write_identity
from gitexp.record import mappings
from gitexp.record.active import ActiveRun
from gitexp.record.config_values import config_value
from gitexp.record.console import Console
from gitexp.record.defined import Metric
from gitexp.record.guard import guarded, report, warn
from gitexp.record.idle import IdleRun
from gitexp.record.joining import as_it_began, as_it_stands, is_anothers
from gitexp.record.number_rows import NOTHING
from gitexp.record.process_end import watch_exit
from gitexp.record.spawn import spawn_background, wait_until_committed
from gitexp.record.start import JOURNAL_VARIABLE, Plan, begin
from gitexp.record.surroundings import is_disabled as is_disabled
from gitexp.record.surroundings import open_repository as open_repository
from gitexp.record.surroundings import rank, typed_command
from gitexp.record.values import config_items
from gitexp.schema import names
from gitexp.schema.run import Lineage
from gitexp.settings import load_settings

if TYPE_CHECKING:
    from gitexp.record.resume import Origin

_active: ActiveRun | IdleRun | None = None
_latest: ActiveRun | IdleRun | None = None  # also when it has ended
_begun: list[ActiveRun] = []  # in their order, also those that the module's functions pass by
_joined = False
_implicit = False  # somebody logs without an init(), so it is called for them
_left_open = False  # the active run was begun so: the script's own init() may yet come
_pending_config: dict[str, Any] = {}


def init(
    config: Any = None,
    *,
    name: str | None = None,
    tags: Sequence[str] | None = None,
    notes: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    mode: str | None = None,
    kind: type[ActiveRun] = ActiveRun,
    idle: type[IdleRun] = IdleRun,
    again: bool = False,
    beside: bool = False,
    capture: Mapping[str, Any] | None = None,
    lineage: Lineage | None = None,
    origin: Origin | None = None,
    join: Path | None = None,
    known: Mapping[str, Any] | None = None,
    apart: bool = False,
) -> ActiveRun | IdleRun:
    """Begin a run, or join the one that `gitexp record` began.

    A supervisor is started in the background; this does not wait for it. If a run is active
    already, it is returned as it is.

    Args:
        config: hyperparameters: a mapping, an argparse Namespace, a dataclass, ….
        name: by default three words are chosen. A taken name gets a number behind it.
        tags: words to find the run by.
        notes: a text about it.
        group: runs that belong together.
        job_type: what kind of run it is: train, eval, ….
        dir: a folder in the repository that is to hold the run; by default the current
            folder's repository, else the script's.
        mode: "disabled" records nothing.
        kind: the class of the run.
        idle: the class of a run that records nothing.
        again: inside `gitexp record`, begin a run of its own once the recorded one was joined
            and finished in this process.
        beside: begin one that the module's functions pass by.
        capture: what run.json is to say of captures.
        lineage: what the run comes from.
        origin: a run that goes on, or that the new one begins from.
        join: the journal of a running run that is to be logged to.
        known: config that others than the script said, e.g. what was read from the command.
        apart: only the first process below `gitexp record` joins the recorded run.

    Raises:
        RunIsRunning: the run that is to go on has not ended.
        NotARepository, GitMissing, GitTooOld: there is no repository to hold the run.
        BadName, BadSetting, JournalProblem: as their names say.
        TypeError: config has no keys and values.
    """
    global _active, _joined, _latest, _left_open
    values = {str(key): config_value(value) for key, value in config_items(config).items()}
    if _active is not None and own() is not None and not beside:
        tell_again(_active, values)
        return _active
    if is_disabled(mode):
        idling = idle({})
        mappings.own(idling.config, values)
        idling.tags, idling.notes = tuple(tags or ()), notes or ""
        _active = _active if beside else idling
        return idling
    plan = Plan(
        name=names.slug(name) or None if name else None,
        exact_name=False,
        command=typed_command(),
        python=sys.executable or None,
        config={**(known or {}), **values},
        tags=tuple(tags or ()),
        notes=notes or "",
        group=group,
        job_type=job_type,
        capture={"api": True, **(capture or {})},
        lineage=lineage or Lineage(),
    )
    if beside:
        other = _start(plan, dir, kind, origin)
        mappings.own(other.config, values)
        return other
    if join is not None:
        _active = _join(join, plan, kind, late=True) or _start(plan, dir, kind)
    elif origin is not None or lineage is not None or (again and _joined):
        _active = _start(plan, dir, kind, origin)
        if origin is not None and not origin.fork:
            _say_went_on(_active)
    else:
        recorded = os.environ.get(JOURNAL_VARIABLE)
        shared = _implicit or rank() > 0 or not again
        joins = recorded and (shared or not is_anothers(Path(recorded), once=apart))
        joined = _join(Path(recorded), plan, kind) if recorded and joins else None
        _joined = _joined or joined is not None
        _active = joined or _start(plan, dir, kind)
    _latest, _left_open = _active, False
    mappings.own(_active.config, values)
    _active.on_finish(partial(_let_go, _active))
    _expose(_active)
    return _active


def _let_go(run: ActiveRun) -> None:
    """The module's functions know no run once it is finished, by whatever method of its own."""
    global _active
    if _active is run:
        _active = None
        _expose(None)


def tell_again(run: ActiveRun | IdleRun, values: Mapping[str, Any]) -> None:
    """What becomes of the config of an init() that finds a run active."""
    global _left_open
    if _left_open:
        run.config.update(values, allow_val_change=True)
        _left_open = False
    elif any(key not in run.config or run.config[key] != values[key] for key in values):
        warn(
            "init(): a run is active, and is returned as it is; config.update() changes its config"
        )


@guarded("telling the recorded run")
def _say_went_on(run: ActiveRun) -> None:
    recorded = os.environ.get(JOURNAL_VARIABLE)
    if recorded and rank() == 0:
        from gitexp.record.elsewhere import say_went_on

        say_went_on(Path(recorded), run.start_facts)


def _expose(run: ActiveRun | None) -> None:
    """Let `gitexp.log` be the run's own method while it is active: one call less on the way."""
    package = sys.modules["gitexp"].__dict__
    if run is None:
        package.pop("log", None)
    else:
        package["log"] = run.log


# A forked child does not log to the run by just inheriting it.
os.register_at_fork(after_in_child=lambda: _expose(None))


def _join(
    folder: Path, plan: Plan, kind: type[ActiveRun], *, late: bool = False
) -> ActiveRun | None:
    """Be part of a running run, e.g. the one that our parent process records.

    Args:
        folder: its journal.
        plan: what is asked for here.
        kind: the class of the run.
        late: somebody has logged to it already, and what that left is gone on with.
    """
    run = as_it_stands(folder) if late else as_it_began(folder)
    if run is None:
        return None
    try:
        active = kind(folder, run, owns=False)
    except OSError as error:
        raise JournalProblem(f"cannot write to {folder}: {error.strerror}") from error
    if late:
        from gitexp.record.resume import next_step

        active.go_on(next_step(folder))
        mappings.hold(active.config, _said_by_scripts(folder, run.config))
    if (number := rank()) and not late:
        active.keep_apart(f"rank{number}")
    if plan.config:
        active.config.update(plan.config, allow_val_change=True)
    if plan.tags:
        active.tags = tuple(dict.fromkeys((*run.tags, *plan.tags)))
    if plan.notes:
        active.notes = "\n".join(filter(None, (run.notes, plan.notes)))
    if plan.group or plan.job_type:
        active.say(events.FACTS, group=plan.group, job_type=plan.job_type)
    if plan.name and plan.name != run.name:
        active.say(events.NAME, name=plan.name)
    _begun.append(active)
    watch_exit(unfinished)
    return active


def _said_by_scripts(folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """Without what `gitexp record` read from the command."""
    began = as_it_began(folder) if os.environ.get(JOURNAL_VARIABLE) == str(folder) else None
    read = {} if began is None else began.config
    return {key: value for key, value in config.items() if read.get(key) != value}


def attach(folder: Path, kind: type[ActiveRun]) -> ActiveRun | None:
    """Log to a run that another process began, and ends; None: it has ended.

    Args:
        folder: its journal.
        kind: the class of the run.

    Raises:
        JournalProblem: the journal cannot be written to.
    """
    global _active
    known = active()
    if isinstance(known, ActiveRun) and known.folder == folder:
        return known
    run = _join(folder, Plan(), kind, late=True)
    if run is None:
        return None
    run.guest = True
    run.share()
    if own() is None:
        _active = run
        run.on_finish(partial(_let_go, run))
        _expose(run)
    return run


def _start(
    plan: Plan,
    dir: str | os.PathLike[str] | None,
    kind: type[ActiveRun],
    origin: Origin | None = None,
) -> ActiveRun:
    repo = open_repository(dir)
    settings = load_settings(repo.worktree)
    if origin is None:
        folder, run = begin(repo, settings, plan)
    else:
        from gitexp.record.resume import go_on_from

        folder, run = go_on_from(repo, settings, plan, origin)
    write_identity(folder, os.getpid())
    try:
        active = kind(folder, run, owns=True)
        if origin is not None:
            from gitexp.record.resume import next_step

            active.go_on(next_step(folder))
        spawn_background(folder)
    except OSError as error:
        raise JournalProblem(f"cannot start recording in {folder}: {error}") from error
    console = Console(folder)
    active.on_finish(console.close)
    active.on_finish(lambda: wait_until_committed(folder))
    _begun.append(active)
    watch_exit(unfinished)
    return active


def unfinished() -> list[ActiveRun]:
    """The runs of this process that have not ended, the newest last."""
    _begun[:] = [run for run in _begun if not run.ended]
    return list(_begun)


# Module-level functions ----------------------------------------------------------------------


def active() -> ActiveRun | IdleRun | None:
    """The run of this process, if one was begun and has not ended."""
    return None if _active is None or _active.ended else _active


def latest() -> ActiveRun | IdleRun | None:
    """The run that this process began last, also when it has ended."""
    return _latest


def own() -> ActiveRun | IdleRun | None:
    """The active run, if it was begun or joined here: what a process was sent is no run of its."""
    run = active()
    return None if run is None or run.guest else run


def inherited() -> ActiveRun | None:
    """The parent's run in a forked child, which is to log to it by name."""
    return _active if isinstance(_active, ActiveRun) and _active.inherited else None


def set_config(values: Any) -> None:
    """`gitexp.config = {...}`: into the active run's config, or the next one's.

    Raises:
        TypeError: it has no keys and values.
    """
    run = active()
    if run is not None:
        run.config.update(values, allow_val_change=True)
    else:
        _pending_config.clear()
        _pending_config.update(config_items(values))


def pending_config() -> dict[str, Any]:
    """What was assigned to `gitexp.config` before there was a run."""
    return _pending_config


def leave_open() -> None:
    """The active run was begun for the script: its first init() may still tell the config."""
    global _left_open
    _left_open = True


def is_left_open() -> bool:
    """Whether somebody has begun the active run for the script, which has called no init() yet."""
    return _left_open and active() is not None


def take_pending_config() -> dict[str, Any]:
    """What was assigned to `gitexp.config` before there was a run; it is given out once."""
    taken = dict(_pending_config)
    _pending_config.clear()
    return taken


def current() -> ActiveRun | IdleRun | None:
    """The run of this process; inside `gitexp record` it is joined if nobody called init()."""
    global _implicit
    if _active is None and os.environ.get(JOURNAL_VARIABLE):
        try:
            if _joined:  # and finished: what comes after that is the recorded run's
                return init()
            # The package's own init(), whose runs have more to them than ours.
            _implicit = True
            begun: ActiveRun | IdleRun = sys.modules["gitexp"].init()
            leave_open()
            return begun
        except Exception as error:  # noqa: BLE001 - only an explicit init() may raise
            report(error, "joining the run")
        finally:
            _implicit = False
    return _active


def _current_for(what: str) -> ActiveRun | IdleRun | None:
    run = current()
    if run is None:
        warn(f"{what} before gitexp.init(): nothing is recorded")
    return run


def log(
    data: Mapping[str, Any] = NOTHING, step: int | None = None, commit: bool | None = None
) -> None:
    """Record values in the active run; see `ActiveRun.log`."""
    run = _active or _current_for("log()")
    if run is not None and not run.inherited:
        run.log(data, step, commit)


def define_metric(name: str, *args: Any, **how: Any) -> Metric | None:
    """Say how a metric is to be read; see `ActiveRun.define_metric`."""
    run = _active or _current_for("define_metric()")
    return None if run is None or run.inherited else run.define_metric(name, *args, **how)


def save_checkpoint(
    state: Any,
    step: int | None = None,
    label: str | None = None,
    metrics: Mapping[str, float] | None = None,
    strict: bool = True,
) -> str | None:
    """Save tensors in the active run; see `ActiveRun.save_checkpoint`."""
    run = _active or _current_for("save_checkpoint()")
    if run is None or run.inherited:
        return None
    return run.save_checkpoint(state, step, label, metrics, strict)


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """End the active run and wait until it is in git."""
    global _active
    if _active is not None:
        _active.finish(exit_code, quiet)
        _active = None
        _expose(None)


def of_the_run(name: str) -> Any:
    """`gitexp.run`, `gitexp.config` and `gitexp.summary`.

    Raises:
        AttributeError: config and summary, when there is no run.
    """
    run = current()
    if name == "run":
        return run
    if run is None:
        raise AttributeError(f"gitexp.{name} exists once gitexp.init() was called")
    return getattr(run, name)
