"""Runs that were removed here, so that a fetch does not bring them back.

`removed.jsonl` in gitexp's folder; each line is one of:
    {"id": "3f2a…", "name": "quick-purple-dove", "oid": "9c1…"}   removed; its newest commit
    {"id": "3f2a…", "seen": "9c1…"}                               a remote still has it, there
    {"id": "3f2a…", "back": true}                                 it was asked for again
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

import orjson

from gitexp.schema import names
from gitexp.store.refs import RefChange, update_refs
from gitexp.store.remote import read_ids
from gitexp.store.repository import Repository

_FILE = "removed.jsonl"


@dataclass(frozen=True, slots=True)
class Tombstones:
    """What was removed."""

    ids: frozenset[str]
    oids: frozenset[str]  # commits known to be of removed runs: not worth fetching


def bury(repo: Repository, name: str, run_id: str, oid: str) -> None:
    """Note that a run was removed, and forget where remotes have it, so that gc may drop it."""
    lines = [{"id": run_id, "name": name, "oid": oid}]
    fetched = read_ids(repo, names.FETCHED_PREFIX)
    for ref, found in fetched.items():
        if found == run_id:
            full = names.FETCHED_PREFIX + ref
            seen = repo.git("rev-parse", "-q", "--verify", full).decode().strip()
            lines.append({"id": run_id, "seen": seen})
            update_refs(repo, [RefChange(full, seen, None)])
    _append(repo, lines)


def note_seen(repo: Repository, run_id: str, oid: str) -> None:
    """A remote still has a removed run, with this newest commit."""
    _append(repo, [{"id": run_id, "seen": oid}])


def exhume(repo: Repository, ids: Collection[str]) -> None:
    """These runs are wanted again."""
    if known := read_tombstones(repo).ids & set(ids):
        _append(repo, [{"id": run_id, "back": True} for run_id in sorted(known)])


def read_tombstones(repo: Repository) -> Tombstones:
    """All of them; a line that cannot be read is passed over."""
    try:
        lines = (repo.gitexp_dir / _FILE).read_bytes().splitlines()
    except OSError:
        lines = []
    oids: dict[str, set[str]] = {}
    for line in lines:
        try:
            entry = orjson.loads(line)
            run_id = str(entry["id"])
        except (ValueError, KeyError, TypeError):
            continue
        if entry.get("back"):
            oids.pop(run_id, None)
            continue
        known = oids.setdefault(run_id, set())
        known |= {str(entry[key]) for key in ("oid", "seen") if entry.get(key)}
    return Tombstones(frozenset(oids), frozenset(o for found in oids.values() for o in found))


def _append(repo: Repository, entries: list[dict[str, object]] | list[dict[str, str]]) -> None:
    repo.gitexp_dir.mkdir(exist_ok=True)
    path = repo.gitexp_dir / _FILE
    content = b"".join(orjson.dumps(e, option=orjson.OPT_APPEND_NEWLINE) for e in entries)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
