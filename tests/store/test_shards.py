"""Every byte of a checkpoint lies in one shard, under a name that stays the same."""

from __future__ import annotations

import io
import json
import re

import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.tensorfile import DTYPE_BITS, Header, encode_prefix, read_header, tensor_bytes
from gitexp.store import shards
from gitexp.store.shards import (
    OWN_SHARD_BYTES,
    SHARD_LIMIT_BYTES,
    Split,
    lay_out,
    parse_index,
)

MIB = 1024 * 1024


def header_of(*tensors: tuple[str, str, tuple[int, ...]]) -> Header:
    """The header of a file with these tensors, whose data nobody needs."""
    prefix = encode_prefix(tensors, {})
    size = sum(tensor_bytes(dtype, shape) for _, dtype, shape in tensors)
    return read_header(io.BytesIO(prefix), len(prefix) + size)


def files_of(*tensors: tuple[str, str, tuple[int, ...]]) -> dict[str, list[str]]:
    layout = lay_out(header_of(*tensors), SHARD_LIMIT_BYTES)
    return {shard.file: [p.name for p in shard.pieces] for shard in layout.shards}


names = st.text("aBb./ äé\n\U0001f600-_~", min_size=1, max_size=6)
dtypes = st.sampled_from(["F32", "F64", "U8", "BF16", "F4", "C64"])


@st.composite
def headers(draw: st.DrawFn) -> Header:
    described = draw(
        st.dictionaries(names, st.tuples(dtypes, st.lists(st.integers(0, 40), max_size=3)))
    )
    return header_of(
        *(
            (name, dtype, (*shape, 2) if dtype == "F4" else tuple(shape))
            for name, (dtype, shape) in described.items()
        )
    )


@given(headers(), st.integers(64, 4000))
def test_every_byte_lies_in_one_shard(header: Header, limit: int) -> None:
    layout = lay_out(header, limit)
    ranges = sorted((p.begin, p.end) for s in layout.shards for p in s.pieces)
    at = 0
    for begin, end in ranges:
        assert begin == at
        at = end
    assert at == header.data_bytes
    by_name = {p.name: p for s in layout.shards for p in s.pieces}
    assert len(by_name) == len(ranges)
    for shard in layout.shards:
        assert sum(p.end - p.begin for p in shard.pieces) <= limit
        for piece in shard.pieces:
            assert tensor_bytes(piece.dtype, piece.shape) == piece.end - piece.begin
    for tensor in header.tensors:
        split = layout.split.get(tensor.name)
        if split is None:
            piece = by_name[tensor.name]
            assert (piece.dtype, piece.shape) == (tensor.dtype, tensor.shape)
            assert (piece.begin, piece.end) == (tensor.begin, tensor.end)
        else:
            assert (split.dtype, split.shape) == (tensor.dtype, tensor.shape)
            parts = [by_name[name] for name in split.parts]
            assert [p.begin for p in parts[1:]] == [p.end for p in parts[:-1]]
            assert (parts[0].begin, parts[-1].end) == (tensor.begin, tensor.end)


@given(headers(), st.integers(64, 4000))
def test_file_names_differ_on_any_file_system(header: Header, limit: int) -> None:
    files = [shard.file for shard in lay_out(header, limit).shards]
    assert len({file.casefold() for file in files}) == len(files)
    for file in files:
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._~-]*\.safetensors", file)
        assert file not in ("model.safetensors", "")


@given(headers(), st.integers(64, 4000))
def test_index_comes_back(header: Header, limit: int) -> None:
    layout = lay_out(header, limit)
    index = parse_index(layout.index(header.data_bytes))
    assert index.split == layout.split
    assert index.files == {p.name: s.file for s in layout.shards for p in s.pieces}


def test_shards_are_files_that_the_library_reads() -> None:
    header = header_of(("a.w", "F32", (3, 2)), ("a.b", "I64", (2,)), ("a.u", "U8", (3,)))
    (shard,) = lay_out(header, SHARD_LIMIT_BYTES).shards
    data = bytes(range(sum(p.end - p.begin for p in shard.pieces)))
    assert len(shard.prefix) % 8 == 0
    back = safetensors.numpy.load(shard.prefix + data)
    assert {name: array.shape for name, array in back.items()} == {
        "a.w": (3, 2),
        "a.b": (2,),
        "a.u": (3,),
    }
    # Wide elements first, so that each tensor lies aligned in the file.
    assert [p.name for p in shard.pieces] == ["a.b", "a.w", "a.u"]


def test_large_ones_alone_small_ones_by_module() -> None:
    large, small = (OWN_SHARD_BYTES // 4,), (OWN_SHARD_BYTES // 4 - 1,)
    assert files_of(
        ("wte.weight", "F32", large),
        ("h.0.ln.weight", "F32", small),
        ("h.0.ln.bias", "F32", (8,)),
        ("h.1.ln.bias", "F32", (8,)),
        ("temperature", "F32", ()),
    ) == {
        "h.0.ln.safetensors": ["h.0.ln.bias", "h.0.ln.weight"],
        "h.1.ln.safetensors": ["h.1.ln.bias"],
        "root.safetensors": ["temperature"],
        "wte.weight.safetensors": ["wte.weight"],
    }


def test_names_that_would_meet() -> None:
    files = files_of(
        ("model.w", "F32", (8,)),
        ("A.w", "F32", (8,)),
        ("a.w", "F32", (8,)),
        ("a/b.w", "F32", (8,)),
        ("..w", "F32", (8,)),
        ("big", "F32", (MIB,)),
        ("big.w", "F32", (2,)),
        ("x" * 300 + ".w", "F32", (8,)),
    )
    assert sum(map(len, files.values())) == 8
    assert all(len(file) < 200 for file in files)
    by_tensor = {names[0]: file for file, names in files.items()}
    assert re.fullmatch(r"model-[0-9a-f]{8}\.safetensors", by_tensor["model.w"])
    assert re.fullmatch(r"A-[0-9a-f]{8}\.safetensors", by_tensor["A.w"])
    assert re.fullmatch(r"a-[0-9a-f]{8}\.safetensors", by_tensor["a.w"])
    assert re.fullmatch(r"a_b-[0-9a-f]{8}\.safetensors", by_tensor["a/b.w"])
    assert re.fullmatch(r"_\.-[0-9a-f]{8}\.safetensors", by_tensor["..w"])
    assert by_tensor["big"] != by_tensor["big.w"]


def test_cut_along_the_first_axis() -> None:
    layout = lay_out(header_of(("wte.weight", "F32", (50257, 768))), SHARD_LIMIT_BYTES)
    parts = tuple(f"wte.weight.part-{n}-of-4" for n in (1, 2, 3, 4))
    assert layout.split == {"wte.weight": Split("F32", (50257, 768), parts)}
    shapes = [shard.pieces[0].shape for shard in layout.shards]
    assert [rows for rows, _ in shapes] == [12564, 12564, 12564, 12565]
    assert {columns for _, columns in shapes} == {768}
    assert [shard.file for shard in layout.shards] == [f"{part}.safetensors" for part in parts]


@pytest.mark.parametrize(
    ("dtype", "shape", "piece_dtype"),
    [
        ("F32", (1, 30 * MIB), "F32"),
        ("F64", (2, 10 * MIB), "F64"),
        ("F4", (50 * MIB, 2), "U8"),
        ("C64", (6 * MIB,), "C64"),
    ],
)
def test_cut_where_rows_are_too_large(
    dtype: str, shape: tuple[int, ...], piece_dtype: str
) -> None:
    header = header_of(("w", dtype, shape))
    pieces = [p for s in lay_out(header, SHARD_LIMIT_BYTES).shards for p in s.pieces]
    assert {p.dtype for p in pieces} == {piece_dtype}
    assert {len(p.shape) for p in pieces} == {1}
    assert sum(p.end - p.begin for p in pieces) == header.data_bytes
    assert all(p.begin * 8 % DTYPE_BITS[piece_dtype] == 0 for p in pieces)


def test_very_many_small_tensors_of_one_module() -> None:
    count = 60
    described = [(f"m.{n:02d}", "F32", (OWN_SHARD_BYTES // 4 - 1,)) for n in range(count)]
    files = files_of(*described)
    assert {file: len(pieces) for file, pieces in files.items()} == {
        "m.safetensors": 45,
        "m-2.safetensors": 15,
    }


def test_a_part_does_not_take_a_tensors_name() -> None:
    layout = lay_out(
        header_of(("w", "F32", (16 * MIB,)), ("w.part-1-of-2", "F32", (4,))), SHARD_LIMIT_BYTES
    )
    assert layout.split["w"].parts == ("w.part-1-of-2~2", "w.part-2-of-2")


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"{}",
        b'{"weight_map": []}',
        b'{"weight_map": {}, "split": {"w": {}}}',
        b'{"weight_map": {}, "split": {"w": {"dtype": "F99", "shape": [], "parts": []}}}',
        b'{"weight_map": {}, "split": {"w": {"dtype": "F32", "shape": 3, "parts": []}}}',
        b"[" * 100_000,
    ],
)
def test_malformed_index(index: bytes) -> None:
    with pytest.raises(ValueError, match="malformed"):
        parse_index(index)


def test_index_is_the_one_of_hugging_face() -> None:
    header = header_of(("a.w", "F32", (OWN_SHARD_BYTES,)), ("b.w", "F32", (2,)))
    index = json.loads(lay_out(header, SHARD_LIMIT_BYTES).index(header.data_bytes))
    assert index == {
        "metadata": {"total_size": header.data_bytes},
        "weight_map": {"a.w": "a.w.safetensors", "b.w": "b.safetensors"},
    }
    assert shards.INDEX == "model.safetensors.index.json"
