"""Rewrite a run's chain so that its older commits hold no more checkpoints than its newest one.

Everything else of those commits stays: subjects, authors, dates, files. Only what nobody else
knows may be rewritten: `pinned` says why a chain is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from gitexp.errors import GitexpError, RefMoved
from gitexp.schema import names
from gitexp.store.chain import read_chain
from gitexp.store.objects import GITLINK, TREE, ObjectWriter, TreeEntry, decode_tree
from gitexp.store.reachable import reachable_commits
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

PUSHED = "it was pushed: a remote has these commits"
BARE = "others may have fetched from this bare repository"
REACHED = "a branch, a tag, a worktree or a reflog leads to it"
BASE = "another run began at one of its commits"
MERGED = "its chain was merged with somebody else's"
MOVED = "it was committed to meanwhile"

_JSON = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE

Entries = dict[str, TreeEntry]


@dataclass(frozen=True, slots=True)
class ThickChain:
    """A run whose older commits hold checkpoints that its newest one does not."""

    name: str
    tip: str
    commits: tuple[str, ...]  # newest first
    kept: Entries  # label → folder of the newest's checkpoints

    @property
    def ref(self) -> str:
        """Full name."""
        return names.ref_of(self.name)


def thick_chains(repo: Repository, tips: Mapping[str, str]) -> list[ThickChain]:
    """Those of some runs (name → newest commit) that there is something to thin in."""
    found = []
    with ObjectReader(repo, fetch=False) as reader:
        for name, tip in tips.items():
            commits = tuple(commit.oid for commit in read_chain(repo, tip))
            kept = _checkpoints(reader, f"{tip}:{names.CHECKPOINTS}", repo)
            # Most commits hold what the one before held.
            folders = {_folder_oid(reader, oid, repo) for oid in commits} - {""}
            held = (_checkpoints(reader, oid, repo) for oid in folders)
            if any(_both(one, kept) != one for one in held):
                found.append(ThickChain(name, tip, commits, kept))
    return found


def pinned(
    repo: Repository, chains: Iterable[ThickChain], bases: Mapping[str, str]
) -> dict[str, str]:
    """Which of the chains must not be rewritten: name → why.

    Args:
        repo: where.
        chains: of runs.
        bases: name → base commit of all runs.
    """
    chains = list(chains)
    if not chains:
        return {}
    if (why := _shared_by_setup(repo)) is not None:
        return {chain.name: why for chain in chains}
    remote = reachable_commits(repo, (names.FETCHED_PREFIX, "refs/remotes/"))
    anywhere = reachable_commits(repo, ())
    based = {base: name for name, base in bases.items()}
    found = {}
    for chain in chains:
        own = set(chain.commits)
        if own & remote:
            found[chain.name] = PUSHED
        elif own & anywhere:
            found[chain.name] = REACHED
        elif any(based.get(oid, chain.name) != chain.name for oid in own):
            found[chain.name] = BASE
        elif any(len(_parents(repo, oid)) > 1 for oid in own):
            found[chain.name] = MERGED
    return found


def thin(repo: Repository, chain: ThickChain) -> str | None:
    """Rewrite a chain and move its ref; returns None, or why it was not done."""
    writer = ObjectWriter(repo)
    try:
        with ObjectReader(repo, fetch=False) as reader:
            new: dict[str, str] = {}
            for oid in reversed(chain.commits):
                new[oid] = _rewrite(repo, reader, writer, oid, new, chain)
        writer.flush(durable=True)
        RunStore(repo).point(chain.name, new[chain.tip], chain.tip)
    except RefMoved:
        return MOVED
    except GitexpError as error:
        return error.message
    finally:
        writer.discard()
    return None


def kept_objects(repo: Repository, chain: ThickChain) -> set[str]:
    """What would still be reachable: oids that stand for it, for a dry run."""
    kept = {entry[1] for entry in chain.kept.values()}
    with ObjectReader(repo, fetch=False) as reader:
        for oid in chain.commits:
            tree = _folder(reader, f"{oid}^{{tree}}", repo)
            tree.pop(names.CHECKPOINTS, None)
            kept |= {oid for mode, oid in tree.values() if mode != GITLINK}
    own = set(chain.commits)
    return kept | {parent for oid in own for parent in _parents(repo, oid) if parent not in own}


def _rewrite(
    repo: Repository,
    reader: ObjectReader,
    writer: ObjectWriter,
    oid: str,
    new: Mapping[str, str],
    chain: ThickChain,
) -> str:
    found = reader.read(oid)
    if found is None:
        raise GitexpError(f"commit {oid} is missing")
    head, blank, message = found[1].partition(b"\n\n")
    tree = oid if oid == chain.tip else _thin_tree(repo, reader, writer, oid, chain.kept)
    lines = []
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree" and oid != chain.tip:
            value = tree.encode()
        elif key == b"parent":
            value = new.get(value.decode(), value.decode()).encode()
        lines.append(key + b" " + value if value else line)
    return writer.put("commit", b"\n".join(lines) + blank + message)


def _thin_tree(
    repo: Repository, reader: ObjectReader, writer: ObjectWriter, oid: str, kept: Entries
) -> str:
    entries = _folder(reader, f"{oid}^{{tree}}", repo)
    if names.CHECKPOINTS not in entries:
        return writer.tree(entries)
    held = _checkpoints(reader, entries.pop(names.CHECKPOINTS)[1], repo)
    thinned = _both(held, kept)
    facts = reader.read(f"{oid}:{names.RUN}")
    if facts is not None:
        entries[names.RUN] = (entries[names.RUN][0], writer.blob(_told(facts[1], set(thinned))))
    below = {f"{names.CHECKPOINTS}/{label}": entry for label, entry in thinned.items()}
    return writer.nested_tree({**entries, **below})


def _told(raw: bytes, held: set[str]) -> bytes:
    """run.json that lists as dropped what its commit does not hold any more."""
    try:
        facts = orjson.loads(raw)
        listed = facts["checkpoints"]
        gone = [entry for entry in listed if entry["label"] not in held]
        if not gone:
            return raw
        facts["checkpoints"] = [entry for entry in listed if entry["label"] in held]
        facts["dropped_checkpoints"] = [*facts.get("dropped_checkpoints", ()), *gone]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return raw
    return orjson.dumps(facts, option=_JSON)


def _checkpoints(reader: ObjectReader, rev: str, repo: Repository, prefix: str = "") -> Entries:
    """Label → folder; slashes in a label are folders, a checkpoint's own holds files only."""
    found: Entries = {}
    for name, (mode, oid) in _folder(reader, rev, repo).items():
        below = _folder(reader, oid, repo) if mode == TREE else {}
        if below and all(mode == TREE for mode, _ in below.values()):
            found |= _checkpoints(reader, oid, repo, f"{prefix}{name}/")
        else:
            found[prefix + name] = (mode, oid)
    return found


def _folder_oid(reader: ObjectReader, commit: str, repo: Repository) -> str:
    return _folder(reader, f"{commit}^{{tree}}", repo).get(names.CHECKPOINTS, (TREE, ""))[1]


def _both(held: Entries, kept: Entries) -> Entries:
    return {label: entry for label, entry in held.items() if kept.get(label) == entry}


def _folder(reader: ObjectReader, rev: str, repo: Repository) -> Entries:
    found = reader.read(rev)
    return {} if found is None else decode_tree(found[1], repo.object_format)


def _parents(repo: Repository, oid: str) -> list[str]:
    return repo.git("rev-parse", f"{oid}^@").decode().split()


def _shared_by_setup(repo: Repository) -> str | None:
    """Why any run may be known elsewhere without our having seen it go."""
    if repo.config.get("core.bare") == "true":
        return BARE
    for key, value in repo.config.items():
        remote = key.removeprefix("remote.").rpartition(".")[0]
        pushes = key.endswith(".push") and "refs/experiments" in value
        if key.startswith("remote.") and (pushes or (key.endswith(".mirror") and value == "true")):
            return f"`git push {remote}` sends all runs, so it may be known there"
    return None
