"""The numbers that a training logs, row by row into its journal."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.journal import folders
from gitexp.journal.append import LineFile
from gitexp.record.guard import report, warn
from gitexp.record.values import NotKept, plain_metric
from gitexp.schema import tree

if TYPE_CHECKING:
    from gitexp.record.device import DeviceScalars

_dumps = orjson.dumps
_write = os.write
_LINE = orjson.OPT_APPEND_NEWLINE
_RESERVED = ("_step", "_time")


class RowLog:
    """`log()`: steps, values, and one write(2) a call.

    Threads may call it; the lock is re-entrant, as a signal handler may log while log() runs.
    """

    def __init__(self, folder: Path) -> None:
        """Open metrics.jsonl of a journal.

        Raises:
            OSError: it cannot be written to.
        """
        self._journal = folder
        self._rows = LineFile(folder / folders.METRICS)
        self._descriptor = self._rows.descriptor
        self._new_lock()
        self._next = 0  # step of the next call that names none
        self._last = 0  # newest step that was written
        self._closed = False
        self._forked = False
        self._device: DeviceScalars | None = None

    def _new_lock(self) -> None:
        self._lock = threading.RLock()
        self._acquire, self._release = self._lock.acquire, self._lock.release

    @property
    def ended(self) -> bool:
        """Whether nothing is recorded any more."""
        return self._closed

    @property
    def step(self) -> int:
        """The step that the next log() without one will have."""
        return self._next

    def log(
        self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None
    ) -> None:
        """Record values; they are in the journal when this returns.

        Args:
            data: metric names to numbers, bools, strings, None, numpy or torch scalars, or
                nested mappings of such (their keys are joined by dots); media, lists of media,
                and what other libraries draw. A value that cannot be kept is left out with a
                warning; the rest is kept.
            step: the row to write to; by default the next one. A step lower than the newest
                is a warning, and the values are kept under the newest.
            commit: whether the row is complete, so that the next call begins another; by
                default it is, unless `step` is given. Calls with one step are one row to readers.
        """
        try:
            if self._closed:
                self._after_end()
                return
            # `with self._lock` takes twice the time of these.
            self._acquire()
            try:
                if step is None and type(data) is dict and self._log_numbers(data, commit):
                    return
                self._log_any(data, step, commit)
            finally:
                self._release()
        except Exception as error:  # noqa: BLE001 - a training never stops for its tracker
            report(error, "log()")

    def _log_numbers(self, data: dict[str, Any], commit: bool | None) -> bool:
        """The common case, finite ints and floats: what a training waits for, so it is short.

        Returns:
            False if there is anything else; then nothing was written.
        """
        try:
            # The sum of finite numbers is finite, unless it overflows; with anything else among
            # them it is no float or int, is not finite, or is an error.
            total = sum(data.values())
            kind = type(total)
            if (kind is not float and kind is not int) or total - total != 0.0:
                return False
            at = self._next
            row = {"_step": at, "_time": time(), **data}
            line = _dumps(row, None, _LINE)
            if len(row) != len(data) + 2:
                return False
        except Exception:  # noqa: BLE001 - whatever adding somebody's objects raises
            return False
        self._last = at
        if commit is None or commit:
            self._next = at + 1
        if self._rows.behind:
            self._append(line)
            return True
        try:
            written = _write(self._descriptor, line)
        except OSError as error:
            self._rows.failed(line, error)
            self._check_rows()
            return True
        if written != len(line):
            self._rows.cut_short(line, written)
            self._check_rows()
        return True

    def _log_any(self, data: Mapping[str, Any], step: int | None, commit: bool | None) -> None:
        """log() for everything that its fast path is not made for; the lock is held."""
        if not hasattr(data, "items"):
            warn(f"log() takes a dict of names to values, not a {type(data).__name__}")
            return
        row: dict[str, Any] = {"_step": self._advance(step, commit), "_time": time()}
        for key, value in tree.flatten(data).items():
            name = str(key).encode("utf-8", "replace").decode()
            if name in _RESERVED:
                warn(f"log(): {name!r} is gitexp's own, the value was left out")
                continue
            if getattr(value, "is_cuda", False) and value.numel() == 1:
                self._log_device(row, name, value)
                continue
            try:
                row[name] = plain_metric(value)
            except NotKept as error:
                self._log_media(row, name, value, error)
        self._append(_dumps(row, None, _LINE))

    def _advance(self, step: int | None, commit: bool | None) -> int:
        """The row's step; sets the one that comes next."""
        if step is None:
            at = max(self._next, self._last)
            self._next = at + 1 if commit is None or commit else at
        else:
            at = int(step)
            if at < self._last:
                warn(
                    f"log(): step {at} is lower than {self._last}, kept under {self._last}",
                    cause="step",
                )
                at = self._last
            self._next = at + 1 if commit else at
        self._last = at
        return at

    def _log_device(self, row: dict[str, Any], name: str, value: Any) -> None:
        from gitexp.record.device import DeviceScalars

        if self._device is None:
            self._device = DeviceScalars(self._write_row)
        self._device.put(row["_step"], row["_time"], name, value)

    def _log_media(self, row: dict[str, Any], name: str, value: Any, error: NotKept) -> None:
        """Pictures, tables, arrays: files beside the row."""
        from gitexp.record.media._base import MediaFolder
        from gitexp.record.media.coerce import keep_media

        try:
            kept = keep_media(value, MediaFolder(self._journal), name)
        except (ValueError, OSError) as problem:
            warn(f"log(): {name!r} was left out: {problem}", cause=f"kept:{name}")
            return
        if kept is None:
            warn(f"log(): {name!r} was left out: {error} cannot be kept", cause=f"kept:{name}")
        else:
            row[name] = kept

    def _write_row(self, row: dict[str, Any]) -> None:
        with self._lock:
            if not self._closed:
                self._append(_dumps({k: plain_metric(v) for k, v in row.items()}, None, _LINE))

    def _append(self, line: bytes) -> None:
        self._rows.append(line)
        self._check_rows()

    def _check_rows(self) -> None:
        self._descriptor = self._rows.descriptor
        if self._rows.trouble is not None:
            warn(
                f"the journal cannot be written to ({self._rows.trouble.strerror}); "
                f"numbers are kept in {self._rows.spill} meanwhile",
                cause="disk",
            )

    def _await_device(self) -> None:
        """Wait for values that are still on a device; the lock must be free."""
        if self._device is not None:
            self._device.close()

    def _close_rows(self) -> None:
        self._closed = True
        self._rows.close()

    def _after_end(self) -> None:
        if not self._forked:
            warn("the run is finished, what is logged after that is not recorded", cause="end")
