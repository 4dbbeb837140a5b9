"""Running git: its environment, and what it means when it is missing, too old or refuses."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gitexp.errors import (
    GitCommandFailed,
    GitMissing,
    GitProblem,
    GitTooOld,
    NotARepository,
    UnsafeRepository,
)

OLDEST_GIT = (2, 30)

# What git sets for its hooks: it speaks of the repository whose hook calls us and of the index
# of that one commit, not of the folder that we are asked about. GIT_CONFIG_* stays, it is how
# containers declare safe.directory.
_MISLEADING = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
]


def clean_environment() -> dict[str, str]:
    """Our environment for git, without what would lead it to another repository or index."""
    environment = {k: v for k, v in os.environ.items() if k not in _MISLEADING}
    # Messages are matched in some places. LANGUAGE would win over LC_ALL for them.
    environment.update(LC_ALL="C", LANGUAGE="C", GIT_OPTIONAL_LOCKS="0")
    return environment


def run_git(
    args: list[str] | tuple[str | bytes, ...],
    cwd: Path,
    environment: Mapping[str, str],
    input: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end, whatever its exit code.

    Raises:
        GitMissing: there is no git.
        NotARepository: there is no such folder.
    """
    try:
        return subprocess.run(
            ["git", *args], cwd=cwd, env=environment, input=input or b"", capture_output=True
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        if cwd.is_dir():
            raise GitMissing from error
        raise NotARepository(str(cwd)) from error


def check_version(folder: Path, environment: Mapping[str, str]) -> None:
    """Raise GitTooOld if git is."""
    text = os.fsdecode(run_git(["version"], folder, environment).stdout)
    match = re.search(r"(\d+)\.(\d+)[\w.]*", text)
    if match and (int(match[1]), int(match[2])) < OLDEST_GIT:
        raise GitTooOld(match[0], ".".join(map(str, OLDEST_GIT)))


def why_refused(folder: Path, done: subprocess.CompletedProcess[bytes]) -> GitProblem:
    """The error that says why git does not open the repository that a folder is in."""
    said = os.fsdecode(done.stderr)
    unsafe = re.search(r"repository at '(.*)'", said, re.DOTALL)
    if "dubious ownership" in said or "unsafe repository" in said:
        command = re.search(r"^\s*(git config .*safe\.directory.*)", said, re.MULTILINE)
        path = unsafe[1] if unsafe else str(folder)
        return UnsafeRepository(
            path, command[1] if command else f"git config --global --add safe.directory {path}"
        )
    if "not a git repository" in said:
        return NotARepository(str(folder))
    return GitCommandFailed(["rev-parse"], done.returncode, said)
