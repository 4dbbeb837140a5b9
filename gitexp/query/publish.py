"""The files of the branch that shows runs in a git host's file view, and of the one with pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gitexp.errors import GitexpError
from gitexp.query.listing import default_columns, flat_listing, headlines, list_runs
from gitexp.query.report import make_report
from gitexp.query.runs import Found, Runs
from gitexp.query.series import read_series
from gitexp.render.frame import Line
from gitexp.render.leaderboard import ENERGY, Board, index_readme, sorted_pages
from gitexp.render.svg import line_plot
from gitexp.render.terminal_list import runs_csv
from gitexp.schema import names
from gitexp.schema.listing import METRIC
from gitexp.schema.tree import number
from gitexp.store.objects import FILE, TREE, ObjectWriter, TreeEntry
from gitexp.store.publish import run_entries
from gitexp.store.reader import ObjectReader

# GitHub shows no more entries of a folder, and other hosts become slow.
MOST_ENTRIES = 1000
_ROWS = 200  # of a group's table
_CURVES = 8
_PARTS = (7, 10, 13, 16)  # of 2026-07-15T13:42: month, day, hour, minute


def branch_files(
    everything: Runs, where: str | None, writer: ObjectWriter, *, title: str
) -> dict[str, TreeEntry]:
    """README.md, sorted tables, runs.csv, pictures, and a folder for each run with its objects.

    Args:
        everything: the runs of the repository.
        where: only runs for which it holds; None: all.
        writer: what is new goes there.
        title: of the page.

    Raises:
        GitexpError: there is no run to publish.
        BadExpression: `where` cannot be read.
    """
    chosen = _sound(everything, where)
    folders = run_folders({run.name: str(run.peek()["created_at"]) for run in chosen})
    files: dict[str, TreeEntry] = {}
    with ObjectReader(everything.repo, fetch=False) as reader:
        for run in chosen:
            tree = writer.tree(run_entries(reader, everything.repo, run.oid or ""))
            files[folders[run.name]] = (TREE, tree)

    def add(path: str, content: str) -> None:
        files[path] = (FILE, writer.blob(content.encode("utf-8", "replace")))

    boards = []
    for place, (group, members) in enumerate(_groups(chosen).items(), 1):
        board, picture = _board(everything, group, members, place)
        boards.append(board)
        if board.plot:
            add(board.plot, picture)
        for path, page in sorted_pages(board, folders).items():
            add(path, page)
    energies = [number((run.peek().get("hardware") or {}).get("energy_wh")) for run in chosen]
    page = index_readme(
        boards,
        folders,
        title=title,
        energy_wh=sum(e for e in energies if e is not None and e == e),
        runs=len(chosen),
    )
    add(names.README, page)
    add("runs.csv", runs_csv(flat_listing(everything, chosen)))
    return files


def page_files(
    everything: Runs, where: str | None, writer: ObjectWriter, *, title: str
) -> dict[str, TreeEntry]:
    """The HTML report as index.html, for static hosting.

    Raises:
        GitexpError: there is no run to report on.
        BadExpression: `where` cannot be read.
    """
    html = make_report(everything, (), where=where, sort=None, limit=200, title=title).html
    return {
        "index.html": (FILE, writer.blob(html.encode("utf-8", "replace"))),
        # GitHub would take the page for a Jekyll site.
        ".nojekyll": (FILE, writer.blob(b"")),
    }


def run_folders(created: Mapping[str, str]) -> dict[str, str]:
    """Run → folder: `runs/<name>`, by month, day, hour where a folder would hold too many.

    Args:
        created: run → created_at.
    """
    return _split(sorted(created), created, "runs", 0)


def _split(
    runs: Sequence[str], created: Mapping[str, str], folder: str, depth: int
) -> dict[str, str]:
    if len({name.split("/")[0] for name in runs}) <= MOST_ENTRIES or depth == len(_PARTS):
        return {name: f"{folder}/{name}" for name in runs}
    parts: dict[str, list[str]] = {}
    start = _PARTS[depth - 1] + 1 if depth else 0
    for name in runs:
        parts.setdefault(created[name][start : _PARTS[depth]], []).append(name)
    found: dict[str, str] = {}
    for part, members in parts.items():
        found |= _split(members, created, f"{folder}/{part}", depth + 1)
    return found


def _sound(everything: Runs, where: str | None) -> list[Found]:
    chosen = [
        run for run in everything.select(where=where) if run.error is None and run.oid is not None
    ]
    if not chosen:
        raise GitexpError("there is no run to publish", "`gitexp ls` lists all runs")
    return chosen


def _groups(chosen: Iterable[Found]) -> dict[str | None, list[Found]]:
    """The runs by group, the group with the newest run first."""
    groups: dict[str | None, list[Found]] = {}
    for run in chosen:
        groups.setdefault(run.peek().get("group") or None, []).append(run)
    return groups


def _board(
    everything: Runs, group: str | None, members: list[Found], place: int
) -> tuple[Board, str]:
    metric, goal = next(iter(headlines(members)), (None, None))
    if metric is not None:
        members = everything.select(members, sort=f"metric[{metric!r}]" if goal else None)
    shown = members[:_ROWS]
    usual = default_columns(shown)
    keys = ["name", "status"]
    keys += [c.key for c in usual if c.kind == METRIC]
    keys += [c.key for c in usual if c.key.startswith("config.")]
    keys += ["duration"]
    if any((run.peek().get("hardware") or {}).get("energy_wh") is not None for run in shown):
        keys.append(ENERGY)
    keys += ["created"] + [c.key for c in usual if c.key == "tags"]
    picture = _curves(everything, shown, metric) if metric else ""
    board = Board(
        title=group or "Runs",
        listing=list_runs(everything, shown, keys),
        plot=f"{names.PLOTS}/group-{place}.svg" if picture else None,
        metric=metric,
        left_out=len(members) - len(shown),
        place=place,
    )
    return board, picture


def _curves(everything: Runs, shown: Sequence[Found], metric: str) -> str:
    """The best runs' curves of a metric over each other; empty if no run has one."""
    lines: list[Line] = []
    for run in shown[:_CURVES]:
        series = read_series(
            everything.repo, run, [metric], limit=300, index=everything.index
        ).get(metric)
        if series is not None and len(series.values) > 1:
            lines.append(Line(run.name, series, len(lines)))
    return line_plot(lines, title=metric) if lines else ""
