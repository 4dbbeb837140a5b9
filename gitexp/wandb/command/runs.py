"""`wandb pull` and `wandb sync`: a run's files here, and where runs go."""

from __future__ import annotations

from pathlib import Path

import click

from gitexp.wandb.calls import termlog


@click.command("pull")
@click.argument("run")
@click.option("-p", "--project", help="Of the run.")
@click.option("-e", "--entity", expose_value=False, help="Accepted.")
def pull(run: str, project: str | None) -> None:
    """Write the files of a run to the current folder; those that are there stay."""
    from gitexp.wandb.public.api import Api

    path = "/".join(filter(None, (project, run)))
    written = 0
    for file in Api().run(path).files():
        if not Path(file.name).exists():
            file.download(replace=False)
            written += 1
    termlog(f"pulled {written} files of {path}")


@click.command("sync", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("paths", nargs=-1, type=click.UNPROCESSED)
def sync(paths: tuple[str, ...]) -> None:
    """Say that runs are in the repository already; `gitexp push` sends them to a remote."""
    termlog("sync: runs are in this git repository; `gitexp push` sends them to its remote")
