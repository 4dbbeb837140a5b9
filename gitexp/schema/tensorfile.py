"""The safetensors format: which bytes of a file are which tensor.

A file is `n` (8 bytes, little endian), `n` bytes of JSON padded with spaces, and the tensors'
bytes, row-major and little endian, one after the other without gaps:

    {"__metadata__": {"format": "pt"},
     "wte.weight": {"dtype": "F32", "shape": [50257, 768], "data_offsets": [0, 154389504]}}

The `safetensors` library writes the files that training waits for; the store only has to know
where each tensor lies, and it must not import torch or numpy for that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

SUFFIX = ".safetensors"
LENGTH_BYTES = 8
METADATA = "__metadata__"

# The library refuses longer headers as well: what a stranger's file says must not fill memory.
MAX_HEADER_BYTES = 100_000_000

DTYPE_BITS: Mapping[str, int] = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2": 8,
    "F8_E5M2FNUZ": 8,
    "F8_E8M0": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
    "C64": 64,
}


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor of a file; `begin` and `end` count from the first byte after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def bytes(self) -> int:
        """Size of its data."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the data of a safetensors file."""

    raw: bytes  # the JSON as it is in the file, with its padding
    tensors: tuple[TensorEntry, ...]  # in the order of their bytes
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def data_start(self) -> int:
        """Offset of the data in the file."""
        return LENGTH_BYTES + len(self.raw)

    @property
    def data_bytes(self) -> int:
        """Size of all tensors."""
        return self.tensors[-1].end if self.tensors else 0

    @property
    def prefix(self) -> bytes:
        """Everything that stands before the data."""
        return len(self.raw).to_bytes(LENGTH_BYTES, "little") + self.raw


def tensor_bytes(dtype: str, shape: Iterable[int]) -> int:
    """Size of a tensor's data.

    Raises:
        ValueError: an unknown dtype, or a number of elements that does not fill whole bytes.
    """
    bits = DTYPE_BITS.get(dtype)
    if bits is None:
        raise ValueError(f"unknown dtype {dtype!r}")
    whole, rest = divmod(math.prod(shape) * bits, 8)
    if rest:
        raise ValueError(f"{dtype} elements do not fill whole bytes")
    return whole


def header_length(prefix: bytes) -> int:
    """Size of the JSON that follows the first 8 bytes of a file.

    Raises:
        ValueError: the file is too short, or this cannot be a safetensors file.
    """
    if len(prefix) < LENGTH_BYTES:
        raise ValueError("it is too short for a safetensors file")
    length = int.from_bytes(prefix[:LENGTH_BYTES], "little")
    if not 2 <= length <= MAX_HEADER_BYTES:
        raise ValueError(f"it is no safetensors file: a header of {length} bytes")
    return length


def parse_header(raw: bytes) -> Header:
    """Read and check the JSON of a header.

    Raises:
        ValueError: it is not JSON of that form, or the tensors overlap or leave gaps.
    """
    try:
        data: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its header is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ValueError("its header is not a JSON object")
    metadata = data.pop(METADATA, None) or {}
    if not isinstance(metadata, dict):
        raise ValueError(f"{METADATA} is not an object")
    tensors = [_entry(name, item) for name, item in data.items()]
    tensors.sort(key=lambda tensor: (tensor.begin, tensor.end))
    at = 0
    for tensor in tensors:
        if tensor.begin != at:
            raise ValueError(f"tensor {tensor.name!r} does not begin where the last one ends")
        at = tensor.end
    return Header(bytes(raw), tuple(tensors), {str(k): str(v) for k, v in metadata.items()})


def read_header(file: BinaryIO, file_bytes: int) -> Header:
    """Read the header of a file whose size is known, from its start.

    Raises:
        ValueError: it is not a whole safetensors file.
    """
    length = header_length(file.read(LENGTH_BYTES))
    if LENGTH_BYTES + length > file_bytes:
        raise ValueError("it ends before its header does")
    header = parse_header(file.read(length))
    if header.data_start + header.data_bytes != file_bytes:
        raise ValueError(
            f"its header speaks of {header.data_start + header.data_bytes} bytes, "
            f"the file has {file_bytes}"
        )
    return header


def encode_prefix(
    tensors: Iterable[tuple[str, str, tuple[int, ...]]], metadata: Mapping[str, str]
) -> bytes:
    """Everything before the data of a file that holds these tensors in this order.

    Args:
        tensors: (name, dtype, shape) of each.
        metadata: free text; an empty one is left out.
    """
    fields: dict[str, Any] = {METADATA: dict(metadata)} if metadata else {}
    at = 0
    for name, dtype, shape in tensors:
        end = at + tensor_bytes(dtype, shape)
        fields[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    # Padded to 8 bytes, as the library does, so that the data lies aligned in the file.
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text


def _entry(name: str, item: Any) -> TensorEntry:
    try:
        dtype, shape, (begin, end) = item["dtype"], item["shape"], item["data_offsets"]
        numbers = [begin, end, *shape]
        whole = all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"tensor {name!r} is not described as it should be") from error
    if not whole or not isinstance(dtype, str):
        raise ValueError(f"tensor {name!r} has an impossible shape or place")
    if end - begin != tensor_bytes(dtype, shape):
        raise ValueError(f"tensor {name!r} has {end - begin} bytes, its shape says otherwise")
    return TensorEntry(name, dtype, tuple(shape), begin, end)
