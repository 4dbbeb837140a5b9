"""`gitexp report`: one static HTML file about runs."""

from __future__ import annotations

from pathlib import Path

import click

from gitexp.cli._output import emit
from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.report import default_path, make_report, write_report
from gitexp.query.runs import Runs
from gitexp.store.repository import Repository

_DEFAULT = 200
_DRAFT = "report.md"


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("-w", "--where", metavar="EXPR", help="Only runs for which it holds.")
@click.option(
    "-s", "--sort", metavar="KEY", help="Metrics best first, else ascending; - reverses."
)
@click.option("-n", "limit", type=click.IntRange(0), help="How many; 0: all.  [default: 200]")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Where to; -: stdout.  [default: gitexp/report.html in the git folder]",
)
@click.option("--open", "open_it", is_flag=True, help="Show it in the browser.")
@click.option("--title", metavar="TEXT", help="The page's title.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="NOTES.md",
    help="Make the page of this Markdown, with live panels in it.",
)
@click.option("--new", is_flag=True, help="Write a first draft of such Markdown.")
def command(
    runs: tuple[str, ...],
    where: str | None,
    sort: str | None,
    limit: int | None,
    output: Path | None,
    open_it: bool,
    title: str | None,
    source: Path | None,
    new: bool,
) -> None:
    """Write a static HTML report.

    One file that opens anywhere and loads nothing. Without RUN: all runs, the newest first.

    \b
    gitexp report latest --open
    gitexp report 'lr-*' --sort val_loss -o report.html
    gitexp report --where "'baseline' in tags" --title "Baselines"
    gitexp report 'lr-*' --new
    gitexp report --from report.md -o article.html
    """
    if open_it and (new or output == Path("-")):
        why = "--new makes no page" if new else "-o - is none"
        raise UsageError(f"--open needs a file, and {why}")
    if new and source is not None:
        raise UsageError("--new and --from exclude each other")
    repo = open_repository()
    if new:
        _write_draft(repo, runs, where, sort, limit, output, title)
        return
    with Runs(repo) as everything:
        report = make_report(
            everything,
            runs,
            where=where,
            sort=sort,
            limit=(_DEFAULT if limit is None else limit) or None,
            title=title,
            source=source,
        )
    for reason in report.left_out:
        click.echo(reason, err=True)
    if output == Path("-"):
        emit(report.html)
        return
    path = default_path(repo) if output is None else output
    if output is None:
        path.parent.mkdir(exist_ok=True)
    write_report(report.html, path)
    click.echo(str(path))
    if open_it and click.launch(str(path)) != 0:
        click.echo("no browser could be opened", err=True)


def _write_draft(
    repo: Repository,
    runs: tuple[str, ...],
    where: str | None,
    sort: str | None,
    limit: int | None,
    output: Path | None,
    title: str | None,
) -> None:
    from gitexp.query.draft import make_draft, write_draft

    with Runs(repo) as everything:
        written = make_draft(
            everything,
            runs,
            where=where,
            sort=sort,
            limit=(_DEFAULT if limit is None else limit) or None,
            title=title,
        )
    if output == Path("-"):
        emit(written)
        return
    path = output or Path(_DRAFT)
    write_draft(written, path)
    click.echo(str(path))
    click.echo(f"next: gitexp report --from {path} --open", err=True)
