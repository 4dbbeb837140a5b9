"""A commit that the user is making: its tree, its message, and the runs that ran that tree."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gitexp.schema import names
from gitexp.store.local_only import local_only
from gitexp.store.refs import read_refs
from gitexp.store.repository import Repository


def tree_to_commit(repo: Repository) -> str:
    """The tree that git is about to commit, as its hooks see it.

    `git commit -a` and `git commit PATH` commit from an index of their own, which git names to
    the hook in GIT_INDEX_FILE, relative to the top of the worktree.
    """
    index = os.environ.get("GIT_INDEX_FILE")
    env = {"GIT_INDEX_FILE": str(repo.top / index)} if index else {}
    return repo.git("write-tree", env=env).decode().strip()


def runs_with_code(repo: Repository, tree: str) -> list[str]:
    """The newest commits of all runs whose code/ is that tree."""
    oids = list(read_refs(repo, names.REF_PREFIX).values())
    if not oids:
        return []
    asked = "".join(f"{oid}:{names.CODE}\n" for oid in oids).encode()
    answers = repo.git(
        "cat-file", "--batch-check=%(objectname)", "--buffer", input=asked, env=local_only(repo)
    ).splitlines()
    return [oid for oid, found in zip(oids, answers, strict=True) if found.decode() == tree]


def add_trailer(repo: Repository, message: Path, key: str, value: str) -> None:
    """Add `key: value` to a commit message in a file, unless exactly that is there already."""
    repo.git(
        "interpret-trailers",
        "--in-place",
        "--no-divider",
        "--if-exists",
        "addIfDifferent",
        "--trailer",
        f"{key}: {value}",
        str(message),
    )


def spoken(repo: Repository, message: Path) -> list[str]:
    """The lines of a commit message in a file that git will keep: no comments, nothing empty."""
    # `git commit --verbose` shows the diff below this line, whatever the comment character is.
    text = re.split(rb"(?m)^.{1,8} -{24} >8 -{24}$", message.read_bytes(), maxsplit=1)[0]
    cleaned = repo.git("stripspace", "--strip-comments", input=text)
    return [line for line in os.fsdecode(cleaned).splitlines() if line]
