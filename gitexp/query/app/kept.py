"""Resources of one run as JSON, kept in the index from when they were first worked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from gitexp.query.app.files import media_document
from gitexp.query.runs import Found, Runs
from gitexp.query.view import kept
from gitexp.render.app.embed import json_bytes
from gitexp.store.repository import Repository


def kept_document(
    everything: Runs,
    found: Found,
    kind: str,
    make: Callable[[Repository, Found], dict[str, Any]],
) -> bytes:
    """A resource; a running run's is worked out each time.

    Args:
        everything: the repository's runs.
        found: the run.
        kind: the resource's first word: `media`, `diff`, ….
        make: works it out.
    """

    def document() -> bytes:
        return json_bytes(make(everything.repo, found))

    return kept(everything.index, settled(found), f"app {kind}/2", document)


def kept_media(everything: Runs, found: Found) -> list[dict[str, Any]]:
    """The media of a run, as `media_items` gives them."""
    items: list[dict[str, Any]] = orjson.loads(
        kept_document(everything, found, "media", media_document)
    )["items"]
    return items


def settled(found: Found) -> str | None:
    """The commit that all of a run's files come from; None while some come from a journal."""
    return found.oid if found.journal is None else None
