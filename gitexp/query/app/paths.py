"""How names of runs, metrics and files stand in the paths of the app's resources."""

from __future__ import annotations

from urllib.parse import quote


def part(name: str) -> str:
    """A name as one component: "train/loss" → "train%2Floss"."""
    return quote(name, safe="")
