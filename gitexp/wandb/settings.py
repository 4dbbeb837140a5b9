"""`Settings`: those of init() under their names in wandb; others are kept and say nothing."""

from __future__ import annotations

from typing import Any

# wandb's name → keyword of init().
KEYWORDS = {
    "entity": "entity",
    "mode": "mode",
    "project": "project",
    "root_dir": "dir",
    "run_group": "group",
    "run_id": "id",
    "run_job_type": "job_type",
    "run_name": "name",
    "run_notes": "notes",
    "run_tags": "tags",
    "resume": "resume",
}


class Settings:
    """Settings by keyword, read back as attributes; a setting that was not given is None."""

    def __init__(self, **settings: Any) -> None:
        self.__dict__.update(settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self if name == "settings" else None

    def update(self, *others: Any, **settings: Any) -> None:
        """Set several."""
        for other in (*others, settings):
            self.__dict__.update(mapping_of(other))

    def model_dump(self, **unused: Any) -> dict[str, Any]:
        """Those that were given, as a dict."""
        return dict(vars(self))

    to_dict = model_dump

    def model_copy(self, *, update: dict[str, Any] | None = None, **unused: Any) -> Settings:
        """Others of the same values."""
        return Settings(**{**vars(self), **(update or {})})

    copy = model_copy

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


def mapping_of(settings: Any) -> dict[str, Any]:
    """Settings, a dict of them, or nothing → a dict."""
    if settings is None:
        return {}
    return dict(settings) if isinstance(settings, dict) else dict(vars(settings))


def keywords_of(settings: Any) -> dict[str, Any]:
    """What settings ask of init()."""
    found = mapping_of(settings)
    asked = {KEYWORDS[k]: v for k, v in found.items() if k in KEYWORDS and v is not None}
    if found.get("disabled"):
        asked["mode"] = "disabled"
    return asked
