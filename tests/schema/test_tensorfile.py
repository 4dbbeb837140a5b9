"""Our reading and writing of safetensors headers agrees with the library's."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.tensorfile import (
    DTYPE_BITS,
    encode_prefix,
    header_length,
    parse_header,
    read_header,
    tensor_bytes,
)

tensors = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
        lambda name: name != "__metadata__"
    ),
    st.tuples(
        st.sampled_from(["u1", "i2", "f4", "f8", "c8"]),
        st.lists(st.integers(0, 3), max_size=3),
    ),
    max_size=5,
)


@given(tensors, st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2))
def test_reads_what_the_library_writes(described: Any, metadata: dict[str, str]) -> None:
    arrays = {name: np.ones(shape, dtype) for name, (dtype, shape) in described.items()}
    content = safetensors.numpy.save(arrays, metadata or None)
    header = read_header(io.BytesIO(content), len(content))
    assert header.metadata == metadata
    assert header.prefix == content[: header.data_start]
    assert {t.name: (t.shape, t.bytes) for t in header.tensors} == {
        name: (array.shape, array.nbytes) for name, array in arrays.items()
    }
    for tensor in header.tensors:
        data = content[header.data_start + tensor.begin : header.data_start + tensor.end]
        assert data == arrays[tensor.name].tobytes()


@given(tensors)
def test_the_library_reads_what_we_write(described: Any) -> None:
    codes = {"u1": "U8", "i2": "I16", "f4": "F32", "f8": "F64", "c8": "C64"}
    rows = [(name, codes[dtype], tuple(shape)) for name, (dtype, shape) in described.items()]
    size = sum(tensor_bytes(dtype, shape) for _, dtype, shape in rows)
    prefix = encode_prefix(rows, {"format": "pt"})
    assert len(prefix) % 8 == 0
    back = safetensors.numpy.load(prefix + b"\1" * size)
    assert {name: array.shape for name, array in back.items()} == {
        name: shape for name, _, shape in rows
    }


def test_every_dtype_of_the_library_is_known() -> None:
    known = set(safetensors.torch._TYPES) | {"F8_E8M0", "F4"}
    assert known <= set(DTYPE_BITS)
    for code, dtype in safetensors.torch._TYPES.items():
        assert DTYPE_BITS[code] == dtype.itemsize * 8
        if not dtype.is_complex:
            content = safetensors.torch.save({"t": torch.zeros(3).to(dtype)})
            header = read_header(io.BytesIO(content), len(content))
            assert header.tensors[0].dtype == code


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"a": entry(data_offsets=[4, 12])}, "does not begin"),
        ({"a": entry(), "b": entry(data_offsets=[4, 12])}, "does not begin"),
        ({"a": entry(), "b": entry(data_offsets=[12, 20])}, "does not begin"),
        ({"a": entry(shape=[3])}, "its shape says otherwise"),
        ({"a": entry(shape=[-2])}, "impossible"),
        ({"a": entry(shape=[True, 2])}, "impossible"),
        ({"a": entry(shape=[2.0])}, "impossible"),
        ({"a": entry(shape=[2**64])}, "impossible"),
        ({"a": entry(shape="22")}, "impossible"),
        ({"a": entry(dtype="F99")}, "unknown dtype"),
        ({"a": entry(dtype=7)}, "impossible"),
        ({"a": entry(dtype="F4", shape=[3], data_offsets=[0, 1])}, "whole bytes"),
        ({"a": {"dtype": "F32"}}, "not described"),
        ({"a": [1, 2, 3]}, "not described"),
        ({"__metadata__": 3}, "not an object"),
        ([1], "not a JSON object"),
    ],
)
def test_malformed_headers(header: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_header(json.dumps(header).encode())


def test_malformed_prefixes() -> None:
    with pytest.raises(ValueError, match="too short"):
        header_length(b"1234567")
    with pytest.raises(ValueError, match="no safetensors file"):
        header_length(b"\xff" * 8)
    with pytest.raises(ValueError, match="not JSON"):
        parse_header(b"{" * 100_000)
    with pytest.raises(ValueError, match="before its header"):
        read_header(io.BytesIO((100).to_bytes(8, "little") + b"{}"), 10)
