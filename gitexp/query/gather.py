"""All that a page about many runs shows of them, read with few git processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gitexp.query.app.curves import all_curves
from gitexp.query.app.kept import kept_media
from gitexp.query.pictures import logged_pictures
from gitexp.query.runs import Found, Runs
from gitexp.query.view import load_view, read_output
from gitexp.render.app.packed import PackedCurve, to_series
from gitexp.render.report_run import Detail, detail_for
from gitexp.schema.series import Series
from gitexp.schema.view import Picture, RunView
from gitexp.store.reader import ObjectReader
from gitexp.store.runs import RunStore

Curves = Mapping[str, Mapping[str, PackedCurve]]  # by run, then by key

IN_FULL = 200  # runs of which the app has a page
_POINTS = 1_300_000  # of all curves together
_MOST, _LEAST = 1_024, 64  # of one
_THRIFTY_FROM = 100_000  # points; below that a page is small anyway
_HARDWARE_POINTS = 256
_SHOWN = 12  # runs; of more the page without scripts shows no pictures
_PICTURES = 8  # of each


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read."""

    detail: Detail
    views: tuple[RunView, ...]  # of all runs; after the first IN_FULL without curves and log
    curves: Curves  # of all runs
    hardware: Curves  # of the first IN_FULL


def gather(everything: Runs, chosen: Sequence[Found]) -> Gathered:
    """Read runs for a page, less of each the more there are.

    Args:
        everything: the repository's runs.
        chosen: those of the page, in order; none is malformed.
    """
    repo, index, detail = everything.repo, everything.index, detail_for(len(chosen))
    series = sum(len(found.facts.get("metrics", {})) for found in chosen)
    points = points_for(series)
    with ObjectReader(repo) as reader:
        store = RunStore(repo, reader)
        thrifty = series * points > _THRIFTY_FROM
        read = all_curves(repo, index, chosen, points=points, thrifty=thrifty, store=store)
        curves = {found.name: found_curves for found, found_curves in read}
        first = chosen[:IN_FULL]
        read = all_curves(repo, index, first, "hardware", points=_HARDWARE_POINTS, store=store)
        hardware = {found.name: found_curves for found, found_curves in read}
        views = []
        for place, found in enumerate(chosen):
            patch_bytes = detail.patch_bytes if place < IN_FULL else 0
            view = load_view(
                repo, found, index=index, patch_bytes=patch_bytes, light=True, store=store
            )
            if place < IN_FULL:
                output, lines = read_output(store, found, detail.output_lines)
                view = replace(
                    view,
                    series=_unpacked(curves[found.name]),
                    hardware=_unpacked(hardware[found.name]),
                    output=output,
                    output_lines=lines,
                    pictures=_pictures(everything, found) if len(chosen) <= _SHOWN else (),
                )
            views.append(view)
    return Gathered(detail, tuple(views), curves, hardware)


def _pictures(everything: Runs, found: Found) -> tuple[Picture, ...]:
    """The last pictures of a run; of each that is kept in git, the list is kept in the index."""
    items = kept_media(everything, found)
    return tuple(logged_pictures(everything.repo, found, items, _PICTURES))


def points_for(series: int) -> int:
    """How many points each of so many curves may have.

    A power of two, so that pages of about as many curves share what the index keeps.
    """
    each = max(_LEAST, min(_MOST, _POINTS // max(1, series)))
    return 1 << (each.bit_length() - 1)


def _unpacked(curves: Mapping[str, PackedCurve]) -> dict[str, Series]:
    return {key: to_series(curve) for key, curve in curves.items()}
