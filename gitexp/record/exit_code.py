"""The exit code that Python tells nobody: of `raise SystemExit(4)`, or of a sys.exit() caught.

atexit is not told the code, and sys.exit() is only one of the ways to it. Whether the outermost
frame returned or was left by an exception can be seen from its last instruction; the code itself
the C library passes on, once Python is gone.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import FrameType

FILE = "exit-code"


def outermost_frame() -> FrameType | None:
    """The first frame of the main thread; it is to be kept until the end."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame


def was_left(frame: FrameType | None) -> bool | None:
    """Whether an exception ended a frame; None: it has not ended, or is not known."""
    if frame is None:
        return None
    try:
        frame.clear()
    except RuntimeError:
        return None
    import dis

    last = frame.f_code.co_code[frame.f_lasti]
    return not dis.opname[last].startswith("RETURN")


def write_at_exit(folder: Path) -> bool:
    """Have the C library write the exit code into a journal, as one byte; False: it cannot.

    No Python runs by then: on_exit() calls with (code, argument), which fputc() takes as
    (byte, file), and the file is flushed after that.
    """
    import ctypes

    libc = ctypes.CDLL(None)
    try:
        on_exit, fputc, fopen = libc.on_exit, libc.fputc, libc.fopen
    except AttributeError:
        return False
    fopen.restype = ctypes.c_void_p
    fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    file = fopen(str(folder / FILE).encode(), b"we")
    if not file:
        return False
    on_exit.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    return bool(on_exit(ctypes.cast(fputc, ctypes.c_void_p), file) == 0)


def read_code(folder: Path) -> int | None:
    """The code that was written, if one was."""
    try:
        written = (folder / FILE).read_bytes()
    except OSError:
        return None
    return written[-1] if written else None
