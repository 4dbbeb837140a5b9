"""What commands begin with: the repository, and runs in it that wait for recovery."""

from __future__ import annotations

import click

from gitexp.journal.folders import live_journals
from gitexp.store.repository import Repository


def open_repository(*, recover_runs: bool = True) -> Repository:
    """Open the current folder's repository and commit the runs whose processes died.

    Raises:
        GitProblem: there is no repository that can be used.
    """
    repo = Repository.open()
    if recover_runs and live_journals(repo.common_dir):
        # The write side takes longer to import than most commands to run.
        from gitexp.record.recovery import recover

        for done in recover(repo):
            if done.run is not None:
                click.echo(f"recovered {done.run.name}: its process died", err=True)
            elif done.error is not None:
                click.echo(f"{done.name} waits for recovery: {done.error}", err=True)
    return repo
