"""Files that a run read in its worktree and that are no code: had again for a repeat of it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from gitexp.schema.run import Run

_CHUNK_BYTES = 1 << 20


def find_inputs(
    original: Run, home: Path, top: Path, linked: Collection[Path] = ()
) -> tuple[dict[Path, Path], list[str]]:
    """Look for a run's inputs in the user's worktree.

    Args:
        original: the run.
        home: top of the user's worktree.
        top: of the worktree with the run's code.
        linked: what of `home` will be linked into it anyway.

    Returns:
        Place in `top` → the file of `home` with the very content that the run read; the paths of
        those that are not there, or not as they were.
    """
    found: dict[Path, Path] = {}
    missing: list[str] = []
    inputs = original.capture.get("inputs")
    for entry in inputs if isinstance(inputs, list) else ():
        path = entry.get("path") if isinstance(entry, dict) else None
        # A folder of many files is for --link; what is elsewhere is where it was.
        if not isinstance(path, str) or path.endswith("/") or not _is_inside(top, Path(path)):
            continue
        if os.path.lexists(top / path) or any(map(Path(path).is_relative_to, linked)):
            continue
        digest = entry.get("sha256")
        if digest and _sha256(home / path) == digest:
            found[Path(path)] = home / path
        else:
            missing.append(path)
    return found, missing


def copy_inputs(found: Mapping[Path, Path], top: Path) -> None:
    """Put what was found into a worktree; a copy, as the command may write to it."""
    for place, source in found.items():
        (top / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, top / place)


def _is_inside(top: Path, path: Path) -> bool:
    if path.is_absolute() or ".." in path.parts:
        return False
    # A folder of the code may be a link to anywhere.
    return Path(os.path.realpath((top / path).parent)).is_relative_to(os.path.realpath(top))


def _sha256(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_CHUNK_BYTES):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
