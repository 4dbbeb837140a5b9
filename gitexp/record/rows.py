"""The numbers that a training logs, row by row into its journal."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.journal import folders
from gitexp.journal.append import LineFile
from gitexp.record.defined import StepSync
from gitexp.record.guard import is_of_a_handler, report, warn
from gitexp.record.number_rows import NOTHING, NumberRows
from gitexp.record.values import NotKept, plain_logged, plain_metric
from gitexp.schema import tree

if TYPE_CHECKING:
    from gitexp.record.device import DeviceScalars

_dumps = orjson.dumps
_LINE = orjson.OPT_APPEND_NEWLINE
_FARTHEST = 1 << 62  # a step beyond it is none that can be read again
_RESERVED = ("_step", "_time")


class RowLog:
    """`log()`: steps, values, and one write(2) a call.

    Threads may call it. It never raises: what goes wrong in tracking is a warning.
    """

    def __init__(self, folder: Path) -> None:
        """Open metrics.jsonl of a journal.

        Raises:
            OSError: it cannot be written to.
        """
        self._journal = folder
        self._rows = LineFile(folder / folders.METRICS)
        self._lock = threading.RLock()
        self._short = NumberRows(
            self._lock, self._rows.descriptor, self._log_other, self._keep_line
        )
        self._steps = StepSync()
        self._prefix = ""  # of all names, with a slash behind it
        self._closed = False
        self._forked = False
        self._device: DeviceScalars | None = None
        self.__dict__["log"] = self._short.log  # a call less, where a training waits

    def _new_lock(self) -> None:
        self._lock = threading.RLock()
        self._short.use(self._lock)

    def keep_apart(self, who: str) -> None:
        """Log under names that begin with `who/` from now on: others log to the same run."""
        self._prefix = f"{who}/"
        self._short.clear = False

    def go_on(self, step: int) -> None:
        """Begin at a step: the rows before it are in the journal already."""
        self._short.next, self._short.last = step, max(0, step - 1)

    @property
    def ended(self) -> bool:
        """Whether nothing is recorded any more."""
        return self._closed

    @property
    def step(self) -> int:
        """The step that the next log() without one will have."""
        return self._short.next

    def log(
        self,
        data: Mapping[str, Any] = NOTHING,
        step: int | None = None,
        commit: bool | None = None,
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
        self._short.log(data, step, commit)

    def _log_other(self, data: Any, step: int | None, commit: bool | None) -> None:
        """log() for everything that its short way is not made for; the lock is held."""
        self.check_call(data, step)
        try:
            if self._closed:
                self._after_end()
            elif hasattr(data, "items"):
                self._log_any(data, step, commit)
            else:
                warn(f"log() takes a dict of names to values, not a {type(data).__name__}")
        except Exception as error:  # noqa: BLE001 - a training never stops for its tracker
            report(error, "log()")

    def check_call(self, data: Any, step: int | None) -> None:
        """Raise what a call is that is wrong in itself; a bare run warns, so: nothing."""

    def _keep_line(self, line: bytes, written: int | OSError) -> None:
        """The disk did not take a row, or only so many bytes of it."""
        try:
            if isinstance(written, int):
                self._rows.cut_short(line, written)
            else:
                self._rows.failed(line, written)
            self._check_rows()
        except Exception as error:  # noqa: BLE001 - a training never stops for its tracker
            report(error, "log()")

    def _log_any(self, data: Mapping[str, Any], step: int | None, commit: bool | None) -> None:
        row: dict[str, Any] = {"_step": self._advance(step, commit), "_time": time()}
        for key, value in tree.flatten(data).items():
            name = str(key).encode("utf-8", "replace").decode()
            if name in _RESERVED:
                warn(f"log(): {name!r} is gitexp's own, the value was left out")
                continue
            name = self._prefix + name
            try:
                if getattr(value, "is_cuda", False) and value.numel() == 1:
                    self._log_device(row, name, value)
                    continue
                row[name] = plain_metric(value)
            except NotKept:
                self._log_media(row, name, value)
            except RecursionError:
                warn(f"log(): {name!r} was left out: it contains itself", cause=f"kept:{name}")
            except Exception as error:  # noqa: BLE001 - whatever somebody's objects raise
                self._leave_out(name, error)
        if self._steps.is_needed:
            self._steps.complete(row)
        self._append(_dumps(row, None, _LINE))

    def _advance(self, step: int | None, commit: bool | None) -> int:
        """The row's step; sets the one that comes next."""
        short = self._short
        if step is not None and abs(int(step)) > _FARTHEST:
            warn(f"log(): step {step} is out of range, kept under the next one", cause="far")
            step = None
        if step is None:
            at = max(short.next, short.last)
            short.next = at + 1 if commit is None or commit else at
        else:
            at = int(step)
            if at >= short.next:
                short.next = at + 1 if commit else at
            elif at != short.last:
                warn(
                    f"log(): step {at} is lower than {short.last}, kept under {short.last}",
                    cause="step",
                )
                at = short.last
        short.last = at
        return at

    def _log_device(self, row: dict[str, Any], name: str, value: Any) -> None:
        from gitexp.record.device import DeviceScalars

        if self._device is None:
            self._device = DeviceScalars(self._write_row)
        self._device.put(row["_step"], row["_time"], name, value)

    def _log_media(self, row: dict[str, Any], name: str, value: Any) -> None:
        """Pictures, tables, arrays: files beside the row; other plain data is kept in it."""
        if isinstance(value, Mapping) and not value:
            return
        from gitexp.record.media._base import Media, MediaFolder
        from gitexp.record.media.coerce import keep_media

        if isinstance(value, Media):
            name = value.key_of(name)
        try:
            kept = keep_media(value, MediaFolder(self._journal), name)
            row[name] = plain_logged(value) if kept is None else kept
        except NotKept as error:
            warn(f"log(): {name!r} was left out: {error} cannot be kept", cause=f"kept:{name}")
        except Exception as error:  # noqa: BLE001 - whatever somebody's objects raise
            self._leave_out(name, error)

    def _leave_out(self, name: str, error: Exception) -> None:
        """The rest of the row is kept."""
        if is_of_a_handler(error):
            raise error
        known = isinstance(error, ValueError | OSError)
        what = str(error) if known else f"{type(error).__name__}: {error}"
        warn(f"log(): {name!r} was left out: {what}", cause=f"kept:{name}")

    def _write_row(self, row: dict[str, Any]) -> None:
        with self._lock:
            if not self._closed:
                self._append(_dumps({k: plain_metric(v) for k, v in row.items()}, None, _LINE))

    def _append(self, line: bytes) -> None:
        self._rows.append(line)
        self._check_rows()

    def _check_rows(self) -> None:
        self._short.descriptor = self._rows.descriptor
        unusual = self._closed or self._rows.behind or self._prefix or self._steps.is_needed
        self._short.clear = not unusual
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
        self._end_rows()
        self._rows.close()

    def _end_rows(self) -> None:
        self._closed = True
        self._short.clear = False

    def _after_end(self) -> None:
        if not self._forked:
            warn("the run is finished, what is logged after that is not recorded", cause="end")
