"""Memorable names, from a pool that is filled while nobody waits.

Loading coolname's word lists takes as long as everything else at a run's start together. So each
supervisor leaves some names for the next run, and only a repository's first run waits for them.
"""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from pathlib import Path

from gitexp import paths
from gitexp.journal.folders import write_bytes

_POOL = "names"
_POOL_SIZE = 20
_TRIES = 100


def candidate_names(common_dir: Path) -> Iterator[str]:
    """Names to try, in random order: those of the pool first, then new ones."""
    try:
        pool = (paths.gitexp_dir(common_dir) / _POOL).read_text("ascii").split()
    except (OSError, ValueError):
        pool = []
    random.SystemRandom().shuffle(pool)
    yield from pool
    for _ in range(_TRIES):
        yield memorable_name()


def fill_pool(common_dir: Path) -> None:
    """Replace the pool by new names; where the disk takes nothing, nothing happens."""
    names = "\n".join(memorable_name() for _ in range(_POOL_SIZE))
    with contextlib.suppress(OSError):
        write_bytes(paths.gitexp_dir(common_dir) / _POOL, names.encode("ascii") + b"\n")


def memorable_name() -> str:
    """Three words, such as quick-purple-dove."""
    from coolname import generate

    while True:
        words = generate(3)
        if len(words) == 3 and all(re.fullmatch("[a-z]+", word) for word in words):
            return "-".join(words)
