"""The app inside a report: which resources of its runs go in, and what is left out for size."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import GitexpError
from gitexp.query.app.detail import compare_document, run_detail
from gitexp.query.app.files import (
    diff_document,
    histograms_document,
    media_document,
    media_file,
    output_document,
)
from gitexp.query.app.kept import kept_document, settled
from gitexp.query.app.paths import part
from gitexp.query.app.rows import run_rows
from gitexp.query.app.sources import source_resources
from gitexp.query.gather import IN_FULL, Curves, Gathered
from gitexp.query.runs import Found, Runs
from gitexp.query.view import kept
from gitexp.render import text
from gitexp.render.app.embed import App, Chunks, app_code, json_bytes
from gitexp.render.app.media import paths_of
from gitexp.render.app.packed import join_curves
from gitexp.render.app.runs import page_document
from gitexp.schema.headline import metric_groups
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.view import RunView
from gitexp.store.repository import Repository

# Characters that each kind of resource may take, in the order in which they are put in.
_LIMITS = {
    "series": 10_500_000,
    "run": 1_500_000,
    "diff": 400_000,
    "hardware": 1_000_000,
    "compare": 500_000,
    "output": 800_000,
    "histograms": 2_000_000,
    "source": 800_000,
    "file": 8_000_000,
}
_ALL = 12_000_000
_COMPARED = 4  # runs of which each pair can be compared
_OUTPUT_LINES = 1_000

_WORDS = {
    "series": "curves of {n} metrics",
    "run": "the details of {n} runs",
    "diff": "the patches of {n} runs",
    "hardware": "the hardware traces of {n} runs",
    "compare": "{n} comparisons",
    "output": "the logs of {n} runs",
    "histograms": "the histograms of {n} runs",
    "source": "{n} source files",
    "file": "{n} media files",
}


def embedded_app(
    everything: Runs,
    chosen: Sequence[Found],
    gathered: Gathered,
    *,
    bundle: tuple[Path, Path],
    mode: str,
    title: str,
    repository: str,
    left_out: Sequence[str] = (),
    panels: Sequence[Mapping[str, Any]] | None = None,
    first: Iterable[tuple[str, bytes]] = (),
) -> App:
    """Put the app and its resources together.

    Args:
        everything: the repository's runs.
        chosen: those of the report, none malformed.
        gathered: what was read of them.
        bundle: script and style of the app.
        mode: "report" or "article".
        title: of the page.
        repository: its name.
        left_out: what the report does not have, in sentences.
        panels: of an article, in the order of their ids.
        first: resources that must not be left out.
    """
    rows = run_rows(everything, chosen)
    chunks = Chunks()
    chunks.add([("runs", json_bytes({"runs": rows, "cursor": ""}))], _ALL)
    chunks.add(first, _ALL)
    full = list(zip(chosen[:IN_FULL], gathered.views, rows, strict=False))
    missing: dict[str, int] = {"run": max(0, len(chosen) - IN_FULL)}
    kinds: dict[str, Iterable[tuple[str, bytes]]] = {
        "series": _series(chosen, gathered.curves),
        "run": _details(everything, full),
        "diff": _patches(everything, chosen[:IN_FULL]),
        "hardware": _hardware(chosen, gathered.hardware),
        "compare": _comparisons(everything, chosen[:_COMPARED]),
        "output": _outputs(everything, chosen[:IN_FULL]),
        "histograms": _histograms(everything, chosen[:IN_FULL]),
        "source": source_resources(everything.repo, chosen[:IN_FULL]),
        "file": _media(everything, chosen[:IN_FULL]),
    }
    for kind, resources in kinds.items():
        room = min(_LIMITS[kind], _ALL - chunks.size)
        left = chunks.add(resources, room)
        missing[kind] = missing.get(kind, 0) + len(left)
    script, style = app_code(bundle)
    page = page_document(
        rows,
        mode=mode,
        title=title,
        repository=repository,
        generated_s=everything.now_s,
        left_out=[*left_out, *_sentences(missing)],
        **({} if panels is None else {"panels": list(panels)}),
    )
    return App(script, style, page, chunks)


def ranked_metrics(chosen: Sequence[Found]) -> list[str]:
    """All metrics of the runs, those that runs are judged by first."""
    merged: dict[str, MetricSummary] = {}
    for found in chosen:
        for key, metric in found.run.metrics.items():
            merged.setdefault(key, metric)
    return [key for group in metric_groups(merged) for key in group.keys]


def _sentences(missing: Mapping[str, int]) -> list[str]:
    words = [_WORDS[kind].format(n=text.count(n)) for kind, n in missing.items() if n]
    if not words:
        return []
    listed = ", ".join(words)
    return [f"To keep this file small, it is without {listed}: `gitexp ui` shows everything."]


def _series(chosen: Sequence[Found], curves: Curves) -> Iterator[tuple[str, bytes]]:
    for metric in ranked_metrics(chosen):
        found = [
            (run.name, curve)
            for run in chosen
            if (curve := curves.get(run.name, {}).get(metric)) is not None
        ]
        if found:
            yield f"series/{part(metric)}", join_curves(found)


def _hardware(chosen: Sequence[Found], hardware: Curves) -> Iterator[tuple[str, bytes]]:
    for run in chosen:
        if curves := hardware.get(run.name):
            packed = join_curves((run.name, curve) for curve in curves.values())
            yield f"hardware/{part(run.name)}", packed


_Full = Sequence[tuple[Found, RunView, Mapping[str, Any]]]


def _details(everything: Runs, full: _Full) -> Iterator[tuple[str, bytes]]:
    origins = len(full) <= _COMPARED
    for found, view, row in full:

        def make(found: Found = found, row: Any = row, view: RunView = view) -> bytes:
            detail = run_detail(everything, found, row=row, view=view, origin=origins)
            del detail["run"]
            return json_bytes(detail)

        kind = f"app detail/1/{origins}"
        rest = kept(everything.index, settled(found), kind, make)
        # The row is joined to what was kept: it has the age and the address of the run.
        yield f"run/{part(found.name)}", b'{"run":' + json_bytes(row) + b"," + rest[1:]


def _patches(everything: Runs, chosen: Sequence[Found]) -> Iterator[tuple[str, bytes]]:
    changed = [found for found in chosen if found.run.git.dirty]
    return _documents(everything, changed, "diff", diff_document)


def _outputs(everything: Runs, chosen: Sequence[Found]) -> Iterator[tuple[str, bytes]]:
    make = functools.partial(output_document, lines=_OUTPUT_LINES)
    return _documents(everything, chosen, "output", make)


def _histograms(everything: Runs, chosen: Sequence[Found]) -> Iterator[tuple[str, bytes]]:
    found = _documents(everything, chosen, "histograms", histograms_document)
    return (entry for entry in found if entry[1] != b'{"series":[]}')


def _documents(
    everything: Runs,
    chosen: Sequence[Found],
    kind: str,
    make: Callable[[Repository, Found], dict[str, Any]],
) -> Iterator[tuple[str, bytes]]:
    for found in chosen:
        yield f"{kind}/{part(found.name)}", kept_document(everything, found, kind, make)


def _media(everything: Runs, chosen: Sequence[Found]) -> Iterator[tuple[str, bytes]]:
    """The lists of media, then their files: the newest of each run before older ones."""
    queues = []
    listed = _documents(everything, chosen, "media", media_document)
    for found, (path, document) in zip(chosen, listed, strict=True):
        items = orjson.loads(document)["items"]
        if items:
            yield path, document
            files = dict.fromkeys(file for item in reversed(items) for file in paths_of(item))
            queues.append([(found, file) for file in files])
    room = _LIMITS["file"]
    for found, file in filter(None, itertools.chain(*itertools.zip_longest(*queues))):
        if room > 0 and (content := media_file(everything.repo, found, file)) is not None:
            room -= len(content)
            yield f"file/{part(found.name)}/{part(file)}", content


def _comparisons(everything: Runs, chosen: Sequence[Found]) -> Iterator[tuple[str, bytes]]:
    for a, b in itertools.permutations(chosen, 2):
        try:
            document = compare_document(everything, [a.name, b.name])
        except GitexpError:
            continue
        yield f"compare/{part(a.name)}/{part(b.name)}", json_bytes(document)
