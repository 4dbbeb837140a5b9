"""Refs: listed, and moved only if they still are where they were."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from gitexp.errors import GitCommandFailed, ObjectsMissing, RefLocked, RefMoved
from gitexp.store.reader import missing_objects
from gitexp.store.repository import Repository

# How long git waits for a lock that somebody else holds; it asks again at growing intervals.
LOCK_WAIT_MS = 10_000
_LOCK_TIMEOUTS = ("core.filesRefLockTimeout", "core.packedRefsTimeout", "reftable.lockTimeout")


class RefChange(NamedTuple):
    """A ref that goes from `old` to `new`; None: it does not exist before, or after."""

    ref: str
    old: str | None
    new: str | None


def read_refs(repo: Repository, prefix: str) -> dict[str, str]:
    """All refs below a prefix that ends in a slash (or the one ref of that name) → oid."""
    output = repo.git("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    pairs = (line.split(" ", 1) for line in os.fsdecode(output).split("\n")[:-1])
    return {ref: oid for oid, ref in pairs}


def read_ref(repo: Repository, ref: str) -> str | None:
    """Where one ref points; None: there is no such ref."""
    try:
        # It looks at this ref only, for-each-ref at all the files beside it.
        return repo.git("show-ref", "--verify", "--hash", ref).decode().strip()
    except GitCommandFailed as error:
        if "not a valid ref" in error.stderr:
            return None
    # It points at an object that is missing.
    return read_refs(repo, ref).get(ref)


def update_refs(repo: Repository, changes: Iterable[RefChange]) -> None:
    """Move refs in one transaction: all of them, each only if it still is at `old`, or none.

    A lock that another process holds is waited for, 10 s.

    Raises:
        RefMoved: a ref is not at `old`.
        RefLocked: a lock stayed.
        ObjectsMissing: the new commit is not in the repository.
        GitCommandFailed: anything else, e.g. a name that git does not allow.
    """
    changes = list(changes)
    script = "".join(_instruction(change) for change in changes)
    waits = [word for key in _LOCK_TIMEOUTS for word in ("-c", f"{key}={LOCK_WAIT_MS}")]
    try:
        repo.git(*waits, "update-ref", "--stdin", "-z", input=os.fsencode(script))
    except GitCommandFailed as error:
        # Ask what is the case, rather than read it out of git's message.
        for ref, old, new in changes:
            found = read_ref(repo, ref)
            if found != old:
                raise RefMoved(ref, old, found) from error
            if new and missing_objects(repo, [new]):
                raise ObjectsMissing(new, "the commit itself") from error
        if ".lock" in error.stderr or "lock references" in error.stderr:
            raise RefLocked(changes[0].ref, error.stderr.strip().splitlines()[0]) from error
        raise


def _instruction(change: RefChange) -> str:
    ref, old, new = change
    if new is None:
        return f"delete {ref}\0{old}\0"
    if old is None:
        return f"create {ref}\0{new}\0"
    return f"update {ref}\0{new}\0{old}\0"
