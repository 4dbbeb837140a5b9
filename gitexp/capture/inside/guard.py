"""The boundary between observers and the script: what fails takes itself out with one line."""

from __future__ import annotations

import functools
import os
import sys
from _thread import get_ident
from collections.abc import Callable
from types import FrameType
from typing import Any

_out: set[str] = set()
_busy: set[str] = set()
_ours: set[int] = set()  # threads that are in an observer: what it calls is nobody's news
_pid = os.getpid()


def run(name: str, call: Callable[[], None]) -> None:
    """Run something of an observer's; if it fails, the observer is not run again."""
    if name in _out or os.getpid() != _pid:
        return
    thread = get_ident()
    outermost = thread not in _ours
    _ours.add(thread)
    try:
        call()
    except Exception as error:  # noqa: BLE001 - this is the boundary
        take_out(name, error)
    finally:
        if outermost:
            _ours.discard(thread)


def take_out(name: str, error: BaseException) -> None:
    """Stop an observer and say so, once."""
    if name in _out:
        return
    _out.add(name)
    from gitexp.capture.inside import journal

    journal.warn(f"the {name} capture took itself out: {type(error).__name__}: {error}")


def observe(
    name: str,
    owner: Any,
    function: str,
    after: Callable[[Any, tuple[Any, ...], dict[str, Any]], None],
    *,
    instead_of: tuple[str, ...] = (),
) -> None:
    """Have a library's function tell us of each call after it has returned.

    Calls within a call of the same capture are not told: the outermost one says it all.

    Args:
        name: the capture.
        owner: a class or module.
        function: an attribute of it.
        after: gets what was returned, the arguments and the keyword arguments.
        instead_of: other captures that are not told either of calls within this one.
    """
    original = getattr(owner, function)

    @functools.wraps(original)
    def observed(*args: Any, **kwargs: Any) -> Any:
        if name in _busy or name in _out or get_ident() in _ours or os.getpid() != _pid:
            return original(*args, **kwargs)
        silent = {name, *instead_of} - _busy
        _busy.update(silent)
        try:
            result = original(*args, **kwargs)
        finally:
            _busy.difference_update(silent)
        run(name, lambda: after(result, args, kwargs))
        return result

    setattr(owner, function, observed)


def users_frame(*libraries: str) -> Any:
    """The nearest frame of the user's own code above an observed call; None if a library called.

    Args:
        libraries: top-level modules whose frames are skipped: the observed library's own.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if module not in ("gitexp", "contextlib", "functools", *libraries):
            return frame if is_users(frame.f_code.co_filename) else None
        frame = frame.f_back
    return None


def is_users(file: str) -> bool:
    """Whether a source file is the user's own, not a library's."""
    if file.startswith("<"):
        return file in ("<string>", "<stdin>") or file.startswith("<ipython")
    file = os.path.abspath(file)
    if "site-packages" in file or "dist-packages" in file:
        return False
    return not file.startswith(_LIBRARY)


_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
