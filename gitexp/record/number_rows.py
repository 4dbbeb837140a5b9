"""The short way of `log()`: a dict of finite numbers becomes one line of the journal."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from time import time
from types import MappingProxyType
from typing import Any

import orjson

from gitexp.record.guard import is_of_a_handler

_dumps = orjson.dumps
_write = os.write
_LINE = orjson.OPT_APPEND_NEWLINE
NOTHING: Mapping[str, Any] = MappingProxyType({})


class NumberRows:
    """What a training waits for, so it is short; anything unusual is handed on.

    It is no part of the run itself because that has `__getattr__`, and Python looks up every
    attribute of such objects at several times the cost.
    """

    __slots__ = (
        "_acquire",
        "_other",
        "_refused",
        "_release",
        "clear",
        "descriptor",
        "last",
        "next",
    )

    def __init__(
        self,
        lock: threading.RLock,
        descriptor: int,
        other: Callable[[Mapping[str, Any], int | None, bool | None], None],
        refused: Callable[[bytes, int | OSError], None],
    ) -> None:
        """Write to a descriptor that was opened for appending.

        Args:
            lock: held during every call; re-entrant, as a signal handler may log meanwhile.
            descriptor: of the file of rows.
            other: logs everything that is not a dict of finite ints and floats; under the lock.
            refused: keeps a line that was not written, or only so many bytes of it.
        """
        self.use(lock)
        self.descriptor = descriptor
        self._other, self._refused = other, refused
        self.next = 0  # step of the next call that names none
        self.last = 0  # newest step that was written
        # The run has not ended, no earlier line waits to be written, nobody else logs to it.
        self.clear: object = True

    def use(self, lock: threading.RLock) -> None:
        """Take another lock from now on."""
        # `with lock` takes twice the time of these.
        self._acquire, self._release = lock.acquire, lock.release

    def log(
        self,
        data: Mapping[str, Any] = NOTHING,
        step: int | None = None,
        commit: bool | None = None,
    ) -> None:
        """See `RowLog.log`, which is this."""
        line = None
        self._acquire()
        try:
            if step is None and type(data) is dict and self.clear:
                at = self.next
                try:
                    # The sum of finite numbers is finite, unless it overflows; with anything
                    # else among them it is no float or int, is not finite, or is an error.
                    total = sum(data.values())
                    if (type(total) is float or type(total) is int) and total - total == 0.0:
                        row = {"_step": at, "_time": time(), **data}
                        if len(row) == len(data) + 2:
                            line = _dumps(row, None, _LINE)
                except Exception as error:
                    # Whatever adding somebody's objects raises.
                    if is_of_a_handler(error):
                        raise
                    line = None
            if line is None:
                self._other(data, step, commit)
                return
            self.last = at
            if commit is None or commit:
                self.next = at + 1
            try:
                written: int | OSError = _write(self.descriptor, line)
            except OSError as error:
                written = error
            if written != len(line):
                self._refused(line, written)
        finally:
            self._release()
