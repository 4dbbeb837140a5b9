"""A run with its files, as renderers get it; what is slow to work out is kept in the index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import GitCommandFailed
from gitexp.index.cache import RunIndex
from gitexp.query.runs import Found
from gitexp.query.series import read_hardware, read_series
from gitexp.schema import names
from gitexp.schema.diff import FileDelta
from gitexp.schema.media import is_media_path
from gitexp.schema.run import Run
from gitexp.schema.view import RunView
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

_GROWING = (names.METRICS, names.HARDWARE, names.OUTPUT, names.HISTOGRAMS)
_LOG_BYTES = 1024 * 1024  # of a log's end are looked at


def load_view(
    repo: Repository,
    found: Found,
    *,
    index: RunIndex | None = None,
    series_points: int = 1000,
    output_lines: int = 200,
    patch_bytes: int = 0,
    light: bool = False,
    store: RunStore | None = None,
) -> RunView:
    """Read a run's files, from git or from its journal while it runs.

    Args:
        repo: where.
        found: the run.
        index: keeps what is slow to work out, if given.
        series_points: most points of each curve, >= 5.
        output_lines: of the end of output.log.
        patch_bytes: of the patch against the base commit; beyond that it is cut at a line. 0: no
            patch.
        light: without curves, hardware trace, log and list of files.
        store: reads the files; None: a new one, with git processes of its own.

    Raises:
        MalformedRun: the run cannot be read.
    """
    run = found.run
    if store is None:
        with ObjectReader(repo) as reader:
            return load_view(
                repo,
                found,
                index=index,
                series_points=series_points,
                output_lines=output_lines,
                patch_bytes=patch_bytes,
                light=light,
                store=RunStore(repo, reader),
            )
    changes, patch = _code(store, found, run, patch_bytes, index)
    view = RunView(
        run=run,
        oid=found.oid,
        environment=read_environment(store, found),
        code_changes=changes,
        code_patch=patch,
        model=_mapping(_document(store, found, names.MODEL)),
        findings=_findings(_document(store, found, names.DIAGNOSTICS)),
    )
    if light:
        return view
    output, lines = read_output(store, found, output_lines)
    return replace(
        view,
        series=read_series(repo, found, limit=series_points, index=index, store=store),
        hardware=read_hardware(repo, found, limit=series_points, index=index, store=store),
        output=output,
        output_lines=lines,
        files=_files(store, found, index),
    )


def read_environment(store: RunStore, found: Found) -> dict[str, Any]:
    """environment.json; {} if there is none."""
    return _mapping(_document(store, found, names.ENVIRONMENT))


def read_run_file(repo: Repository, found: Found, path: str) -> bytes | None:
    """A file of a run's tree, a growing file whole; None: it has none of that path.

    Args:
        repo: where.
        found: the run.
        path: as `gitexp show RUN` lists it, or below `code/`.
    """
    if found.journal is not None and (content := _from_journal(found.journal, path)) is not None:
        return content
    if found.oid is None:
        return None
    store = RunStore(repo)
    if path in _GROWING:
        return store.read_parts(found.oid, path) or store.read_file(found.oid, path)
    return store.read_file(found.oid, path)


def _from_journal(journal: Path, path: str) -> bytes | None:
    # No other file of a journal is the same in the tree.
    known = (*_GROWING, names.ENVIRONMENT, names.MODEL, names.CELLS)
    if path not in known and not is_media_path(path):
        return None
    try:
        return (journal / path).read_bytes()
    except OSError:
        return None


def read_output(store: RunStore, found: Found, limit: int) -> tuple[str, int]:
    """The last lines of a run's log, and how many lines it has."""
    content = _from_journal(found.journal, names.OUTPUT) if found.journal is not None else None
    if content is None:
        content = store.read_parts(found.oid, names.OUTPUT) if found.oid else b""
    total = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    lines = content[-_LOG_BYTES:].splitlines(keepends=True)
    # What is left of a line that was cut is no line.
    if len(content) > _LOG_BYTES:
        del lines[0]
    return b"".join(lines[-limit:] if limit else []).decode("utf-8", "replace"), total


def _code(
    store: RunStore, found: Found, run: Run, patch_bytes: int, index: RunIndex | None
) -> tuple[tuple[FileDelta, ...], str]:
    base = run.git.base_commit
    if base is None or found.oid is None or not run.git.dirty:
        return (), ""
    oid = found.oid

    def compare() -> bytes:
        try:
            changes, patch = store.code_changes(base, oid, patch=bool(patch_bytes))
        except GitCommandFailed:  # a shallow clone, a base commit that was never pushed
            changes, patch = (), ""
        patch = _cut_at_line(patch, patch_bytes)
        return orjson.dumps([[asdict(change) for change in changes], patch])

    changes, patch = orjson.loads(kept(index, oid, f"code/{patch_bytes}", compare))
    return tuple(FileDelta(**change) for change in changes), patch


def _cut_at_line(patch: str, limit: int) -> str:
    if len(patch) <= limit:
        return patch
    return patch[: patch.rfind("\n", 0, limit) + 1] + "…\n"


def _files(store: RunStore, found: Found, index: RunIndex | None) -> dict[str, int]:
    if found.oid is None:
        return {}
    oid = found.oid

    def listing() -> bytes:
        return orjson.dumps({_printable(p): n for p, n in store.list_files(oid).items()})

    files: dict[str, int] = orjson.loads(kept(index, oid, "files", listing))
    return files


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def kept(index: RunIndex | None, oid: str | None, kind: str, make: Callable[[], bytes]) -> bytes:
    """What was worked out of a run's commit before, or is now, and then is kept in the index.

    Args:
        index: keeps it; None: it is worked out each time.
        oid: the run's newest commit; None: it has none, or more than its commit counts.
        kind: what it is, with its parameters.
        make: works it out.
    """
    if index is None or oid is None:
        return make()
    content = index.derived(oid, kind)
    if content is None:
        content = make()
        index.keep(oid, kind, content)
    return content


def _document(store: RunStore, found: Found, name: str) -> Any:
    content = _from_journal(found.journal, name) if found.journal is not None else None
    if content is None and found.oid is not None:
        content = store.read_file(found.oid, name)
    try:
        return orjson.loads(content or b"null")
    except orjson.JSONDecodeError:
        return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _findings(value: Any) -> tuple[dict[str, Any], ...]:
    found = value if isinstance(value, list) else []
    return tuple(item for item in found if isinstance(item, dict))
