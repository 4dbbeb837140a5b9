"""A run's files for the app: its log, media, histograms and source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from gitexp.errors import GitCommandFailed
from gitexp.query.runs import Found
from gitexp.query.view import read_run_file
from gitexp.render.app.histograms import HistogramSeries
from gitexp.render.app.media import is_media_path, media_items
from gitexp.render.app.source import source_document as tokens_of
from gitexp.schema import names
from gitexp.store.code_diff import changes_since_base, diff_trees, shown_path
from gitexp.store.reader import object_sizes
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

LINES = 2_000  # of a log in one answer
_LINE = 4_000  # characters
_FILES = 20_000  # of a source tree
_PATCH_BYTES = 1_000_000
# Everything but colours, tabs and line ends: the log is a stranger's.
_NOT_SHOWN = re.compile(
    "\x1b(?!\\[[0-9;:]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e"
    "\u2066-\u2069]"
)


def output_document(
    repo: Repository, found: Found, *, before: int | None = None, lines: int = LINES
) -> dict[str, Any]:
    """The resource `output/RUN`: {"text", "first_line", "lines"}.

    Args:
        repo: where.
        found: the run.
        before: the lines in front of this one, counted from 0; None: the last ones.
        lines: how many at most.

    Returns:
        `text` with colours as SGR sequences and no other control characters; `first_line` is
        the number of its first line, from 0; `lines` how many the log has.
    """
    content = read_run_file(repo, found, names.OUTPUT) or b""
    all_lines = content.split(b"\n")
    if not all_lines[-1]:
        all_lines.pop()
    stop = len(all_lines) if before is None else max(0, min(before, len(all_lines)))
    start = max(0, stop - lines)
    shown = (line[: 4 * _LINE].decode("utf-8", "replace") for line in all_lines[start:stop])
    text = "".join(f"{shown_line(line)}\n" for line in shown)
    return {"text": text, "first_line": start, "lines": len(all_lines)}


def shown_line(line: str) -> str:
    """A line of a log, cut, with colours and no other control characters."""
    return _NOT_SHOWN.sub("�", line[:_LINE])


def media_document(repo: Repository, found: Found) -> dict[str, Any]:
    """The resource `media/RUN`: {"items": what `render.app.media.media_items` gives}."""
    return {"items": media_items(media_rows(repo, found))}


def media_file(repo: Repository, found: Found, path: str) -> bytes | None:
    """The resource `file/RUN/PATH`: a file below media/; None: there is none.

    Its type is `render.app.media.media_type`; the content is a stranger's.
    """
    if not is_media_path(path):
        return None
    if found.journal is not None:
        folder = (found.journal / names.MEDIA).resolve()
        file = (found.journal / path).resolve()
        if folder in file.parents and file.is_file():
            try:
                return file.read_bytes()
            except OSError:
                pass  # it was committed meanwhile
    return RunStore(repo).read_file(found.oid, path) if found.oid else None


def histograms_document(repo: Repository, found: Found) -> dict[str, Any]:
    """The resource `histograms/RUN`: what `render.app.histograms.HistogramSeries` gives."""
    series = HistogramSeries()
    for line in _objects(read_run_file(repo, found, names.HISTOGRAMS) or b""):
        series.add(line)
    series.add_logged(media_items(media_rows(repo, found)))
    return series.to_json()


def source_document(repo: Repository, found: Found) -> dict[str, Any]:
    """The resource `source/RUN`: {"files": path → bytes (-1: not here), "changed": path → letter}.

    `changed` has git's letters of the files that differ from the base commit.
    """
    files: dict[str, int] = {}
    tree = code_tree(found)
    if tree is not None:
        listed = repo.git("ls-tree", "-r", "-z", tree, ok=(0, 128))
        rows = [row.split(b"\t", 1) for row in listed.split(b"\0")[:_FILES] if row]
        oids = {shown_path(path): facts.split()[2].decode() for facts, path in rows}
        sizes = object_sizes(repo, oids.values()) if oids else {}
        files = {path: sizes.get(oid, -1) for path, oid in oids.items()}
    changed = {} if found.error else changes_since_base(repo, found.run.git)
    return {"files": files, "changed": {delta.path: delta.status for delta in changed}}


def source_file(repo: Repository, found: Found, path: str) -> dict[str, Any] | None:
    """The resource `source/RUN/PATH`: {"lines", "truncated", "binary"}; None: no such file."""
    tree = code_tree(found)
    parts = path.split("/")
    if tree is None or not path or {"", ".", ".."} & set(parts) or "\0" in path:
        return None
    rev = f"{tree}/{path}" if ":" in tree else f"{tree}:{path}"
    content = RunStore(repo).read_file(*rev.split(":", 1))
    return None if content is None else tokens_of(path, content)


def code_tree(found: Found) -> str | None:
    """What names the tree of a run's source for git; None: it has none."""
    if found.oid is not None:
        return f"{found.oid}:{names.CODE}"
    return None if found.error else found.run.git.code_tree


def diff_document(repo: Repository, found: Found) -> dict[str, Any]:
    """The resource `diff/RUN`: {"against": words, "patch": str} to the base commit."""
    base, tree = found.run.git.base_commit, code_tree(found)
    if base is None or tree is None:
        return {"against": "", "patch": ""}
    against = f"base commit {base[:10]}"
    try:
        _, patch = diff_trees(repo, base, tree, patch=True)
    except GitCommandFailed:  # a shallow clone, a base commit that was never pushed
        return {"against": f"{against}, which is not in this repository", "patch": ""}
    if len(patch) > _PATCH_BYTES:
        patch = patch[: patch.rfind("\n", 0, _PATCH_BYTES) + 1] + "…\n"
    return {"against": against, "patch": patch}


def media_rows(repo: Repository, found: Found) -> Iterator[dict[str, Any]]:
    """The rows of metrics.jsonl that have media."""
    content = read_run_file(repo, found, names.METRICS) or b""
    # Most rows hold numbers alone.
    lines = (line for line in content.split(b"\n") if b'"_type"' in line)
    return _parsed(lines)


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    return _parsed(line for line in content.split(b"\n") if line)


def _parsed(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield row
