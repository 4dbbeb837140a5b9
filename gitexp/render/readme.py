"""README.md of a run's tree: everything at a glance, as GitHub renders it."""

from __future__ import annotations

import shlex
from typing import Any

from gitexp.render import ansi, facts, markdown, text
from gitexp.render.findings import finding_rows
from gitexp.render.mermaid import lineage_graph, model_graph
from gitexp.render.plots import plan_plots
from gitexp.render.templates import render
from gitexp.render.verdict import verdict_lines
from gitexp.schema.media import LoggedMedia, is_media_path
from gitexp.schema.run import Run
from gitexp.schema.tree import flatten
from gitexp.schema.view import RunView

# GitHub renders README files up to 512 KiB; all of these together stay far below.
_METRICS = 12
_CONFIG = 24  # keys in sight
_CONFIG_FOLDED = 400  # keys under the fold
_FILES = 30
_SKIPPED = 8
_CHECKPOINTS = 20
_USE = 24
_OUTPUT_LINES = 30
_OUTPUT_BYTES = 64 * 1024  # of the end of the log are looked at
_LINE = 200  # characters of an output line
_NOTES = 4_000
_WARNINGS = 10
_FINDINGS = 12
_TRACEBACK_LINES = 20


def run_readme(view: RunView) -> str:
    """README.md of a run; its pictures are `plots.run_plots(view)`, under plots/."""
    run = view.run
    return render("run_readme.md.j2", {**_head(run), **_results(view), **_origin(view)})


def _head(run: Run) -> dict[str, Any]:
    name = text.one_line(str(run.name))
    return {
        "name": text.cut(name, 200),
        "sign": facts.sign(run.status),
        "outcome": facts.outcome(run),
        "summary_line": " · ".join(_summary_words(run)),
        "notes": _quote(text.cut(str(run.notes), _NOTES)) if run.notes else "",
        "command": text.cut(facts.command_line(run), 2_000),
        "error": _error(run),
        "verdicts": verdict_lines(run),
        "warnings": [text.cut(str(warning), 300) for warning in run.warnings[:_WARNINGS]],
        "show_command": f"gitexp show {shlex.quote(name)}",
    }


def _results(view: RunView) -> dict[str, Any]:
    run = view.run
    keys = facts.ranked_metrics(run)
    config = facts.config_rows(run.config)
    output = _tail(view.output)
    return {
        "findings": finding_rows(view.findings, _FINDINGS),
        "metrics": [facts.metric_row(key, run.metrics[key]) for key in keys[:_METRICS]],
        "more_metrics": max(0, len(keys) - _METRICS),
        "plots": plan_plots(view),
        "media": [_media(one) for one in view.media],
        "summary": facts.summary_rows(run)[:_CONFIG],
        # A fold for a handful of keys would cost more room than it saves.
        "config": config if len(config) <= _CONFIG + 4 else config[:_CONFIG],
        "more_config": config[_CONFIG : _CONFIG + _CONFIG_FOLDED]
        if len(config) > _CONFIG + 4
        else [],
        "cut_config": max(0, len(config) - _CONFIG - _CONFIG_FOLDED),
        "use": facts.use_rows(run, telling_only=True)[:_USE],
        "energy": " · ".join(facts.energy_words(run)),
        "checkpoints": _checkpoints(run),
        "more_checkpoints": max(0, len(run.checkpoints) - _CHECKPOINTS),
        "output": output,
        "output_note": _output_note(view, output.count("\n") + 1 if output else 0),
    }


def _origin(view: RunView) -> dict[str, Any]:
    run = view.run
    files = view.code_changes
    skipped = run.git.skipped
    get = ["gitexp", "checkpoint", "get", text.plain(str(run.name)), "-o", "model.safetensors"]
    return {
        "code": _code(view),
        "files": files[:_FILES],
        "more_files": max(0, len(files) - _FILES),
        "skipped": skipped[:_SKIPPED],
        "more_skipped": f" and {len(skipped) - _SKIPPED} more" if len(skipped) > _SKIPPED else "",
        "lineage": lineage_graph(run),
        "model": model_graph(view.model),
        "environment": facts.environment_words(view.environment),
        "reproduce": facts.reproduce_commands(run),
        "has_checkpoint": bool(run.checkpoints),
        "get_checkpoint": shlex.join(get),
    }


def _summary_words(run: Run) -> list[str]:
    """Markdown: when, who, where, and what it is part of."""
    words = []
    if (moment := text.moment(run.created_at)) != text.NONE:
        words.append(f"{moment} UTC")
    author = str(run.author).partition(" <")[0]
    if author:
        words.append(markdown.cell(text.cut(author, 80)))
    if run.host:
        words.append(f"on {markdown.code(text.cut(str(run.host), 80))}")
    if run.group:
        words.append(f"group {markdown.code(text.cut(str(run.group), 80))}")
    words += [markdown.code(text.cut(str(tag), 60)) for tag in run.tags[:20]]
    return words


def _quote(notes: str) -> str:
    return "\n".join(f"> {markdown.text(line)}".rstrip() for line in notes.splitlines())


def _error(run: Run) -> dict[str, str] | None:
    if run.error is None:
        return None
    lines = str(run.error.traceback or "").splitlines()[-_TRACEBACK_LINES:]
    return {
        "type": text.cut(text.one_line(str(run.error.type)), 200),
        "message": text.cut(text.one_line(str(run.error.message or "")), 1_000),
        "traceback": "\n".join(text.cut(line, _LINE) for line in lines),
    }


def _media(one: LoggedMedia) -> dict[str, Any]:
    """Pictures, or the first rows of a table, of one key."""
    shown = len(one.pictures) or len(one.rows)
    return {
        "key": text.cut(one.key, 120),
        "step": facts.step(one.step),
        "pictures": [
            {"path": picture.path, "caption": text.cut(text.one_line(picture.caption), 200)}
            for picture in one.pictures
        ],
        "path": one.path,
        "columns": [text.cut(name, 60) for name in one.columns],
        "rows": [[_table_cell(cell) for cell in row] for row in one.rows],
        "more": max(0, one.total - shown),
    }


def _table_cell(cell: Any) -> str:
    """Markdown: a cell's text, or the picture that it holds."""
    if isinstance(cell, dict) and cell.get("_type") == "image" and is_media_path(cell.get("path")):
        return f"![]({markdown.path(cell['path'])})"
    if isinstance(cell, dict) and "_type" in cell:
        return markdown.cell(f"({cell['_type']})")
    return markdown.cell(text.number(cell) if isinstance(cell, float) else text.value(cell, 60))


def _checkpoints(run: Run) -> list[dict[str, Any]]:
    """The newest checkpoints, newest last."""
    return [
        {
            "label": text.cut_middle(str(entry.label), 80),
            "step": facts.step(entry.step),
            "size": text.byte_size(entry.bytes),
            "tensors": text.number(entry.tensors),
            "metrics": [
                (text.cut(str(key), 60), text.number(value))
                for key, value in list(flatten(entry.metrics).items())[:4]
            ],
        }
        for entry in run.checkpoints[-_CHECKPOINTS:]
    ]


def _code(view: RunView) -> str:
    """Markdown: on which commit the code stands, and how far it is from it."""
    git = view.run.git
    if not git.code_tree:
        return ""
    words = ["The exact source tree: [code](code)."]
    if git.base_commit:
        branch = (
            f" on branch {markdown.code(text.cut(str(git.branch), 100))}" if git.branch else ""
        )
        differs = ", with changes that are not in it" if git.dirty else ", unchanged"
        words.append(
            f"Base commit {markdown.code(text.short_oid(str(git.base_commit)))}{branch}{differs}."
        )
    else:
        words.append("The repository had no commit yet.")
    return " ".join(words)


def _tail(output: str) -> str:
    """The last lines without their colours."""
    lines = text.plain(ansi.strip(output[-_OUTPUT_BYTES:])).rstrip().splitlines()
    return "\n".join(text.cut(line, _LINE) for line in lines[-_OUTPUT_LINES:])


def _output_note(view: RunView, shown: int) -> str:
    if not shown or view.output_lines <= shown:
        return ""
    lines = text.count(view.output_lines)
    return f"The last {shown} of {lines} lines; all of them: [output.log](output.log)."
