"""git without a server to ask: what a partial clone left there is simply missing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gitexp.store.repository import Repository

# For commands that do without such objects, or may fail for the want of one. Git before 2.45
# knows no GIT_NO_LAZY_FETCH; with no protocol allowed it cannot fetch either.
NO_FETCH: Mapping[str, str] = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


def local_only(repo: Repository) -> Mapping[str, str]:
    """An environment in which git says "missing" of an object that is not here.

    Forbidden to fetch, `git cat-file` dies of the first object that a server has promised. So in
    a partial clone it runs in an empty repository that borrows the objects and has no remotes:
    refs are unknown there, objects go by their oids.
    """
    objects = repo.common_dir / "objects"
    if not any(name.endswith(".promisor") for name in os.listdir(objects / "pack")):
        return {}
    folder = repo.gitexp_dir / "local-only"
    if not (folder / "HEAD").exists():
        _make_empty_repository(folder, repo.object_format)
    return {"GIT_DIR": str(folder), "GIT_OBJECT_DIRECTORY": str(objects)}


def _make_empty_repository(folder: Path, object_format: str) -> None:
    for part in ("objects", "refs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    version = 1 if object_format == "sha256" else 0
    config = f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n"
    if version:
        config += f"[extensions]\n\tobjectFormat = {object_format}\n"
    # HEAD makes it a repository, so it comes last and at once.
    for name, content in (("config", config), ("HEAD", "ref: refs/heads/none\n")):
        temporary = folder / f"{name}.{os.getpid()}"
        temporary.write_text(content)
        temporary.replace(folder / name)
