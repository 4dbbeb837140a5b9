"""`gitexp diff`: what sets runs apart, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.render import text
from gitexp.render.facts import sign
from gitexp.render.hardware import hardware_name, hardware_value
from gitexp.render.terminal_list import ARROWS, STATUS_STYLES
from gitexp.render.terminal_text import Cell, Paint, columns, fit, joined
from gitexp.schema.diff import (
    WORKING_TREE,
    CheckpointDelta,
    CodeDelta,
    MetricDelta,
    RunDiff,
    ValueDelta,
)

INDENT = "  "
_ROWS = 60  # of a section
_FILES = 30
_ABSENT = "(none)"
_TIMES = "\u00d7"  # in place of thousands of per cent


def diff_page(diff: RunDiff, *, width: int | None, colour: bool) -> str:
    """The differences by kind, sections without any left out.

    Args:
        diff: two runs stand side by side as `old → new`, more of them as columns.
        width: of the terminal in cells, to which long values are cut; None: nothing is cut.
        colour: whether escape codes may be used. Better and worse are said in words as well.
    """
    page = _Page(diff, width, Paint(colour))
    blocks = [
        page.head(),
        page.values("Config", diff.config),
        page.values("Command", (diff.command,) if diff.command else ()),
        page.metrics(),
        page.values("Summary", diff.summary),
        *(page.code(code) for code in diff.code),
        page.values("Environment", diff.environment),
        page.hardware(),
        page.checkpoints(),
        page.verdict(),
    ]
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)


def patch_text(patch: str, *, colour: bool) -> str:
    """A patch as git shows it, other control characters made visible."""
    paint = Paint(colour)
    styles = {"+": "green", "-": "red", "@": "cyan"}
    lines = []
    for line in patch.splitlines():
        head = line.startswith(("diff --git ", "index ", "--- ", "+++ ", "rename ", "new file "))
        style = "bold" if head else styles.get(line[:1], "")
        lines.append(paint(text.plain(line), style))
    return "".join(f"{line}\n" for line in lines)


def delta_words(metric: MetricDelta, which: int) -> str:
    """`-0.0023 (-18.7%) better`; nothing where there is nothing to compare."""
    delta = metric.delta(which)
    if delta is None or delta != delta:
        return ""
    if delta == 0:
        return "same"
    share, base = metric.delta_pct(which), metric.last[0]
    words = [text.signed(delta)]
    if share is not None and base:
        times = share > 1000 and (base + delta) / base > 0
        words.append(
            f"({_TIMES}{text.number((base + delta) / base, 3)})"
            if times
            else f"({text.percent(share, sign=True)})"
        )
    better = metric.better(which)
    return joined([*words, "" if better is None else "better" if better else "worse"], " ")


def no_differences(diff: RunDiff) -> str:
    """What is said of runs that are the same."""
    if WORKING_TREE in diff.names:
        return "No differences: the working tree's code is the run's."
    return "No differences: config, code, environment, metrics and checkpoints are the same."


def code_words(code: CodeDelta) -> str:
    """`2 files changed, +12 -3`."""
    added = sum(file.added or 0 for file in code.files)
    removed = sum(file.removed or 0 for file in code.files)
    return f"{text.plural(len(code.files), 'file')} changed, +{added:,} -{removed:,}"


def checkpoint_words(checkpoint: CheckpointDelta, which: int) -> str:
    """What became of a label in run `which`: `same`, `other tensors, 4.1 MiB`, `(none)`."""
    size, tree = checkpoint.bytes[which], checkpoint.trees[which]
    if size is None:
        return _ABSENT
    words = text.byte_size(size)
    first = checkpoint.trees[0]
    if which and tree is not None and tree == first:
        return f"{words}, same bit for bit"
    return words


class _Page:
    def __init__(self, diff: RunDiff, width: int | None, paint: Paint) -> None:
        self.diff, self.paint = diff, paint
        self.pair = len(diff.names) == 2
        room = (width or 10**6) - 30
        self.room = max(12, room // (2 if self.pair else len(diff.names)))
        self.cut = width is not None

    def head(self) -> list[str]:
        names = self.diff.names
        roles = ["from", "to"] if self.pair else ["baseline", *[""] * (len(names) - 1)]
        rows = zip(roles, names, self.diff.statuses, strict=True)
        return columns(
            [
                (Cell(role, "dim"), Cell(text.one_line(name), "bold"), _status(status))
                for role, name, status in rows
            ],
            self.paint,
        )

    def values(self, title: str, rows: Sequence[ValueDelta]) -> list[str]:
        table = [
            (Cell(text.one_line(row.key)), *self._run_of(list(map(value_words, row.values))))
            for row in rows[:_ROWS]
        ]
        return self._block(title, table, len(rows))

    def metrics(self) -> list[str]:
        rows = self.diff.metrics
        if not rows:
            return []
        table: list[tuple[Cell, ...]] = []
        known = any(value is not None for row in rows for value in row.best)
        if self.pair:
            table.append(
                (
                    Cell(""),
                    Cell("last", "dim"),
                    Cell(""),
                    *([Cell("best", "dim")] if known else []),
                )
            )
        for row in rows[:_ROWS]:
            name = joined((text.one_line(row.key), ARROWS.get(row.goal or "", "")), " ")
            if self.pair:
                last = self._run_of([text.number(v) for v in row.last])
                table.append((Cell(name), *last, self._delta(row, 1), Cell(_best_words(row))))
                continue
            cells = [Cell(text.number(row.last[0]), right=True)]
            for which in range(1, len(row.last)):
                cells += [Cell(text.number(row.last[which]), right=True), self._delta(row, which)]
            table.append((Cell(name), *cells))
        if not self.pair:
            head = [Cell(""), Cell(self._name(0), "dim", True)]
            for which in range(1, len(self.diff.names)):
                head += [Cell(self._name(which), "dim", True), Cell("")]
            table.insert(0, tuple(head))
        return self._block("Metrics", table, len(rows) + (len(table) - min(len(rows), _ROWS)))

    def code(self, code: CodeDelta) -> list[str]:
        if not code.files:
            return []
        which = "" if self.pair else f" of {text.one_line(self.diff.names[code.which])}"
        table = []
        for file in code.files[:_FILES]:
            counts = (
                (Cell("binary", "dim"), Cell(""))
                if file.added is None
                else (
                    Cell(f"+{file.added:,}", "green", True),
                    Cell(f"-{file.removed or 0:,}", "red", True),
                )
            )
            path = text.one_line(file.path)
            if file.old_path:
                path = f"{text.one_line(file.old_path)} → {path}"
            table.append(
                (Cell(_LETTERS.get(file.status, file.status), "dim"), *counts, Cell(path))
            )
        lines = columns(table, self.paint, indent=INDENT)
        more = len(code.files) - len(table)
        if more:
            lines.append(f"{INDENT}… and {more} more")
        return [self._title(f"Code{which}: {code_words(code)}"), *lines]

    def hardware(self) -> list[str]:
        table = [
            (
                Cell(hardware_title(row.key)),
                *self._run_of([hardware_words(row.key, v) for v in row.values]),
            )
            for row in self.diff.hardware[:_ROWS]
        ]
        return self._block("Hardware", table, len(self.diff.hardware))

    def checkpoints(self) -> list[str]:
        rows = self.diff.checkpoints
        table = [
            (
                Cell(text.one_line(row.label)),
                *self._run_of([checkpoint_words(row, i) for i in range(len(row.bytes))]),
            )
            for row in rows[-_ROWS:]
        ]
        return self._block("Checkpoints", table, len(rows))

    def verdict(self) -> list[str]:
        if not self.diff.same:
            return []
        return [no_differences(self.diff)]

    def _delta(self, row: MetricDelta, which: int) -> Cell:
        better = row.better(which)
        style = "dim" if better is None else "green" if better else "red"
        return Cell(delta_words(row, which), style)

    def _run_of(self, shown: Sequence[str]) -> list[Cell]:
        """`old → new` for a pair, a column for each run otherwise."""
        words = [fit(word, self.room) if self.cut else word for word in shown]
        if self.pair:
            return [Cell(f"{words[0]} → {words[1]}" if words[0] != words[1] else words[0])]
        return [Cell(word, right=_is_number(word)) for word in words]

    def _block(self, title: str, table: Sequence[Sequence[Cell]], total: int) -> list[str]:
        if not table:
            return []
        if not self.pair and title not in ("Metrics",):
            heads = [Cell(self._name(i), "dim") for i in range(len(self.diff.names))]
            table = [[Cell(""), *heads], *table]
            total += 1
        lines = [self._title(title), *columns(table, self.paint, indent=INDENT)]
        if total > len(table):
            lines.append(f"{INDENT}… and {total - len(table)} more")
        return lines

    def _name(self, which: int) -> str:
        name = text.one_line(self.diff.names[which])
        return fit(name, self.room) if self.cut else name

    def _title(self, words: str) -> str:
        return self.paint(words, "bold")


_LETTERS = {"A": "added", "M": "changed", "D": "removed", "R": "renamed", "T": "type"}


def _status(status: str) -> Cell:
    shown = text.one_line(status)
    return Cell(f"{sign(status)} {shown}" if status else "", STATUS_STYLES.get(status, ""))


def _best_words(row: MetricDelta) -> str:
    a, b = row.best[0], row.best[1]
    if a is None and b is None:
        return ""
    return f"{_at_step(a, row.best_step[0])} → {_at_step(b, row.best_step[1])}"


def _at_step(value: float | None, step: int | None) -> str:
    at = "" if step is None else f" @ {step:,}"
    return f"{text.number(value)}{at}"


def value_words(value: Any) -> str:
    """A value on one line, or that there is none."""
    return _ABSENT if value is None else text.value(value, 10**5)


def hardware_title(key: str) -> str:
    """`peak.memory.used_bytes` → `Memory used, peak`."""
    kind, dot, rest = key.partition(".")
    if dot and kind in ("mean", "peak"):
        return f"{hardware_name(rest)}, {kind}"
    return hardware_name(key)


def hardware_words(key: str, value: Any) -> str:
    """A hardware figure in its unit."""
    if value is None:
        return _ABSENT
    if key == "duration_s":
        return text.duration(value)
    return hardware_value(key.partition(".")[2] or key, value)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or (word[:1] == "-" and word[1:2].isdigit())
