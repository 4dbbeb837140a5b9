"""A repository whose users' things must be untouched whatever happens, and disks that fill up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.git import fsck, git


class Untouched:
    """What of the user's must be as it was."""

    def __init__(self, top: Path) -> None:
        self.top = top
        (top / "train.py").write_text("changed\n")
        (top / "staged.py").write_text("staged\n")
        git(top, "add", "staged.py")
        self.before = self.state()

    def state(self) -> list[Any]:
        return [
            git(self.top, "status", "--porcelain"),
            git(self.top, "rev-parse", "HEAD"),
            git(self.top, "reflog", "--all"),
            git(self.top, "for-each-ref", "refs/heads", "refs/tags"),
            (self.top / ".git" / "index").read_bytes(),
        ]

    def check(self) -> None:
        """Compare, and have git check the whole repository."""
        assert self.state() == self.before
        fsck(self.top)


@pytest.fixture
def user(repo: Path) -> Untouched:
    """A dirty worktree in `repo`."""
    return Untouched(repo)


class SmallDisk:
    """A tmpfs of a few megabytes."""

    def __init__(self, top: Path, size: str) -> None:
        self.top = top
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", top], check=True)

    def fill(self) -> None:
        """Use up every byte, by a file outside of the worktree's view."""
        with (self.top / "ballast").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def free(self) -> None:
        """Make room again."""
        (self.top / "ballast").unlink()

    def read_only(self, on: bool) -> None:
        """Remount."""
        mode = "ro" if on else "rw"
        subprocess.run(["mount", "-o", f"remount,{mode}", self.top], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 12 MiB; needs root, as continuous integration has."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    top = tmp_path / "disk"
    top.mkdir()
    disk = SmallDisk(top, "12m")
    yield disk
    subprocess.run(["umount", "-l", top], check=True)
