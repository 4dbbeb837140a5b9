"""Memorable names, from a pool that is filled while nobody waits.

Loading coolname's word lists takes as long as everything else at a run's start together. So each
supervisor sees to it that there are some for the next runs, and only a repository's first run
waits for them.
"""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gitexp import paths
from gitexp.journal.folders import write_bytes

_POOL = "names"
_POOL_SIZE, _FEW = 40, 10
_TRIES = 100
# Words of coolname's that nobody wants to read out in a meeting.
_UNFIT = (
    "aboriginal arrogant atheism bald belligerent booby chubby cocky crazy curvy demonic devout "
    "domination ecstasy ecstatic fanatic fat fertility gay girlish godlike hairy hell heretic "
    "hysterical illegal kickass loutish manipulative married meaty mongrel naughty obedient "
    "orthodox penetration petite pig pleasurable potency primitive provocative pygmy sexy skinny "
    "sloppy snobbish stereotyped swine swinging tacky uppish uptight vengeful"
)


def candidate_names(common_dir: Path) -> Iterator[str]:
    """Names to try, in random order: those of the pool first, then new ones."""
    pool = _read(common_dir)
    random.SystemRandom().shuffle(pool)
    yield from pool
    for _ in range(_TRIES):
        yield memorable_name()


def use_up(common_dir: Path, name: str) -> None:
    """Take a name out of the pool; where the disk takes nothing, nothing happens."""
    pool = _read(common_dir)
    if name in pool:
        pool.remove(name)
        _write(common_dir, pool)


def fill_pool(common_dir: Path) -> None:
    """Put new names into the pool where few are left, if the disk takes them."""
    pool = _read(common_dir)
    if len(pool) < _FEW:
        _write(common_dir, pool + [memorable_name() for _ in range(_POOL_SIZE - len(pool))])


def _read(common_dir: Path) -> list[str]:
    try:
        return (paths.gitexp_dir(common_dir) / _POOL).read_text("ascii").split()
    except (OSError, ValueError):
        return []


def _write(common_dir: Path, pool: list[str]) -> None:
    with contextlib.suppress(OSError):
        write_bytes(paths.gitexp_dir(common_dir) / _POOL, "".join(f"{n}\n" for n in pool).encode())


def memorable_name() -> str:
    """Three fit words, such as quick-purple-dove."""
    generator = _generator()
    unfit = _UNFIT.split()
    while True:
        words = generator.generate(3)
        fit = all(re.fullmatch("[a-z]+", word) and word not in unfit for word in words)
        if len(words) == 3 and fit:
            return "-".join(words)


def _generator() -> Any:
    """coolname, without a trace in the random numbers of a script that has seeded them."""
    state = random.getstate()
    try:
        import coolname
    finally:
        random.setstate(state)  # importing it draws some
    coolname.replace_random(random.SystemRandom())
    return coolname
