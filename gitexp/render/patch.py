"""A git patch → files with lines whose kind is known, for pages that colour them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from gitexp.render.text import cut, plain

_LINE = 400  # characters shown of a line; minified code has lines of megabytes
_HEADER = ("index ", "--- ", "+++ ", "new file", "deleted file", "old mode", "new mode",
           "similarity ", "dissimilarity ", "rename ", "copy ")  # fmt: skip


class Block(NamedTuple):
    """Neighbouring lines of one kind: `add`, `del`, `hunk`, `head` or empty for the context."""

    kind: str
    text: str


@dataclass(slots=True)
class FilePatch:
    """One file's part of a patch."""

    title: str
    blocks: list[Block] = field(default_factory=list)
    added: int = 0
    removed: int = 0


def parse_patch(patch: str) -> list[FilePatch]:
    """The files of a patch in its order; text before the first file is under an empty title."""
    if not patch.strip():
        return []
    files: list[FilePatch] = []
    kinds: list[str] = []
    lines: list[str] = []
    inside = False  # below the first @@ of a file

    def flush() -> None:
        start = 0
        for i in range(1, len(lines) + 1):
            if i == len(lines) or kinds[i] != kinds[start]:
                files[-1].blocks.append(Block(kinds[start], "\n".join(lines[start:i])))
                start = i
        kinds.clear()
        lines.clear()

    for line in plain(patch).split("\n")[: -1 if patch.endswith("\n") else None]:
        if line.startswith("diff --git ") or not files:
            if files:
                flush()
            inside = False
            begins = line.startswith("diff --git ")
            files.append(FilePatch(_title(line) if begins else ""))
            if begins:
                continue
        if line.startswith("@@"):
            inside, kind = True, "hunk"
        elif not inside and line.startswith(_HEADER):
            kind = "head"
        elif line.startswith("+"):
            kind = "add"
            files[-1].added += 1
        elif line.startswith("-"):
            kind = "del"
            files[-1].removed += 1
        else:
            kind = ""
        kinds.append(kind)
        lines.append(cut(line, _LINE))
    if files:
        flush()
    return files


def _title(line: str) -> str:
    """`diff --git a/x b/x` → `x`; the snapshot's own folder code/ is left out."""
    _, separator, path = line.rpartition(" b/")
    if not separator:  # a quoted path, or none at all
        path = line.rpartition(' "b/')[2].rstrip('"')
    return path.removeprefix("code/")
