"""Tensors and arrays on their way into a checkpoint: what is stored of each.

Most are stored as they are. The node in the skeleton says what the file cannot:

    {"$": "tensor", "key": NAME}        a torch.Tensor; "ndarray": a numpy.ndarray
      "name": NAME     its own path, where it is not the key's
      "view": {dtype, shape, stride, offset}
                       it lies in the memory of what is stored under NAME; stride counts elements
                       of dtype, offset bytes
      "stride": […]    it was permuted (channels_last, w.t(), Fortran order) and comes back so;
                       what is stored is row-major
      "as": DTYPE      safetensors has no such dtype: complex128 is stored as F64 with a last
                       axis of 2, numpy's big-endian numbers as little-endian ones, times as I64,
                       strings as U8 with a last axis
      "requires_grad": true, "parameter": true
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gitexp.schema import tensorfile

TORCH, NUMPY = "tensor", "ndarray"
KINDS = (TORCH, NUMPY)

# safetensors' dtypes and the names that torch and numpy have for them.
TORCH_NAMES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "F4": "float4_e2m1fn_x2",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2": "float8_e5m2",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E8M0": "float8_e8m0fnu",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
    "C64": "complex64",
}
NUMPY_NAMES = {
    code: name for code, name in TORCH_NAMES.items() if not code.startswith(("F4", "F8", "BF"))
}
_TORCH_CODES = {name: code for code, name in TORCH_NAMES.items()}
_NUMPY_CODES = {name: code for code, name in NUMPY_NAMES.items()}

# Seen as real numbers with a last axis of 2.
_COMPLEX = ("complex128", "complex32")


class LeafRefused(Exception):
    """A tensor or array that no safetensors file can hold; `kind` says what it is."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(slots=True)
class Leaf:
    """A tensor or array on its way into the file.

    Attributes:
        array: torch.Tensor or numpy.ndarray of a dtype that safetensors knows.
        node: its place in the skeleton; `memory.place` fills in what is missing.
        space: which memory the addresses are in.
        start: address of its lowest element.
        stop: address behind its highest element; equal to start if it is empty.
        itemsize: bytes of one element.
        strides: in elements.
        contiguous: whether its elements lie in row-major order without gaps.
        name: its path in the object, unique.
    """

    array: Any
    node: dict[str, Any]
    space: str
    start: int
    stop: int
    itemsize: int
    strides: tuple[int, ...]
    contiguous: bool
    name: str = ""

    @property
    def is_numpy(self) -> bool:
        """Whether it is an array and no tensor."""
        return bool(self.node["$"] == NUMPY)

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each axis."""
        return tuple(self.array.shape)

    @property
    def dtype(self) -> str:
        """Safetensors' name of its dtype."""
        return _TORCH_CODES[str(self.array.dtype).removeprefix("torch.")]

    @property
    def first_element(self) -> int:
        """Address of element (0, 0, …), which negative strides put behind the lowest."""
        steps = zip(self.shape, self.strides, strict=True)
        return self.start - sum(min(0, (n - 1) * step) for n, step in steps) * self.itemsize


class TensorNames:
    """Paths in an object → names in a file: unique, valid Unicode, none of them reserved."""

    def __init__(self) -> None:
        self._taken = {tensorfile.METADATA}

    def new(self, path: str) -> str:
        """The path itself if it is free, else with a number: `a.b~2`."""
        path = path.encode("utf-8", "backslashreplace").decode()
        name, n = path, 1
        while name in self._taken:
            n += 1
            name = f"{path}~{n}"
        self._taken.add(name)
        return name


def leaf(value: Any) -> Leaf | None:
    """A tensor or array, ready to be placed; None: it is neither.

    Raises:
        LeafRefused: one that cannot be stored: sparse, quantized, of Python objects, ….
    """
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        return _torch_leaf(value, torch)
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _numpy_leaf(value, numpy)
    return None


def bytes_leaf(value: bytes | bytearray) -> Leaf:
    """Long bytes as an array of them."""
    import numpy

    return _numpy_leaf(numpy.frombuffer(value, numpy.uint8), numpy)


def span(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Elements from the first to the last in memory; strides in elements, not negative."""
    if 0 in shape:
        return 0
    return 1 + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))


def _torch_leaf(tensor: Any, torch: Any) -> Leaf:
    node: dict[str, Any] = {"$": TORCH}
    if type(tensor) is torch.nn.Parameter:
        node["parameter"] = True
    elif type(tensor) is not torch.Tensor:
        raise LeafRefused(f"{type(tensor).__module__}.{type(tensor).__qualname__}")
    if tensor.layout != torch.strided:
        raise LeafRefused(f"sparse tensor ({tensor.layout})")
    if tensor.is_quantized or tensor.is_nested or tensor.is_meta:
        what = "meta" if tensor.is_meta else "nested" if tensor.is_nested else "quantized"
        raise LeafRefused(f"{what} tensor")
    if tensor.requires_grad:
        node["requires_grad"] = True
    array = tensor.detach()
    if array.is_neg() or array.is_conj():
        # A lazily conjugated or negated tensor's memory is not what it says.
        array = array.resolve_conj().resolve_neg()
    if array.dtype not in _torch_dtypes():
        dtype = str(array.dtype).removeprefix("torch.")
        if dtype not in _COMPLEX:
            raise LeafRefused(f"tensor of {array.dtype}")
        node["as"] = dtype
        array = torch.view_as_real(array)
    if array.numel() == 0:
        # Its address may be that of a tensor that is not empty.
        array = torch.empty(array.shape, dtype=array.dtype)
    contiguous = array.is_contiguous()
    itemsize, strides, start = array.element_size(), array.stride(), array.data_ptr()
    size = array.nbytes if contiguous else span(array.shape, strides) * itemsize
    space = "cpu" if array.is_cpu else str(array.device)
    return Leaf(array, node, space, start, start + size, itemsize, strides, contiguous)


@cache
def _torch_dtypes() -> frozenset[Any]:
    """The dtypes that safetensors has too."""
    import torch

    return frozenset(getattr(torch, name, None) for name in _TORCH_CODES)


def _numpy_leaf(array: Any, numpy: Any) -> Leaf:
    node: dict[str, Any] = {"$": NUMPY}
    if type(array) not in (numpy.ndarray, numpy.memmap):
        raise LeafRefused(f"{type(array).__module__}.{type(array).__qualname__}")
    dtype = array.dtype
    if dtype.name not in _NUMPY_CODES or not dtype.isnative:
        array = _storable(array, numpy)
        node["as"] = dtype.str
    itemsize = array.itemsize
    if any(step % itemsize for step in array.strides):  # one field of an array of records
        array = array.copy()
    strides = tuple(step // itemsize for step in array.strides)
    start = array.__array_interface__["data"][0]
    if array.size:
        start += itemsize * sum(
            min(0, (n - 1) * s) for n, s in zip(array.shape, strides, strict=True)
        )
    stop = start + span(array.shape, [abs(s) for s in strides]) * itemsize
    contiguous = bool(array.flags.c_contiguous)
    return Leaf(array, node, "numpy", start, stop, itemsize, strides, contiguous)


def _storable(array: Any, numpy: Any) -> Any:
    """An array of a dtype that safetensors lacks as one that it has."""
    dtype = array.dtype
    native = dtype.newbyteorder("=")
    if native.name in _NUMPY_CODES:
        return array.astype(native)
    if dtype.kind in "cMm" and dtype.char != "G":
        flat = numpy.ascontiguousarray(array.astype(native, copy=False)).reshape(-1)
        if dtype.kind == "c":
            return flat.view(numpy.float64).reshape(*array.shape, 2)
        return flat.view(numpy.int64).reshape(array.shape)
    if dtype.kind in "SU":
        flat = numpy.frombuffer(array.tobytes(), numpy.uint8)
        return flat.reshape(*array.shape, dtype.itemsize)
    raise LeafRefused(f"numpy.ndarray of {dtype}")
