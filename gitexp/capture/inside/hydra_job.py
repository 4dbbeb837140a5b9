"""hydra: the resolved config of each job; where a multirun's jobs differ, a list of values."""

from __future__ import annotations

from typing import Any

from gitexp.capture.inside import config, guard
from gitexp.schema import tree

_jobs: list[dict[str, Any]] = []


def install(module: Any) -> None:
    """Observe run_job, before the task runs."""
    original = module.run_job

    def run_job(*args: Any, **kwargs: Any) -> Any:
        guard.run("hydra", lambda: _begins(args, kwargs))
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            guard.unseen(error)
            raise

    module.run_job = run_job


def _begins(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from omegaconf import OmegaConf

    found = kwargs["config"] if "config" in kwargs else args[1]
    # `hydra` is hydra's own part; resolving it needs the job to run.
    task = OmegaConf.masked_copy(found, [key for key in found if key != "hydra"])
    try:
        values = OmegaConf.to_container(task, resolve=True, throw_on_missing=False)
    except Exception:  # noqa: BLE001 - an interpolation of hydra's own runtime values
        values = OmegaConf.to_container(task, resolve=False)
    assert isinstance(values, dict)
    config.drop_argv("hydra")
    _jobs.append(tree.flatten(values))
    if len(_jobs) == 1:
        config.add(config.PARSER, "hydra", values)
        return
    keys = dict.fromkeys(key for job in _jobs for key in job)
    merged: dict[str, Any] = {}
    for key in keys:
        of_jobs = [job.get(key) for job in _jobs]
        same = all(value == of_jobs[0] for value in of_jobs)
        tree.put(merged, key, of_jobs[0] if same else of_jobs)
    config.add(config.PARSER, "hydra", merged)
