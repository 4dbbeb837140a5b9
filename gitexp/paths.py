"""Where shipped files are, and which folder of a repository is ours."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `templates` or `hooks`: inside the wheel, or beside the package in a checkout."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


def wandb_stand_in() -> Path:
    """The folder that answers `import wandb` when it is on Python's path."""
    return _PACKAGE / "wandb" / "standin"


def gitexp_dir(common_dir: Path) -> Path:
    """Our folder in a repository: journals, index and locks of all its worktrees."""
    return common_dir / "gitexp"


def journals_dir(common_dir: Path) -> Path:
    """The folder that holds one journal folder for each run that is not yet in git."""
    return gitexp_dir(common_dir) / "journals"
