"""Many curves as one block of bytes, which a browser reads without parsing numbers.

    uint32   length of the header
    header   JSON, padded with spaces so that the body begins at a multiple of 8:
             {"entries": [{"run", "key", "n": points, "total": points before downsampling,
                           "steps": {"first", "stride"} | {"at", "type": "i4" | "f8"},
                           "time0": seconds since the epoch,
                           "times": {"at", "type": "f4"} (relative to time0) | null,
                           "values": {"at", "type": "f4" | "f8"}}, …]}
    body     the arrays; "at" counts from the body's beginning and is a multiple of 8

All little-endian. NaN and the infinities are those of IEEE 754.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from gitexp.schema.series import Series

_ALIGNED = 8


@dataclass(frozen=True, slots=True)
class PackedCurve:
    """One curve of n points, ready to be joined with others."""

    key: str
    n: int
    total: int  # points before downsampling
    steps: tuple[int, int] | bytes  # first and stride, or an array
    steps_type: str  # "" for first and stride, "i4" or "f8"
    time0: float  # seconds since the epoch
    times: bytes | None  # (n,) float32, relative to time0
    values: bytes  # (n,)
    values_type: str  # "f4" or "f8"


def pack_curve(
    key: str, series: Series, total: int | None = None, *, thrifty: bool = False
) -> PackedCurve:
    """Turn a series into little-endian arrays, as small as its numbers allow.

    Values are single precision unless they need more to be told apart.

    Args:
        key: the metric's or hardware figure's.
        series: n points.
        total: points before downsampling; None: n.
        thrifty: keep of values four digits, and of times one in 4,096 of the whole: they
            compress to half.
    """
    import numpy as np

    n = len(series)
    steps = np.frombuffer(series.steps, np.int64) if n else np.zeros(0, np.int64)
    times = np.frombuffer(series.times_s, np.float64) if n else np.zeros(0)
    values = np.frombuffer(series.values, np.float64) if n else np.zeros(0)
    packed_steps: tuple[int, int] | bytes
    stride = int(steps[1] - steps[0]) if n > 1 else 1
    if n < 2 or bool((np.diff(steps) == stride).all()):
        packed_steps, steps_type = (int(steps[0]) if n else 0, stride), ""
    else:
        fits = int(steps[0]) >= -(2**31) and int(steps[-1]) < 2**31
        steps_type = "i4" if fits else "f8"
        packed_steps = steps.astype(f"<{steps_type}").tobytes()
    time0 = float(times[0]) if n and np.isfinite(times[0]) else 0.0
    single = _single_suffices(values)
    times = times - time0
    if thrifty:
        times = _coarse_times(times)
        values = _coarse_values(values) if single else values
    with np.errstate(over="ignore"):
        return PackedCurve(
            key=key,
            n=n,
            total=n if total is None else total,
            steps=packed_steps,
            steps_type=steps_type,
            time0=time0,
            times=times.astype("<f4").tobytes(),
            values=values.astype("<f4" if single else "<f8").tobytes(),
            values_type="f4" if single else "f8",
        )


def _coarse_times(times: Any) -> Any:
    import numpy as np

    span = float(np.ptp(times)) if len(times) else 0.0
    if not 0.0 < span < 1e15:
        return times
    grain = 2.0 ** np.floor(np.log2(span / 4096))
    return np.round(times / grain) * grain


def _coarse_values(values: Any) -> Any:
    """Mantissas of 14 bits: one part in 16,384."""
    import numpy as np

    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    bits = single.view(np.uint32)
    rounded = ((bits + 0x100) & np.uint32(0xFFFFFE00)).view(np.float32)
    return np.where(np.isfinite(single), rounded, single)


def _single_suffices(values: Any) -> bool:
    """Whether single precision tells the values apart as well as any screen does."""
    import numpy as np

    finite = values[np.isfinite(values)]
    if not finite.size:
        return True
    low, high = float(finite.min()), float(finite.max())
    size = max(abs(low), abs(high))
    return size < 1e38 and (low == high == 0 or high - low > 1e-3 * size or low == high)


def join_curves(curves: Iterable[tuple[str, PackedCurve]]) -> bytes:
    """The block of bytes that holds curves, each with the name of its run."""
    entries: list[dict[str, Any]] = []
    body: list[bytes] = []
    size = 0

    def place(array: bytes) -> int:
        nonlocal size
        at = size
        body.append(array)
        padding = -len(array) % _ALIGNED
        if padding:
            body.append(b"\0" * padding)
        size += len(array) + padding
        return at

    for run, curve in curves:
        steps: dict[str, Any]
        if isinstance(curve.steps, bytes):
            steps = {"at": place(curve.steps), "type": curve.steps_type}
        else:
            steps = {"first": curve.steps[0], "stride": curve.steps[1]}
        entries.append(
            {
                "run": run,
                "key": curve.key,
                "n": curve.n,
                "total": curve.total,
                "steps": steps,
                "time0": curve.time0,
                "times": None if curve.times is None else {"at": place(curve.times), "type": "f4"},
                "values": {"at": place(curve.values), "type": curve.values_type},
            }
        )
    header = orjson.dumps({"entries": entries})
    header += b" " * (-(4 + len(header)) % _ALIGNED)
    return b"".join([struct.pack("<I", len(header)), header, *body])


def split_curves(data: bytes) -> Iterator[tuple[str, PackedCurve]]:
    """The way back from `join_curves`."""
    (length,) = struct.unpack_from("<I", data)
    begin = 4 + length
    sizes = {"i4": 4, "f4": 4, "f8": 8}
    for entry in orjson.loads(data[4:begin])["entries"]:
        n = entry["n"]

        def array(place: dict[str, Any], n: int = n) -> bytes:
            at = begin + place["at"]
            return data[at : at + n * sizes[place["type"]]]

        steps, times, values = entry["steps"], entry["times"], entry["values"]
        yield (
            entry["run"],
            PackedCurve(
                key=entry["key"],
                n=n,
                total=entry["total"],
                steps=array(steps) if "at" in steps else (steps["first"], steps["stride"]),
                steps_type=steps.get("type", ""),
                time0=entry["time0"],
                times=None if times is None else array(times),
                values=array(values),
                values_type=values["type"],
            ),
        )


def to_series(curve: PackedCurve) -> Series:
    """The curve's points; times and values have the precision that they were packed with."""
    from array import array

    import numpy as np

    if isinstance(curve.steps, bytes):
        steps = np.frombuffer(curve.steps, f"<{curve.steps_type}").astype(np.int64)
    else:
        first, stride = curve.steps
        steps = first + stride * np.arange(curve.n, dtype=np.int64)
    values = np.frombuffer(curve.values, f"<{curve.values_type}").astype(np.float64)
    if curve.times is None:
        times = np.full(curve.n, curve.time0)
    else:
        times = curve.time0 + np.frombuffer(curve.times, "<f4").astype(np.float64)
    return Series(
        array("q", steps.tobytes()), array("d", times.tobytes()), array("d", values.tobytes())
    )
