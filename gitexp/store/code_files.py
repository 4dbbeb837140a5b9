"""Which files of a code tree matter, and whether two trees agree in them."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Sequence

from gitexp.store.closing import Closing
from gitexp.store.objects import TREE, decode_tree
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository


def matters(path: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether a file counts as code.

    Args:
        path: with slashes, from the top of the tree.
        include: globs of what counts; empty: everything.
        exclude: globs of what does not, which win.

    A glob fits the whole path or a folder above it; one without a slash also fits the name of
    the file or of any folder above it. `*` takes slashes too.
    """
    if any(_fits(path, glob) for glob in exclude):
        return False
    return not include or any(_fits(path, glob) for glob in include)


def _fits(path: str, glob: str) -> bool:
    glob = glob.rstrip("/")
    if fnmatch.fnmatchcase(path, glob) or fnmatch.fnmatchcase(path, f"{glob}/*"):
        return True
    return "/" not in glob and any(fnmatch.fnmatchcase(part, glob) for part in path.split("/"))


class CodeIdentities(Closing):
    """Tells whether code trees are the same in the files that matter.

    Reads each tree object once, so trees that share folders cost little. A context manager: one
    git process.

    Args:
        repo: where.
        include: as for `matters`.
        exclude: the same.
    """

    def __init__(self, repo: Repository, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._repo = repo
        self._include, self._exclude = tuple(include), tuple(exclude)
        self._reader = ObjectReader(repo, fetch=False)
        self._folders: dict[tuple[str, str], bytes | None] = {}

    def close(self) -> None:
        """End the git process."""
        self._reader.close()

    @property
    def all_matters(self) -> bool:
        """Whether every file counts; trees then are their oids."""
        return not (self._include or self._exclude)

    def of(self, tree: str) -> str | None:
        """What two trees have in common exactly if they agree; None: it is not all here."""
        if self.all_matters:
            return tree
        digest = self._folder(tree, "")
        return None if digest is None else digest.hex()

    def _folder(self, tree: str, prefix: str) -> bytes | None:
        key = (tree, prefix)
        if key in self._folders:
            return self._folders[key]
        found = self._reader.read(tree)
        digest: bytes | None = None
        if found is not None and found[0] == "tree":
            digest = self._rows(found[1], prefix)
        self._folders[key] = digest
        return digest

    def _rows(self, content: bytes, prefix: str) -> bytes | None:
        rows = []
        for name, (mode, oid) in decode_tree(content, self._repo.object_format).items():
            path = f"{prefix}{name}"
            if mode == TREE:
                below = self._folder(oid, f"{path}/")
                if below is None:
                    return None
                # A folder of which nothing matters is as if it were not there.
                if below:
                    rows.append(f"{name}/".encode("utf-8", "surrogateescape") + below)
            elif matters(path, self._include, self._exclude):
                rows.append(f"{mode:o} {name} {oid}".encode("utf-8", "surrogateescape"))
        return hashlib.sha256(b"\0".join(rows)).digest() if rows else b""
