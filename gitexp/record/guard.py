"""The one boundary between tracking and training: an error here is a warning there."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

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

    What a state cannot be stored for is known by its path: each of them is told. What the script's
    own signal handler raises (a time limit) is no error of tracking, and is raised again.
    """
    if is_of_a_handler(error):
        raise error
    cause = f"{doing}:{type(error).__name__}"
    if isinstance(error, NotStorable):
        cause = f"{cause}:{error.where}"
    hint = f" ({error.hint})" if isinstance(error, GitexpError) and error.hint else ""
    warn(
        f"{doing} failed, the training goes on: {type(error).__name__}: {error}{hint}",
        cause=cause,
    )


def is_of_a_handler(error: BaseException) -> bool:
    """Whether a signal handler of the script raised it, while we happened to be at work."""
    import signal

    handlers = set()
    for number in signal.valid_signals():
        handler: Any = signal.getsignal(number)
        while isinstance(handler, functools.partial):
            handler = handler.func
        handler = getattr(handler, "__func__", handler)
        handlers.add(getattr(handler, "__code__", None))
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


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
