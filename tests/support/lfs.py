"""A machine without git-lfs."""

from __future__ import annotations

import os
from pathlib import Path


def path_without_git_lfs(folder: Path) -> str:
    """A PATH with all programs of the present one but git-lfs, as links in a new folder."""
    folder.mkdir()
    for entry in os.environ["PATH"].split(os.pathsep):
        for program in Path(entry).glob("*") if Path(entry).is_dir() else ():
            if program.name != "git-lfs" and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return str(folder)
