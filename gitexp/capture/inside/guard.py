"""The boundary between observers and the script: what fails takes itself out with one line."""

from __future__ import annotations

import os
import sys
from _thread import get_ident

TYPE_CHECKING = False  # importing typing takes longer than all that happens at a start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any

FunctionType = type(lambda: None)  # importing types takes longer than all that happens at a start
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
    except Exception as error:
        from gitexp.record.guard import is_of_a_handler

        if is_of_a_handler(error):
            raise
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
    before: bool = False,
) -> None:
    """Have a library's function tell us of each call after it has returned.

    Calls within a call of the same capture are not told: the outermost one says it all.

    Args:
        name: the capture.
        owner: a class or module.
        function: an attribute of it.
        after: gets what was returned, the arguments and the keyword arguments.
        instead_of: other captures that are not told either of calls within this one.
        before: tell before the call instead, with None for what is returned: for functions that
            consume what they are given.
    """
    import functools

    original = getattr(owner, function)

    @functools.wraps(original)
    def observed(*args: Any, **kwargs: Any) -> Any:
        silent: set[str] = set()
        try:
            if name in _busy or name in _out or get_ident() in _ours or os.getpid() != _pid:
                return original(*args, **kwargs)
            if before:
                run(name, lambda: after(None, args, kwargs))
            silent = {name, *instead_of} - _busy
            _busy.update(silent)
            result = original(*args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise
        finally:
            _busy.difference_update(silent)
        if not before:
            run(name, lambda: after(result, args, kwargs))
        return result

    binds = isinstance(original, FunctionType)
    setattr(owner, function, observed if binds else _Unbound(observed, original))


class _Unbound:
    """Stands for a callable that is no plain function: as an attribute of a class (`dump =
    pickle.dump`) it becomes no method."""

    def __init__(self, call: Callable[..., Any], original: Any) -> None:
        self._call = call
        self.__wrapped__ = original
        self.__doc__ = getattr(original, "__doc__", None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._call(*args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce__(self) -> Any:
        import functools

        return functools.partial, (self.__wrapped__,)


def unseen(error: BaseException) -> None:
    """Take the caller's frame out of a traceback, for it to raise the error again with a bare
    `raise`: the script's author is shown what there is without us (from Python 3.11 on)."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def observe_named(
    name: str,
    owner: Any,
    function: str,
    tell: Callable[[dict[str, Any]], None],
    *,
    instead_of: tuple[str, ...] = (),
    before: bool = False,
    names: Sequence[str] = (),
) -> None:
    """As `observe`, for functions that take their arguments by place and by name.

    A function that this version of the library does not have is passed over.

    Args:
        name: the capture.
        owner: a class or module.
        function: an attribute of it.
        tell: gets the arguments by name, those that were not given left out.
        instead_of: as in `observe`.
        before: as in `observe`.
        names: of the parameters, where a decorator hides them.
    """
    original = getattr(owner, function, None)
    if original is None:
        return
    if not names:
        import inspect

        names = list(inspect.signature(original).parameters)

    def called(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        tell({**dict(zip(names, args, strict=False)), **kwargs})

    observe(name, owner, function, called, instead_of=instead_of, before=before)


# What libraries log to in the name of the script: their calls within a library's own are doubles.
TRACKERS = (
    "tensorboard", "wandb", "mlflow", "trackio", "aim", "comet", "neptune", "swanlab",
)  # fmt: skip


def users_frame(*libraries: str) -> Any:
    """The nearest frame of the user's own code above an observed call; None if a library called.

    Args:
        libraries: top-level modules whose frames are skipped: the observed library's own.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("gitexp.sklearn."):  # our own charts compute scores, too
            return None
        module = name.partition(".")[0]
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
