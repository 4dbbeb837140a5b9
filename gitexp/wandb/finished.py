"""What a run that has been finished refuses: the script's own mistake, so it is an error."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from gitexp.errors import UsageError

_T = TypeVar("_T")


def refusal_of(run_id: str, call: str) -> UsageError:
    """The error of a call that comes too late."""
    return UsageError(
        f"run {run_id} is finished, so that {call}() records nothing", "init() begins another run"
    )


def refuses_when_finished(methods: Iterable[str]) -> Callable[[type[_T]], type[_T]]:
    """Decorate a class with `check_active(call)`: these methods ask it first."""

    def decorate(kind: type[_T]) -> type[_T]:
        for name in methods:
            setattr(kind, name, _asking(name, getattr(kind, name)))
        return kind

    return decorate


def _asking(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **keywords: Any) -> Any:
        self.check_active(name)
        return method(self, *args, **keywords)

    return call
