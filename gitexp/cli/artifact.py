"""`gitexp artifact`: list artifacts and get their files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import GitexpError
from gitexp.query.artifacts import Artifacts, FoundArtifact
from gitexp.query.runs import Runs
from gitexp.store.artifacts import StoredArtifact

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group("artifact")
def command() -> None:
    """List artifacts and get their files.

    NAME:VERSION is one version of an artifact: NAME:v3, NAME:ALIAS, NAME@DIGEST; NAME alone is
    the latest one. Runs log artifacts with run.log_artifact(); they are in the runs' trees.
    """


@command.command("ls")
@click.argument("name", required=False, metavar="[NAME[:VERSION]]")
@click.option("--type", "kind", help="Only artifacts of this type.")
@_JSON
def ls(name: str | None, kind: str | None, as_json: bool) -> None:
    """List artifacts, the versions of one, or with :VERSION the files of one version."""
    from gitexp.render.artifacts import artifacts_table, files_table, versions_table

    with Runs(open_repository()) as runs:
        known = Artifacts(runs)
        if name is not None and re.search("[:@]", name):
            with StoredArtifact(runs.repo, known.resolve(name, kind).tree) as stored:
                entries = list(stored.entries.values())
            rows: list[Any] = [{"path": entry.path, **entry.to_json()} for entry in entries]
            table = files_table(entries, colour=screen().colour)
        elif name is not None:
            newest = known.resolve(name, kind)
            versions = known.versions(newest.entry.name)
            rows = [_version_json(version) for version in versions]
            entries_told = [(v.entry, v.aliases, v.run.name) for v in versions]
            table = versions_table(entries_told, now_s=runs.now_s, colour=screen().colour)
        else:
            latest = [known.versions(one)[-1] for one in known.names()]
            latest = [v for v in latest if kind is None or v.entry.type == kind]
            rows = [_version_json(version) for version in latest]
            told = [(v.entry, v.aliases, v.run.name) for v in latest]
            table = artifacts_table(told, now_s=runs.now_s, colour=screen().colour)
    if as_json:
        _emit_json(rows)
    elif rows:
        emit(table)
    else:
        click.echo("there are no artifacts", err=True)


@command.command("get")
@click.argument("version", metavar="NAME[:VERSION]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write to; ./NAME-vN by default.",
)
@click.option(
    "--file", "files", multiple=True, metavar="PATH", help="Only this file (may be repeated)."
)
def get(version: str, output: Path | None, files: tuple[str, ...]) -> None:
    """Write the files of a version to a folder.

    Files that are there already, with the same content, are left alone. Each is compared with its
    digest. What is only referred to (s3://…, https://…) is named and not fetched.
    """
    with Runs(open_repository()) as runs:
        found = Artifacts(runs).resolve(version)
        folder = output or Path(found.title.replace(":", "-"))
        from gitexp.render.text import byte_size, one_line, plural

        with StoredArtifact(runs.repo, found.tree) as stored:
            unknown = [path for path in files if path not in stored.entries]
            if unknown:
                raise GitexpError(
                    f"{found.title} has no file {unknown[0]!r}",
                    f"`gitexp artifact ls {found.title}` lists them",
                )
            chosen = [stored.entries[path] for path in files or stored.entries]
            try:
                written = stored.download(folder, [entry.path for entry in chosen])
            except OSError as error:
                raise GitexpError(f"cannot write to {folder}: {error.strerror}") from error
        for entry in chosen:
            if entry.ref is not None:
                click.echo(f"not fetched: {one_line(entry.path)}, {one_line(entry.ref)}", err=True)
        size = sum(entry.size or 0 for entry in chosen if entry.ref is None)
        count = plural(len(written), "file")
        click.echo(f"{found.title} → {folder}, {count}, {byte_size(size)}", err=True)


def _version_json(found: FoundArtifact) -> dict[str, Any]:
    return {
        **found.entry.to_json(),
        "aliases": list(found.aliases),
        "run": found.run.name,
        "runs": list(found.runs),
    }


def _emit_json(data: Any) -> None:
    import orjson

    emit_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
