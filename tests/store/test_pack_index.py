"""The index of a pack reads back as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitexp.store.pack_index import PackEntry, encode_index, read_index

WIDTHS = {"sha1": 40, "sha256": 64}


@given(st.data(), st.sampled_from(sorted(WIDTHS)))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_entries_read_back(tmp_path: Path, data: st.DataObject, kind: str) -> None:
    width = WIDTHS[kind]
    entry = st.builds(
        PackEntry,
        st.text("0123456789abcdef", min_size=width, max_size=width),
        st.integers(12, 2**40),  # beyond 2 GiB another table is used
        st.integers(0, 2**32 - 1),
    )
    entries = data.draw(st.lists(entry, max_size=20, unique_by=lambda e: e.oid))
    path = tmp_path / "pack.idx"
    path.write_bytes(encode_index(entries, bytes(width // 2), kind))
    assert read_index(path, kind) == sorted(entries)


@pytest.mark.parametrize("content", [b"", b"\xfftOc\x00\x00\x00\x01" + bytes(2000)])
def test_what_is_no_index_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pack.idx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="pack index"):
        read_index(path, "sha1")


def test_a_cut_index_is_refused(tmp_path: Path) -> None:
    entries = [PackEntry(f"{n:040x}", 12 + n, 0) for n in range(50)]
    whole = encode_index(entries, bytes(20), "sha1")
    path = tmp_path / "pack.idx"
    for size in (1040, 1500, 2000):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="pack"):
            read_index(path, "sha1")
