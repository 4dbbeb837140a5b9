"""What a garbage collection did, or would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Freed:
    """Sizes are bytes on disk."""

    dry_run: bool = False
    bytes: int = 0  # freed, all in all
    objects: int = 0  # of removed runs and dropped checkpoints
    packs_removed: int = 0  # nothing in them was needed
    packs_before: int = 0  # that checkpoints lie in
    packs_after: int = 0
    loose_packed: int = 0  # objects that got into a pack
    rewritten: list[str] = field(default_factory=list)  # runs whose older commits were thinned
    held: dict[str, str] = field(default_factory=dict)  # runs that could not be → why
    young_bytes: int = 0  # not needed, but so new that somebody may be about to need it
    git_bytes: int = 0  # not needed, in packs that git itself wrote and will write anew
    lfs_bytes: int = 0  # of git-lfs objects that `git lfs prune` may drop now
    leftovers_bytes: int = 0  # of processes that died
    rows: int = 0  # of the index that were stale
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As `gitexp gc --json` prints it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
