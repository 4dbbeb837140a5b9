"""Objects that a checkpoint can hold: strategies that make them, and equality bit for bit."""

from __future__ import annotations

import collections
import math
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

TORCH_DTYPES = [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.complex32,
    torch.complex64,
    torch.complex128,
    torch.float8_e4m3fn,
    torch.float8_e4m3fnuz,
    torch.float8_e5m2,
    torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu,
]
NUMPY_DTYPES = [
    *"?bBhHiIlLefdFD",
    *(f">{code}" for code in "hHiIqQefdFD"),
    "<M8[ns]",
    "<m8[D]",
    ">M8[s]",
    "S3",
    "<U2",
    ">U2",
]

shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)


@st.composite
def torch_tensors(draw: st.DrawFn) -> torch.Tensor:
    """Any dtype, any bits, contiguous or permuted or with gaps, a Parameter or not."""
    dtype, shape = draw(st.sampled_from(TORCH_DTYPES)), draw(shapes)
    size = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
    raw = torch.tensor(list(draw(st.binary(min_size=size, max_size=size))), dtype=torch.uint8)
    if dtype == torch.bool:
        raw = raw % 2
    tensor = raw.view(dtype).reshape(shape) if size else torch.empty(shape, dtype=dtype)
    layout = draw(st.sampled_from(["plain", "plain", "permuted", "gaps", "expanded"]))
    if layout == "permuted" and tensor.dim():
        tensor = tensor.permute(*draw(st.permutations(range(tensor.dim()))))
    elif layout == "gaps" and tensor.dim() and dtype.is_floating_point and dtype.itemsize > 1:
        tensor = torch.stack([tensor, tensor])[0].repeat_interleave(2, 0)[::2]
    elif layout == "expanded" and dtype.itemsize > 1:
        tensor = tensor.unsqueeze(0).expand(3, *tensor.shape)
    if dtype.is_floating_point or dtype.is_complex:
        kind = draw(st.sampled_from(["tensor", "grad", "parameter"]))
        if kind == "parameter":
            return torch.nn.Parameter(tensor, requires_grad=draw(st.booleans()))
        if kind == "grad":
            return tensor.detach().requires_grad_()
    return tensor


@st.composite
def numpy_arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    """Any dtype, any bits, any order."""
    dtype, shape = np.dtype(draw(st.sampled_from(NUMPY_DTYPES))), draw(shapes)
    size = math.prod(shape) * dtype.itemsize
    if dtype.kind in "SU":
        flat = draw(st.lists(st.sampled_from(["", "a", "ö"[:1], "bc"]), min_size=1, max_size=1))
        text = [t.encode("latin-1") if dtype.kind == "S" else t for t in flat]
        return np.full(shape, text[0], dtype)
    array = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), np.uint8).copy()
    if dtype.kind == "b":
        array %= 2
    made = array.view(dtype).reshape(shape)
    layout = draw(st.sampled_from(["plain", "transposed", "reversed"]))
    if layout == "transposed":
        return made.T
    return made[::-1] if layout == "reversed" and made.ndim else made


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=[]), max_size=8),
    st.binary(max_size=12),
    st.sampled_from([torch.float16, torch.device("cpu"), torch.Size([2, 3]), np.dtype(">f4")]),
    st.floats(width=32).map(np.float32),
    st.integers(-5, 5).map(np.int16),
    st.sampled_from([np.bool_(True), np.datetime64("2024-01-02"), np.str_("é"), np.str_("")]),
)
keys = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=5),
    st.integers(),
    st.booleans(),
    st.none(),
    st.tuples(st.integers(), st.text(max_size=2)),
    st.floats(allow_nan=False),
    st.binary(max_size=3),
)
Point = collections.namedtuple("Point", "x y")


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.lists(inner, max_size=3).map(lambda items: collections.deque(items, 3)),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=4).map(collections.OrderedDict),
        st.tuples(inner, inner).map(lambda pair: Point(*pair)),
        st.frozensets(st.integers() | st.text(max_size=3), max_size=4),
    )


states = st.recursive(scalars | torch_tensors() | numpy_arrays(), _containers, max_leaves=12)
plain_states = st.recursive(scalars, _containers, max_leaves=20)


def assert_same(a: Any, b: Any) -> None:
    """Fail unless two objects are equal bit for bit, types and layouts included."""
    if isinstance(a, tuple) and hasattr(a, "_fields"):
        assert type(a).__name__ == type(b).__name__
        assert a._fields == b._fields
    else:
        assert type(a) is type(b), (a, b)
    if isinstance(a, torch.Tensor):
        assert (a.dtype, a.shape, a.requires_grad) == (b.dtype, b.shape, b.requires_grad)
        assert bits(a) == bits(b)
    elif isinstance(a, np.ndarray | np.generic):
        assert (a.dtype.str, a.shape) == (b.dtype.str, b.shape)
        assert a.tobytes() == b.tobytes()
    elif isinstance(a, dict):
        assert len(a) == len(b)
        for (key, value), (other_key, other) in zip(a.items(), b.items(), strict=True):
            assert_same(key, other_key)
            assert_same(value, other)
    elif isinstance(a, list | tuple | collections.deque):
        assert len(a) == len(b)
        for value, other in zip(a, b, strict=True):
            assert_same(value, other)
    elif isinstance(a, float | complex):
        assert repr(a) == repr(b)
    else:
        assert a == b


def bits(tensor: torch.Tensor) -> bytes:
    """A tensor's elements in row-major order."""
    # A new one, for one element may have any stride and still count as contiguous.
    flat = torch.empty(tensor.numel(), dtype=tensor.dtype).copy_(tensor.detach().reshape(-1))
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
