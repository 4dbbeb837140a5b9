"""What the report says about one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from gitexp.render import ansi, facts, text
from gitexp.render.findings import FindingRow, finding_rows
from gitexp.render.patch import FilePatch, parse_patch
from gitexp.render.plots import draw_plot, plan_plots
from gitexp.render.report_compare import MOST_OVERLAID
from gitexp.render.svg import sparkline
from gitexp.render.verdict import verdict_lines
from gitexp.schema.diff import FileDelta
from gitexp.schema.run import CheckpointEntry, Run, SkippedFile
from gitexp.schema.view import Picture, RunView

_LINE = 2_000  # characters of an output line


class Detail(NamedTuple):
    """How much of each run is shown: less of each, the more there are."""

    plots: int
    points: int  # of a curve
    metrics: int
    config: int
    output_lines: int
    patch_bytes: int
    files: int
    packages: int


def detail_for(runs: int) -> Detail:
    """What a page about so many runs has room for: a file of some megabytes at most."""
    if runs <= 12:
        return Detail(6, 240, 300, 1_000, 200, 200_000, 300, 1_000)
    if runs <= 60:
        return Detail(4, 80, 60, 200, 60, 20_000, 60, 200)
    return Detail(3, 48, 20, 60, 24, 4_000, 20, 0)


class MetricLine(NamedTuple):
    """A metric with its curve."""

    row: facts.MetricRow
    curve: Markup


class RunHead(NamedTuple):
    """A run as it stands in the rows of tables."""

    anchor: str  # of its page; "": it has none
    name: str
    colour: int | None  # place in the palette, where its curves are overlaid
    status: str
    sign: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run, ready for the template; texts are plain, pictures are markup."""

    anchor: str
    name: str
    id: str
    colour: int | None
    status: str
    sign: str
    outcome: str
    notes: str
    tags: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    command: str
    error: tuple[str, str, str] | None  # type, message, traceback
    warnings: tuple[str, ...]
    metrics: tuple[MetricLine, ...]
    more_metrics: int
    summary: tuple[tuple[str, str], ...]
    config: tuple[tuple[str, str], ...]
    more_config: int
    plots: tuple[Markup, ...]
    use: tuple[facts.UseRow, ...]
    energy: str
    files: tuple[FileDelta, ...]
    more_files: int
    patch: tuple[FilePatch, ...]
    skipped: tuple[SkippedFile, ...]
    output: tuple[ansi.Piece, ...]
    output_note: str
    environment: str
    environment_rows: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]
    checkpoints: tuple[CheckpointEntry, ...]
    findings: tuple[FindingRow, ...]
    pictures: tuple[Picture, ...]
    reproduce: str


def run_head(view: RunView, place: int, detailed: int) -> RunHead:
    """The `place`-th run of a report from 0, of which the first so many have a page each."""
    run = view.run
    return RunHead(
        f"run-{place + 1}" if place < detailed else "",
        text.cut(text.one_line(str(run.name)), 200),
        place if place < MOST_OVERLAID else None,
        text.cut(text.one_line(str(run.status)), 40),
        facts.sign(run.status),
    )


def run_page(view: RunView, place: int, now_s: float, detail: Detail) -> RunPage:
    """Everything about one run, the `place`-th of the report from 0."""
    run = view.run
    head = run_head(view, place, place + 1)
    keys = facts.ranked_metrics(run)
    config = facts.config_rows(run.config, 400)
    output, note = _output(view, detail.output_lines)
    return RunPage(
        anchor=head.anchor,
        name=head.name,
        id=text.one_line(str(run.id)),
        colour=head.colour,
        status=head.status,
        sign=head.sign,
        outcome=text.cut(facts.outcome(run), 200),
        notes=text.cut(text.plain(str(run.notes or "")), 20_000),
        tags=tuple(text.cut(text.one_line(str(tag)), 80) for tag in run.tags[:40]),
        about=tuple(_about(view, now_s)),
        command=text.cut(facts.command_line(run), 4_000),
        error=_error(run),
        warnings=tuple(text.cut(text.one_line(str(w)), 500) for w in run.warnings[:40]),
        metrics=tuple(_metric_line(view, key) for key in keys[: detail.metrics]),
        more_metrics=max(0, len(keys) - detail.metrics),
        summary=tuple(facts.summary_rows(run, 400)[: detail.config]),
        config=tuple(config[: detail.config]),
        more_config=max(0, len(config) - detail.config),
        plots=tuple(_plots(view, detail)),
        use=tuple(facts.use_rows(run)),
        energy=" · ".join(facts.energy_words(run)),
        files=view.code_changes[: detail.files],
        more_files=max(0, len(view.code_changes) - detail.files),
        patch=tuple(parse_patch(view.code_patch[: detail.patch_bytes])),
        skipped=run.git.skipped[: detail.files],
        output=output,
        output_note=note,
        environment=facts.environment_words(view.environment),
        environment_rows=tuple(facts.environment_rows(view.environment)[: detail.config]),
        packages=tuple(facts.package_rows(view.environment)[: detail.packages]),
        checkpoints=run.checkpoints[-100:],
        findings=tuple(finding_rows(view.findings, 100)),
        pictures=view.pictures,
        reproduce=facts.reproduce_commands(run),
    )


def _about(view: RunView, now_s: float) -> list[tuple[str, str]]:
    """Label and words, only those that are known."""
    run, git = view.run, view.run.git
    began = text.moment(str(run.created_at))
    if began != text.NONE:
        began = f"{began} UTC, {text.age_of(str(run.created_at), now_s)}"
    code = text.short_oid(str(git.base_commit)) if git.base_commit else ""
    if code:
        code += f" on {git.branch}" if git.branch else ", detached"
        code += ", with changes" if git.dirty else ", unchanged"
    lineage = run.lineage
    found = (
        ("Started", began),
        ("Took", text.duration(run.duration_s)),
        ("Author", str(run.author or "").partition(" <")[0]),
        ("Host", run.host),
        ("Code", code),
        ("Run's commit", text.short_oid(str(view.oid)) if view.oid else "not yet in git"),
        ("Folder", run.cwd),
        ("Group", run.group),
        ("Job type", run.job_type),
        ("Resumed from", lineage.resumed_from),
        ("Forked from", lineage.forked_from),
        ("Reproduced from", lineage.reproduced_from),
        *(("Run again", words) for words in verdict_lines(run)),
        ("Sweep", _sweep(run)),
    )
    shown = [(label, text.cut(text.one_line(str(word)), 160)) for label, word in found if word]
    return [(label, word) for label, word in shown if word != text.NONE]


def _sweep(run: Run) -> str:
    if not run.lineage.sweep:
        return ""
    trial = run.lineage.trial
    return f"{run.lineage.sweep}, trial {trial}" if isinstance(trial, int) else run.lineage.sweep


def _error(run: Run) -> tuple[str, str, str] | None:
    if run.error is None:
        return None
    return (
        text.cut(text.one_line(str(run.error.type)), 200),
        text.cut(text.plain(str(run.error.message or "")), 4_000),
        text.cut(text.plain(str(run.error.traceback or "")), 20_000),
    )


def _metric_line(view: RunView, key: str) -> MetricLine:
    series = view.series.get(key)
    curve = sparkline(series) if series is not None and len(series) > 1 else ""
    row = facts.metric_row(text.cut(text.one_line(key), 160), view.run.metrics[key])
    return MetricLine(row, Markup(curve))  # drawn from numbers alone


def _plots(view: RunView, detail: Detail) -> list[Markup]:
    # draw_plot escapes all text.
    return [
        Markup(
            draw_plot(view, plot, width=360, height=224, points=detail.points, standalone=False)
        )
        for plot in plan_plots(view, detail.plots)
    ]


def _output(view: RunView, limit: int) -> tuple[tuple[ansi.Piece, ...], str]:
    lines = view.output.splitlines()
    shown = lines[-limit:]
    total = max(view.output_lines, len(lines))
    note = f"The last {len(shown)} of {text.count(total)} lines." if total > len(shown) else ""
    return tuple(ansi.pieces("\n".join(text.cut(line, _LINE) for line in shown))), note
