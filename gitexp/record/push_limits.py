"""What hosts draw lines at: sizes of files and of pushes, git-lfs objects; runs in batches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from gitexp.errors import LfsProblem
from gitexp.record.push_plan import Item, Plan
from gitexp.schema.hosts import (
    GITHUB_FILE_LIMIT_BYTES,
    GITHUB_FILE_WARNING_BYTES,
    PUSH_LIMIT_BYTES,
    is_github,
)
from gitexp.schema.shared import LEFT_OUT, REFUSED
from gitexp.store.chain import read_chain
from gitexp.store.lfs_push import push_objects
from gitexp.store.outgoing import measure
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository
from gitexp.store.transfer import Progress

BATCH_REFS = 100


def within_limits(repo: Repository, remote: Remote, plan: Plan, items: list[Item]) -> list[Item]:
    """Leave out the runs with files that the host would refuse, and warn about large ones."""
    if not items:
        return items
    github = is_github(remote.url)
    known = plan.known_oids()
    out = measure(repo, [item.oid for item in items], known, GITHUB_FILE_WARNING_BYTES)
    plan.done.bytes = out.bytes
    plan.maybe_pointers = out.maybe_pointers
    if not out.large:
        return items
    fit = []
    for item in items:
        large = measure(repo, [item.oid], known, GITHUB_FILE_WARNING_BYTES).large
        if large and github and large[0][1] > GITHUB_FILE_LIMIT_BYTES:
            path, size = large[0]
            plan.done.add(
                item.name,
                LEFT_OUT,
                why=f"{path} has {size / 2**20:.0f} MiB, GitHub refuses files over 100 MiB",
                hint="keep such files out of the run, in Git LFS, or push it to another remote",
            )
            continue
        for path, size in large[:3]:
            plan.done.warnings.append(
                f"{item.name}: {path} has {size / 2**20:.0f} MiB; GitHub warns above 50 MiB and "
                "refuses files over 100 MiB"
            )
        fit.append(item)
    return fit


def with_lfs_objects(plan: Plan, items: list[Item], progress: Progress | None) -> list[Item]:
    """Send the git-lfs objects of the runs; those whose objects do not get there do not go."""
    try:
        push_objects(plan.repo, plan.remote, plan.maybe_pointers, progress)
    except LfsProblem as error:
        if len(items) > 1:
            return [fit for item in items for fit in _alone_with_lfs_objects(plan, item, progress)]
        plan.done.add(items[0].name, REFUSED, why=error.message, hint=error.hint or "")
        return []
    return items


def _alone_with_lfs_objects(plan: Plan, item: Item, progress: Progress | None) -> list[Item]:
    plan.maybe_pointers = measure(plan.repo, [item.oid], plan.known_oids(), 2**62).maybe_pointers
    return with_lfs_objects(plan, [item], progress)


class Batch(NamedTuple):
    """Runs that go in one push."""

    items: list[Item]
    # Of a single run that is too large for one push: commits of its chain to send before its
    # newest one, each in a push of its own.
    stages: tuple[str, ...] = ()


def batches_of(repo: Repository, plan: Plan, items: Sequence[Item]) -> list[Batch]:
    """At most BATCH_REFS runs each, and no more bytes than hosts take in one push."""
    batches: list[Batch] = []
    one_by_one = plan.done.bytes > PUSH_LIMIT_BYTES
    known, size = plan.known_oids(), 0
    for item in items:
        more = measure(repo, [item.oid], known, 2**62).bytes if one_by_one else 0
        if more > PUSH_LIMIT_BYTES:
            batches.append(Batch([item], _stages(repo, plan, item, known)))
            size = more
        elif not batches or len(batches[-1].items) >= BATCH_REFS or size + more > PUSH_LIMIT_BYTES:
            batches.append(Batch([item]))
            size = more
        else:
            batches[-1].items.append(item)
            size += more
        if one_by_one:
            known.add(item.oid)
    return batches


def _stages(repo: Repository, plan: Plan, item: Item, known: Collection[str]) -> tuple[str, ...]:
    """Where to cut the chain of a run, which grew by a checkpoint with each commit or so."""
    stages: list[str] = []
    sent, size = set(known), 0
    before = ""
    for commit in reversed(read_chain(repo, item.oid)):
        more = measure(repo, [commit.oid], sent, 2**62).bytes
        if before and size + more > PUSH_LIMIT_BYTES:
            stages.append(before)
            size = 0
        if more > PUSH_LIMIT_BYTES:
            plan.done.warnings.append(
                f"{item.name}: one of its commits has {more / 1000**3:.1f} GB; GitHub cuts a push "
                'off at 2 GB. checkpoints.backend = "lfs" sends tensors another way, and '
                "checkpoints.keep keeps fewer"
            )
        size += more
        sent.add(commit.oid)
        before = commit.oid
    return tuple(stages)
