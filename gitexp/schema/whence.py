"""Where tensors come from: the plain data that `query.whence` finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A checkpoint that holds some of the tensors."""

    run: str
    label: str
    step: int | None
    created_at: str  # of the run
    tensors: tuple[str, ...]  # that are explained by it and by none before it in the list
    bytes: int  # of these
    whole: bool = False  # the checkpoint has these tensors and no others
    also: int = 0  # how many other checkpoints hold all of these, too


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a file's or a folder's tensors come from."""

    path: str
    tensors: int
    bytes: int
    origins: tuple[Origin, ...]  # the one that explains most first, of equals the oldest
    unknown: tuple[str, ...]  # tensors that no checkpoint holds
    looked_at: int  # checkpoints
    not_read: int = 0  # small ones of other content that were not looked into
