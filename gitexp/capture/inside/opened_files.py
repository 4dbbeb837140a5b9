"""Files that the script reads and writes, told to the run as they are opened.

An audit hook sees them without a trace in the script: no function is replaced, and a traceback is
as it ever was. What is told is raw; `record/data_files.py` judges it.
"""

from __future__ import annotations

import os
import sys

from gitexp.capture.inside import guard, journal

TYPE_CHECKING = False  # importing typing takes longer than all that happens at a start
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

FILE = "files.jsonl"
# A data set of a million pictures: its folder says enough.
_MOST_PATHS = 20_000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".pth", ".egg-link", ".dylib", ".dll")
_SYSTEM = (
    "/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib", "/run/", "/bin/", "/sbin/",
    "/var/lib/", "/var/cache/",
)  # fmt: skip
# What these read for themselves is no data of the script's.
_ASIDE = frozenset(
    ["importlib", "matplotlib", "mlflow", "wandb", "trackio", "aim", "comet_ml", "neptune",
     "swanlab", "fontTools", "distro", "platform", "email", "mimetypes", "locale", "gettext",
     "zoneinfo", "pip", "pkg_resources", "setuptools", "triton", "numba", "requests", "certifi",
     "ssl"]
)  # fmt: skip
# Hidden folders hold settings and credentials, but for these caches of data and models.
_DATA_CACHES = (
    "/.cache/huggingface/hub/", "/.cache/huggingface/datasets/", "/.cache/torch/hub/",
    "/.cache/torch/checkpoints/", "/.cache/kagglehub/", "/.keras/datasets/", "/.keras/models/",
    "/.cache/clip/", "/.cache/whisper/",
)  # fmt: skip

_seen: set[str] = set()
_prefixes: tuple[str, ...] = ()
_temporary = ""
_broken = False


def install() -> None:
    """Have every file that is opened from now on looked at."""
    global _prefixes, _temporary
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__), package}
    journals = os.path.dirname(journal.folder())
    _prefixes = (*_SYSTEM, *(os.path.join(place, "") for place in (*places, journals)))
    _temporary = os.path.join(os.path.realpath(os.environ.get("TMPDIR") or "/tmp"), "")
    # That somebody looks from inside: the worktree need not be searched for what was written.
    journal.append(FILE, {"looking": os.getpid()})
    sys.addaudithook(_hook)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    # Called for each audited event of the process: what is not ours must be left at once.
    if event == "open":
        path, flags = args[0], args[2]
        if path.__class__ is int or (path in _seen and not flags & _WRITES):
            return
        _tell_safely(path, bool(flags & _WRITES))
    elif event == "os.rename":
        _tell_safely(args[1], True)
        # While that module is imported, it is there and has nothing in it yet.
        saved = sys.modules.get("gitexp.capture.inside.checkpoints")
        renamed = getattr(saved, "renamed", None)
        if renamed is not None:
            guard.run("checkpoints", lambda: renamed(args[0], args[1]))


def _tell_safely(path: Any, writes: bool) -> None:
    """Also in forked workers, which read the data of many trainings."""
    global _broken
    if _broken:
        return
    try:
        tell(path, writes)
    except Exception as error:  # noqa: BLE001 - the script opens its file whatever we met
        _broken = True
        guard.take_out("data", error)


def tell(path: Any, writes: bool) -> None:
    """A file is being opened.

    Args:
        path: as it was given.
        writes: whether it may be written to.
    """
    if len(_seen) >= _MOST_PATHS:
        return
    text = os.fsdecode(path)
    if not writes:
        _seen.add(text)
    absolute = os.path.abspath(text)
    if absolute.endswith(_CODE) or absolute.startswith(_prefixes):
        return
    if f"{os.sep}." in absolute and not any(cache in absolute for cache in _DATA_CACHES):
        return
    if "/site-packages/" in absolute or "/dist-packages/" in absolute:
        return
    key = f"{'w' if writes else 'r'}{absolute}"
    if key in _seen:
        return
    _seen.add(key)
    if _is_aside():
        return
    if writes:
        journal.append(FILE, {"wrote": absolute})
        return
    if f"w{absolute}" in _seen and absolute.startswith(_temporary):
        return  # a temporary file of its own
    try:
        found = os.stat(absolute)
    except OSError:
        return
    if os.path.isfile(absolute):
        journal.append(
            FILE, {"read": absolute, "bytes": found.st_size, "modified_s": found.st_mtime}
        )


def _is_aside() -> bool:
    """Whether a library opens the file for its own purposes."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if name in _ASIDE:
            return True
        frame = frame.f_back
    return False
