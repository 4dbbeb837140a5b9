"""`sweep()` begins one, `agent()` runs its trials: a function in this process, or a command."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gitexp.errors import UsageError
from gitexp.record import api
from gitexp.record.guard import warn
from gitexp.record.start import TRIAL_VARIABLE
from gitexp.schema import tree
from gitexp.wandb.sweeps import trial as trials
from gitexp.wandb.sweeps.state import (
    ID_VARIABLE,
    PARAMETERS_VARIABLE,
    SweepState,
    Trial,
    find_sweep,
    make_sweep,
)

# So many failures at the beginning, and no success: the function is wrong, not the parameters.
_MOST_FAILURES = 5
_COMMAND = ("${env}", "${interpreter}", "${program}", "${args}")


def sweep(
    sweep: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | str | os.PathLike[str],
    entity: str | None = None,
    project: str | None = None,
    prior_runs: Any = None,
) -> str:
    """Begin a sweep; returns its id, for `agent()`.

    Args:
        sweep: `method` (grid or random), `parameters`, and perhaps `metric`, `name`, `program`,
            `command`, `run_cap`; a mapping, a function that returns it, or a YAML file.
        entity: wandb's user or team.
        project: wandb's project.
        prior_runs: accepted.

    Raises:
        UsageError: it cannot be run.
        NotARepository: there is no repository to keep its state.
    """
    config = config_of(sweep)
    if config.get("method") == "bayes":
        warn("sweep(): method 'bayes' draws at random", cause="bayes")
    if config.get("early_terminate"):
        warn("sweep(): early_terminate is ignored, every trial runs to its end", cause="early")
    state = make_sweep(api.open_repository(None), config, project, entity)
    sys.stderr.write(f"gitexp: sweep {state.id}: {_size(state)}\n")
    return state.id


def agent(
    sweep_id: str,
    function: Callable[[], Any] | None = None,
    entity: str | None = None,
    project: str | None = None,
    count: int | None = None,
    forward_signals: bool = False,
) -> None:
    """Run trials of a sweep until there are no more; several agents may do so at once.

    Args:
        sweep_id: as `sweep()` gave it.
        function: called for each trial; its `init()` gets the trial's config. By default the
            sweep's `program` (or `command`) is run.
        entity: accepted.
        project: of runs that name none.
        count: how many trials at most.
        forward_signals: accepted.

    Raises:
        GitexpError: there is no such sweep.
        UsageError: there is neither a function nor a program.
    """
    state = find_sweep(api.open_repository(None), sweep_id)
    if function is None and not (state.config.get("program") or state.config.get("command")):
        raise UsageError(
            f"sweep {state.id} has no program", "agent(sweep_id, function=train) calls a function"
        )
    done = failures = 0
    while count is None or done < count:
        trial = state.take()
        if trial is None:
            break
        done += 1
        fine = _call(function, trial, project or state.project) if function else _run(state, trial)
        failures = 0 if fine else failures + 1
        if failures == done == _MOST_FAILURES:
            warn(f"sweep {state.id}: the first {failures} trials failed, the agent stops")
            break


def _call(function: Callable[[], Any], trial: Trial, project: str | None) -> bool:
    """One trial in this process; an error in it ends the trial only."""
    api.finish()
    trials.enter(trial, project)
    try:
        function()
    except KeyboardInterrupt:
        api.finish(130)
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the next trial may be well
        if isinstance(error, SystemExit) and not error.code:
            return True
        traceback.print_exc()
        run = api.active()
        if run is not None:
            run.__exit__(type(error), error, error.__traceback__)
        return False
    finally:
        trials.leave()
        api.finish()
    return True


def _run(state: SweepState, trial: Trial) -> bool:
    """One trial as a command of its own, recorded whether or not it says so itself."""
    assert trial.file is not None
    words = _words(state.config, trial)
    environment = {
        **os.environ,
        PARAMETERS_VARIABLE: os.fspath(trial.file),
        ID_VARIABLE: state.id,
        TRIAL_VARIABLE: f"{state.id}/{trial.number}",
    }
    if state.project:
        environment.setdefault("WANDB_PROJECT", str(state.project))
    sys.stderr.write(f"gitexp: trial {trial.number}: {' '.join(words)}\n")
    record = [sys.executable, "-m", "gitexp", "record", "--wandb"]
    return subprocess.run([*record, *words], env=environment).returncode == 0


def _words(config: Mapping[str, Any], trial: Trial) -> list[str]:
    """The command, with wandb's macros filled in."""
    flat = tree.flatten(trial.config)
    plain = [f"{key}={value}" for key, value in flat.items()]
    flags = [f"--{key}" for key, value in flat.items() if value is True]
    told = [f"--{key}={value}" for key, value in flat.items() if not isinstance(value, bool)]
    macros: dict[str, list[str]] = {
        "${env}": ["/usr/bin/env"],
        "${interpreter}": [sys.executable or "python3"],
        "${program}": [str(config.get("program", ""))],
        "${args}": [f"--{word}" for word in plain],
        "${args_no_hyphens}": plain,
        "${args_no_boolean_flags}": [*told, *flags],
        "${args_json}": [str(_json(flat))],
        "${args_json_file}": [os.fspath(trial.file or "")],
    }
    command = config.get("command") or _COMMAND
    listed = command.split() if isinstance(command, str) else [str(word) for word in command]
    words = [filled for word in listed for filled in macros.get(word, [_expanded(word)])]
    return [word for word in words if word]


def _expanded(word: str) -> str:
    name = word.removeprefix("${envvar:").removesuffix("}")
    return os.environ.get(name, "") if word.startswith("${envvar:") else word


def _json(values: Mapping[str, Any]) -> str:
    import orjson

    return orjson.dumps(dict(values)).decode()


def config_of(source: Any) -> dict[str, Any]:
    """A sweep's config: a mapping, a function that returns one, or a YAML file.

    Raises:
        UsageError: it is no mapping.
    """
    if isinstance(source, str | os.PathLike):
        from gitexp.capture.config_file import read_config_file

        source = read_config_file(os.fspath(Path(source)))
    given = source() if callable(source) else source
    if not isinstance(given, Mapping):
        raise UsageError(f"a sweep is a mapping, not a {type(given).__name__}")
    return dict(given)


def _size(state: SweepState) -> str:
    limit = state.limit
    many = "trials without an end" if limit is None else f"{limit} trials"
    return f"{state.method}, {many}"
