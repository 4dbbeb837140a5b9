"""The first draft of a narrative report: runs chosen and read, Markdown written to a new file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.query.report import choose, repository_name
from gitexp.query.runs import Runs
from gitexp.query.view import load_view
from gitexp.store.reader import ObjectReader
from gitexp.store.runs import RunStore


def make_draft(
    everything: Runs,
    selectors: Iterable[str] = (),
    *,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    title: str | None = None,
) -> str:
    """Markdown about runs that `gitexp report --from` makes a page of.

    Args:
        everything: the repository's runs.
        selectors: which runs; none: all.
        where: only those for which it holds.
        sort: their order; None: as given, or newest first.
        limit: the first so many; None: all.
        title: its first heading; None: made from what it is about.

    Raises:
        RunNotFound, AmbiguousRun, BadExpression: the choice cannot be read.
        GitexpError: there is no run to write about.
    """
    from gitexp.render.narrative.draft import draft

    chosen, _ = choose(everything, selectors, where=where, sort=sort, limit=limit)
    repo = everything.repo
    with ObjectReader(repo) as reader:
        store = RunStore(repo, reader)
        views = [
            load_view(repo, found, index=everything.index, light=True, store=store)
            for found in chosen
        ]
    repository = repository_name(repo)
    if title is None:
        title = chosen[0].name if len(chosen) == 1 else f"{len(chosen):,} runs of {repository}"
    return draft(views, title=title, repository=repository, generated_s=everything.now_s)


def write_draft(written: str, path: Path) -> None:
    """Write the draft to a file that is not there yet.

    Raises:
        GitexpError: it is there, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(written)
    except FileExistsError as error:
        hint = "a draft replaces nothing: choose another place with -o FILE"
        raise GitexpError(f"{path} is there already", hint) from error
    except OSError as error:
        raise GitexpError(
            f"cannot write {path}: {error.strerror}", "choose another place with -o FILE"
        ) from error
