"""Moving a run's ref to a new commit, safe beside a `git gc --prune=now`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from gitexp.errors import GitCommandFailed, ObjectsMissing
from gitexp.store.objects import ObjectWriter
from gitexp.store.reader import missing_objects
from gitexp.store.refs import RefChange, update_refs
from gitexp.store.repository import Repository

Build = Callable[[ObjectWriter], str]

_ATTEMPTS = 4
# git itself takes a gc.pid of that age for left over.
_STALE_GC_S = 12 * 3600


def advance(
    repo: Repository,
    ref: str,
    old: str | None,
    build: Build,
    *,
    durable: bool = False,
    thorough: bool = False,
    gc_wait_s: float = 120,
) -> str:
    """Write a commit with all its objects and move a ref to it, if the ref still is at `old`.

    `git gc --prune=now` deletes what no ref reached when it looked, however young: objects can
    vanish between their writing and the moment the ref holds them, and even after it, since gc
    looks first and deletes later. So the order is:

    1. `build` writes the objects, then the ref is moved by compare-and-swap. Git refuses that if
       the commit is gone already: build again.
    2. A gc that runs now may have looked before the ref moved: wait for its end. One that starts
       later sees the ref.
    3. Whether all the objects are there is asked of a fresh git process. If one is missing, build
       again, which writes what is missing and comes to the same commit.

    Args:
        repo: where.
        ref: full name.
        old: where it must be; None: it must not exist.
        build: writes the commit and all that is new in it through the writer it is given, and
            returns the commit's oid. It may be called again, so it must not depend on the clock;
            what it leaves to others (a snapshot taken before) cannot be written again.
        durable: whether the objects must survive a power loss before the ref names them.
        thorough: whether to look for all that the commit reaches and its parent does not, even if
            no gc runs; for what was skipped, when it was written, because it was there already.
        gc_wait_s: how long a running gc is waited for.

    Returns:
        The new commit's oid.

    Raises:
        RefMoved, RefLocked: see `update_refs`.
        ObjectsMissing: objects are missing whatever `build` wrote.
    """
    at = old
    missing = "all attempts were undone"
    for _ in range(_ATTEMPTS):
        writer = ObjectWriter(repo)
        try:
            new = build(writer)
            writer.flush(durable)
        finally:
            writer.discard()
        if new != at:
            try:
                update_refs(repo, [RefChange(ref, at, new)])
            except ObjectsMissing:
                continue
            at = new
        gc_ran = wait_for_gc(repo, gc_wait_s)
        lost = missing_objects(repo, writer.oids)
        if not lost and (old is None or gc_ran or thorough):
            # Only what the commit adds: walking into a long history would take long.
            missing = _disconnected(repo, f"{new}^!")
            lost = {missing} if missing else set()
        if not lost:
            return new
        missing = ", ".join(sorted(lost)[:3])
    raise ObjectsMissing(at or "", missing)


def is_whole(repo: Repository, rev: str) -> bool:
    """Whether everything that a commit reaches is here, as far as it has to be."""
    return not _disconnected(repo, rev)


def _disconnected(repo: Repository, rev: str) -> str:
    """What git says of objects that are missing; "" if none is."""
    try:
        # What a partial clone left on the server is no loss.
        repo.git("rev-list", "--objects", "--quiet", "--missing=allow-promisor", rev)
    except GitCommandFailed as error:
        return error.stderr.strip()
    return ""


def wait_for_gc(repo: Repository, limit_s: float) -> bool:
    """Wait for the end of the `git gc` that runs now; returns whether there is one."""
    deadline = time.monotonic() + limit_s
    first = running = running_gc(repo)
    # Not for the next one, which sees the ref as it is now.
    while running is not None and running == first and time.monotonic() < deadline:
        time.sleep(0.02)
        running = running_gc(repo)
    return first is not None


def running_gc(repo: Repository) -> tuple[str, int] | None:
    """What tells one `git gc` from the next: who it is, and since when; None: there is none."""
    path = repo.common_dir / "gc.pid"
    try:
        owner = path.read_text("ascii", "replace").strip()
        began = path.stat()
    except OSError:
        return None
    pid, _, host = owner.partition(" ")
    if time.time() - began.st_mtime > _STALE_GC_S:
        return None
    if host == os.uname().nodename and pid.isdigit() and not _is_alive(int(pid)):
        return None
    # On another machine, or not written to its end yet: it counts.
    return owner, began.st_mtime_ns


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
