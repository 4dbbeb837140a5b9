"""`init()` with every keyword that wandb's has."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from gitexp.errors import GitexpError
from gitexp.record import api
from gitexp.record.mappings import permit_changes
from gitexp.wandb import checks, config_sources
from gitexp.wandb.artifact_calls import artifacts_of
from gitexp.wandb.beginning import Beginning
from gitexp.wandb.disabled import DisabledRun
from gitexp.wandb.environment import from_environment
from gitexp.wandb.facts import MUST, mode_of
from gitexp.wandb.run import Run
from gitexp.wandb.scripts import leave_to_script
from gitexp.wandb.settings import keywords_of, of_setup


def init(
    config: Any = None,
    *others: Any,
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
    already, it is returned as it is; in a notebook it is ended, and another one begins. The
    WANDB_* variables say what the call does not.

    Args:
        config: hyperparameters: a mapping, an argparse Namespace, a dataclass, absl flags, an
            OmegaConf config, or the path of a YAML file; a name there is the `entity`.
        others: what wandb has in the places behind it: project, dir, id, name, notes, tags.
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
        allow_val_change: whether values of the config may change later on.
        anonymous: accepted, there are no accounts.
        force: accepted, nobody logs in.
        magic: accepted, `gitexp record` captures without it.
        monitor_gym: videos that gymnasium records are logged as `videos`.
        save_code: accepted, the source tree is always kept.
        sync_tensorboard: what TensorBoard's writers are given is logged.
        tensorboard: as `sync_tensorboard`.

    Raises:
        NotARepository, GitMissing, GitTooOld: there is no repository to hold the run.
        BadName, BadSetting, JournalProblem, UsageError, ConfigError: as their names say.
        RunNotFound, CheckpointNotFound: what is to go on is not there.
        RunIsRunning: it has not ended.
        TypeError: config has no keys and values.
    """
    config, by_place = config_sources.placed(config, others)
    given = {
        "name": name, "tags": tags, "notes": notes, "group": group, "job_type": job_type,
        "dir": dir, "mode": mode, "project": project, "entity": entity, "id": id,
        "resume": resume, "reinit": reinit, "fork_from": fork_from, "resume_from": resume_from,
        "allow_val_change": allow_val_change,
        "sync_tensorboard": tensorboard if sync_tensorboard is None else sync_tensorboard,
    }  # fmt: skip
    asked = {
        **from_environment(),
        **keywords_of(of_setup()),
        **keywords_of(settings),
        **by_place,
        **{key: value for key, value in given.items() if value is not None},
    }
    checks.check(asked)
    checks.check_choice(config_include_keys, config_exclude_keys)
    values = config_sources.chosen(
        config_sources.given(config), config_include_keys, config_exclude_keys
    )
    # Only a run can log artifacts, and say that it used them.
    held = config_sources.chosen(artifacts_of(config), config_include_keys, config_exclude_keys)
    values = {key: value for key, value in values.items() if key not in held}
    active = _make_way(asked)
    beginning = Beginning(asked, settings)
    if active is None:
        _make_folder(asked.get("dir"))
        run = beginning.run(values)
        _make_ready(run, asked)
    else:
        run = active
        api.tell_again(run, values)
        beginning.tell(run)
    if held:
        run.config.update(held, allow_val_change=True)
    if asked.get("sync_tensorboard"):
        import_module("gitexp.wandb.integration.tensorboard").patch()
    if monitor_gym:
        import_module("gitexp.wandb.integration.gym").monitor()
    return run


def _make_way(asked: Mapping[str, Any]) -> Run | DisabledRun | None:
    """End the active run if another one is to take its place; else it is what this gives."""
    reinit = asked.get("reinit")
    if reinit in (None, "default") and _in_notebook() and not api.is_left_open():
        reinit = "finish_previous"
    if reinit is True or reinit == "finish_previous":
        api.finish()
        for run in api.unfinished():
            if not run.guest:
                run.finish()
    others = [run for run in api.unfinished() if isinstance(run, Run) and not run.guest]
    if reinit == "create_new":
        if asked.get("id") in {run.id for run in others}:
            raise GitexpError(f"run ID {asked['id']} is in use", "run.finish() ends that run")
        return None
    active = others[-1] if others else api.own()
    if active is None or isinstance(active, Run | DisabledRun):
        if active is not None and mode_of(asked.get("resume")) == MUST:
            raise GitexpError(
                "a run is active, so that no other one can go on",
                "end it with run.finish(), or use reinit='create_new'",
            )
        return active
    raise GitexpError("a run is active already", "gitexp.finish() ends it")


def _make_folder(dir: Any) -> None:
    """wandb makes the folder that it is told, and scripts put their own files there."""
    if dir is not None:
        with suppress(OSError):
            os.makedirs(dir, exist_ok=True)


def _make_ready(run: Run | DisabledRun, asked: Mapping[str, Any]) -> None:
    if asked.get("allow_val_change") or _in_notebook():
        permit_changes(run.config)
    if isinstance(run, Run):
        leave_to_script()
        if "IPython" in sys.modules:
            import_module("gitexp.capture.cells").keep_cells(run)


def _in_notebook() -> bool:
    """Whether cells run here, again and again."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return type(shell).__name__ == "ZMQInteractiveShell"
