"""`gitexp whence`: which run a model file came from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.query.runs import Runs
from gitexp.query.whence import find_origins


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE|DIR")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(path: Path, as_json: bool) -> int:
    """Say which run a model came from.

    FILE is a .safetensors file, DIR a folder of shards. As a whole or tensor by tensor, by their
    contents. Exit code: 1 if no run's checkpoint holds any of the tensors.

    \b
    gitexp whence model.safetensors
    """
    with Runs(open_repository()) as runs:
        found = find_origins(runs, path)
        now_s = runs.now_s
    if as_json:
        import orjson

        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        emit_bytes(orjson.dumps(asdict(found), option=options))
    else:
        from gitexp.render.whence import whence_page

        emit(whence_page(found, now_s=now_s, colour=screen().colour))
    return int(not found.origins)
