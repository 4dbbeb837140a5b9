"""Metrics from what a command prints, and from the file that it is told to write them to.

`feed` gets the output as it comes and must not cost the command anything: it only puts it aside.
`take` reads it, in the supervisor, and gives what is sure by then.
"""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gitexp.capture.printed.bar_rows import BarRows
from gitexp.capture.printed.bare import bare_name
from gitexp.capture.printed.bars import read_bar, without_behind
from gitexp.capture.printed.lines import Line, LineSplitter
from gitexp.capture.printed.mappings import read_mapping, reading_of
from gitexp.capture.printed.pairs import read_pairs
from gitexp.capture.printed.reading import (
    BAR,
    BARE,
    PATTERN,
    Axis,
    Reading,
    axis_of,
    key_of,
    phase_of,
)
from gitexp.capture.printed.series import Point, SeriesFinder
from gitexp.capture.printed.tables import Tables
from gitexp.capture.printed.twins import Twins
from gitexp.errors import BadSetting
from gitexp.journal import folders
from gitexp.journal.tail import LineTail
from gitexp.record.observer import Found
from gitexp.schema.metrics import json_number

# A library may log a number after the script has printed it: printed ones wait so long.
_HOLD_S = 5.0
# A command may print faster than it can be read; what is beyond that is not looked at.
_MOST_WAITING_BYTES = 16 * 1024 * 1024
_OURS = "gitexp: "  # what a gitexp inside the command says of runs of its own
_TRACEBACK = "Traceback (most recent call last):"
SOURCE_OUTPUT, SOURCE_FILE, SOURCE_BARS = "output", "GITEXP_METRICS", "tqdm"
# A script that logs itself says so in the file: only what somebody stated is looked for then.
SOURCE_SCRIPT = "script"


class OutputMetrics:
    """The observer of one command's output."""

    def __init__(
        self,
        patterns: Sequence[str] = (),
        *,
        printed: bool = True,
        command: Sequence[str] = (),
    ) -> None:
        """Compile the project's own patterns.

        Args:
            patterns: regular expressions with named groups: each group is a metric, groups
                named step, epoch and so on are axes. A line that one matches is read by it alone.
            printed: False reads the file only, not the output.
            command: what prints; its script may tell a name that its lines do not.

        Raises:
            BadSetting: one of them is not a regular expression with a named group.
        """
        self._patterns = [_compiled(pattern) for pattern in patterns]
        self._printed = printed
        self._bare_name = bare_name(command) if printed else None
        self._chunks: deque[tuple[float, int, bytes]] = deque()
        self._waiting_bytes = 0
        self._streams: dict[int, tuple[LineSplitter, Tables]] = {}
        self._labels: dict[int, str] = {}
        self._tracebacks: dict[int, str] = {}
        self._series = SeriesFinder()
        self._from_file = SeriesFinder()
        self._held: list[Point] = []
        self._bars = BarRows()
        self._twins = Twins()
        self._sources: dict[str, str] = {}
        # Lines of one step may come at one time: how many rows of ours each has.
        self._given: Counter[tuple[Any, Any]] = Counter()
        self._script_logs = False
        self._rows: LineTail | None = None
        self._file: LineTail | None = None

    def begin(self, folder: Path) -> None:
        """The journal that the rows are for; before the first `take`."""
        self._rows = LineTail(folder / folders.METRICS)
        self._file = LineTail(folder / folders.METRICS_IN)

    def feed(self, chunk: bytes, stream: int) -> None:
        """Put output aside; called for every piece that the command writes."""
        self.feed_at(chunk, stream, time.time())

    def feed_at(self, chunk: bytes, stream: int, time_s: float) -> None:
        """The same for what came at that time, in seconds since the epoch."""
        if self._printed and self._waiting_bytes < _MOST_WAITING_BYTES:
            self._waiting_bytes += len(chunk)
            self._chunks.append((time_s, stream, chunk))

    def take(self, *, final: bool = False) -> Found:
        """Read what came since the last call.

        Args:
            final: the command has ended: everything that waits is decided now.
        """
        found = Found()
        summary: dict[str, tuple[float, int]] = {}
        self._look_at_rows()
        from_file = list(self._file_points(final))
        while self._chunks:
            time_s, stream, chunk = self._chunks.popleft()
            self._waiting_bytes -= len(chunk)
            splitter, _ = self._stream(stream)
            for line in splitter.feed(chunk):
                self._read(line, stream, time_s)
        if final:
            self._end()
            rest, summary = self._series.rest()
            self._held += rest
        before_s = time.time() - (0 if final else _HOLD_S)
        due = [p for p in self._held if final or p.time_s <= before_s]
        self._held = [p for p in self._held if not (final or p.time_s <= before_s)]
        bars = self._bars.take(None if final else before_s)
        if self._script_logs:
            due, bars, summary = [point for point in due if point.stated], [], {}
        due = self._bars.without_drawn(due)
        self._give(self._without_twins(due), SOURCE_OUTPUT, found)
        self._give(self._without_twins(bars), SOURCE_BARS, found)
        self._give(from_file, SOURCE_FILE, found)
        for key, (value, decimals) in summary.items():
            if not self._twins.is_known(key, value, decimals):
                found.summary[key] = json_number(value)
        return found

    # Reading ----------------------------------------------------------------------------------

    def _stream(self, stream: int) -> tuple[LineSplitter, Tables]:
        return self._streams.setdefault(stream, (LineSplitter(), Tables()))

    def _end(self) -> None:
        now = time.time()
        for stream, (splitter, tables) in self._streams.items():
            for line in splitter.rest():
                self._read(line, stream, now)
            self._add(tables.rest(), now)

    def _read(self, line: Line, stream: int, time_s: float) -> None:
        if self._in_traceback(line.text, stream) or line.text.startswith(_OURS):
            return
        tables = self._stream(stream)[1]
        for pattern in self._patterns:
            if match := pattern.search(line.text):
                self._add(_by_pattern(match), time_s)
                return
        text, behind = without_behind(line.text, redrawn=line.redrawn)
        bar = read_bar(text)
        if bar is not None:
            self._add(bar, time_s)
            if behind:
                self._read(Line(behind, redrawn=False), stream, time_s)
            return
        mapping, before = read_mapping(line.text)
        if mapping is not None:
            where = read_pairs(before)
            for axis, counter in where.axes.items():
                mapping.axes.setdefault(axis, counter)
            mapping.values = {**where.values, **mapping.values}
            self._add(mapping, time_s)
            return
        if line.redrawn and not any(character.isdigit() for character in line.text):
            return
        in_table, reading = tables.take(line.text)
        self._add(reading, time_s)
        if not in_table:
            pairs = read_pairs(line.text)
            self._under_label(pairs, line.text, stream)
            if line.redrawn and pairs.values:
                pairs.kind = BAR
            self._add(pairs, time_s)

    def _in_traceback(self, text: str, stream: int) -> bool:
        """Whether a line is a traceback's: what it quotes of the code looks like metrics."""
        if (at := text.find(_TRACEBACK)) >= 0:
            self._tracebacks[stream] = text[:at]  # torchrun and others have a prefix
            return True
        before = self._tracebacks.get(stream)
        if before is None:
            return False
        if not text.startswith(f"{before} "):
            del self._tracebacks[stream]  # the last line, which says what the error is
        return True

    def _under_label(self, reading: Reading, text: str, stream: int) -> None:
        """`Test Error:` on a line of its own says what the indented lines below it are about."""
        if not reading.values and not reading.axes and text.rstrip().endswith(":"):
            self._labels[stream] = phase_of(text)
            return
        label = self._labels.get(stream)
        if label and text[:1].isspace():
            if not reading.phase:
                reading.phase = label
                reading.values = {key_of(k, label): v for k, v in reading.values.items()}
                reading.decimals = {key_of(k, label): d for k, d in reading.decimals.items()}
        else:
            self._labels.pop(stream, None)

    def _add(self, reading: Reading | None, time_s: float) -> None:
        if reading is not None:
            if reading.kind == BARE and self._bare_name is not None:
                reading.values = {self._bare_name: reading.values["value"]}
                reading.decimals = {self._bare_name: reading.decimals["value"]}
            self._held += self._series.add(reading, time_s)

    def _file_points(self, final: bool) -> Iterator[Point]:
        if self._file is None:
            return
        for row in self._file.objects(final=final):
            if row.get("_source") == SOURCE_BARS:
                self._bars.add(row)
                continue
            if row.get("_source") == SOURCE_SCRIPT:
                self._script_logs = True
                continue
            reading = reading_of(row)
            if reading is not None:
                reading.kind = PATTERN
                yield from self._from_file.add(reading, _time_of(row))

    # Giving -----------------------------------------------------------------------------------

    def _look_at_rows(self) -> None:
        """Learn what others wrote; own rows are told by step and time."""
        if self._rows is None:
            return
        for row in self._rows.objects():
            key = (row.get("_step"), row.get("_time"))
            if key in self._given:
                self._given[key] -= 1
                if not self._given[key]:
                    del self._given[key]
            else:
                self._twins.add_row(row)

    def _without_twins(self, points: list[Point]) -> list[Point]:
        by_key: dict[str, list[Point]] = {}
        for point in points:
            for key in point.values:
                by_key.setdefault(key, []).append(point)
        twins = {key for key, among in by_key.items() if self._twins.is_twin(key, among)}
        for point in points:
            point.values = {k: v for k, v in point.values.items() if k not in twins}
        return [point for point in points if point.values.keys() - {"epoch"}]

    def _give(self, points: list[Point], source: str, found: Found) -> None:
        for point in sorted(points, key=lambda point: point.order):
            row: dict[str, Any] = {"_step": point.step, "_time": point.time_s}
            row |= {key: json_number(value) for key, value in point.values.items()}
            found.rows.append(row)
            self._given[point.step, point.time_s] += 1
            for key in point.values:
                if key not in self._sources:
                    self._sources[key] = source
                    found.sources[key] = source


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise BadSetting("[tool.gitexp]", "capture.patterns", f"{pattern!r}: {error}") from error
    if not compiled.groupindex:
        raise BadSetting(
            "[tool.gitexp]", "capture.patterns", f"{pattern!r} has no named group, as (?P<loss>…)"
        )
    return compiled


def _by_pattern(match: re.Match[str]) -> Reading:
    reading = Reading(PATTERN)
    for name, text in match.groupdict().items():
        try:
            value = float((text or "").replace(",", "").rstrip("%"))
        except ValueError:
            continue
        axis = axis_of(name)
        if axis and value.is_integer():
            reading.axes[axis] = Axis(int(value))
        else:
            reading.values[name] = value
    return reading


def _time_of(row: dict[str, Any]) -> float:
    stated = row.get("_time")
    return float(stated) if isinstance(stated, int | float) else time.time()
