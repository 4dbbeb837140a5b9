"""The packs that checkpoints lie in: looked through, thinned out, joined, removed.

They have a `.keep`, so git leaves them alone; what becomes of them is up to us. Their entries are
whole objects, never deltas, so that they can be copied from pack to pack as they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.store.objects import file_modes, temporary_folder
from gitexp.store.pack_index import PackEntry, encode_index, read_index
from gitexp.store.packs import publish, temporary_file, write_all
from gitexp.store.repository import Repository

_OURS = b"gitexp:"
_LARGEST_BYTES = 2 * 1024**3  # of a pack that is joined with others
_COPY_BYTES = 1024 * 1024
_HEADER_BYTES = 12
_DELTAS = (6, 7)


@dataclass(frozen=True, slots=True)
class KeptPack:
    """A pack of ours."""

    path: Path  # of the .pack
    size: int
    entries: tuple[PackEntry, ...]  # by offset
    end: int  # where the last entry ends

    def length(self, number: int) -> int:
        """Bytes of an entry."""
        after = self.entries[number + 1].offset if number + 1 < len(self.entries) else self.end
        return after - self.entries[number].offset

    def live_bytes(self, live: set[bytes]) -> int:
        """Bytes of the entries that are reachable."""
        lengths = (
            self.length(n) for n, entry in enumerate(self.entries) if _binary(entry) in live
        )
        return sum(lengths)

    def age_s(self) -> float:
        """Seconds since it was written."""
        return time.time() - self.path.stat().st_mtime


def kept_packs(repo: Repository) -> list[KeptPack]:
    """All packs of ours; one that cannot be read is left alone."""
    trailer = hashlib.new(repo.object_format).digest_size
    found = []
    for keep in sorted((repo.common_dir / "objects" / "pack").glob("pack-*.keep")):
        pack = keep.with_suffix(".pack")
        with contextlib.suppress(OSError, ValueError):
            if keep.with_suffix(".promisor").exists() or not keep.read_bytes().startswith(_OURS):
                continue
            entries = read_index(keep.with_suffix(".idx"), repo.object_format)
            entries.sort(key=lambda entry: entry.offset)
            size = pack.stat().st_size
            if entries and entries[0].offset == _HEADER_BYTES:
                found.append(KeptPack(pack, size, tuple(entries), size - trailer))
    return found


def to_join(sizes: Sequence[int]) -> int:
    """How many of the smallest packs are joined, so that each is twice as large as the next.

    Args:
        sizes: ascending.

    Source: `git repack --geometric`, gitformat-pack.
    """
    count = 0
    for i in range(len(sizes) - 1, 0, -1):
        if sizes[i] < 2 * sizes[i - 1]:
            count = i + 1
            break
    total = sum(sizes[:count])
    while 0 < count < len(sizes) and sizes[count] < 2 * total:
        total += sizes[count]
        count += 1
    return count


def groups(packs: Sequence[tuple[int, KeptPack]]) -> Iterator[list[KeptPack]]:
    """Packs that go into one each.

    Args:
        packs: live bytes and pack, ascending.
    """
    group: list[KeptPack] = []
    total = 0
    for size, pack in packs:
        if group and total + size > _LARGEST_BYTES:
            yield group
            group, total = [], 0
        group.append(pack)
        total += size
    if group:
        yield group


def join(repo: Repository, packs: Sequence[KeptPack], live: set[bytes]) -> Path:
    """Copy the reachable entries of some packs into a new one.

    Raises:
        GitexpError: an entry is damaged, or a delta; nothing was changed.
        OSError: the disk does not take it; nothing is left behind.
    """
    chosen: dict[str, tuple[KeptPack, int]] = {}
    for pack in packs:
        for number, entry in enumerate(pack.entries):
            if _binary(entry) in live:
                chosen.setdefault(entry.oid, (pack, number))
    scratch = temporary_folder(repo)
    scratch.mkdir(parents=True, exist_ok=True)
    mode, _ = file_modes(repo.config.get("core.sharedrepository", ""))
    with temporary_file(scratch, mode) as (new, path), temporary_file(scratch, mode) as (idx, at):
        digest = hashlib.new(repo.object_format)

        def put(data: bytes) -> None:
            digest.update(data)
            write_all(new, memoryview(data))

        put(b"PACK" + (2).to_bytes(4, "big") + len(chosen).to_bytes(4, "big"))
        entries, offset = [], _HEADER_BYTES
        with contextlib.ExitStack() as stack:
            files = {pack.path: stack.enter_context(pack.path.open("rb")) for pack in packs}
            for oid, (pack, number) in chosen.items():
                left = pack.length(number)
                entries.append(PackEntry(oid, offset, pack.entries[number].crc))
                offset += left
                crc = 0
                file = files[pack.path]
                file.seek(pack.entries[number].offset)
                while left:
                    data = file.read(min(left, _COPY_BYTES))
                    if not data or (not crc and data[0] >> 4 & 7 in _DELTAS):
                        raise GitexpError(f"{pack.path} is not as gitexp writes packs")
                    crc = zlib.crc32(data, crc)
                    left -= len(data)
                    put(data)
                if crc != pack.entries[number].crc:
                    raise GitexpError(f"object {oid} in {pack.path} is damaged", "git fsck")
        checksum = digest.digest()
        write_all(new, memoryview(checksum))
        os.fsync(new)
        write_all(idx, memoryview(encode_index(entries, checksum, repo.object_format)))
        os.fsync(idx)
        final = repo.common_dir / "objects" / "pack" / f"pack-{checksum.hex()}.pack"
        publish(path, at, final)
    return final


def forget_multi_index(repo: Repository) -> None:
    """Remove the multi-pack-index: it must not name packs that are not there."""
    folder = repo.common_dir / "objects" / "pack"
    for path in (folder / "multi-pack-index", *folder.glob("multi-pack-index-*")):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder / "multi-pack-index.d", ignore_errors=True)


def remove_pack(pack: Path) -> None:
    """Remove a pack and what belongs to it.

    Its index goes first, by which git takes notice of it, and `.keep` last: if we are killed in
    between, `packs.sweep` knows by it whose leftovers these are.
    """
    for suffix in (".idx", ".rev", ".bitmap", ".pack", ".keep"):
        pack.with_suffix(suffix).unlink(missing_ok=True)


def _binary(entry: PackEntry) -> bytes:
    return bytes.fromhex(entry.oid)
