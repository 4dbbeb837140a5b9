"""`artifact.save()` and `artifact.link()`: without a run in the call, one is found or begun."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gitexp.record import api
from gitexp.wandb.run import Run

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact


def log_by_itself(artifact: Artifact, project: str | None = None) -> None:
    """Log a draft in the active run, else in one that holds nothing else."""
    with _some_run(project) as run:
        if run is not None:
            run.log_artifact(artifact)
            artifact.wait()


def link(artifact: Artifact, target_path: str, aliases: Sequence[str] | None) -> Artifact:
    """Link a version in the active run, else in one that holds nothing else."""
    with _some_run(None) as run:
        return (
            artifact if run is None else run.link_artifact(artifact, target_path, aliases).wait()
        )


@contextlib.contextmanager
def _some_run(project: str | None) -> Iterator[Run | None]:
    active = api.active()
    if active is not None:
        yield active if isinstance(active, Run) else None
        return
    from gitexp.wandb.begin import init

    run = init(project=project, job_type="auto")
    try:
        yield run if isinstance(run, Run) else None
    finally:
        api.finish()
