from __future__ import annotations

from pathlib import Path

RANGE_UJ = 262_143_328_850


def add_zone(folder: Path, zone: str, name: str, energy_uj: int) -> Path:
    """A RAPL domain as Linux shows it below /sys/class/powercap; returns its counter's file."""
    top = folder / zone
    top.mkdir(parents=True)
    (top / "name").write_text(f"{name}\n")
    (top / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    counter = top / "energy_uj"
    counter.write_text(f"{energy_uj}\n")
    return counter
