"""What panels of an article show beside the facts and curves of their runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gitexp.errors import BadArticle, GitexpError
from gitexp.query.app.detail import compare_document
from gitexp.query.app.files import (
    code_tree,
    diff_document,
    histograms_document,
    media_document,
    source_document,
    source_file,
)
from gitexp.query.app.paths import part
from gitexp.query.pictures import fits, logged_pictures
from gitexp.query.runs import Found, Runs
from gitexp.render.app.embed import json_bytes
from gitexp.schema.view import Picture
from gitexp.store.code_diff import diff_trees

if TYPE_CHECKING:
    from gitexp.render.narrative.blocks import PanelBlock
    from gitexp.render.narrative.fallback import PanelData

_PICTURES = 12
_RUNS = 8
_PATCH = 200_000  # characters


def panel_data(everything: Runs, block: PanelBlock, runs: Sequence[Found], file: str) -> PanelData:
    """Read it.

    Raises:
        BadArticle: no run has the media, histogram or file that the block names.
    """
    from gitexp.render.narrative.fallback import PanelData

    if block.kind == "media":
        return _media(everything, block, runs, file)
    if block.kind == "histogram":
        return _histograms(everything, block, runs, file)
    if block.kind == "code":
        return _code(everything, block, runs, file)
    return PanelData()


def panel_resources(
    everything: Runs, blocks: Sequence[PanelBlock], chosen: Sequence[Sequence[Found]]
) -> Iterator[tuple[str, bytes]]:
    """Resources of the app that panels ask for by name, and that a page might leave out."""
    for block, runs in zip(blocks, chosen, strict=True):
        if block.kind in ("diff", "code"):
            for a, b in itertools.permutations(runs[:4], 2):
                try:
                    told = compare_document(everything, [a.name, b.name])
                except GitexpError:
                    continue
                yield f"compare/{part(a.name)}/{part(b.name)}", json_bytes(told)
        if block.kind == "code" and block.path:
            for found in runs[:_RUNS]:
                told = source_file(everything.repo, found, block.path) or {}
                if told:
                    path = f"source/{part(found.name)}/{part(block.path)}"
                    yield path, json_bytes(told)


def _media(everything: Runs, block: PanelBlock, runs: Sequence[Found], file: str) -> PanelData:
    from gitexp.render.narrative.blocks import suggestion
    from gitexp.render.narrative.fallback import PanelData

    pictures: list[Picture] = []
    keys: dict[str, None] = {}
    for found in runs[:_RUNS]:
        items = media_document(everything.repo, found)["items"]
        keys.update(dict.fromkeys(item["key"] for item in items))
        most = max(1, _PICTURES // min(len(runs), _RUNS))
        of_run = logged_pictures(everything.repo, found, items, most, block.key)
        pictures += [Picture(source, f"{found.name}, {words}") for source, words in of_run]
    if block.key and not any(fits(block.key, key) for key in keys):
        why = f"no run of this panel logged media as {block.key!r}"
        raise BadArticle(file, block.line_of("key"), why, suggestion(block.key, keys))
    note = "" if pictures else "The runs logged no pictures that a page without scripts can show."
    return PanelData(pictures=tuple(pictures[:_PICTURES]), note=note)


def _histograms(
    everything: Runs, block: PanelBlock, runs: Sequence[Found], file: str
) -> PanelData:
    from gitexp.render.narrative.blocks import suggestion
    from gitexp.render.narrative.fallback import PanelData

    series = [
        one
        for found in runs[:_RUNS]
        for one in histograms_document(everything.repo, found)["series"]
    ]
    names = dict.fromkeys(one["name"] for one in series)
    fitting = [one for one in series if fits(block.key, one["name"])]
    if block.key and not fitting:
        why = f"no run of this panel has the histogram {block.key!r}"
        raise BadArticle(file, block.line_of("key"), why, suggestion(block.key, names))
    note = "" if fitting else "The runs have no histograms."
    return PanelData(histograms=tuple(fitting), note=note)


def _code(everything: Runs, block: PanelBlock, runs: Sequence[Found], file: str) -> PanelData:
    """A file of the first run; without a path, the patch to the second or to the base commit."""
    from gitexp.render.narrative.article import highlighted
    from gitexp.render.narrative.blocks import suggestion
    from gitexp.render.narrative.fallback import PanelData

    repo, first = everything.repo, runs[0]
    if block.path:
        told = source_file(repo, first, block.path)
        if told is None:
            files = source_document(repo, first)["files"]
            why = f"{first.name} has no file {block.path!r}"
            raise BadArticle(file, block.line_of("path"), why, suggestion(block.path, files))
        note = f"{block.path} as {first.name} ran it."
        return PanelData(code=highlighted(told["lines"], block.path), note=note)
    if len(runs) > 1:
        trees = [code_tree(found) for found in runs[:2]]
        try:
            _, patch = diff_trees(repo, trees[0] or "", trees[1] or "", patch=True)
        except GitexpError:
            patch = ""
        note = f"{first.name} → {runs[1].name}"
    else:
        told = diff_document(repo, first)
        patch, note = told["patch"], f"{told['against']} → {first.name}"
    none = "" if patch else ": the code is the same"
    return PanelData(patch=patch[:_PATCH], note=f"{note}{none}.")
