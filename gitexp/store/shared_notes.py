"""The notes that link commits and runs, between two repositories: both sides' lines, joined.

They travel with the runs: whoever fetches them can ask which runs ran a commit's code, also where
an amend or a rebase has made another commit of it. Nothing of theirs is worth a failed push.
"""

from __future__ import annotations

import contextlib

from gitexp.errors import GitCommandFailed, RemoteProblem
from gitexp.schema import names
from gitexp.store.push import RefPush, push_refs
from gitexp.store.refs import read_ref
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository
from gitexp.store.transfer import transfer

_TRIES = 3  # somebody else may push notes in between


def push_notes(repo: Repository, remote: Remote) -> None:
    """Send the notes, joined with those that are there; a remote that takes none stays without."""
    for _ in range(_TRIES):
        ours = read_ref(repo, names.NOTES_REF)
        if ours is None or ours == read_ref(repo, _tracking(remote)):
            return
        try:
            answers, _ = push_refs(repo, remote, [RefPush(ours, names.NOTES_REF)])
        except RemoteProblem:
            return
        answer = answers.get(names.NOTES_REF)
        if answer is not None and answer.ok:
            repo.git("update-ref", _tracking(remote), ours)
            return
        if not fetch_notes(repo, remote):
            return


def fetch_notes(repo: Repository, remote: Remote) -> bool:
    """Take the remote's notes in; whether there are some and that could be done."""
    # A glob may find nothing.
    spec = f"+{names.NOTES_REF}*:{_tracking(remote)}*"
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=")
    done = transfer(repo, ["fetch", *quiet, "--no-prune", remote.address, spec])
    theirs = read_ref(repo, _tracking(remote))
    if done.code != 0 or theirs is None:
        return False
    with contextlib.suppress(GitCommandFailed):  # git knows no user, or the notes are locked
        if read_ref(repo, names.NOTES_REF) is None:
            repo.git("update-ref", names.NOTES_REF, theirs, "")
        else:
            merge = ("merge", "--quiet", "--strategy=cat_sort_uniq")
            repo.git("notes", f"--ref={names.NOTES_REF}", *merge, _tracking(remote))
        return True
    return False


def are_new(repo: Repository, remote: Remote, there: str | None) -> bool:
    """Whether the remote has other notes (`there`: their commit) than when we last looked."""
    return there is not None and there != read_ref(repo, _tracking(remote))


def _tracking(remote: Remote) -> str:
    return f"{names.FETCHED_NOTES_PREFIX}{remote.name}/experiments"
