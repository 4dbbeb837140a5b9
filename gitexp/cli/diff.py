"""`gitexp diff`: what sets runs apart."""

from __future__ import annotations

import click

from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.diff import diff_runs, diff_worktree, parent_of
from gitexp.query.replicates import compare_replicates
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve_many
from gitexp.schema.diff import RunDiff
from gitexp.schema.replicates import ReplicateDiff


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN [RUN]...")
@click.option("--code", is_flag=True, help="The patch of the code too.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--md", "as_markdown", is_flag=True, help="For a pull request's comment.")
def command(
    runs: tuple[str, ...], code: bool, exit_code: bool, as_json: bool, as_markdown: bool
) -> int:
    """Show what sets runs apart, and what it did.

    The first run is the baseline. Of a single run: against the run that it was started from, or
    its code against the working tree as it is now.

    \b
    gitexp diff lr-0.1 lr-0.01
    gitexp diff 'lr-*' --md
    gitexp diff latest~1 latest --code
    """
    if as_json and as_markdown:
        raise UsageError("--json and --md exclude each other")
    difference, seeds = _compare(runs, code)
    if as_json:
        import orjson

        from gitexp.render.machine import diff_json
        from gitexp.render.statistics import replicates_json

        data = diff_json(difference)
        data["replicates"] = None if seeds is None else replicates_json(seeds)
        emit_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
    elif as_markdown:
        from gitexp.render.diff_markdown import diff_markdown

        emit(diff_markdown(difference, seeds))
    else:
        _emit_page(difference, seeds)
    return int(exit_code and not difference.same)


def _compare(selectors: tuple[str, ...], code: bool) -> tuple[RunDiff, ReplicateDiff | None]:
    """The difference, and of two runs that of their replicates."""
    with Runs(open_repository()) as everything:
        # `diff A A` is a fair question: nothing differs.
        found = [run for selector in selectors for run in resolve_many(everything, [selector])]
        if len(found) > 1:
            pair = len(found) == 2 and None not in (found[0].oid, found[1].oid)
            seeds = compare_replicates(everything, found[0], found[1]) if pair else None
            return diff_runs(everything.repo, found, patch=code), seeds
        parent = parent_of(everything, found[0])
        if parent is not None:
            return diff_runs(everything.repo, [parent, found[0]], patch=code), None
        return diff_worktree(everything.repo, found[0], patch=code), None


def _emit_page(difference: RunDiff, seeds: ReplicateDiff | None) -> None:
    from gitexp.render.terminal_diff import diff_page, patch_text

    on = screen()
    emit(diff_page(difference, width=on.width, colour=on.colour))
    if seeds is not None:
        from gitexp.render.statistics import replicates_block

        emit("\n" + replicates_block(seeds, colour=on.colour))
    for code in difference.code:
        if code.patch:
            emit("\n" + patch_text(code.patch, colour=on.colour))
