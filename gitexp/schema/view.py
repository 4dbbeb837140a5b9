"""One run with its files, read into memory: what renderers get beside the run itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gitexp.schema.diff import FileDelta
from gitexp.schema.media import LoggedMedia
from gitexp.schema.run import Run
from gitexp.schema.series import Series
from gitexp.schema.whence import Origin


class Picture(NamedTuple):
    """An image that a run logged."""

    source: str  # a data: URL
    caption: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A run and as much of its tree as a page about it shows."""

    run: Run
    oid: str | None = None  # newest commit of the chain; None: not committed yet
    series: dict[str, Series] = field(default_factory=dict)  # by metric
    hardware: dict[str, Series] = field(default_factory=dict)  # by hardware key
    output: str = ""  # the end of output.log
    output_lines: int = 0  # of the whole log
    environment: dict[str, Any] = field(default_factory=dict)
    code_changes: tuple[FileDelta, ...] = ()  # against the base commit
    code_patch: str = ""  # the same as a patch, cut at a limit
    files: dict[str, int] = field(default_factory=dict)  # path in the tree: bytes, without code/
    model: dict[str, Any] = field(default_factory=dict)  # model.json
    findings: tuple[dict[str, Any], ...] = ()  # diagnostics.json
    media: tuple[LoggedMedia, ...] = ()  # the newest pictures and tables
    started_from: Origin | None = None  # the earlier checkpoint that its tensors came from
    pictures: tuple[Picture, ...] = ()  # the last images of each key
