"""Where shipped files are, and which folder of a repository is ours."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `templates` or `hooks`: inside the wheel, or beside the package in a checkout."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


def web_bundle() -> tuple[Path, Path] | None:
    """The app's script and style sheet: inside the wheel, or as built in a checkout.

    Returns:
        None: this install was made without npm; pages then do without the app.
    """
    for folder in (_PACKAGE / "web", _PACKAGE.parent / "web" / "dist"):
        script, style = folder / "app.js", folder / "app.css"
        if script.is_file() and style.is_file():
            return script, style
    return None


def web_sources() -> Path | None:
    """The app's sources in a checkout; None: this is an installed wheel."""
    folder = _PACKAGE.parent / "web"
    return folder if (folder / "package.json").is_file() else None


def wandb_stand_in() -> Path:
    """The folder that answers `import wandb` when it is on Python's path."""
    return _PACKAGE / "wandb" / "standin"


def gitexp_dir(common_dir: Path) -> Path:
    """Our folder in a repository: journals, index and locks of all its worktrees."""
    return common_dir / "gitexp"


def journals_dir(common_dir: Path) -> Path:
    """The folder that holds one journal folder for each run that is not yet in git."""
    return gitexp_dir(common_dir) / "journals"
