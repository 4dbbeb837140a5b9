"""`gitexp gc`: free what removed runs and dropped checkpoints leave behind."""

from __future__ import annotations

import time
from collections.abc import Iterator

import orjson

from gitexp.index.cache import RunIndex
from gitexp.journal import folders
from gitexp.schema.freed import Freed
from gitexp.schema.retention import ALL
from gitexp.settings import load_settings
from gitexp.store import garbage, packs, thin
from gitexp.store.gc_lock import hold_gc
from gitexp.store.leftovers import remove_leftovers
from gitexp.store.lfs_objects import let_go_unreferenced
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore


def collect_garbage(repo: Repository, *, dry_run: bool = False, now: bool = False) -> Freed:
    """Free what no run needs; safe beside running runs and other git processes.

    Args:
        repo: where.
        dry_run: only reckon what would be freed.
        now: also what is younger than an hour; not safe for what somebody stages or commits
            beside gitexp at this moment.

    Returns:
        What was done.

    Raises:
        GcRunning: another gc is at work.
        GitCommandFailed: an object is missing or damaged; nothing was removed.
        OSError: the disk takes nothing; nothing is lost.
    """
    freed = Freed(dry_run=dry_run)
    began = time.monotonic()
    if dry_run:
        _collect(repo, freed, now)
    else:
        with hold_gc(repo):
            packs.sweep(repo)
            _collect(repo, freed, now)
        freed.lfs_bytes = let_go_unreferenced(repo, 0 if now else garbage.GRACE_S)
        freed.leftovers_bytes = remove_leftovers(repo) + folders.remove_graves(repo.common_dir)
        with RunIndex(repo) as index:
            freed.rows = index.compact()
    freed.seconds = round(time.monotonic() - began, 3)
    return freed


def _collect(repo: Repository, freed: Freed, now: bool) -> None:
    chains = _thick_chains(repo, freed)
    roots = set(_journal_roots(repo))
    without: set[str] = set()
    for chain in chains:
        if freed.dry_run:
            without.add(chain.ref)
            roots |= thin.kept_objects(repo, chain)
        elif (why := thin.thin(repo, chain)) is not None:
            freed.held[chain.name] = why
            continue
        freed.rewritten.append(chain.name)
    objects = garbage.look(repo, roots, without)
    commit_graph = not freed.dry_run and garbage.forget_commit_graph(repo)
    garbage.collect(repo, objects, freed, 0.0 if now else garbage.GRACE_S)
    garbage.pack_loose(repo, objects, freed)
    if not freed.dry_run:
        garbage.index_packs(repo, commit_graph)


def _thick_chains(repo: Repository, freed: Freed) -> list[thin.ThickChain]:
    """The chains to rewrite; why others are not is noted."""
    store = RunStore(repo)
    keep_all = load_settings(repo.worktree).checkpoints_keep == ALL
    tips, bases = {}, {}
    refs = store.refs()
    by_oid = dict(store.read_runs(dict.fromkeys(refs.values())))
    for name, oid in refs.items():
        try:
            facts = orjson.loads(by_oid[oid] or b"")
            bases[name] = str((facts.get("git") or {}).get("base_commit"))
            saved, dropped = facts.get("checkpoints"), facts.get("dropped_checkpoints")
        except (orjson.JSONDecodeError, AttributeError):
            continue
        # Where all is kept, an older state of a label that was saved again is history.
        if dropped or (saved and not keep_all):
            tips[name] = oid
    # A running run's chain is its supervisor's.
    ended = {n: o for n, o in tips.items() if folders.find_journal(repo.common_dir, n) is None}
    found = thin.thick_chains(repo, ended)
    freed.held |= thin.pinned(repo, found, bases)
    return [chain for chain in found if chain.name not in freed.held]


def _journal_roots(repo: Repository) -> Iterator[str]:
    """What running runs have written that no ref reaches yet."""
    for folder in folders.live_journals(repo.common_dir):
        snapshot = folders.read_json(folder / folders.SNAPSHOT) or {}
        stored = folders.read_json(folder / folders.STORED) or {}
        for oid in (snapshot.get("code_tree"), snapshot.get("base_commit"), *stored.values()):
            if isinstance(oid, str):
                yield oid
        try:
            yield (folder / folders.COMMITTED).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
