"""Hardware figures in words: what `gpu.0.power_w` is called, and how its values read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gitexp.render.frame import Line
from gitexp.render.text import NONE, byte_size, energy, number, one_line
from gitexp.schema.series import Series
from gitexp.schema.tree import number as as_number

# The unit is the key's end: value → text.
_UNITS = (
    ("_bytes_per_s", lambda v: f"{byte_size(v)}/s"),
    ("_pct", lambda v: f"{number(v, 3)}%"),
    ("_bytes", byte_size),
    ("_wh", energy),
    ("_w", lambda v: f"{number(v, 3)} W"),
    ("_c", lambda v: f"{number(v, 3)} °C"),
    ("_mhz", lambda v: f"{number(v, 4)} MHz"),
    ("_j", lambda v: f"{number(v, 3)} J"),
    ("_s", lambda v: f"{number(v, 3)} s"),
)
_NAMES = {"cpu": "CPU", "gpu": "GPU", "io": "I/O", "rss": "RSS", "pcie": "PCIe", "sm": "SM"}
_SHARE = re.compile(r"(?P<what>.+)\.(?P<of>utilization|used|memory_used|memory)_pct\Z")
_MOST_LINES = 6


def hardware_name(key: str) -> str:
    """`gpu.0.memory_used_bytes` → `GPU 0 memory used`."""
    for unit, _ in _UNITS:
        if key.endswith(unit):
            key = key[: -len(unit)]
            break
    words = [_NAMES.get(word, word) for word in re.split(r"[._]", one_line(key)) if word]
    name = " ".join(words)
    return name[:1].upper() + name[1:]


def hardware_value(key: str, value: object) -> str:
    """A value in the unit that its key ends with."""
    if as_number(value) is None:
        return NONE
    show = next((show for unit, show in _UNITS if key.endswith(unit)), number)
    return show(value)


def share_lines(hardware: Mapping[str, Series]) -> list[Line]:
    """Curves of what was used of the capacity there is, in per cent: GPUs, CPU, memory."""
    found = []
    for key, series in hardware.items():
        match = _SHARE.fullmatch(key)
        if match is None or not len(series) or key.startswith("process."):
            continue
        what = match["what"]
        rank = (
            not what.startswith("gpu"),
            not what.startswith("cpu"),
            what,
            match["of"] != "utilization",
        )
        found.append((rank, key, series))
    found.sort(key=lambda entry: entry[0])
    start_s = min((series.times_s[0] for _, _, series in found), default=0.0)
    return [
        Line(hardware_name(key.replace("utilization_", "_")), series, place, start_s)
        for place, (_, key, series) in enumerate(found[:_MOST_LINES])
    ]
