"""`init()` with every keyword that wandb's has."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gitexp.errors import RunIsRunning, RunMoved, UsageError
from gitexp.record import api
from gitexp.record.guard import warn
from gitexp.schema import tree
from gitexp.schema.run import Lineage
from gitexp.wandb import checks, config_sources
from gitexp.wandb.disabled import DisabledRun
from gitexp.wandb.environment import from_environment
from gitexp.wandb.facts import ALLOW, AUTO, Facts, GoingOn, mode_of
from gitexp.wandb.run import Run, folder_for, tags_of
from gitexp.wandb.scripts import leave_to_script
from gitexp.wandb.settings import keywords_of, mapping_of
from gitexp.wandb.sweeps.trial import current

if TYPE_CHECKING:
    from gitexp.wandb.sweeps.state import Trial

_TRIES = 5


def init(
    config: Any = None,
    *,
    name: str | None = None,
    tags: str | Sequence[str] | None = None,
    notes: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    mode: str | None = None,
    project: str | None = None,
    entity: str | None = None,
    id: str | None = None,
    reinit: bool | str | None = None,
    resume: bool | str | None = None,
    settings: Any = None,
    config_include_keys: Sequence[str] | None = None,
    config_exclude_keys: Sequence[str] | None = None,
    allow_val_change: bool | None = None,
    anonymous: Any = None,
    force: bool | None = None,
    fork_from: str | None = None,
    resume_from: str | None = None,
    magic: Any = None,
    monitor_gym: bool | None = None,
    save_code: bool | None = None,
    sync_tensorboard: bool | None = None,
    tensorboard: bool | None = None,
) -> Run | DisabledRun:
    """Begin a run, or join the one that `gitexp record` began.

    A supervisor is started in the background; this does not wait for it. If a run is active
    already, its config is updated and it is returned. The WANDB_* variables say what the call
    does not.

    Args:
        config: hyperparameters: a mapping, an argparse Namespace, a dataclass, absl flags, an
            OmegaConf config, or the path of a YAML file.
        name: by default three words are chosen. A taken name gets a number behind it.
        tags: words to find the run by.
        notes: a text about it.
        group: runs that belong together.
        job_type: what kind of run it is: train, eval, ….
        dir: a folder in the repository that is to hold the run; by default the current
            folder's repository, else the script's.
        mode: "disabled" records nothing; "online", "offline" and "dryrun" all record.
        project: kept in run.json under capture.wandb, as are `entity` and `id`.
        entity: see `project`.
        id: what `resume` knows the run by; see `project`.
        reinit: True and "finish_previous" end an active run and begin another; "create_new"
            begins another beside it; else it is returned.
        resume: "must", "allow", "never", "auto" or True: whether a run of that `id` (or `name`)
            goes on; see docs/wandb.md.
        settings: a Settings or a dict; those that are keywords here count as such.
        config_include_keys: the only keys of `config` that are kept.
        config_exclude_keys: keys of `config` that are not kept.
        fork_from: `run:label`, or wandb's `id?_step=n`: a new run begins with the config, the
            metrics and the step of another one; `run.load_checkpoint()` gives the state.
        resume_from: `id?_step=n`: the run goes on from that step.
        allow_val_change: accepted, values may always change.
        anonymous: accepted, there are no accounts.
        force: accepted, nobody logs in.
        magic: accepted, `gitexp record` captures without it.
        monitor_gym: videos that gymnasium records are logged as `videos`.
        save_code: accepted, the source tree is always kept.
        sync_tensorboard: what TensorBoard's writers are given is logged.
        tensorboard: as `sync_tensorboard`.

    Raises:
        NotARepository, GitMissing, GitTooOld: there is no repository to hold the run.
        BadName, BadSetting, JournalProblem, UsageError: as their names say.
        RunNotFound, CheckpointNotFound: what is to go on is not there.
        RunIsRunning: it has not ended.
        TypeError: config has no keys and values.
    """
    given = {
        "name": name, "tags": tags, "notes": notes, "group": group, "job_type": job_type,
        "dir": dir, "mode": mode, "project": project, "entity": entity, "id": id,
        "resume": resume,
    }  # fmt: skip
    asked = {
        **from_environment(),
        **keywords_of(settings),
        **{key: value for key, value in given.items() if value is not None},
    }
    checks.check(asked, reinit, fork_from, resume_from)
    checks.check_choice(config_include_keys, config_exclude_keys)
    values = config_sources.chosen(
        config_sources.given(config), config_include_keys, config_exclude_keys
    )
    if _is_to_end(reinit):
        api.finish()
    active = api.own()
    beside = active is not None and reinit == "create_new"
    begins = active is None or beside
    trial, of_project = (current() if active is None else None) or (None, None)
    if begins:
        values = tree_merged(config_sources.defaults(), values)
    alone = not begins
    for attempt in range(_TRIES):
        try:
            going = GoingOn() if alone else _going_on(asked, fork_from, resume_from)
        except RunIsRunning as error:
            alone = _goes_alone(asked, error)
            continue
        if going.goes_on:
            values = tree_merged(_recorded_config(), values)
        told = going.facts or {}
        facts = Facts(
            project=asked.get("project") or told.get("project") or of_project,
            entity=asked.get("entity") or told.get("entity"),
            id=asked.get("id") or told.get("id"),
            name=asked.get("name") or told.get("name"),
            resume=mode_of(asked.get("resume")) == AUTO,
            group=asked.get("group"),
            job_type=asked.get("job_type"),
            settings=mapping_of(settings),
        )
        try:
            run = api.init(
                tree_merged(api.take_pending_config(), values, trial.config if trial else {}),
                name=asked.get("name") or asked.get("id"),
                tags=tags_of(asked.get("tags")),
                notes=asked.get("notes"),
                group=asked.get("group") or (trial.sweep if trial else None),
                job_type=asked.get("job_type"),
                dir=folder_for(asked.get("dir")),
                mode=asked.get("mode"),
                kind=Run,
                idle=DisabledRun,
                again=True,
                beside=beside,
                capture={"wandb": capture} if (capture := facts.to_capture()) else None,
                lineage=_lineage_of(trial),
                origin=going.origin,
                join=going.join,
            )
            break
        except RunIsRunning as error:
            alone = _goes_alone(asked, error)
        except RunMoved:  # it was committed while it was looked for
            if attempt == _TRIES - 1:
                raise
    if run is not active and isinstance(run, Run) and "IPython" in sys.modules:
        import_module("gitexp.capture.cells").keep_cells(run)
    if begins and isinstance(run, Run):
        leave_to_script()
    if sync_tensorboard or tensorboard:
        import_module("gitexp.wandb.integration.tensorboard").patch()
    if monitor_gym:
        import_module("gitexp.wandb.integration.gym").monitor()
    if isinstance(run, Run | DisabledRun):
        if run is not active or not run.was_told:
            run.take(facts)
        if going.again and isinstance(run, Run):
            run.goes_on = True
        if asked.get("mode") == "shared" and isinstance(run, Run):
            run.share()
        return run
    raise UsageError("a run is active already", "gitexp.finish() ends it")


def tree_merged(*sources: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mappings joined, the later ones counting more."""
    merged: dict[str, Any] = {}
    for source in sources:
        tree.merge(merged, source)
    return merged


def _lineage_of(trial: Trial | None) -> Lineage | None:
    """What makes a run of its own of a trial; the recorded one may be it already."""
    if trial is None:
        return None
    from gitexp.record.elsewhere import recorded_run

    wanted, recorded = Lineage(sweep=trial.sweep, trial=trial.number), recorded_run()
    return None if recorded is not None and recorded.lineage == wanted else wanted


def _recorded_config() -> dict[str, Any]:
    """What `gitexp record` read of the command's config; the run that goes on gets it."""
    from gitexp.record.elsewhere import recorded_run

    recorded = recorded_run()
    return {} if recorded is None else recorded.config


def _goes_alone(asked: Mapping[str, Any], error: RunIsRunning) -> bool:
    """With "allow", a run that another process has in hand is no reason not to begin one."""
    if mode_of(asked.get("resume")) != ALLOW:
        raise error
    warn(f"{error.message}: what this process logs goes into a run of its own")
    return True


def _is_to_end(reinit: bool | str | None) -> bool:
    return reinit is True or reinit == "finish_previous"


def _going_on(asked: Mapping[str, Any], fork_from: str | None, resume_from: str | None) -> GoingOn:
    """The run that is to go on; nothing is looked for where nobody asks."""
    wanted = fork_from or resume_from or mode_of(asked.get("resume"))
    if not wanted and asked.get("mode") != "shared":
        return GoingOn()
    if api.is_disabled(asked.get("mode")):
        return GoingOn()
    from gitexp.wandb.going_on import find

    return find(api.open_repository(folder_for(asked.get("dir"))), asked, fork_from, resume_from)
