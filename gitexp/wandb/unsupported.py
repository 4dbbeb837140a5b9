"""What wandb has and gitexp has not: the error that names what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

from gitexp.errors import GitexpError

# Name of a function, class or method → what to use instead.
INSTEAD = {
    "controller": "wandb.sweep() and wandb.agent() try a grid, or draw at random",
    "launch": "`gitexp reproduce RUN` runs a run again",
}


class NotSupported(GitexpError, AttributeError):
    """Something of wandb's that gitexp has not got."""

    def __init__(self, name: str, instead: str | None = None) -> None:
        told = INSTEAD[name] if instead is None else instead
        super().__init__(f"gitexp has no wandb.{name}: {told}", "see docs/wandb.md")


def refusal(name: str) -> Any:
    """A stand-in for a name that is imported by many and raises when it is used."""

    def refuse(*args: Any, **keywords: Any) -> NoReturn:
        raise NotSupported(name)

    refuse.__name__ = name
    refuse.__doc__ = f"Not supported: {INSTEAD[name]}."
    return refuse
