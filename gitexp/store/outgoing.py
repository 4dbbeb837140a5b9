"""What a push would send: how much, and which files a host would not take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gitexp.errors import GitCommandFailed
from gitexp.store.lfs import POINTER_SIZES
from gitexp.store.local_only import local_only
from gitexp.store.reader import object_sizes
from gitexp.store.repository import Repository
from gitexp.store.transfer import transfer


@dataclass(frozen=True, slots=True)
class Outgoing:
    """New objects of some commits."""

    bytes: int  # as they lie on our disk
    objects: int
    large: tuple[tuple[str, int], ...] = ()  # (path, bytes) of files above the limit asked about
    maybe_pointers: tuple[tuple[str, str], ...] = ()  # (path, oid) of files of such a size


def measure(
    repo: Repository, tips: Sequence[str], known: Collection[str], large_bytes: int
) -> Outgoing:
    """Look at all that is new in some commits.

    Args:
        repo: where.
        tips: commits that are to be sent.
        known: commits that the other side has; those that are not here are passed over.
        large_bytes: files of more than that are listed.
    """
    here = object_sizes(repo, known)
    stdin = [*tips, *(f"^{oid}" for oid in known if oid in here)]
    said = transfer(
        repo,
        ["rev-list", "--objects", "--missing=allow-promisor", "--stdin"],
        input="".join(f"{line}\n" for line in stdin),
    )
    if said.code != 0:
        raise GitCommandFailed(["rev-list", "--objects"], said.code, said.stderr)
    rows = [line.partition(" ") for line in said.stdout.splitlines()]
    paths = {oid: path for oid, _, path in rows}
    form = "%(objectname) %(objectsize) %(objectsize:disk)"
    sizes = repo.git(
        *("cat-file", f"--batch-check={form}", "--buffer"),
        input="".join(f"{oid}\n" for oid in paths).encode(),
        env=local_only(repo),
    )
    total, large, maybe_pointers = 0, [], []
    for line in sizes.decode().splitlines():
        words = line.split()
        if len(words) != 3 or not words[1].isdigit():  # still on the server that it came from
            continue
        total += int(words[2])
        size, path = int(words[1]), paths[words[0]]
        if size > large_bytes:
            large.append((path or words[0], size))
        if size in POINTER_SIZES and path:
            maybe_pointers.append((path, words[0]))
    large.sort(key=lambda file: -file[1])
    return Outgoing(total, len(paths), tuple(large), tuple(maybe_pointers))
