"""Runs on their way to a remote: what is new there, in batches, with every outcome explained."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from gitexp.errors import GitexpError, RunNotFound
from gitexp.record.push_limits import batches_of, with_lfs_objects, within_limits
from gitexp.record.push_plan import Plan
from gitexp.schema import names
from gitexp.schema.shared import CHANGED, NEW, Shared
from gitexp.store.push import write_bundle
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.shared_notes import push_notes
from gitexp.store.transfer import Progress

Say = Callable[[str], None]


def push_runs(
    repo: Repository,
    remote: Remote,
    chosen: Collection[str] | None = None,
    *,
    as_branches: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    say: Say = lambda line: None,
) -> Shared:
    """Push new and changed runs.

    Nothing at the remote is ever overwritten. A run that somebody annotated there meanwhile is
    merged first; where another run has its name, ours gets a suffix; see docs/sharing.md.

    Args:
        repo: where from.
        remote: where to.
        chosen: names; None: all that the remote has not.
        as_branches: to refs/heads/gitexp/ instead of refs/experiments/.
        dry_run: look, and change nothing here or there.
        progress: gets what git says.
        say: gets a line before each batch.

    Raises:
        RemoteProblem: the remote cannot be reached. What was sent before it broke off is there.
        RunNotFound: there is no run of a chosen name.
    """
    ours = RunStore(repo).refs()
    for name in chosen or ():
        if name not in ours:
            raise RunNotFound(name)
    plan = Plan(repo, remote, chosen, as_branches)
    done = _push(plan, dry_run=dry_run, progress=progress, say=say)
    if not dry_run:
        push_notes(repo, remote)
    return done


def _push(plan: Plan, *, dry_run: bool, progress: Progress | None, say: Say) -> Shared:
    repo, remote = plan.repo, plan.remote
    if not dry_run:
        plan.look_for_renamed()
    if diverged := plan.diverged():
        if dry_run:
            for name in diverged:
                plan.done.add(name, CHANGED, why=f"{remote.shown} has news of it, merged first")
        else:
            plan.settle(diverged)
    items = plan.items(dry_run=dry_run)
    items = within_limits(repo, remote, plan, items)
    if dry_run:
        for item in items:
            plan.done.add(item.name, item.what, there=item.other, was=item.was)
        for name in plan.waiting:
            plan.done.add(name, NEW)
        return plan.done
    items = with_lfs_objects(plan, items, progress)
    for number, batch in enumerate(batches := batches_of(repo, plan, items), 1):
        which = f", part {number} of {len(batches)}" if len(batches) > 1 else ""
        count = len(batch.items)
        say(f"pushing {count} run{'s' if count > 1 else ''} to {remote.shown}{which}")
        for place, oid in enumerate(batch.stages, 1):
            say(f"{batch.items[0].name}: piece {place} of {len(batch.stages) + 1}")
            plan.push_part(batch.items[0], oid, progress)
        plan.push(batch.items, progress)
    if plan.waiting:
        # Names that a rename freed just now.
        after = Plan(repo, remote, plan.waiting, plan.prefix == names.BRANCH_PREFIX)
        plan.done.runs += _push(after, dry_run=False, progress=progress, say=say).runs
    return plan.done


def bundle_runs(
    repo: Repository, chosen: Collection[str], path: Path, progress: Progress | None = None
) -> None:
    """Write runs to a file for machines without a network.

    Raises:
        RunNotFound: there is no run of that name, or none at all.
        GitCommandFailed: the file cannot be written.
    """
    ours = RunStore(repo).refs()
    for name in chosen:
        if name not in ours:
            raise RunNotFound(name)
    if not chosen:
        raise GitexpError("there are no runs to write")
    write_bundle(repo, [names.ref_of(name) for name in chosen], path, progress)
