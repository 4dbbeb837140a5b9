"""Settings of a project: `[tool.gitexp]` in pyproject.toml, or gitexp.toml, which wins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from gitexp.errors import BadSetting
from gitexp.schema.retention import parse_keep
from gitexp.schema.tree import flatten


def _setting(
    key: str, default: Any, doc: str, parse: Callable[[str], object] | None = None
) -> Any:
    return field(default=default, metadata={"key": key, "doc": doc, "parse": parse})


# Where the tensors of checkpoints go.
GIT, LFS = "git", "lfs"
# What `record` does with what was tried before.
IF_TRIED = ("run", "warn", "skip")


def _parse_backend(text: str) -> None:
    if text not in (GIT, LFS):
        raise ValueError(f"expected {GIT!r} or {LFS!r}, not {text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, with its dotted key and what it is for."""

    interval_s: float = _setting("interval", 1.0, "seconds between two hardware samples")
    commit_interval_s: float = _setting(
        "commit_interval", 60.0, "seconds between two progress commits of a running run"
    )
    carbon_g_per_kwh: float = _setting(
        "carbon_intensity", 475.0, "grams of CO2 for one kWh of your grid"
    )
    price_per_kwh: float | None = _setting("price_per_kwh", None, "what one kWh costs you")
    currency: str = _setting("currency", "EUR", "currency of price_per_kwh")
    push: str = _setting("push", "", "a remote: runs are pushed there while they run")
    untracked_limit_bytes: int = _setting(
        "untracked_limit",
        10 * 1024 * 1024,
        "untracked files above this many bytes stay out of code/",
    )
    capture_use: tuple[str, ...] = _setting(
        "capture.use", (), "the captures that are active; empty: all"
    )
    capture_patterns: tuple[str, ...] = _setting(
        "capture.patterns", (), "regular expressions of your own that find metrics in the output"
    )
    checkpoints_share: float = _setting(
        "checkpoints.share",
        0.05,
        "share of a training's time that may go into capturing the checkpoints it saves",
    )
    checkpoints_budget_bytes: int = _setting(
        "checkpoints.budget",
        20 * 1024**3,
        "bytes of checkpoints, above which no more of a run's own are captured",
    )
    checkpoints_keep: str = _setting(
        "checkpoints.keep",
        "all",
        "which checkpoints a run holds on to: all, last:3 or best:val_loss",
        parse_keep,
    )
    checkpoints_backend: str = _setting(
        "checkpoints.backend",
        GIT,
        "where the tensors of checkpoints go: git, or lfs (git-lfs)",
        _parse_backend,
    )
    inputs_hash_limit_bytes: int = _setting(
        "inputs.hash_limit",
        1024**3,
        "bytes of the files that a run reads whose content is hashed",
    )
    code_include: tuple[str, ...] = _setting(
        "code.include", (), "globs of the files that make code the same or not; empty: all"
    )
    code_exclude: tuple[str, ...] = _setting(
        "code.exclude", (), "globs of files that do not count for that, e.g. *.md"
    )
    data: tuple[str, ...] = _setting(
        "data", (), "globs of data files that git ignores: other data is another experiment"
    )
    if_tried: str = _setting(
        "if_tried", "run", "what record does with what was tried before: run, warn or skip"
    )
    secrets: tuple[str, ...] = _setting(
        "secrets", (), "more globs of untracked files that never go into code/"
    )


def load_settings(worktree: Path | None) -> Settings:
    """Read the settings of a worktree; without any file, the defaults.

    Raises:
        BadSetting: a file is not TOML, a key is unknown, or a value has the wrong type.
    """
    if worktree is None:
        return Settings()
    for name, table in (("gitexp.toml", ()), ("pyproject.toml", ("tool", "gitexp"))):
        try:
            text = (worktree / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        # Only where there is such a file: init() is waited for.
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        try:
            data: Any = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            if name == "pyproject.toml" and "gitexp" not in text:
                continue
            raise BadSetting(name, "not readable", str(error)) from error
        for part in table:
            data = data.get(part, {}) if isinstance(data, Mapping) else {}
        if data:
            return _from_table(name, data)
    return Settings()


def _from_table(file: str, table: Mapping[str, Any]) -> Settings:
    by_key = {f.metadata["key"]: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in flatten(table).items():
        known = by_key.get(key)
        if known is None:
            raise BadSetting(file, key, "there is no such setting")
        values[known.name] = _typed(file, key, value, known.default)
        if known.metadata["parse"] is not None:
            try:
                known.metadata["parse"](values[known.name])
            except ValueError as error:
                raise BadSetting(file, key, str(error)) from error
    return Settings(**values)


def _typed(file: str, key: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise BadSetting(file, key, "expected a list of strings")
    if isinstance(default, str):
        if isinstance(value, str):
            return value
        raise BadSetting(file, key, "expected a string")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadSetting(file, key, "expected a number, not negative")
    return int(value) if isinstance(default, int) else float(value)
