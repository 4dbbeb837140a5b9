"""`gitexp push`: send runs to a remote."""

from __future__ import annotations

from pathlib import Path

import click

from gitexp.cli._repository import open_repository
from gitexp.cli._sharing import progress, report, say, split_remote
from gitexp.errors import UsageError
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve_many
from gitexp.record.pushing import bundle_runs, push_runs
from gitexp.store.remote import find_remote
from gitexp.store.repository import Repository


@click.command()
@click.argument("words", nargs=-1, metavar="[RUN]... [REMOTE]")
@click.option("-a", "--all", "everything", is_flag=True, help="All runs, removed there or not.")
@click.option("-w", "--where", metavar="EXPR", help="Only runs for which it holds.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be sent.")
@click.option(
    "--as-branches", is_flag=True, help="As branches gitexp/…, where a host takes no other refs."
)
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the runs to a file for `gitexp fetch FILE`; no remote is needed.",
)
def command(
    words: tuple[str, ...],
    everything: bool,
    where: str | None,
    dry_run: bool,
    as_branches: bool,
    bundle: Path | None,
) -> int:
    """Send runs to a remote.

    New and changed ones, without force.

    \b
    gitexp push                         all that is new, to the branch's remote or origin
    gitexp push latest origin
    gitexp push --where 'val_loss < 0.1'

    A run's commits go along with the commit that its code was based on.
    """
    if everything and (where or len(words) > 1):
        raise UsageError("--all is all runs", "leave out --all to choose some")
    repo = open_repository()
    selectors, remote_word = split_remote(repo, words)
    if everything and selectors:
        raise UsageError(f"--all is all runs, and {selectors[0]!r} is no remote")
    if bundle is not None:
        if remote_word or as_branches or dry_run:
            raise UsageError("--bundle writes a file, no remote has a part in it")
        chosen = _choose(repo, selectors, where)
        bundle_runs(repo, chosen, bundle, progress())
        click.echo(f"wrote {bundle}: {len(chosen)} run{'' if len(chosen) == 1 else 's'}")
        return 0
    remote = find_remote(repo, remote_word)
    asked = bool(selectors or where or everything)
    chosen_names = _choose(repo, selectors, where) if asked else None
    if where and not chosen_names:
        click.echo("no run fits --where")
        return 0
    done = push_runs(
        repo,
        remote,
        chosen_names,
        as_branches=as_branches,
        dry_run=dry_run,
        progress=progress(),
        say=say,
    )
    return report(done, dry_run=dry_run)


def _choose(repo: Repository, selectors: list[str], where: str | None) -> list[str]:
    with Runs(repo) as runs:
        among = resolve_many(runs, selectors) if selectors else None
        return [run.name for run in runs.select(among, where=where) if run.oid is not None]
