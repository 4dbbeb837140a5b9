"""The index of a pack, version 2: where each object lies.

ff 74 4f 63, version 2
256 * 4 bytes     how many oids begin with a byte up to this one
n * 20 or 32      the oids, sorted
n * 4             CRC-32 of each entry as it is in the pack
n * 4             offsets; the highest bit set: position in the next table
m * 8             offsets from 2 GiB on
hash of the pack, hash of all the above
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_MAGIC = b"\xfftOc\x00\x00\x00\x02"
_LARGE = 1 << 31
_TABLES = len(_MAGIC) + 256 * 4


class PackEntry(NamedTuple):
    """An object in a pack."""

    oid: str
    offset: int  # from the start of the pack
    crc: int  # CRC-32 of its entry


def read_index(path: Path, object_format: str) -> list[PackEntry]:
    """The entries of an .idx file, in the order of their oids.

    Raises:
        ValueError: it is no whole index of version 2.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    width = hashlib.new(object_format).digest_size
    if data[:8] != _MAGIC or len(data) < _TABLES + 2 * width:
        raise ValueError(f"{path} is no pack index of version 2")
    n = int.from_bytes(data[_TABLES - 4 : _TABLES], "big")
    crcs_at = _TABLES + n * width
    offsets_at, large_at = crcs_at + 4 * n, crcs_at + 8 * n
    large = (len(data) - 2 * width - large_at) // 8
    if large < 0:
        raise ValueError(f"{path} is cut off")
    crcs = struct.unpack_from(f">{n}I", data, crcs_at)
    offsets = struct.unpack_from(f">{n}I", data, offsets_at)
    far = struct.unpack_from(f">{large}Q", data, large_at)
    oids = (data[at : at + width].hex() for at in range(_TABLES, crcs_at, width))
    return [
        PackEntry(oid, far[offset & ~_LARGE] if offset & _LARGE else offset, crc)
        for oid, offset, crc in zip(oids, offsets, crcs, strict=True)
    ]


def encode_index(entries: Iterable[PackEntry], checksum: bytes, object_format: str) -> bytes:
    """The content of the .idx file.

    Args:
        entries: of the pack, in any order.
        checksum: the pack's trailer.
        object_format: "sha1" or "sha256".
    """
    rows = sorted(entries)
    counts = Counter(int(row.oid[:2], 16) for row in rows)
    fanout = itertools.accumulate(counts[byte] for byte in range(256))
    offsets: list[int] = []
    large: list[int] = []
    for row in rows:
        if row.offset < _LARGE:
            offsets.append(row.offset)
        else:
            offsets.append(_LARGE | len(large))
            large.append(row.offset)
    n = len(rows)
    body = b"".join(
        (
            _MAGIC,
            struct.pack(">256I", *fanout),
            *(bytes.fromhex(row.oid) for row in rows),
            struct.pack(f">{n}I", *(row.crc for row in rows)),
            struct.pack(f">{n}I", *offsets),
            struct.pack(f">{len(large)}Q", *large),
            checksum,
        )
    )
    return body + hashlib.new(object_format, body).digest()
