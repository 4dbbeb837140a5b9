"""The files that this clone's runs wrote: results of one run are no code of the next.

A script that saves `model.pt` beside itself would otherwise run on other code each time, and no
run of it would ever be a repeat or a replicate of another.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from gitexp.store.repository import Repository

_FILE = "written"  # paths from the worktree's top, each with a NUL behind it
_MOST_BYTES = 4 * 1024 * 1024
# What a run writes and people go on with by hand stays code.
_SOURCES = frozenset(
    b".py .pyi .pyx .ipynb .sh .bash .zsh .c .cc .cpp .cxx .h .hh .hpp .cu .cuh .jl .r .rmd .lua "
    b".m .js .mjs .ts .go .rs .java .kt .scala .swift .sql .tex .ml .hs .f .f90".split()
)


def written_files(repo: Repository) -> frozenset[bytes]:
    """What runs have written: paths from the worktree's top, as git lists them."""
    try:
        return frozenset((repo.gitexp_dir / _FILE).read_bytes().split(b"\0")[:-1])
    except OSError:
        return frozenset()


def remember_written(repo: Repository, paths: Iterable[str]) -> None:
    """Keep for later snapshots what a run has written.

    Args:
        repo: the run's.
        paths: from the worktree's top; sources are passed over.

    Raises:
        OSError: it cannot be kept.
    """
    new = {os.fsencode(path) for path in paths} - written_files(repo)
    new = {path for path in new if os.path.splitext(path)[1].lower() not in _SOURCES}
    if not new:
        return
    repo.gitexp_dir.mkdir(exist_ok=True)
    file = repo.gitexp_dir / _FILE
    added = b"".join(path + b"\0" for path in sorted(new))
    # One write at the end of the file: several runs may end at once.
    with open(file, "ab", buffering=0) as target:
        if target.tell() <= _MOST_BYTES:
            target.write(added)
            return
    _thin(repo, added)


def _thin(repo: Repository, added: bytes) -> None:
    """Forget the files that are gone."""
    top = os.fsencode(str(repo.worktree))
    there = (path for path in written_files(repo) if os.path.lexists(os.path.join(top, path)))
    file = repo.gitexp_dir / _FILE
    beside = file.with_name(f"{_FILE}.{os.getpid()}")
    beside.write_bytes(b"".join(path + b"\0" for path in sorted(there)) + added)
    beside.replace(file)
