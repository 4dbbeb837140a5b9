"""`gitexp checkpoint`: list checkpoints, get their tensors back, compare them."""

from __future__ import annotations

import errno
import re
import sys
from pathlib import Path
from typing import Any

import click

from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import GitexpError, RunNotFound, UsageError
from gitexp.query.checkpoints import (
    FoundCheckpoint,
    list_checkpoints,
    open_checkpoint,
    resolve_checkpoint,
)
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group("checkpoint")
def command() -> None:
    """List checkpoints and get them back.

    RUN:LABEL is the checkpoint of that label; LABEL may also be a step, last, best or
    best:METRIC. Without :LABEL it is the last one. In Python,
    gitexp.load_checkpoint(RUN, LABEL) gives back the object that was saved.
    """


@command.command("ls")
@click.argument("run", default="latest", metavar="[RUN[:LABEL]]")
@_JSON
def ls(run: str, as_json: bool) -> None:
    """List a run's checkpoints, or with :LABEL the tensors of one."""
    with Runs(open_repository()) as runs:
        try:
            checkpoints = list_checkpoints(runs, resolve(runs, run))
        except RunNotFound:
            if ":" not in run:
                raise
            _list_tensors(runs, resolve_checkpoint(runs, run), as_json)
            return
        if as_json:
            _emit_json([_entry_json(found) for found in checkpoints])
        elif checkpoints:
            from gitexp.render.checkpoints import checkpoints_table

            emit(
                checkpoints_table(
                    [found.entry for found in checkpoints],
                    [found.tree is not None for found in checkpoints],
                    now_s=runs.now_s,
                    colour=screen().colour,
                )
            )
        else:
            click.echo("the run has no checkpoints", err=True)


@command.command("get")
@click.argument("checkpoint", metavar="RUN[:LABEL]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The .safetensors file to write; -: to stdout.",
)
@click.option(
    "--sharded",
    is_flag=False,
    flag_value="",  # without DIR
    metavar="[DIR]",
    help="A folder with an index and shards instead, for Hugging Face's loaders: DIR, or what "
    "-o names.",
)
def get(checkpoint: str, output: Path | None, sharded: str | None) -> None:
    """Write a checkpoint's tensors to a file, byte for byte what safetensors wrote.

    Without -o the file is called RUN-LABEL.safetensors. What is no tensor (a scheduler's state,
    an epoch) is not in it; gitexp.load_checkpoint gives back all of it.
    """
    folder = Path(sharded) if sharded else None
    if sharded == "":
        if output in (None, Path("-")):
            raise UsageError("--sharded needs a folder", "--sharded DIR")
        folder, output = output, None
    if output is not None and folder is not None:
        raise UsageError("-o and --sharded DIR exclude each other")
    with Runs(open_repository()) as runs:
        found = resolve_checkpoint(runs, checkpoint)
        path = folder or output or Path(_file_name(found))
        if output is None and folder is None and path.exists():
            raise GitexpError(f"{path} exists", f"-o {path} overwrites it")
        from gitexp.render.text import byte_size, one_line
        from gitexp.store.checkpoint_export import copy_plain, write_sharded

        with open_checkpoint(runs.repo, found) as stored:
            try:
                if folder is not None:
                    write_sharded(stored, folder)
                elif path == Path("-"):
                    copy_plain(stored, sys.stdout.buffer)
                elif path.exists() and not path.is_file():  # a pipe; a folder is an error
                    with path.open("wb") as file:
                        copy_plain(stored, file)
                else:
                    stored.stream_to(path)
            except BrokenPipeError:
                raise
            except OSError as error:
                hint = "it must be new or empty" if error.errno == errno.ENOTEMPTY else None
                raise GitexpError(f"cannot write {path}: {error.strerror}", hint) from error
            target = "stdout" if path == Path("-") else path
            said = f"{one_line(found.title)} → {target}, {byte_size(stored.bytes)}"
        click.echo(said, err=True)


@command.command("diff")
@click.argument("old", metavar="RUN[:LABEL]")
@click.argument("new", metavar="RUN[:LABEL]")
@_JSON
def diff(old: str, new: str, as_json: bool) -> None:
    """Show which tensors changed and how far they moved.

    The distance is the length (Euclidean norm) of the change, relative to that of the tensor.

    \b
    gitexp checkpoint diff latest:epoch-1 latest:epoch-9
    """
    with Runs(open_repository()) as runs:
        sides = resolve_checkpoint(runs, old), resolve_checkpoint(runs, new)
        from gitexp.query.checkpoint_diff import diff_checkpoints
        from gitexp.render.checkpoints import checkpoint_diff_json, checkpoint_diff_page

        titles = (sides[0].title, sides[1].title)
        with (
            open_checkpoint(runs.repo, sides[0]) as before,
            open_checkpoint(runs.repo, sides[1]) as after,
        ):
            difference = diff_checkpoints(before, after, titles)
    if as_json:
        _emit_json(checkpoint_diff_json(difference))
    else:
        on = screen()
        emit(checkpoint_diff_page(difference, width=on.width, colour=on.colour))


def _list_tensors(runs: Runs, found: FoundCheckpoint, as_json: bool) -> None:
    from gitexp.render.checkpoints import tensor_json, tensors_table

    with open_checkpoint(runs.repo, found) as stored:
        tensors = stored.tensors()
    if as_json:
        _emit_json([tensor_json(tensor) for tensor in tensors])
    else:
        emit(tensors_table(tensors, colour=screen().colour))


def _entry_json(found: FoundCheckpoint) -> dict[str, Any]:
    entry = found.entry
    return {
        "label": entry.label,
        "step": entry.step,
        "bytes": entry.bytes,
        "tensors": entry.tensors,
        "metrics": entry.metrics,
        "created_at": entry.created_at,
        "tree": found.tree,
    }


def _file_name(found: FoundCheckpoint) -> str:
    # A stranger's label may be anything.
    return re.sub(r"[^\w.+-]+", "-", f"{found.run.name}-{found.entry.label}") + ".safetensors"


def _emit_json(data: Any) -> None:
    import orjson

    emit_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
