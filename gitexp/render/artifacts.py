"""`gitexp artifact ls`: names, the versions of one, the files of one version."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns
from gitexp.schema.artifact import ArtifactEntry, FileEntry

Told = tuple[ArtifactEntry, Sequence[str], str]  # a version, its aliases, the run that logged it


def artifacts_table(versions: Sequence[Told], *, now_s: float, colour: bool) -> str:
    """The newest version of each name.

    Args:
        versions: one for each name.
        now_s: the present, for ages.
        colour: whether escape codes may be used.
    """
    rows = [_head("name", "type", "versions", "size", "files", "run", "age")]
    for entry, _, run in versions:
        rows.append(
            [
                Cell(text.one_line(entry.name), "bold"),
                Cell(text.one_line(entry.type)),
                Cell(text.count(entry.version + 1), right=True),
                *_size(entry),
                Cell(text.one_line(run)),
                Cell(text.age_of(entry.created_at, now_s)),
            ]
        )
    return _lines(rows, colour)


def versions_table(versions: Sequence[Told], *, now_s: float, colour: bool) -> str:
    """The versions of one name, the oldest first; see `artifacts_table`."""
    rows = [_head("version", "aliases", "size", "files", "digest", "run", "age")]
    for entry, aliases, run in versions:
        rows.append(
            [
                Cell(f"v{entry.version}", "bold"),
                Cell(", ".join(text.one_line(alias) for alias in aliases)),
                *_size(entry),
                Cell(text.one_line(entry.digest[:12]), "dim"),
                Cell(text.one_line(run)),
                Cell(text.age_of(entry.created_at, now_s)),
            ]
        )
    return _lines(rows, colour)


def files_table(entries: Sequence[FileEntry], *, colour: bool) -> str:
    """The files of a version, with their sum."""
    rows = [
        [
            Cell(text.one_line(entry.path)),
            Cell(text.byte_size(entry.size), right=True) if entry.size is not None else Cell(""),
            Cell(text.one_line(entry.ref or ""), "dim"),
        ]
        for entry in entries
    ]
    total = sum(entry.size or 0 for entry in entries)
    return _lines(rows, colour) + f"{text.plural(len(rows), 'file')}, {text.byte_size(total)}\n"


def _size(entry: ArtifactEntry) -> tuple[Cell, Cell]:
    return (
        Cell(text.byte_size(entry.bytes), right=True),
        Cell(text.count(entry.files), right=True),
    )


def _head(*titles: str) -> list[Cell]:
    numbers = ("versions", "size", "files")
    return [Cell(title, "dim", right=title in numbers) for title in titles]


def _lines(rows: Sequence[Sequence[Cell]], colour: bool) -> str:
    return "".join(f"{line}\n" for line in columns(rows, Paint(colour)))
