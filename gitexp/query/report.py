"""The report about some runs: chosen, read, rendered, and written to one file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.journal.savings import read_savings
from gitexp.paths import web_bundle
from gitexp.query.gather import gather
from gitexp.query.replicates import compare_groups
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve_many
from gitexp.store.repository import Repository

FILE = "report.html"


@dataclass(frozen=True, slots=True)
class Report:
    """A report's text and what it is about."""

    html: str
    runs: int
    left_out: tuple[str, ...]  # sentences; the page has them too


def report(
    *selectors: str,
    where: str | None = None,
    sort: str | None = None,
    title: str | None = None,
    source: Path | str | None = None,
    output: Path | str | None = None,
    path: Path | str | None = None,
) -> Path:
    """Write one HTML file about runs, as `gitexp report` does, and say where it is.

    Args:
        selectors: which runs; none: all.
        where: only those for which it holds.
        sort: their order; None: as given, or newest first.
        title: of the page; None: made from what it is about.
        source: Markdown with live panels that makes the page: docs/reports.md.
        output: the file; None: one in the git folder.
        path: a folder of the repository; the current one by default.

    Raises:
        RunNotFound, AmbiguousRun, BadExpression: the choice cannot be read.
        UsageError: `source` cannot be read, or something in it; with its line.
        GitexpError: there is no run to report on, or the file cannot be written.
    """
    repo = Repository.open(None if path is None else Path(path))
    with Runs(repo) as everything:
        made = make_report(
            everything,
            selectors,
            where=where,
            sort=sort,
            title=title,
            source=None if source is None else Path(source),
        )
    file = default_path(repo) if output is None else Path(output)
    if output is None:
        file.parent.mkdir(exist_ok=True)
    write_report(made.html, file)
    return file


def make_report(
    everything: Runs,
    selectors: Iterable[str] = (),
    *,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    title: str | None = None,
    source: Path | None = None,
) -> Report:
    """One HTML page about runs, those that are malformed left out and named.

    Args:
        everything: the repository's runs.
        selectors: which runs; none: all.
        where: only those for which it holds.
        sort: their order; None: as given, or newest first.
        limit: the first so many; None: all.
        title: of the page; None: made from what it is about.
        source: Markdown with panels, docs/reports.md; the runs are those of panels that name none.

    Raises:
        RunNotFound, AmbiguousRun, BadExpression: the choice cannot be read.
        UsageError: `source` cannot be read, or something in it; with its line.
        GitexpError: there is no run to report on.
    """
    chosen, left_out = choose(everything, selectors, where=where, sort=sort, limit=limit)
    if source is not None:
        from gitexp.query.narrative import make_narrative

        repository = repository_name(everything.repo)
        made = make_narrative(everything, source, chosen, title=title, repository=repository)
        return Report(made.html, made.runs, tuple(left_out))
    return Report(_render(everything, chosen, title, left_out), len(chosen), tuple(left_out))


def choose(
    everything: Runs,
    selectors: Iterable[str] = (),
    *,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
) -> tuple[list[Found], list[str]]:
    """The runs that a report is about, and what is left out of it, in sentences.

    Raises:
        RunNotFound, AmbiguousRun, BadExpression, GitexpError: as for `make_report`.
    """
    selectors = list(selectors)
    among = resolve_many(everything, selectors) if selectors else None
    chosen = everything.select(among, where=where, sort=sort)
    if not chosen:
        raise _nothing(everything, where)
    left_out = []
    if limit is not None and len(chosen) > limit:
        left_out.append(
            f"Only the first {limit:,} of {len(chosen):,} runs are here: `-n 0` means all."
        )
        chosen = chosen[:limit]
    sound = [found for found in chosen if found.error is None]
    left_out += [
        f"Run {found.name} is left out: it is malformed, {found.error}."
        for found in chosen
        if found.error is not None
    ]
    if not sound:
        raise GitexpError("every chosen run is malformed", "`gitexp ls` says how")
    return sound, left_out


def write_report(html: str, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        GitexpError: it cannot be written there.
    """
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():  # a pipe, /dev/null: there is nothing to replace
            path.write_text(html, "utf-8")
        else:
            _replace(path, html)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        why = getattr(error, "strerror", None) or str(error)
        raise GitexpError(
            f"cannot write {path}: {why}", "choose another place with -o FILE"
        ) from error


def _replace(path: Path, html: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(html)
        # mkstemp makes it readable for its owner alone; a report is to be shown around.
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def default_path(repo: Repository) -> Path:
    """Where a report goes that was not asked for elsewhere: beside the journals, in .git."""
    return repo.gitexp_dir / FILE


def _render(
    everything: Runs, chosen: Sequence[Found], title: str | None, left_out: Sequence[str]
) -> str:
    from gitexp.query.app.embedded import embedded_app
    from gitexp.query.app.totals import totals_resources
    from gitexp.render.report import report_html

    gathered = gather(everything, chosen)
    repository = repository_name(everything.repo)
    if title is None:
        number = "1 run" if len(chosen) == 1 else f"{len(chosen):,} runs"
        title = chosen[0].name if len(chosen) == 1 else f"{number} of {repository}"
    runs = [view.run for view in gathered.views]
    compared = compare_groups(runs)
    bundle = web_bundle()
    app = bundle and embedded_app(
        everything,
        chosen,
        gathered,
        bundle=bundle,
        mode="report",
        title=title,
        repository=repository,
        left_out=left_out,
        first=totals_resources(everything, runs, compared),
    )
    return report_html(
        gathered.views,
        title=title,
        generated_s=everything.now_s,
        repository=repository,
        left_out=left_out,
        detail=gathered.detail,
        app=app,
        savings=read_savings(everything.repo.common_dir),
        seeds=compared,
    )


def repository_name(repo: Repository) -> str:
    """The folder that holds the repository, for linked worktrees too."""
    common = repo.common_dir.resolve()
    folder = common.parent if common.name == ".git" else common
    return folder.name.removesuffix(".git") or "repository"


def _nothing(everything: Runs, where: str | None) -> GitexpError:
    if everything.count():
        hint = "`gitexp ls` lists all runs"
        return GitexpError(f"no run fits {where}" if where else "no run fits", hint)
    return GitexpError("there are no runs yet", "start one: gitexp record python train.py")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
