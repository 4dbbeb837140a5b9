"""The bytes of stored tensors → numbers, without torch: bfloat16 and 8-bit floats too."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from gitexp.schema.state.leaves import NUMPY_NAMES

# Exponent bits, mantissa bits, bias, and what the largest codes mean: "ieee" has infinities and
# NaNs there, "fn" only NaNs with all bits set, "fnuz" a single NaN in place of minus zero.
_FLOAT8 = {
    "F8_E4M3": (4, 3, 7, "fn"),
    "F8_E5M2": (5, 2, 15, "ieee"),
    "F8_E4M3FNUZ": (4, 3, 8, "fnuz"),
    "F8_E5M2FNUZ": (5, 2, 16, "fnuz"),
}


def is_numeric(dtype: str) -> bool:
    """Whether `to_float64` can read it."""
    return dtype in NUMPY_NAMES or dtype in _FLOAT8 or dtype in ("BF16", "F8_E8M0")


def to_float64(data: memoryview | bytes, dtype: str) -> Any:
    """The elements as a flat float64 array; a complex number is two of them.

    Args:
        data: whole elements, little endian.
        dtype: safetensors' name, one that `is_numeric`.
    """
    import numpy

    if dtype == "BF16":
        high = numpy.frombuffer(data, "<u2").astype(numpy.uint32) << 16
        with numpy.errstate(invalid="ignore"):  # signalling NaNs
            return high.view(numpy.float32).astype(numpy.float64)
    if dtype.startswith("F8"):
        return numpy.asarray(_float8_values(dtype))[numpy.frombuffer(data, numpy.uint8)]
    kind = numpy.float32 if dtype == "C64" else numpy.dtype(NUMPY_NAMES[dtype])
    with numpy.errstate(invalid="ignore"):
        return numpy.frombuffer(data, kind).astype(numpy.float64)


@cache
def _float8_values(dtype: str) -> tuple[float, ...]:
    """What each of the 256 bytes means."""
    if dtype == "F8_E8M0":  # powers of two
        return (*(2.0 ** (code - 127) for code in range(255)), math.nan)
    return tuple(_float8(code, *_FLOAT8[dtype]) for code in range(256))


def _float8(code: int, exponent_bits: int, mantissa_bits: int, bias: int, kind: str) -> float:
    sign = -1.0 if code & 0x80 else 1.0
    mantissa = code & (1 << mantissa_bits) - 1
    exponent = code >> mantissa_bits & (1 << exponent_bits) - 1
    if kind == "fnuz" and code == 0x80:
        return math.nan
    if kind == "fn" and code & 0x7F == 0x7F:
        return math.nan
    if kind == "ieee" and exponent == (1 << exponent_bits) - 1:
        return math.nan if mantissa else sign * math.inf
    if exponent == 0:
        return float(sign * mantissa * 2.0 ** (1 - bias - mantissa_bits))
    return float(sign * (1 + mantissa / (1 << mantissa_bits)) * 2.0 ** (exponent - bias))
