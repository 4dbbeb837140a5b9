"""`wandb artifact put`, `get` and `ls`."""

from __future__ import annotations

from pathlib import Path

import click

from gitexp.wandb.calls import termlog

_KIND = "dataset"


@click.group("artifact")
def artifact() -> None:
    """Log, download and list artifacts."""


@artifact.command("put")
@click.argument("path", type=click.Path(exists=True))
@click.option("-n", "--name", help="[PROJECT/]NAME; by default the path's last part.")
@click.option("-d", "--description", help="What it is.")
@click.option("-t", "--type", "kind", default=_KIND, show_default=True)
@click.option("-a", "--alias", "aliases", multiple=True, help="A name for this version.")
@click.option("--id", "run_id", help="Log it in the run of this id.")
@click.option("--resume", is_flag=True, help="Log it in the newest run that did not finish.")
@click.option("--skip_cache", is_flag=True, expose_value=False, help="Accepted.")
@click.option("--policy", expose_value=False, help="Accepted.")
def put(
    path: str,
    name: str | None,
    description: str | None,
    kind: str,
    aliases: tuple[str, ...],
    run_id: str | None,
    resume: bool,
) -> None:
    """Log a file or a folder as an artifact."""
    from gitexp.wandb.artifacts.artifact import Artifact
    from gitexp.wandb.begin import init
    from gitexp.wandb.run import Run

    project, _, last = (name or Path(path).absolute().name).rpartition("/")
    made = Artifact(last, kind, description=description)
    (made.add_dir if Path(path).is_dir() else made.add_file)(path)
    how = "allow" if run_id else "auto" if resume else None
    run = init(
        project=project.rpartition("/")[2] or None, job_type="cli_put", id=run_id, resume=how
    )
    if isinstance(run, Run):
        run.log_artifact(made, aliases=list(aliases) or ["latest"]).wait()
    run.finish()
    termlog(f"logged {made.name} of type {kind}; to use it: run.use_artifact({made.name!r})")


@artifact.command("get")
@click.argument("path", metavar="NAME:VERSION")
@click.option("--root", help="The folder to write to.")
@click.option("--type", "kind", help="An error if it is of another type.")
def get(path: str, root: str | None, kind: str | None) -> None:
    """Download an artifact; without a version, the latest."""
    from gitexp.wandb.public.api import Api

    click.echo(f"Artifact downloaded to {Api().artifact(path, kind).download(root)}")


@artifact.command("ls")
@click.argument("path", metavar="[ENTITY/]PROJECT", required=False)
@click.option("-t", "--type", "kind", help="Only those of this type.")
def ls(path: str | None, kind: str | None) -> None:
    """List the latest version of each artifact."""
    from gitexp.wandb.public.api import Api

    for found in Api().artifact_types(path):
        for collection in found.collections() if kind in (None, found.name) else ():
            latest = collection.versions()[0]
            click.echo(f"{found.name:<15}{latest.size:>12}  {latest.updated_at}  {latest.name}")
