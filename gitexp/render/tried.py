"""`gitexp tried`: what came out of it before, in a terminal, in a line, and for programs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from gitexp.render import facts, text
from gitexp.render.terminal_list import STATUS_STYLES
from gitexp.render.terminal_text import Cell, Paint, columns, fit, joined
from gitexp.schema.data import ADDED, CHANGED, GONE, UNSURE, DataDelta
from gitexp.schema.diff import FileDelta
from gitexp.schema.headline import headline_metrics
from gitexp.schema.run import Run
from gitexp.schema.tried import Earlier, Tried

_FILES = 4
_DATA_WORDS = {
    CHANGED: "changed",
    GONE: "is gone",
    ADDED: "is new",
    UNSURE: "may have changed (its content was not compared)",
}


def tried_page(tried: Tried, *, now_s: float, width: int | None, colour: bool) -> str:
    """The whole answer.

    Args:
        tried: the answer.
        now_s: the present, for ages.
        width: of the terminal in cells; None: nothing is cut.
        colour: whether escape codes may be used.
    """
    paint = Paint(colour)
    lines = [_verdict(tried, paint)]
    for name, title in (
        ("exact", "Exact repeats"),
        ("other_data", "The same config and code on other data"),
        ("other_code", "The same config on other code"),
        ("near", "Nearest configs"),
    ):
        part: tuple[Earlier, ...] = getattr(tried, name)
        if not part:
            continue
        more = tried.counts.get(name, len(part)) - len(part)
        rest = f", {more:,} more" if more and name != "near" else ""
        lines += ["", paint(f"{title}{rest}", "bold")]
        lines += _rows(part, name, now_s, paint, width)
        if name == "other_code" and part[0].code:
            see = f"gitexp diff {text.one_line(part[0].run.name)} --code"
            lines.append(paint(f"    {see} shows how the code differs", "dim"))
    return "".join(f"{line}\n" for line in lines)


def tried_line(run: Run, now_s: float) -> str:
    """An earlier run and what came out of it: `dove: finished in 3s, 2 h ago, loss 0.5`."""
    return joined(
        (
            f"{text.one_line(run.name)}: {facts.outcome(run)}",
            text.age_of(run.created_at, now_s),
            *_results(run),
        ),
        ", ",
    )


def tried_json(tried: Tried) -> dict[str, Any]:
    """The answer as data; runs as in run.json."""
    return {
        "config": tried.question.config,
        "command": list(tried.question.command),
        "code_known": tried.code_known,
        "total": tried.total,
        "counts": tried.counts,
        **{
            name: [_earlier_json(earlier) for earlier in getattr(tried, name)]
            for name in ("exact", "other_data", "other_code", "near")
        },
    }


def _verdict(tried: Tried, paint: Paint) -> str:
    asked = tried.question.config.items()
    what = (
        shlex.join(map(text.plain, tried.question.command))
        or joined((f"{text.one_line(key)}={text.value(value, 40)}" for key, value in asked), " ")
        or "this code"
    )
    among = f"among {text.plural(tried.total, 'run')}"
    exact = tried.counts.get("exact", 0)
    if exact:
        times = "once" if exact == 1 else f"{exact:,} times"
        return paint(f"{what}: tried {times} on this code", "bold") + f", {among}"
    data = tried.counts.get("other_data", 0)
    if data:
        times = "once" if data == 1 else f"{data:,} times"
        return paint(f"{what}: tried {times} on this code, with other data", "bold") + f", {among}"
    other = tried.counts.get("other_code", 0)
    if other:
        where = "on other code" if tried.code_known else "(there is no worktree to compare with)"
        times = "once" if other == 1 else f"{other:,} times"
        return paint(f"{what}: tried {times} {where}", "bold") + f", {among}"
    return paint(f"{what}: not tried yet", "bold") + f", {among}"


def _rows(
    part: Sequence[Earlier], name: str, now_s: float, paint: Paint, width: int | None
) -> list[str]:
    table = []
    for earlier in part:
        run = earlier.run
        table.append(
            (
                Cell(text.one_line(run.name), "bold"),
                Cell(
                    f"{facts.sign(run.status)} {facts.outcome(run)}",
                    STATUS_STYLES.get(run.status, ""),
                ),
                Cell(text.age_of(run.created_at, now_s)),
                Cell(text.one_line(run.author.partition(" <")[0])),
                Cell(", ".join(_results(run)) or text.NONE),
            )
        )
    lines = columns(table, paint, indent="  ")
    told = []
    for line, earlier in zip(lines, part, strict=True):
        told.append(line)
        note = _note(earlier, name)
        if note:
            told.append(paint(f"    {note if width is None else fit(note, width - 4)}", "dim"))
    return told


def _note(earlier: Earlier, name: str) -> str:
    words = [
        f"{text.one_line(delta.key)} {text.value(delta.values[1], 40)} "
        f"(asked: {text.value(delta.values[0], 40)})"
        for delta in earlier.differing
    ]
    if name == "near" and not earlier.same_command:
        words.append(f"command: {facts.command_line(earlier.run)}")
    if name in ("other_code", "near") and earlier.code is not None:
        words.append(_code_words(earlier.code))
    if name != "near" and earlier.data:
        words.append(_data_words(earlier.data))
    return " · ".join(words)


def _code_words(files: Sequence[FileDelta]) -> str:
    if not files:
        return "the same code"
    shown = [
        f"{text.one_line(file.path)}"
        + (f" +{file.added} -{file.removed}" if file.added is not None else "")
        for file in files[:_FILES]
    ]
    more = f" and {len(files) - _FILES} more files" if len(files) > _FILES else ""
    return f"code since then: {', '.join(shown)}{more}"


def _data_words(files: Sequence[DataDelta]) -> str:
    certain = [file for file in files if file.what != UNSURE]
    shown = [
        f"{text.one_line(file.path)} {_DATA_WORDS[file.what]}"
        for file in (certain or files)[:_FILES]
    ]
    rest = len(certain or files) - _FILES
    more = f" and {text.plural(rest, 'more file')}" if rest > 0 else ""
    return f"data since then: {', '.join(shown)}{more}"


def _results(run: Run) -> list[str]:
    return [
        f"{text.one_line(key)} {text.number(run.metrics[key].last)}"
        for key in headline_metrics(run.metrics, 3)
    ]


def _earlier_json(earlier: Earlier) -> dict[str, Any]:
    code = earlier.code
    return {
        "run": earlier.run.to_json(),
        "same_command": earlier.same_command,
        "differing": {
            d.key: {"asked": d.values[0], "there": d.values[1]} for d in earlier.differing
        },
        "code": None
        if code is None
        else [
            {"path": f.path, "status": f.status, "added": f.added, "removed": f.removed}
            for f in code
        ],
        "data": None
        if earlier.data is None
        else [{"path": f.path, "what": f.what} for f in earlier.data],
    }
