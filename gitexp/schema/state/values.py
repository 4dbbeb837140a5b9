"""Values of a checkpoint that hold no others, and their JSON: inf, complex, dtypes, paths, …"""

from __future__ import annotations

import datetime
import math
import pathlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

AS_THEY_ARE = frozenset({type(None), bool, int, float, str})

# Python's own limit on the digits of an integer in text does not hold for hexadecimal ones.
_BIG = 2**63


def plain(value: Any) -> Any:
    """A value of one of the types that JSON knows; numbers that JSON cannot hold get a node."""
    if type(value) is float and not math.isfinite(value):
        return {"$": "float", "value": repr(value)}
    if type(value) is int and not -_BIG <= value < _BIG:
        return {"$": "int", "hex": hex(value)}
    return value


def encode(value: Any) -> dict[str, Any] | None:
    """The node of any other value that holds no others; None: it is none that we know."""
    make = _ENCODERS.get(type(value))
    if make is not None:
        return make(value)
    if isinstance(value, pathlib.PurePath):
        return {"$": "path", "value": str(value)}
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        # Not long doubles ("g", "G"), which every machine has in a form of its own.
        if isinstance(value, numpy.generic) and value.dtype.char in "?bBhHiIlLqQefdFDMmSUpP":
            return _numpy_scalar(value)
        if isinstance(value, numpy.dtype) and value.names is None and not value.hasobject:
            return {"$": "numpy.dtype", "value": value.str}
    if torch is not None:
        if isinstance(value, torch.Size):
            return {"$": "torch.Size", "value": list(value)}
        if isinstance(value, torch.device):
            return {"$": "torch.device", "value": str(value)}
        if isinstance(value, torch.dtype | torch.layout | torch.memory_format):
            return {"$": "torch", "value": str(value).removeprefix("torch.")}
    return None


def decode(node: Mapping[str, Any]) -> Any:
    """The way back.

    Raises:
        ValueError: the node is of no kind that we know, or its content is not what it should be.
    """
    make = _DECODERS.get(node["$"])
    if make is None:
        raise ValueError(f"a value of kind {node['$']!r} needs a newer gitexp")
    return make(node.get("value"), node)


def _numpy_scalar(value: Any) -> dict[str, Any]:
    return {"$": "numpy.scalar", "dtype": value.dtype.str, "hex": value.tobytes().hex()}


def _decode_numpy_scalar(_: Any, node: Mapping[str, Any]) -> Any:
    import numpy

    dtype = numpy.dtype(str(node["dtype"]))
    if not dtype.itemsize:  # an empty string
        return dtype.type()
    return numpy.frombuffer(bytes.fromhex(node["hex"]), dtype)[0]


def _decode_numpy_dtype(value: Any, _: Any) -> Any:
    import numpy

    return numpy.dtype(str(value))


def _decode_torch(value: Any, _: Any) -> Any:
    import torch

    found = getattr(torch, str(value), None)
    if not isinstance(found, torch.dtype | torch.layout | torch.memory_format):
        raise ValueError(f"torch knows no {value!r}")
    return found


def _decode_torch_size(value: Any, _: Any) -> Any:
    import torch

    return torch.Size(value)


def _decode_torch_device(value: Any, _: Any) -> Any:
    import torch

    return torch.device(str(value))


_ENCODERS: dict[type, Callable[[Any], dict[str, Any]]] = {
    complex: lambda v: {"$": "complex", "value": [repr(v.real), repr(v.imag)]},
    range: lambda v: {"$": "range", "value": [plain(n) for n in (v.start, v.stop, v.step)]},
    datetime.datetime: lambda v: {"$": "datetime", "value": v.isoformat()},
    datetime.date: lambda v: {"$": "date", "value": v.isoformat()},
    datetime.timedelta: lambda v: {
        "$": "timedelta",
        "value": [v.days, v.seconds, v.microseconds],
    },
}

_DECODERS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "float": lambda value, _: float(value),
    "int": lambda _, node: int(node["hex"], 16),
    "complex": lambda value, _: complex(float(value[0]), float(value[1])),
    "range": lambda value, _: range(*(n if type(n) is int else decode(n) for n in value)),
    "path": lambda value, _: pathlib.Path(value),
    "datetime": lambda value, _: datetime.datetime.fromisoformat(value),
    "date": lambda value, _: datetime.date.fromisoformat(value),
    "timedelta": lambda value, _: datetime.timedelta(*value),
    "numpy.scalar": _decode_numpy_scalar,
    "numpy.dtype": _decode_numpy_dtype,
    "torch": _decode_torch,
    "torch.Size": _decode_torch_size,
    "torch.device": _decode_torch_device,
}
