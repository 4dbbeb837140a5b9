"""Stored tensors → torch tensors and numpy arrays as they were.

Everything in the nodes is checked before memory is made or looked at: a checkpoint may come from
a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.errors import GitexpError
from gitexp.schema import tensorfile
from gitexp.schema.state.leaves import KINDS, NUMPY, NUMPY_NAMES, TORCH, TORCH_NAMES, span
from gitexp.schema.state.memory import is_dense


def array_nodes(skeleton: Any) -> dict[str, dict[str, Any]]:
    """The nodes of all tensors and arrays in a skeleton, by their paths in the object."""
    found: dict[str, dict[str, Any]] = {}
    rest = [skeleton]
    while rest:
        node = rest.pop()
        if isinstance(node, list):
            rest.extend(reversed(node))
        elif isinstance(node, dict):
            if node.get("$") in KINDS and isinstance(node.get("key"), str):
                found[str(node.get("name", node["key"]))] = node
            else:
                rest.extend(reversed(node.values()))
    return found


def empty(dtype: str, shape: Sequence[int], framework: str) -> tuple[Any, memoryview]:
    """A tensor or array whose content is undefined, and its bytes to be filled in.

    Args:
        dtype: safetensors' name.
        shape: as the file states it.
        framework: TORCH or NUMPY.

    Raises:
        GitexpError: this needs torch, or a newer one than is installed.
        ValueError: no such dtype.
    """
    size = tensorfile.tensor_bytes(dtype, shape)
    if framework == NUMPY:
        import numpy

        if dtype not in NUMPY_NAMES:
            raise _needs_torch(f"numpy knows no {dtype}")
        array: Any = numpy.empty(size, numpy.uint8)
        return array.view(NUMPY_NAMES[dtype]).reshape(shape), memoryview(array)
    try:
        import torch
    except ImportError as error:
        raise _needs_torch("the checkpoint holds torch tensors") from error
    kind = getattr(torch, TORCH_NAMES.get(dtype, ""), None)
    if kind is None:
        raise GitexpError(
            f"torch {torch.__version__} knows no {dtype}",
            "`gitexp checkpoint get` writes the tensors to a file",
        )
    if dtype == "F4":  # two to a byte, and torch counts the bytes
        shape = [*shape[:-1], shape[-1] // 2]
    raw = torch.empty(size, dtype=torch.uint8)
    return raw.view(kind).reshape(tuple(shape)), memoryview(raw.numpy())


def restore(node: Mapping[str, Any], tensors: Mapping[str, Any]) -> Any:
    """The tensor or array that a node stands for, built on the stored one's memory.

    Raises:
        ValueError: the node does not fit what is stored.
    """
    base = tensors[node["key"]]
    return _numpy(node, base) if node["$"] == NUMPY else _torch(node, base)


def _torch(node: Mapping[str, Any], base: Any) -> Any:
    import torch

    made = base.detach()
    if "view" in node:
        dtype, shape, strides, offset, itemsize = _checked_view(node["view"], base.nbytes)
        kind = getattr(torch, TORCH_NAMES[dtype])
        offset += base.storage_offset() * base.element_size()
        if offset % itemsize or min(strides, default=0) < 0:
            raise ValueError("a view does not begin at an element")
        made = torch.empty(0, dtype=kind, device=base.device)
        made.set_(base.untyped_storage(), offset // itemsize, shape, strides)
    elif "stride" in node:
        strides = _checked_strides(node["stride"], tuple(base.shape))
        made = torch.empty_strided(base.shape, strides, dtype=base.dtype, device=base.device)
        made.copy_(base)
    if "as" in node:
        if made.dtype not in (torch.float64, torch.float16) or made.shape[-1:] != (2,):
            raise ValueError(f"a tensor of {made.dtype} is not stored {node['as']}")
        made = torch.view_as_complex(made)
    if node.get("parameter"):
        return torch.nn.Parameter(made, requires_grad=bool(node.get("requires_grad")))
    return made.requires_grad_() if node.get("requires_grad") else made


def _numpy(node: Mapping[str, Any], base: Any) -> Any:
    import numpy

    made = base
    if "view" in node:
        dtype, shape, strides, offset, itemsize = _checked_view(node["view"], base.nbytes)
        made = numpy.ndarray(
            shape,
            NUMPY_NAMES[dtype],
            buffer=base.reshape(-1).view(numpy.uint8),
            offset=offset,
            strides=[step * itemsize for step in strides],
        )
    elif "stride" in node:
        strides = _checked_strides(node["stride"], base.shape)
        made = numpy.ndarray(
            base.shape, base.dtype, strides=[step * base.itemsize for step in strides]
        )
        made[...] = base
    return made if "as" not in node else _as_numpy(made, numpy.dtype(str(node["as"])))


def _as_numpy(array: Any, dtype: Any) -> Any:
    """The way back of `leaves._storable`."""
    import numpy

    native = dtype.newbyteorder("=")
    if native.name in NUMPY_NAMES.values():
        return array.astype(dtype)
    if dtype.kind in "Mm":
        return array.view(native).astype(dtype, copy=False)
    if dtype.kind == "c" and array.shape[-1:] == (2,):
        return array.view(native).reshape(array.shape[:-1]).astype(dtype, copy=False)
    if dtype.kind in "SU" and array.dtype == numpy.uint8 and array.shape[-1] == dtype.itemsize:
        if not dtype.itemsize:
            return numpy.empty(array.shape[:-1], dtype)
        return array.reshape(-1).view(dtype).reshape(array.shape[:-1])
    raise ValueError(f"an array of {array.dtype} is not stored {dtype}")


def _checked_strides(strides: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    numbers = _whole_numbers(strides)
    if len(numbers) != len(shape) or not is_dense(shape, numbers):
        raise ValueError(f"strides {numbers} do not fit shape {shape}")
    return numbers


def _checked_view(
    view: Mapping[str, Any], base_bytes: int
) -> tuple[str, tuple[int, ...], tuple[int, ...], int, int]:
    """dtype, shape, strides (elements), offset and itemsize (bytes) of a view inside its base."""
    shape, strides = _whole_numbers(view["shape"]), _whole_numbers(view["stride"])
    (offset,) = _whole_numbers([view["offset"]])
    itemsize = max(1, tensorfile.DTYPE_BITS[view["dtype"]] // 8)
    if len(shape) != len(strides) or min(shape, default=0) < 0:
        raise ValueError(f"strides {strides} do not fit shape {shape}")
    back = sum(min(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True))
    low = offset + back * itemsize
    if low < 0 or low + span(shape, [abs(s) for s in strides]) * itemsize > base_bytes:
        raise ValueError("a view leaves the memory that it lies in")
    return view["dtype"], shape, strides, offset, itemsize


def _whole_numbers(values: Any) -> tuple[int, ...]:
    numbers = tuple(values)
    if not all(type(number) is int and abs(number) < 2**62 for number in numbers):
        raise ValueError("a shape or stride is not made of whole numbers")
    return numbers


def _needs_torch(why: str) -> GitexpError:
    return GitexpError(
        f"{why}, and torch is not installed",
        "pip install torch, or `gitexp checkpoint get` writes the tensors to a file",
    )


__all__ = ["KINDS", "NUMPY", "TORCH", "array_nodes", "empty", "restore"]
