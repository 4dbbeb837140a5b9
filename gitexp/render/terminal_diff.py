"""`gitexp diff`: what sets runs apart, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from gitexp.render import text
from gitexp.render.diff_words import (
    checkpoint_rows,
    code_words,
    delta_words,
    hardware_title,
    hardware_words,
    no_differences,
    numbers,
    value_words,
)
from gitexp.render.facts import sign
from gitexp.render.terminal_list import ARROWS, STATUS_STYLES
from gitexp.render.terminal_text import Cell, Paint, columns, fit, joined
from gitexp.schema.diff import CodeDelta, MetricDelta, RunDiff, ValueDelta, part_of

T = TypeVar("T")

INDENT = "  "
_ROWS = 60  # of a section
_FILES = 30
_KEY_CELLS, _RUN_CELLS = 24, 32  # room for the names of rows, and for each run's column


def diff_page(diff: RunDiff, *, width: int | None, colour: bool) -> str:
    """The differences by kind, sections without any left out.

    Args:
        diff: two runs stand side by side as `old → new`, more of them as columns.
        width: of the terminal in cells, to which long values are cut; None: nothing is cut.
        colour: whether escape codes may be used. Better and worse are said in words as well.
    """
    if len(diff.names) > 2 and width is not None:
        # Against the baseline again for as many as there is room for.
        most = max(1, (width - _KEY_CELLS - _RUN_CELLS) // _RUN_CELLS)
        others = range(1, len(diff.names))
        parts = [part_of(diff, [0, *others[i : i + most]]) for i in range(0, len(others), most)]
        if len(parts) > 1:
            return "\n".join(diff_page(part, width=None, colour=colour) for part in parts)
    page = _Page(diff, width, Paint(colour))
    blocks = [
        page.head(),
        page.values("Config", diff.config),
        page.command(),
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


class _Page:
    def __init__(self, diff: RunDiff, width: int | None, paint: Paint) -> None:
        self.diff, self.paint = diff, paint
        self.pair = len(diff.names) == 2
        self.roles = ["from", "to"] if self.pair else list(map(text.one_line, diff.names))
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

    def command(self) -> list[str]:
        if self.diff.command is None:
            return []
        rows = zip(self.roles, self.diff.command.values, strict=True)
        table = [(Cell(role, "dim"), Cell(text.one_line(str(words)))) for role, words in rows]
        return [self._title("Command"), *columns(table, self.paint, indent=INDENT)]

    def metrics(self) -> list[str]:
        rows = self.diff.metrics
        if not rows or self.diff.same:
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
                last = self._run_of(numbers(row.last))
                table.append((Cell(name), *last, self._delta(row, 1), Cell(_best_words(row))))
                continue
            shown = numbers(row.last)
            cells = [Cell(shown[0], right=True)]
            for which in range(1, len(shown)):
                cells += [Cell(shown[which], right=True), self._delta(row, which)]
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
                (
                    Cell(_LETTERS.get(file.status, text.one_line(file.status)), "dim"),
                    *counts,
                    Cell(path),
                )
            )
        lines = columns(table, self.paint, indent=INDENT)
        more = len(code.files) - len(table)
        if more:
            lines.append(f"{INDENT}… and {more} more")
        return [self._title(f"Code{which}: {code_words(code)}"), *lines]

    def hardware(self) -> list[str]:
        table = []
        for row in self.diff.hardware:
            shown = [hardware_words(row.key, value) for value in row.values]
            if len(set(shown)) > 1:
                table.append((Cell(hardware_title(row.key)), *self._run_of(shown)))
        return self._block("Hardware", table[:_ROWS], len(table))

    def checkpoints(self) -> list[str]:
        rows = () if self.diff.same else self.diff.checkpoints
        table = []
        for labels, words in checkpoint_rows(rows):
            label = " … ".join(map(text.one_line, dict.fromkeys([labels[0], labels[-1]])))
            count = f" ({len(labels)})" if len(labels) > 1 else ""
            table.append((Cell(f"{label}{count}"), *self._run_of(words)))
        return self._block("Checkpoints", table[-_ROWS:], len(table))

    def verdict(self) -> list[str]:
        if not self.diff.same:
            return []
        return [no_differences(self.diff)]

    def _delta(self, row: MetricDelta, which: int) -> Cell:
        better = row.better(which)
        style = "dim" if better is None else "green" if better else "red"
        return Cell(delta_words(row, which, short=not self.pair), style)

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
    if row.best == (None, None):
        return ""
    words = zip(numbers(row.best), row.best_step, strict=True)
    return " → ".join(word if step is None else f"{word} @ {step:,}" for word, step in words)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or (word[:1] == "-" and word[1:2].isdigit())
