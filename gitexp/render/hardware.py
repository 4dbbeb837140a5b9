"""Hardware figures in words: what `gpu.0.power_w` is called, and how its values read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

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
# What was used of the capacity there is, in the order of a plot's legend.
_SHARES = tuple(
    re.compile(pattern)
    for pattern in (
        r"gpu\.\d+\.utilization_pct",
        r"cpu\.utilization_pct",
        r"gpu\.\d+\.memory_used_pct",
        r"memory\.used_pct",
    )
)
_MOST_LINES = 8  # one for each colour

# The telling figures, in order; the others follow as the sampler names them.
_TELLING = tuple(
    re.compile(pattern)
    for pattern in (
        r"gpu\.\d+\.utilization_pct",
        r"gpu\.\d+\.memory_used_bytes",
        r"gpu\.\d+\.power_w",
        r"gpu\.\d+\.temperature_c",
        r"gpu\.\d+\.throttled_pct",
        r"cpu\.utilization_pct",
        r"process\.cpu_pct",
        r"process\.rss_bytes",
        r"memory\.used_bytes",
        r"cpu\..*power.*_w",
        r"disk\..+_per_s",
    )
)


def telling_first(keys: Iterable[str]) -> list[str]:
    """Hardware keys, those first that people look at."""
    return sorted(keys, key=lambda key: _place(key, _TELLING))


def is_telling(key: str) -> bool:
    """Whether people look at it."""
    return _place(key, _TELLING) < len(_TELLING)


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
    places = {key: _place(key, _SHARES) for key, series in hardware.items() if len(series) > 1}
    keys = sorted((key for key in places if places[key] < len(_SHARES)), key=places.__getitem__)
    start_s = min((hardware[key].times_s[0] for key in keys), default=0.0)
    return [
        Line(hardware_name(key).removesuffix(" utilization"), hardware[key], place, start_s)
        for place, key in enumerate(keys[:_MOST_LINES])
    ]


def _place(key: str, patterns: Sequence[re.Pattern[str]]) -> int:
    return next((n for n, p in enumerate(patterns) if p.fullmatch(key)), len(patterns))
