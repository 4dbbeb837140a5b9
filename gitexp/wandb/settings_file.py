"""`wandb/settings`, the file in which wandb's command line keeps a folder's project and mode."""

from __future__ import annotations

import os
from pathlib import Path

from gitexp.record.guard import warn

_SECTION = "default"
_KEYS = ("project", "entity", "mode")
# Nobody's worktree becomes dirty by it.
_IGNORED = "*\n"


def workspace_file() -> Path:
    """The current folder's, or $WANDB_DIR's."""
    return Path(os.environ.get("WANDB_DIR") or ".") / "wandb" / "settings"


def user_file() -> Path:
    """The one that holds for all folders, below $WANDB_CONFIG_DIR or ~/.config/wandb."""
    folder = os.environ.get("WANDB_CONFIG_DIR") or Path("~/.config/wandb").expanduser()
    return Path(folder) / "settings"


def read_settings() -> dict[str, str]:
    """What both files say of project, entity and mode; the workspace's counts more."""
    found: dict[str, str] = {}
    for path in (user_file(), workspace_file()):
        section = _load(path)
        found.update({key: value for key in _KEYS if (value := section.get(key))})
    return found


def write_settings(**values: str | None) -> Path:
    """Change values in the workspace's file; None takes one out.

    Raises:
        OSError: it cannot be written.
    """
    path = workspace_file()
    kept = {**_load(path), **values}
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    parser[_SECTION] = {key: value for key, value in kept.items() if value is not None}
    path.parent.mkdir(parents=True, exist_ok=True)
    ignored = path.parent / ".gitignore"
    if not ignored.exists():
        ignored.write_text(_IGNORED)
    with path.open("w") as file:
        parser.write(file)
    return path


def _load(path: Path) -> dict[str, str | None]:
    if not path.is_file():
        return {}
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
    except (OSError, UnicodeDecodeError, configparser.Error) as problem:
        warn(f"{path} cannot be read: {problem}", cause=f"settings:{path}")
        return {}
    return dict(parser[_SECTION]) if parser.has_section(_SECTION) else {}
