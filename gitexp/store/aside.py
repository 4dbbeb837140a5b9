"""The same repository with a folder of its own for new objects, so that looking leaves nothing."""

from __future__ import annotations

from gitexp.store.repository import Repository


def with_objects_in(repo: Repository, folder: str) -> Repository:
    """The repository; what git writes through it goes into a folder that may then be removed."""
    # Quoted, since a colon in a path would begin another one.
    objects = str(repo.common_dir / "objects").replace("\\", "\\\\").replace('"', '\\"')
    environment = {
        **repo.environment,
        "GIT_OBJECT_DIRECTORY": folder,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{objects}"',
    }
    return Repository(
        repo.git_dir, repo.common_dir, repo.worktree, repo.object_format, environment
    )
