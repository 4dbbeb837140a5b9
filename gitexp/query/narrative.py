"""A narrative report: the author's Markdown read, its panels' runs looked up, one page made."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import BadArticle, GitexpError, UsageError
from gitexp.paths import web_bundle
from gitexp.query.app.embedded import embedded_app
from gitexp.query.app.totals import totals_resources
from gitexp.query.gather import gather
from gitexp.query.panel_data import panel_data, panel_resources
from gitexp.query.pictures import Pictures
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve_many
from gitexp.query.series import wanted

if TYPE_CHECKING:
    from gitexp.render.narrative.article import Article
    from gitexp.render.narrative.blocks import PanelBlock

_SOURCE_BYTES = 2_000_000
_FIELDS = ("duration_s",)


@dataclass(frozen=True, slots=True)
class Narrative:
    """A narrative report's page and what it is about."""

    html: str
    runs: int


def make_narrative(
    everything: Runs,
    source: Path,
    among: Sequence[Found] | None = None,
    *,
    title: str | None = None,
    repository: str = "",
) -> Narrative:
    """Make the page of an article.

    Args:
        everything: the repository's runs.
        source: the Markdown file; pictures are looked for beside it.
        among: the runs of panels that name none; None: all.
        title: of the page; None: the article's first heading.
        repository: its name.

    Raises:
        UsageError: the file cannot be read.
        BadArticle: a block, formula or picture in it cannot be used.
    """
    from gitexp.render.narrative.article import read_article
    from gitexp.render.narrative.fallback import Panel
    from gitexp.render.narrative.page import article_html

    shown = source.name
    pictures = Pictures(source.resolve().parent, everything.repo.worktree)
    article = read_article(_text(source), shown, pictures.read)
    default = [found for found in (everything.all if among is None else among) if not found.error]
    chosen = [_runs_of(everything, block, shown, default) for block in article.panels]
    together = list({found.name: found for runs in chosen for found in runs}.values())
    metrics = [
        _metrics_of(block, runs, shown) for block, runs in zip(article.panels, chosen, strict=True)
    ]
    gathered = gather(everything, together)
    views = {found.name: view for found, view in zip(together, gathered.views, strict=True)}
    panels = [
        Panel(
            block,
            tuple(views[found.name] for found in runs),
            names,
            panel_data(everything, block, runs, shown),
        )
        for block, runs, names in zip(article.panels, chosen, metrics, strict=True)
    ]
    title = title or article.title or source.stem
    app = None
    bundle = web_bundle()
    if bundle is not None and together:
        app = embedded_app(
            everything,
            together,
            gathered,
            bundle=bundle,
            mode="article",
            title=title,
            repository=repository,
            panels=_specs(article, chosen, metrics),
            first=itertools.chain(
                panel_resources(everything, article.panels, chosen),
                totals_resources(everything, [found.run for found in together]),
            ),
        )
    html = article_html(
        article,
        panels,
        title=title,
        generated_s=everything.now_s,
        repository=repository,
        app=app,
    )
    return Narrative(html, len(together))


def _text(source: Path) -> str:
    try:
        content = source.read_bytes()
    except OSError as error:
        hint = "`gitexp report --new` writes a first draft"
        raise UsageError(f"cannot read {source}: {error.strerror}", hint) from error
    if len(content) > _SOURCE_BYTES:
        raise UsageError(f"{source} is larger than {_SOURCE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadArticle(source.name, line, "it is not UTF-8") from error


def _runs_of(
    everything: Runs, block: PanelBlock, file: str, default: Sequence[Found]
) -> list[Found]:
    try:
        among: Sequence[Found] = resolve_many(everything, block.runs) if block.runs else default
        chosen = everything.select(among, where=block.where, sort=block.sort, limit=block.limit)
    except GitexpError as error:
        key = "where" if block.where and not block.runs else "runs"
        key = "sort" if "--sort" in error.message else key
        raise BadArticle(file, block.line_of(key), error.message, error.hint) from error
    sound = [found for found in chosen if found.error is None]
    if not sound:
        key = "where" if block.where else "runs"
        raise BadArticle(file, block.line_of(key), "no run fits", "`gitexp ls` lists all runs")
    if block.kind == "diff" and len(sound) < 2:
        raise BadArticle(file, block.line_of("runs"), "a diff panel needs two runs or more")
    return sound


def _metrics_of(block: PanelBlock, runs: Sequence[Found], file: str) -> tuple[str, ...]:
    """The metrics that a panel shows; each name of the block must be one of its runs'."""
    from gitexp.render.narrative.blocks import suggestion
    from gitexp.render.narrative.fallback import panel_metrics
    from gitexp.schema.tree import flatten

    known = dict.fromkeys(key for found in runs for key in found.run.metrics)
    found: dict[str, None] = {}
    for name in block.metrics:
        fitting = [key for key in known if wanted(key, [name])]
        if not fitting:
            why = f"no run of this panel has the metric {name!r}"
            raise BadArticle(file, block.line_of("metrics"), why, suggestion(name, known))
        found.update(dict.fromkeys(fitting))
    config = dict.fromkeys(key for run in runs for key in flatten(run.run.config))
    for place in ("x", "y", "colour", "group"):
        name = getattr(block, place)
        if name is None or (block.kind == "curves" and name in _X):
            continue
        _check_name(block, place, name, [*known, *config, *_FIELDS], file)
    for name in block.keys:
        _check_name(block, "keys", name, config, file)
    return tuple(found) or panel_metrics(block, [run.run for run in runs])


_X = ("step", "time", "relative", "wall")


def _check_name(block: PanelBlock, place: str, name: str, known: Iterable[str], file: str) -> None:
    from gitexp.render.narrative.blocks import suggestion

    listed = list(known)
    if name not in listed and name.removeprefix("config.") not in listed:
        why = f"no run of this panel has a config key or metric {name!r}"
        raise BadArticle(file, block.line_of(place), why, suggestion(name, listed))


def _specs(
    article: Article, chosen: Sequence[Sequence[Found]], metrics: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """What the app is told of each panel: only what its author said, and the runs by name."""
    from gitexp.render.narrative.blocks import KINDS

    specs = []
    for block, runs, names in zip(article.panels, chosen, metrics, strict=True):
        said = {
            "title": block.title or None,
            "x": block.x,
            "y": block.y,
            "colour": block.colour,
            "keys": [key.removeprefix("config.") for key in block.keys] or None,
            "smoothing": block.smoothing,
            "log": block.log,
            "group": block.group,
            "key": block.key,
            "path": block.path,
            "height": block.height,
        }
        spec: dict[str, Any] = {"kind": block.kind, "runs": [run.name for run in runs]}
        if "metrics" in KINDS[block.kind]:
            spec["metrics"] = list(names)
        specs.append({**spec, **{key: value for key, value in said.items() if value is not None}})
    return specs
