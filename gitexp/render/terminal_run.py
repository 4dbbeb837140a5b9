"""`gitexp show`: one run on a page of the terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from gitexp.render import facts, text
from gitexp.render.data_files import file_rows, seed_words
from gitexp.render.findings import finding_rows
from gitexp.render.hardware import hardware_name, hardware_value
from gitexp.render.lineage import artifact_words, lineage_words
from gitexp.render.mermaid import model_words
from gitexp.render.sparkline import sparkline
from gitexp.render.terminal_list import STATUS_STYLES
from gitexp.render.terminal_text import Cell, Paint, columns, fit, joined, wrapped
from gitexp.render.verdict import verdict_lines
from gitexp.render.whence import started_words
from gitexp.schema import names
from gitexp.schema.diff import FileDelta
from gitexp.schema.finding import ERROR, WARNING
from gitexp.schema.tree import flatten
from gitexp.schema.view import RunView

INDENT = "  "
_WIDTH = 100  # of a page that goes into a file
_CONFIG = 60
_METRICS = 40
_USE = 14
_CHECKPOINTS = 20
_FILES = 24
_GROWING = (names.METRICS, names.HARDWARE, names.HISTOGRAMS, names.OUTPUT)
_DATA_FILES = 12
_SKIPPED = 5
_TRACEBACK = 15  # lines
_WARNINGS = 10
_FINDINGS = 10
_SEVERITY_STYLES = {ERROR: "red", WARNING: "yellow"}
_SPARK = 20  # cells

_BESIDE = re.compile(r"^(disk|network|memory)\.|load|count|estimated|clock|_total|counter|energy")


def run_page(view: RunView, *, now_s: float, width: int | None, colour: bool) -> str:
    """Everything about a run that fits on a page or two.

    Args:
        view: the run and its files.
        now_s: the present, for its age.
        width: of the terminal in cells; None: the page goes into a file, nothing is cut.
        colour: whether escape codes may be used.
    """
    page = _Page(view, now_s, width, Paint(colour))
    blocks = (
        page.head(),
        page.facts(),
        page.error(),
        page.config(),
        page.metrics(),
        page.summary(),
        page.hardware(),
        page.checkpoints(),
        page.data_files("inputs"),
        page.data_files("outputs"),
        page.findings(),
        page.warnings(),
        page.files(),
        page.commands(),
    )
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)


class _Page:
    def __init__(self, view: RunView, now_s: float, width: int | None, paint: Paint) -> None:
        self.view, self.run, self.now_s, self.paint = view, view.run, now_s, paint
        self.width = width or _WIDTH
        self.cut = width is not None

    def head(self) -> list[str]:
        run, paint = self.run, self.paint
        status = f"{facts.sign(run.status)} {facts.outcome(run)}"
        return [
            joined(
                (
                    paint(text.one_line(run.name), "bold"),
                    paint(status, STATUS_STYLES.get(run.status, "")),
                    text.age_of(run.created_at, self.now_s),
                ),
                "   ",
            ),
            *([f"{INDENT}{self._line(facts.command_line(run))}"] if run.command else []),
        ]

    def facts(self) -> list[str]:
        run, git = self.run, self.run.git
        created = f"{text.moment(run.created_at)} UTC"
        code = joined(
            (
                f"{text.one_line(git.branch)} @ {git_oid(git.base_commit)}"
                if git.branch
                else git_oid(git.base_commit),
                changes_words(self.view.code_changes, git.dirty),
            )
        )
        rows = [
            ("id", text.one_line(run.id)),
            ("created", joined((created, f"finished {text.moment(run.finished_at)} UTC"))
             if run.finished_at else created),
            ("by", joined((text.one_line(run.author), text.one_line(run.host)), " on ")),
            ("folder", text.one_line(run.cwd)),
            ("code", code if git.base_commit or git.code_tree else "not in git"),
            ("left out", self._skipped()),
            ("model", model_words(self.view.model)),
            ("system", facts.environment_words(self.view.environment)),
            ("seeds", seed_words(run)),
            ("group", joined((text.one_line(run.group or ""), text.one_line(run.job_type or "")))),
            ("tags", ", ".join(map(text.one_line, run.tags))),
            ("lineage", lineage_words(run)),
            ("artifacts", artifact_words(run)),
            ("started from", started_words(self.view.started_from)),
            *(("verdict", words) for words in verdict_lines(run)),
            ("commit", self.view.oid or "not committed yet"),
        ]  # fmt: skip
        cells = [(Cell(key, "dim"), Cell(self._line(words, 11))) for key, words in rows if words]
        lines = columns(cells, self.paint, indent=INDENT)
        if run.notes:
            lines += ["", *wrapped(text.plain(run.notes), self.width, indent=f"{INDENT}| ")]
        return lines

    def error(self) -> list[str]:
        error = self.run.error
        if error is None:
            return []
        title = f"{text.one_line(error.type)}: {text.one_line(error.message)}"
        tail = text.plain(error.traceback).splitlines()[-_TRACEBACK:]
        return [
            self._title("Error"),
            INDENT + self.paint(self._line(title), "red"),
            *(f"{INDENT}{self._line(line)}" for line in tail if line.strip()),
        ]

    def config(self) -> list[str]:
        rows = facts.config_rows(self.run.config, 10**4)
        cells = [(Cell(text.one_line(k)), Cell(self._line(v, 24))) for k, v in rows[:_CONFIG]]
        return self._block("Config", cells, len(rows))

    def metrics(self) -> list[str]:
        keys = facts.ranked_metrics(self.run)
        if not keys:
            return []
        known = any(self.run.metrics[key].best is not None for key in keys)
        head = ["", "last", *(["best", "at step"] if known else []), "", "points"]
        table = [[Cell(title, "dim", title != "") for title in head]]
        for key in keys[:_METRICS]:
            row = facts.metric_row(key, self.run.metrics[key])
            best = [Cell(row.best, right=True), Cell(row.best_step, right=True)] if known else []
            series = self.view.series.get(key)
            curve = sparkline(series.values, _SPARK) if series and len(series) > 1 else ""
            name = joined((self._cut(text.one_line(key), 40), row.arrow), " ")
            table.append(
                [Cell(name), Cell(row.last, "bold", True), *best, Cell(curve, "cyan"),
                 Cell(row.points, "dim", True)]
            )  # fmt: skip
        return self._block("Metrics", table, len(keys) + 1)

    def summary(self) -> list[str]:
        rows = facts.config_rows(
            {k: v for k, v in flatten(self.run.summary).items() if k not in self.run.metrics},
            10**4,
        )
        cells = [(Cell(text.one_line(k)), Cell(self._line(v, 24))) for k, v in rows[:_CONFIG]]
        return self._block("Summary", cells, len(rows))

    def hardware(self) -> list[str]:
        run = self.run
        energy = joined(facts.energy_words(run))
        lines = [f"{INDENT}{energy}"] if energy else []
        keys = [k for k in dict.fromkeys((*run.hardware.mean, *run.hardware.peak)) if _telling(k)]
        if keys:
            table = [(Cell(""), Cell("mean", "dim", True), Cell("peak", "dim", True), Cell(""))]
            for key in keys[:_USE]:
                series = self.view.hardware.get(key)
                table.append(
                    (
                        Cell(hardware_name(key)),
                        Cell(hardware_value(key, run.hardware.mean.get(key)), right=True),
                        Cell(hardware_value(key, run.hardware.peak.get(key)), right=True),
                        Cell(sparkline(series.values, _SPARK) if series else "", "cyan"),
                    )
                )
            lines += columns(table, self.paint, indent=INDENT)
        return [self._title("Hardware"), *lines] if lines else []

    def checkpoints(self) -> list[str]:
        entries = self.run.checkpoints
        head = [Cell(t, "dim", t in ("step", "size", "tensors")) for t in
                ("label", "step", "size", "tensors", "")]  # fmt: skip
        table = [head]
        for entry in entries[-_CHECKPOINTS:]:
            measured = joined(
                (f"{text.one_line(k)} {text.number(v)}" for k, v in entry.metrics.items()), ", "
            )
            table.append(
                [
                    Cell(text.one_line(entry.label)),
                    Cell(facts.step(entry.step), right=True),
                    Cell(text.byte_size(entry.bytes), right=True),
                    Cell(text.count(entry.tensors), right=True),
                    Cell(self._cut(measured, 40)),
                ]
            )
        return self._block("Checkpoints", table if entries else [], len(entries) + 1)

    def data_files(self, key: str) -> list[str]:
        rows = file_rows(self.run, key)
        table = [
            [Cell(self._cut(path, 60)), Cell(size, right=True), Cell(beside, "dim")]
            for path, size, beside in rows[:_DATA_FILES]
        ]
        return self._block(key.title(), table, len(rows))

    def findings(self) -> list[str]:
        found = finding_rows(self.view.findings, _FINDINGS)
        lines = []
        for row in found:
            style = _SEVERITY_STYLES.get(row.severity, "")
            where = f"{row.where}, {row.steps}" if row.steps else row.where
            title = f"{self.paint(f'{row.sign} {row.rule}', style)}  {self.paint(where, 'dim')}"
            lines.append(f"{INDENT}{title}")
            lines += wrapped(row.what, self.width, indent=INDENT * 2)
            if row.advice:
                lines += wrapped(f"try: {row.advice}", self.width, indent=INDENT * 2)
        if (more := len(self.view.findings) - len(found)) > 0:
            lines.append(f"{INDENT}… and {more} more in {names.DIAGNOSTICS}")
        return [self._title("Findings"), *lines] if lines else []

    def warnings(self) -> list[str]:
        found = self.run.warnings
        lines = [f"{INDENT}! {self._line(text.one_line(w))}" for w in found[:_WARNINGS]]
        return [self._title("Warnings"), *lines] if lines else []

    def files(self) -> list[str]:
        sizes = self.view.files
        top = {path: size for path, size in sizes.items() if "/" not in path}
        folders: dict[str, list[int]] = {}
        for path, size in sizes.items():
            if "/" in path:
                folders.setdefault(path.split("/", 1)[0], []).append(size)
        whole = _joined_parts(top)
        rows = [(path, _size_of(parts)) for path, parts in whole.items()]
        rows += [
            (f"{folder}/", f"{text.byte_size(sum(inside))} in {text.plural(len(inside), 'file')}")
            for folder, inside in folders.items()
        ]
        if not rows:
            return []
        if self.view.output_lines:
            lines = text.plural(self.view.output_lines, "line")
            rows = [(p, f"{s}, {lines}" if p == names.OUTPUT else s) for p, s in rows]
        rows.append((f"{names.CODE}/", "the source tree as it ran"))
        cells = [(Cell(text.one_line(path)), Cell(size, "dim")) for path, size in rows[:_FILES]]
        return self._block("Files", cells, len(rows))

    def commands(self) -> list[str]:
        name = shlex.quote(text.plain(self.run.name))
        rows = [
            (f"gitexp show {name} {names.OUTPUT}", "what it printed"),
            (f"gitexp diff {name}", "its code against where it started"),
            (f"git show {names.ref_of(name)}:{names.CODE}/…", "a file of its code"),
        ]
        if self.run.metrics:
            rows.insert(1, (f"gitexp metrics {name} --plot", "its curves"))
        if self.run.checkpoints:
            label = shlex.quote(text.plain(self.run.checkpoints[-1].label))
            rows.insert(1, (f"gitexp checkpoint get {name}:{label}", "its newest tensors"))
        cells = [(Cell(command), Cell(f"# {what}", "dim")) for command, what in rows]
        return [self._title("More"), *columns(cells, self.paint, indent=INDENT)]

    def _skipped(self) -> str:
        skipped = self.run.git.skipped
        words = [
            f"{text.one_line(s.path)} ({text.one_line(s.reason)})" for s in skipped[:_SKIPPED]
        ]
        more = len(skipped) - len(words)
        return joined([*words, f"{more} more" if more else ""], ", ")

    def _block(self, title: str, cells: Sequence[Sequence[Cell]], total: int) -> list[str]:
        if not cells:
            return []
        lines = [self._title(title), *columns(cells, self.paint, indent=INDENT)]
        if total > len(cells):
            lines.append(f"{INDENT}… and {total - len(cells)} more")
        return lines

    def _title(self, words: str) -> str:
        return self.paint(words, "bold")

    def _line(self, words: str, taken: int = 0) -> str:
        return self._cut(words, max(20, self.width - taken - len(INDENT)))

    def _cut(self, words: str, limit: int) -> str:
        return fit(words, limit) if self.cut else words


def git_oid(oid: str | None) -> str:
    """A commit as people write it, or that there is none."""
    return text.short_oid(oid) if oid else "no commit yet"


def changes_words(changes: Iterable[FileDelta], dirty: bool) -> str:
    """`3 files changed, +12 -4`; what a comparison without contents cannot count is left out."""
    changed = list(changes)
    if not changed:
        return "with uncommitted changes" if dirty else "clean"
    added = sum(change.added or 0 for change in changed)
    removed = sum(change.removed or 0 for change in changed)
    return f"{text.plural(len(changed), 'file')} changed, +{added:,} -{removed:,}"


def _telling(key: str) -> bool:
    """Whether a figure says how the hardware was used, and no other row says the same."""
    return not _BESIDE.search(key)


def _joined_parts(sizes: Mapping[str, int]) -> dict[str, list[int]]:
    """Sizes of the parts of each file; most files are one."""
    found: dict[str, list[int]] = {}
    for path, size in sizes.items():
        whole = next((name for name in _GROWING if names.part_number(name, path)), path)
        found.setdefault(whole, []).append(size)
    return found


def _size_of(parts: Sequence[int]) -> str:
    """Bytes of a file; below zero: unknown."""
    if min(parts) < 0:
        return text.NONE
    size = text.byte_size(sum(parts))
    return size if len(parts) == 1 else f"{size} in {text.plural(len(parts), 'file')}"
