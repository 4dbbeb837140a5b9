"""The commits of one run, from the newest down to where it started."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

from gitexp.schema import names
from gitexp.store.repository import Repository


class ChainCommit(NamedTuple):
    """One commit of a run's chain."""

    oid: str
    subject: str
    time_s: int  # since the epoch


def read_chain(repo: Repository, rev: str) -> list[ChainCommit]:
    """A run's commits from `rev` down, newest first, without its base commit.

    What belongs to the run has its id in a trailer. Where a fetch merged two people's
    annotations, the first parents are followed.
    """
    marker = f"%(trailers:key={names.TRAILER_ID},valueonly,separator=%x20)"
    form = f"--format={marker}%x00%ct %s"
    command = ("rev-list", "--first-parent", "--encoding=UTF-8", form, rev, "--")
    process = repo.popen(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    commits: list[ChainCommit] = []
    own_id = ""
    with process.stdout:
        for line in process.stdout:  # `commit <oid>`, then what the format asks for
            text = process.stdout.readline().decode("utf-8", "replace")
            run_id, _, facts = text.partition("\0")
            own_id = own_id or run_id
            # The base commit: the history below it may be long. It may be another run's.
            if not run_id or run_id != own_id:
                break
            time_s, _, subject = facts.rstrip("\n").partition(" ")
            commits.append(ChainCommit(line.split()[1].decode(), subject, int(time_s)))
    process.wait()
    return commits
