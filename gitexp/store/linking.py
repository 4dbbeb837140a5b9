"""A commit that the user is making: its tree and its message; and the trees that runs ran."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from gitexp.schema import names
from gitexp.store.local_only import local_only
from gitexp.store.repository import Repository


def tree_to_commit(repo: Repository) -> str:
    """The tree that git is about to commit, as its hooks see it.

    `git commit -a` and `git commit PATH` commit from an index of their own, which git names to
    the hook in GIT_INDEX_FILE, relative to the top of the worktree.
    """
    index = os.environ.get("GIT_INDEX_FILE")
    env = {"GIT_INDEX_FILE": str(repo.top / index)} if index else {}
    return repo.git("write-tree", env=env).decode().strip()


def code_trees(repo: Repository, oids: Iterable[str]) -> dict[str, str]:
    """Commits of runs → the trees that are their code/; those that have none are left out."""
    asked = list(oids)
    if not asked:
        return {}
    names_of_trees = "".join(f"{oid}:{names.CODE}\n" for oid in asked).encode()
    answers = repo.git(
        *("cat-file", "--batch-check=%(objectname)", "--buffer"),
        input=names_of_trees,
        env=local_only(repo),
    ).splitlines()
    pairs = zip(asked, answers, strict=True)
    return {oid: tree.decode() for oid, tree in pairs if b" " not in tree}


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
