"""The source files of many runs, highlighted; what runs share is worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gitexp.query.app.files import code_tree
from gitexp.query.app.paths import part
from gitexp.query.runs import Found
from gitexp.render.app.embed import json_bytes
from gitexp.render.app.source import is_binary, source_document
from gitexp.schema import names
from gitexp.store.code_diff import changes_since_base, shown_path
from gitexp.store.objects import TREE, decode_tree
from gitexp.store.reader import ObjectReader, object_sizes
from gitexp.store.repository import Repository

_FILES = 5_000  # listed of a tree
_FILE_BYTES = 100_000
_READ_BYTES = 400_000  # of all files together
_TREES = 8  # of which files are shown


def source_resources(repo: Repository, chosen: Sequence[Found]) -> Iterator[tuple[str, bytes]]:
    """`source/RUN` of each run, then `source/RUN/PATH` of the files that there is room for.

    Files that differ from the base commit come first; those of equal content are highlighted
    once.
    """
    trees = _trees(repo, chosen)
    listings = _Listings(repo)
    changed: dict[tuple[str | None, str], dict[str, str]] = {}
    for found, tree in zip(chosen, trees, strict=True):
        if tree is None:
            continue
        key = (found.run.git.base_commit if found.run.git.dirty else None, tree)
        if key not in changed:
            deltas = changes_since_base(repo, found.run.git)
            changed[key] = {delta.path: delta.status for delta in deltas}
        told = {"files": listings.sizes(tree), "changed": changed[key]}
        yield f"source/{part(found.name)}", json_bytes(told)
    shown = list(dict.fromkeys(tree for tree in trees if tree is not None))[:_TREES]
    first = {key[1]: paths for key, paths in reversed(changed.items())}
    with ObjectReader(repo, fetch=False) as reader:
        documents = _Documents(reader)
        for found, tree in zip(chosen, trees, strict=True):
            if tree is None or tree not in shown:
                continue
            files, sizes = listings.oids(tree), listings.sizes(tree)
            for path in sorted(files, key=lambda path: (path not in first[tree], path)):
                small = 0 <= sizes[path] <= _FILE_BYTES
                if small and (document := documents.of(path, files[path])) is not None:
                    yield f"source/{part(found.name)}/{part(path)}", document


def _trees(repo: Repository, chosen: Sequence[Found]) -> list[str | None]:
    """The oid of each run's code tree."""
    oids: list[str | None] = []
    with ObjectReader(repo, fetch=False) as reader:
        for found in chosen:
            if found.oid is None:
                oids.append(code_tree(found))
                continue
            top = reader.read(f"{found.oid}:")
            entries = {} if top is None else decode_tree(top[1], repo.object_format)
            mode, oid = entries.get(names.CODE, (None, None))
            oids.append(oid if mode == TREE else None)
    return oids


class _Listings:
    """What lies in code trees, each read once."""

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self._oids: dict[str, dict[str, str]] = {}
        self._sizes: dict[str, dict[str, int]] = {}

    def oids(self, tree: str) -> dict[str, str]:
        if tree not in self._oids:
            listed = self._repo.git("ls-tree", "-r", "-z", tree, ok=(0, 128))
            rows = [row.split(b"\t", 1) for row in listed.split(b"\0")[:_FILES] if row]
            self._oids[tree] = {
                shown_path(path): facts.split()[2].decode()
                for facts, path in rows
                if facts.split()[1] == b"blob"
            }
        return self._oids[tree]

    def sizes(self, tree: str) -> dict[str, int]:
        if tree not in self._sizes:
            oids = self.oids(tree)
            known = object_sizes(self._repo, dict.fromkeys(oids.values())) if oids else {}
            self._sizes[tree] = {path: known.get(oid, -1) for path, oid in oids.items()}
        return self._sizes[tree]


class _Documents:
    """Highlighted files by content, until there is no room for more."""

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], bytes | None] = {}
        self._room = _READ_BYTES

    def of(self, path: str, oid: str) -> bytes | None:
        key = (path.rpartition(".")[2], oid)
        if key not in self._known:
            self._known[key] = self._make(path, oid)
        return self._known[key]

    def _make(self, path: str, oid: str) -> bytes | None:
        found: Any = self._reader.read(oid) if self._room > 0 else None
        if found is None or found[0] != "blob" or is_binary(found[1]):
            return None
        self._room -= len(found[1])
        return json_bytes(source_document(path, found[1]))
