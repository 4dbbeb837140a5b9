"""The one boundary between tracking and training: an error here is a warning there."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from gitexp.errors import GitexpError, NotStorable

_P = ParamSpec("_P")
_R = TypeVar("_R")

_told: set[str] = set()
_lock = threading.Lock()


def warn(message: str, *, cause: str | None = None) -> None:
    """Say something on stderr, once for each cause (by default the message itself)."""
    with _lock:
        key = cause or message
        if key in _told:
            return
        _told.add(key)
    try:
        sys.stderr.write(f"gitexp: {message}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        # The script closed or replaced stderr; there is nobody to tell.
        return


def report(error: BaseException, doing: str) -> None:
    """Warn about an error that tracking met, once for each kind and place.

    What a state cannot be stored for is known by its path: each of them is told.
    """
    cause = f"{doing}:{type(error).__name__}"
    if isinstance(error, NotStorable):
        cause = f"{cause}:{error.where}"
    hint = f" ({error.hint})" if isinstance(error, GitexpError) and error.hint else ""
    warn(
        f"{doing} failed, the training goes on: {type(error).__name__}: {error}{hint}",
        cause=cause,
    )


def guarded(doing: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R | None]]:
    """Decorate what a training calls: errors become warnings, and the result is None."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R | None]:
        @functools.wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R | None:
            try:
                return function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - this is the boundary
                report(error, doing)
                return None

        return call

    return decorate
