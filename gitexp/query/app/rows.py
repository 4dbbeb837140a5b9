"""The list of runs for the app, with what run.json does not say of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import GitexpError
from gitexp.index.cache import RunIndex
from gitexp.query.browse import host_of
from gitexp.query.news import news_ages
from gitexp.query.runs import Found, Runs
from gitexp.render.app.runs import count_findings, run_row
from gitexp.schema import names
from gitexp.schema.run import RUNNING
from gitexp.store.objects import TREE, decode_tree
from gitexp.store.reader import ObjectReader
from gitexp.store.remote import find_remote, read_tracking
from gitexp.store.repository import Repository

_KIND = "app row/1"
_MOST_MEDIA = 100_000


def runs_document(
    everything: Runs, chosen: Iterable[Found] | None = None, *, cursor: str = ""
) -> dict[str, Any]:
    """The resource `runs`: {"runs": rows, "cursor": str}.

    Args:
        everything: the repository's runs.
        chosen: which of them, in order; None: all, the newest first. Malformed ones are among
            them, with the reason in `malformed`.
        cursor: handed on, for a server that tells what changes.
    """
    found = everything.all if chosen is None else list(chosen)
    return {"runs": run_rows(everything, found), "cursor": cursor}


def run_rows(everything: Runs, found: Sequence[Found]) -> list[dict[str, Any]]:
    """A row for each run, in that order; see `render.app.runs.run_row`."""
    urls = _urls(everything.repo)
    away = [run.name for run in found if _is_away(run)]
    ages = news_ages(everything, away) if away else {}
    told = _told_by_trees(everything.repo, everything.index, found)
    rows = []
    for run in found:
        media, findings = told.get(run.oid or "", (0, None))
        if run.journal is not None:
            media = max(media, _count_files(run.journal / names.MEDIA))
        rows.append(
            run_row(
                run.facts if run.error is None else {"name": run.name},
                oid=run.oid,
                live=run.journal is not None,
                stale_s=ages.get(run.name),
                malformed=run.error,
                url=urls.get(run.name),
                media=media,
                findings=findings,
            )
        )
    return rows


def _is_away(run: Found) -> bool:
    return run.journal is None and run.error is None and run.facts.get("status") == RUNNING


def _urls(repo: Repository) -> dict[str, str]:
    """Name → page of those runs that the remote is known to have."""
    try:
        remote = find_remote(repo)
        host = host_of(repo, remote)
    except GitexpError:
        return {}
    return {name: host.commit_tree(oid) for name, oid in read_tracking(repo, remote).items()}


def _told_by_trees(
    repo: Repository, index: RunIndex, found: Sequence[Found]
) -> dict[str, tuple[int, dict[str, int] | None]]:
    """Oid → (files below media/, findings by severity), kept in the index."""
    told = {}
    new: dict[str, bytes] = {}
    with ObjectReader(repo, fetch=False) as reader:
        for run in found:
            if run.oid is None or run.error is not None:
                continue
            kept = index.derived(run.oid, _KIND)
            if kept is None:
                kept = new[run.oid] = orjson.dumps(_look(reader, repo, run.oid))
            media, findings = orjson.loads(kept)
            told[run.oid] = (media, findings)
    if new:  # at once: each write by itself waits for the disk
        index.keep_all(_KIND, new)
    return told


def _look(reader: ObjectReader, repo: Repository, oid: str) -> tuple[int, dict[str, int] | None]:
    top = reader.read(f"{oid}:")
    entries = {} if top is None else decode_tree(top[1], repo.object_format)
    findings = None
    if names.DIAGNOSTICS in entries:
        content = reader.read(entries[names.DIAGNOSTICS][1])
        try:
            listed = orjson.loads(content[1] if content else b"null")
        except orjson.JSONDecodeError:
            listed = None
        findings = count_findings(listed) if isinstance(listed, list) else None
    media = _count_blobs(reader, repo, entries[names.MEDIA][1]) if names.MEDIA in entries else 0
    return media, findings


def _count_blobs(reader: ObjectReader, repo: Repository, tree: str) -> int:
    count, waiting = 0, [tree]
    while waiting and count < _MOST_MEDIA:
        read = reader.read(waiting.pop())
        if read is None or read[0] != "tree":
            continue
        for mode, oid in decode_tree(read[1], repo.object_format).values():
            if mode == TREE:
                waiting.append(oid)
            else:
                count += 1
    return count


def _count_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
