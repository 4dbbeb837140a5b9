"""What `wandb.log`, `wandb.config`, … are before init(): an error that says so."""

from __future__ import annotations

from typing import Any, NoReturn

from gitexp.errors import GitexpError

OBJECTS = ("config", "summary")
CALLS = (
    "alert", "define_metric", "link_model", "log", "log_artifact", "log_model",
    "mark_preempting", "pin_config_keys", "save", "unwatch", "use_artifact", "use_model",
    "watch",
)  # fmt: skip


class NotYet:
    """The config or summary of no run: using it is an error."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getitem__(self, key: Any) -> NoReturn:
        raise _refusal(f"{self._name}[{key!r}]")

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise _refusal(f"{self._name}[{key!r}]")

    def __getattr__(self, key: str) -> NoReturn:
        if key.startswith("_"):
            raise AttributeError(key)
        raise _refusal(f"{self._name}.{key}")

    def __setattr__(self, key: str, value: Any) -> NoReturn:
        raise _refusal(f"{self._name}.{key}")


def before_init(name: str) -> Any:
    """What a name of the module is while there is no run."""
    if name in OBJECTS:
        return NotYet(f"wandb.{name}")

    def refuse(*args: Any, **keywords: Any) -> NoReturn:
        raise _refusal(f"wandb.{name}()")

    refuse.__name__ = name
    return refuse


def _refusal(what: str) -> GitexpError:
    return GitexpError(f"{what} needs a run: call wandb.init() first")
