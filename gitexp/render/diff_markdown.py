"""`gitexp diff --md`: a diff as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gitexp.render import markdown, text
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
from gitexp.render.statistics import comparison_words, conclusions
from gitexp.render.terminal_list import ARROWS
from gitexp.schema.diff import CodeDelta, MetricDelta, RunDiff, ValueDelta
from gitexp.schema.replicates import ReplicateDiff

_ROWS = 40
_FILES = 30
_PATCH = 50_000  # characters; a comment on GitHub holds 65,536
_VALUE = 200


def diff_markdown(diff: RunDiff, seeds: ReplicateDiff | None = None) -> str:
    """Tables of what differs; code and environment folded away.

    Args:
        diff: the difference.
        seeds: of two runs that have replicates, these compared.
    """
    pair = len(diff.names) == 2
    title = " → ".join(map(markdown.code, diff.names)) if pair else (
        f"{len(diff.names)} runs against {markdown.code(diff.names[0])}"
    )  # fmt: skip
    blocks = [f"### {title}"]
    if diff.same:
        blocks.append(no_differences(diff))
    blocks += [
        _metrics(diff, pair),
        _seeds(seeds) if seeds is not None else "",
        _values(diff, "config", diff.config),
        _values(diff, "command", (diff.command,) if diff.command else ()),
        _values(diff, "summary", diff.summary),
        *(_code(diff, code) for code in diff.code if code.files),
        _checkpoints(diff),
        _folded("Hardware", _hardware(diff), len(diff.hardware)),
        _folded(
            "Environment", _values(diff, "environment", diff.environment), len(diff.environment)
        ),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _names(diff: RunDiff) -> list[str]:
    return [markdown.code_cell(name) for name in diff.names]


def _metrics(diff: RunDiff, pair: bool) -> str:
    rows = diff.metrics[:_ROWS]
    if not rows or diff.same:
        return ""
    head = ["metric", *_names(diff)] if not pair else ["metric", *_names(diff), "change", "best"]
    table = [[_metric_name(row), *_metric_cells(row, pair)] for row in rows]
    return markdown.table(head, table, "l" + "r" * len(diff.names))


def _seeds(seeds: ReplicateDiff) -> str:
    sides = [
        f"{markdown.code_cell(name)}, {text.plural(len(group), 'run')}"
        for name, group in zip(seeds.names, seeds.runs, strict=True)
    ]
    rows = []
    for comparison in seeds.comparisons:
        metric, *rest = comparison_words(comparison, seeds.tested)
        rows.append([markdown.code_cell(metric), *map(markdown.cell, rest)])
    spread = "95 % interval" if seeds.tested else "standard deviation"
    table = markdown.table(
        [f"over seeds, mean ± {spread}", *sides, "difference", "p"], rows, "lrrrr"
    )
    return "\n".join([table, "", *(f"- {markdown.cell(line)}" for line in conclusions(seeds))])


def _metric_name(row: MetricDelta) -> str:
    arrow = ARROWS.get(row.goal or "")
    return f"{markdown.code_cell(row.key)} {arrow}" if arrow else markdown.code_cell(row.key)


def _metric_cells(row: MetricDelta, pair: bool) -> list[str]:
    if pair:
        best = numbers([value for value in row.best if value is not None])
        words = delta_words(row, 1)
        strong = f"**{words}**" if row.better(1) else words
        return [*numbers(row.last), strong, " → ".join(best)]
    changes = ["", *(delta_words(row, i, short=True) for i in range(1, len(row.last)))]
    return [
        f"{word}<br>{change}" if change else word
        for word, change in zip(numbers(row.last), changes, strict=True)
    ]


def _values(diff: RunDiff, title: str, rows: Sequence[ValueDelta]) -> str:
    if not rows:
        return ""
    table = [
        [markdown.code_cell(row.key), *(_cell(value_words(value)) for value in row.values)]
        for row in rows[:_ROWS]
    ]
    return markdown.table([title, *_names(diff)], table) + _more(len(rows) - _ROWS)


def _cell(words: str) -> str:
    return markdown.cell(text.cut(words, _VALUE))


def _code(diff: RunDiff, code: CodeDelta) -> str:
    name = escape(text.one_line(diff.names[code.which]))  # inside HTML, Markdown is none
    of = "" if len(diff.names) == 2 else f" of <code>{name}</code>"
    table = [
        [
            markdown.code_cell(f"{f.old_path} → {f.path}" if f.old_path else f.path),
            "binary" if f.added is None else f"+{f.added:,}",
            "" if f.added is None else f"-{f.removed or 0:,}",
        ]
        for f in code.files[:_FILES]
    ]
    body = markdown.table(["file", "added", "removed"], table, "lrr")
    body += _more(len(code.files) - _FILES)
    if code.patch:
        patch = code.patch
        cut = "" if len(patch) <= _PATCH else "\n\nThe patch is cut."
        body += "\n\n" + markdown.fence(patch[:_PATCH], "diff") + cut
    return _details(f"Code{of}: {code_words(code)}", body)


def _checkpoints(diff: RunDiff) -> str:
    rows = () if diff.same else diff.checkpoints
    table = []
    for labels, words in checkpoint_rows(rows)[-_ROWS:]:
        label = " … ".join(map(markdown.code_cell, dict.fromkeys([labels[0], labels[-1]])))
        table.append([f"{label} ({len(labels)})" if len(labels) > 1 else label, *words])
    return markdown.table(["checkpoint", *_names(diff)], table) if table else ""


def _hardware(diff: RunDiff) -> str:
    rows = [
        [markdown.cell(hardware_title(row.key)), *(hardware_words(row.key, v) for v in row.values)]
        for row in diff.hardware[:_ROWS]
    ]
    return markdown.table(["hardware", *_names(diff)], rows, "l" + "r" * len(diff.names))


def _folded(title: str, body: str, count: int) -> str:
    return _details(f"{title}: {text.plural(count, 'difference')}", body) if count else ""


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _more(count: int) -> str:
    return f"\n\n… and {count} more" if count > 0 else ""
