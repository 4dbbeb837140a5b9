"""Find what no run needs any more, and free it.

Only what is gitexp's own is collected: packs of checkpoints, and the objects of commits that have
a run's id in a trailer. The user's own unreachable objects, which `git fsck --lost-found` brings
back, are git's business.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.schema import names
from gitexp.schema.freed import Freed
from gitexp.store import kept_packs
from gitexp.store.kept_packs import KeptPack, forget_multi_index, remove_pack
from gitexp.store.local_only import local_only
from gitexp.store.pack_index import read_index
from gitexp.store.reachable import reachable_objects
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository

GRACE_S = 3600.0

_WASTE = 0.25  # share of a pack that nobody needs, from which on it is written anew
_WASTE_BYTES = 64 * 1024 * 1024
_MANY_PACKS = 8
_MANY_LOOSE = 256
_GIT_WASTE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Objects:
    """What lies in the objects folder, oids binary."""

    live: set[bytes]
    loose: set[bytes]
    packs: list[KeptPack]  # ours
    git_packs: dict[Path, dict[bytes, int]]  # git's: oid → bytes


def look(repo: Repository, roots: Iterable[str], without: Collection[str] = ()) -> Objects:
    """See what there is and what of it is reachable; see `reachable_objects`."""
    # First what there is: what is written from now on is none of our business.
    packs, loose = kept_packs.kept_packs(repo), set(_loose(repo))
    git_packs = dict(_git_packs(repo))
    return Objects(reachable_objects(repo, roots, without=without), loose, packs, git_packs)


def collect(repo: Repository, objects: Objects, freed: Freed, grace_s: float = GRACE_S) -> None:
    """Remove what is not reachable, and join packs.

    Args:
        repo: where; nobody else collects (`hold_gc`).
        objects: what was seen.
        freed: is told; with its `dry_run` nothing is changed.
        grace_s: what is younger stays: somebody may be about to point a ref at it.

    Raises:
        OSError: the disk takes no joined pack; nothing is lost.
    """
    freed.packs_before = freed.packs_after = len(objects.packs)
    dead_in_git = {
        path: {oid: size for oid, size in sizes.items() if oid not in objects.live}
        for path, sizes in objects.git_packs.items()
    }
    dead = (objects.loose - objects.live).union(*dead_in_git.values())
    ours = _objects_of_runs(repo, dead)
    loose = objects.loose & ours
    total = sum(sum(sizes.values()) for sizes in objects.git_packs.values())
    waste = sum(
        size for sizes in dead_in_git.values() for oid, size in sizes.items() if oid in ours
    )
    if waste > max(_GIT_WASTE_BYTES, _WASTE * total):
        if not freed.dry_run:
            loose |= _loosen(repo, ours)
            freed.bytes += total - sum(sum(s.values()) for _, s in _git_packs(repo))
        else:
            freed.bytes += waste
    else:
        freed.git_bytes = waste
    _remove_loose(repo, loose, freed, grace_s)
    _tend_packs(repo, objects, freed, grace_s)


def pack_loose(repo: Repository, objects: Objects, freed: Freed) -> None:
    """Have git pack the loose objects, where they are many."""
    count = len(objects.loose & objects.live)
    if count > _MANY_LOOSE:
        freed.loose_packed = count
        if not freed.dry_run:
            repo.git("repack", "-d", "-l", "-q")


def index_packs(repo: Repository, commit_graph: bool) -> None:
    """Pack the refs, and write one index over all packs and, where there was one, all commits."""
    repo.git("pack-refs", "--all")
    if commit_graph:
        repo.git("commit-graph", "write", "--reachable", "--no-progress")
    if sum(1 for _ in (repo.common_dir / "objects" / "pack").glob("pack-*.idx")) > 1:
        repo.git("multi-pack-index", "write")


def forget_commit_graph(repo: Repository) -> bool:
    """Remove the commit-graph, which must not name commits that are not there.

    Returns:
        Whether there was one.
    """
    folder = repo.common_dir / "objects" / "info"
    there = (folder / "commit-graph").exists() or (folder / "commit-graphs").exists()
    (folder / "commit-graph").unlink(missing_ok=True)
    shutil.rmtree(folder / "commit-graphs", ignore_errors=True)
    return there


def _loosen(repo: Repository, ours: set[bytes]) -> set[bytes]:
    """Have git write its packs anew: what is not reachable becomes loose, as old as it was."""
    repo.git("repack", "-A", "-d", "-l", "-q")
    return set(_loose(repo)) & ours


def _remove_loose(repo: Repository, oids: set[bytes], freed: Freed, grace_s: float) -> None:
    # Commits last: by them the next gc finds the rest, should this one be killed.
    kinds = _kinds(repo, oids)
    for oid in sorted(oids, key=lambda oid: kinds.get(oid) == "commit"):
        text = oid.hex()
        path = repo.common_dir / "objects" / text[:2] / text[2:]
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            if time.time() - status.st_mtime < grace_s:
                freed.young_bytes += status.st_size
                continue
            if not freed.dry_run:
                path.unlink()
            freed.objects += 1
            freed.bytes += status.st_size


def _tend_packs(repo: Repository, objects: Objects, freed: Freed, grace_s: float) -> None:
    dead, wasteful, fine = [], [], []
    for pack in objects.packs:
        live = pack.live_bytes(objects.live)
        unused = pack.end - live
        if pack.age_s() < grace_s:
            freed.young_bytes += max(0, unused - 64)
        elif not live:
            dead.append(pack)
        elif unused > max(_WASTE * pack.size, 4096) or unused > _WASTE_BYTES:
            wasteful.append((live, pack))
        else:
            fine.append((live, pack))
    fine.sort(key=lambda row: row[0])
    if len(fine) + len(wasteful) > _MANY_PACKS:
        wasteful += fine[: kept_packs.to_join([size for size, _ in fine])]
    wasteful.sort(key=lambda row: row[0])
    joined = list(kept_packs.groups(wasteful))
    if (dead or joined) and not freed.dry_run:
        forget_multi_index(repo)
    for pack in dead:
        freed.objects += len(pack.entries)
        freed.bytes += pack.size
        freed.packs_removed += 1
        freed.packs_after -= 1
        if not freed.dry_run:
            remove_pack(pack.path)
    for group in joined:
        _join(repo, group, objects.live, freed)


def _join(repo: Repository, group: list[KeptPack], live: set[bytes], freed: Freed) -> None:
    before = sum(pack.size for pack in group)
    after = sum(pack.live_bytes(live) for pack in group)
    if not freed.dry_run:
        try:
            new = kept_packs.join(repo, group, live)
        except GitexpError as error:
            freed.held[group[0].path.name] = error.message
            return
        after = new.stat().st_size
        for pack in group:
            if pack.path != new:
                remove_pack(pack.path)
    freed.bytes += before - after
    dead = (
        entry for pack in group for entry in pack.entries if bytes.fromhex(entry.oid) not in live
    )
    freed.objects += sum(1 for _ in dead)
    freed.packs_after -= len(group) - 1


def _objects_of_runs(repo: Repository, dead: set[bytes]) -> set[bytes]:
    """Those of the unreachable objects that runs consist of, by the trailers of their commits."""
    kinds = _kinds(repo, dead)
    mark = f"\n{names.TRAILER_ID}: ".encode()
    commits = []
    with ObjectReader(repo, fetch=False) as reader:
        for oid, kind in kinds.items():
            if kind == "commit":
                found = reader.read(oid.hex())
                if found is not None and mark in found[1].partition(b"\n\n")[2]:
                    commits.append(oid.hex())
    if not commits:
        return set()
    listed = repo.git(
        *("rev-list", "--no-walk", "--objects", "--no-object-names", "--missing=allow-any"),
        "--stdin",
        input="".join(f"{oid}\n" for oid in commits).encode(),
        env=local_only(repo),
    )
    return {bytes.fromhex(line) for line in listed.decode().split()} & dead


def _kinds(repo: Repository, oids: Collection[bytes]) -> dict[bytes, str]:
    if not oids:
        return {}
    form = "%(objectname) %(objecttype)"
    listed = repo.git(
        *("cat-file", f"--batch-check={form}", "--buffer"),
        input="".join(f"{oid.hex()}\n" for oid in oids).encode(),
        env=local_only(repo),
    )
    rows = (line.split() for line in listed.decode().splitlines())
    return {bytes.fromhex(oid): kind for oid, kind in rows if kind != "missing"}


def _loose(repo: Repository) -> Iterator[bytes]:
    top = repo.common_dir / "objects"
    for folder in os.listdir(top):
        if len(folder) == 2 and folder.isalnum():
            for name in _names(top / folder):
                with contextlib.suppress(ValueError):  # a temporary file
                    yield bytes.fromhex(folder + name)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _git_packs(repo: Repository) -> Iterator[tuple[Path, dict[bytes, int]]]:
    """Packs that git writes anew as it likes; what a server holds for us is left alone."""
    for path in (repo.common_dir / "objects" / "pack").glob("pack-*.idx"):
        if path.with_suffix(".keep").exists() or path.with_suffix(".promisor").exists():
            continue
        with contextlib.suppress(OSError, ValueError):
            entries = sorted(read_index(path, repo.object_format), key=lambda e: e.offset)
            ends = [entry.offset for entry in entries[1:]]
            ends.append(path.with_suffix(".pack").stat().st_size)
            sizes = zip(entries, ends, strict=True)
            yield path, {bytes.fromhex(e.oid): end - e.offset for e, end in sizes}
