"""`Settings`: those of init() under their names in wandb; others are kept and say nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from gitexp.errors import BadArgument
from gitexp.wandb import checks

# wandb's name → keyword of init().
KEYWORDS = {
    "allow_val_change": "allow_val_change",
    "entity": "entity",
    "fork_from": "fork_from",
    "mode": "mode",
    "project": "project",
    "reinit": "reinit",
    "resume": "resume",
    "resume_from": "resume_from",
    "root_dir": "dir",
    "run_group": "group",
    "run_id": "id",
    "run_job_type": "job_type",
    "run_name": "name",
    "run_notes": "notes",
    "run_tags": "tags",
    "sync_tensorboard": "sync_tensorboard",
}
# What a setting is that nobody gave; those that begin with `x_` are wandb's own affair.
_DEFAULTS: dict[str, Any] = {
    "allow_media_symlink": False, "allow_offline_artifacts": True, "allow_val_change": False,
    "base_url": "https://api.wandb.ai", "console": "wrap", "console_multipart": False,
    "console_chunk_max_bytes": 0, "console_chunk_max_seconds": 0, "disable_code": False,
    "disable_git": False, "disable_git_fork_point": True, "disable_job_creation": True,
    "finish_timeout": 0.0, "finish_timeout_raises": False, "force": False, "git_remote": "origin",
    "heartbeat_seconds": 30, "ignore_globs": (), "init_timeout": 90.0,
    "insecure_disable_ssl": False, "label_disable": False, "launch": False,
    "max_end_of_run_history_metrics": 10, "max_end_of_run_summary_metrics": 10,
    "mode": "online", "quiet": False, "reinit": "default", "relogin": False, "resumed": False,
    "sagemaker_disable": False, "show_errors": True, "show_info": True, "show_warnings": True,
    "silent": False, "stop_on_fatal_error": False, "summary_timeout": 60, "summary_warnings": 5,
    "symlink": True, "table_raise_on_max_row_limit_exceeded": False,
}  # fmt: skip
_UNSET = (
    "anonymous", "api_key", "app_url", "app_url_override", "azure_account_url_to_access_key",
    "capture_loggers", "code_dir", "config_paths", "credentials_file", "docker", "email",
    "entity", "files_dir", "fork_from", "git_commit", "git_remote_url", "git_root", "host",
    "http_proxy", "https_proxy", "identity_token_file", "job_name", "job_source",
    "launch_config_path", "log_dir", "login_timeout", "notebook_name", "organization",
    "program", "program_abspath", "program_relpath", "project", "project_url", "resume",
    "resume_from", "resume_fname", "run_group", "run_id", "run_job_type", "run_mode", "run_name",
    "run_notes", "run_tags", "run_url", "save_code", "settings_system", "settings_workspace",
    "show_colors", "show_emoji", "start_method", "stop_fn", "strict", "sweep_id",
    "sweep_param_path", "sweep_url", "sync_dir", "sync_file", "sync_tensorboard", "timespec",
    "use_dot_wandb", "username", "wandb_dir",
)  # fmt: skip


class Settings:
    """Settings by keyword, read back as attributes; those that were not given have a default."""

    def __init__(self, **settings: Any) -> None:
        """Take settings.

        Args:
            settings: by wandb's names; a leading underscore stands for `x_`.

        Raises:
            BadArgument: wandb has none of that name, or not with that value.
            UsageError: an id or a project's name that cannot be one.
        """
        given = {_public(name): value for name, value in settings.items()}
        for name in given:
            if not _is_known(name):
                raise BadArgument(f"{name}: extra inputs are not permitted")
        self.__dict__.update(given)
        self._check()

    def _check(self) -> None:
        checks.check(keywords_of(self))

    def __setattr__(self, name: str, value: Any) -> None:
        name = _public(name)
        if not _is_known(name):
            raise BadArgument(f"Settings has no field {name!r}")
        before = dict(vars(self))
        self.__dict__[name] = value
        try:
            self._check()
        except Exception:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def __getattr__(self, name: str) -> Any:
        if name == "settings":  # of what setup() gives
            return self
        if name in ("_offline", "_noop", "_shared"):
            kinds = {"_offline": ("offline", "dryrun"), "_noop": ("disabled",)}
            return self.mode in kinds.get(name, ("shared",))
        name = _public(name) if not name.startswith("__") else name
        if name == "root_dir":
            return os.getcwd()
        if not _is_known(name):
            raise AttributeError(f"'Settings' object has no attribute {name!r}")
        return _DEFAULTS.get(name)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.model_dump().items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    def update(self, *others: Any, **settings: Any) -> None:
        """Set several."""
        for other in (*others, settings):
            for name, value in mapping_of(other).items():
                setattr(self, name, value)

    update_from_dict = update_from_settings = update

    def model_dump(self, **unused: Any) -> dict[str, Any]:
        """All of them, as a dict."""
        return {**dict.fromkeys(_UNSET), **_DEFAULTS, **vars(self)}

    to_dict = model_dump

    def model_copy(self, *, update: dict[str, Any] | None = None, **unused: Any) -> Settings:
        """Others of the same values."""
        return Settings(**{**vars(self), **(update or {})})

    copy = model_copy

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


_setup: list[Settings] = []


def set_up(settings: Any = None) -> Settings:
    """Settings that all runs of this process have from now on."""
    if not _setup:
        _setup.append(Settings())
    _setup[0].update(settings)
    return _setup[0]


def forget_setup() -> None:
    """Let runs have no settings in common."""
    _setup.clear()


def of_setup() -> Settings | None:
    """What `setup(settings)` was given."""
    return _setup[0] if _setup else None


def mapping_of(settings: Any) -> dict[str, Any]:
    """Settings that were given, a dict of them, or nothing → a dict."""
    if settings is None:
        return {}
    return dict(settings) if isinstance(settings, dict) else dict(vars(settings))


def keywords_of(settings: Any) -> dict[str, Any]:
    """What settings ask of init().

    Raises:
        BadArgument: wandb has none of that name.
    """
    if isinstance(settings, dict):
        settings = Settings(**settings)
    found = mapping_of(settings)
    asked = {KEYWORDS[k]: v for k, v in found.items() if k in KEYWORDS and v is not None}
    if found.get("disabled"):
        asked["mode"] = "disabled"
    return asked


def _public(name: str) -> str:
    return f"x{name}" if name.startswith("_") else name


def _is_known(name: str) -> bool:
    return name in _DEFAULTS or name in _UNSET or name.startswith("x_") or name in _OTHERS


_OTHERS = ("root_dir", "disabled")
