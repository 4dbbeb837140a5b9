"""What small checkpoints have in common: they are single files, so they are read and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitexp.store.reader import read_blobs
from gitexp.store.repository import Repository
from gitexp.store.tensor_blobs import telling_tensors

_READ_BYTES = 32 * 1024 * 1024
_LEAST_SHARE = 0.1  # of the tensors that can tell; less is luck, a table of positions for example


class SmallFile(NamedTuple):
    """A checkpoint in one file."""

    oid: str
    bytes: int
    tensors: int


class Shared(NamedTuple):
    """What two checkpoints have in common."""

    place: int  # of the other one, in the order given
    names: tuple[str, ...]  # of ours that it has, under whatever name
    bytes: int
    whole: bool  # all of ours that can tell


def most_shared(repo: Repository, own: SmallFile, others: Sequence[SmallFile]) -> Shared | None:
    """The other checkpoint that shares most tensors with one; of equals the first.

    Tensors of one value alone (zeros, ones) tell nothing. Of the others, those with as many
    tensors are read first, 32 MiB in all; nothing is fetched.
    """
    by_oid: dict[str, int] = {}
    for place, other in enumerate(others):
        by_oid.setdefault(other.oid, place)
    order = sorted(by_oid.values(), key=lambda place: others[place].tensors != own.tensors)
    chosen: list[int] = []
    left = _READ_BYTES - own.bytes
    for place in order:
        left -= others[place].bytes
        if left < 0:
            break
        chosen.append(place)
    data, *rest = read_blobs(repo, [own.oid, *(others[place].oid for place in chosen)])
    ours = _tensors(data)
    best: Shared | None = None
    for place, content in sorted(zip(chosen, rest, strict=True), key=lambda pair: pair[0]):
        theirs = {key for key, _ in _tensors(content).values()}
        shared = {name: size for name, (key, size) in ours.items() if key in theirs}
        if not shared or len(shared) < _LEAST_SHARE * len(ours):
            continue
        if best is None or len(shared) > len(best.names):
            names = tuple(sorted(shared))
            best = Shared(place, names, sum(shared.values()), len(shared) == len(ours))
    return best


def _tensors(data: bytes | None) -> dict[str, tuple[object, int]]:
    try:
        return {} if data is None else telling_tensors(data)
    except ValueError:
        return {}
