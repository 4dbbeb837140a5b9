"""`gitexp report`: one static HTML file about runs."""

from __future__ import annotations

from pathlib import Path

import click

from gitexp.cli._output import emit
from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.report import default_path, make_report, write_report
from gitexp.query.runs import Runs

_DEFAULT = 200


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
def command(
    runs: tuple[str, ...],
    where: str | None,
    sort: str | None,
    limit: int | None,
    output: Path | None,
    open_it: bool,
    title: str | None,
) -> None:
    """Write a static HTML report.

    One file that opens anywhere and loads nothing. Without RUN: all runs, the newest first.

    \b
    gitexp report latest --open
    gitexp report 'lr-*' --sort val_loss -o report.html
    gitexp report --where "'baseline' in tags" --title "Baselines"
    """
    if open_it and output == Path("-"):
        raise UsageError("--open needs a file, and -o - is none")
    repo = open_repository()
    with Runs(repo) as everything:
        report = make_report(
            everything,
            runs,
            where=where,
            sort=sort,
            limit=(_DEFAULT if limit is None else limit) or None,
            title=title,
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
