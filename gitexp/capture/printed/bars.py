"""Progress bars: of tqdm, Keras, Lightning, rich → a reading."""

from __future__ import annotations

import re

from gitexp.capture.printed.mappings import read_mapping
from gitexp.capture.printed.pairs import read_pairs
from gitexp.capture.printed.reading import BAR, BATCH, Axis, Reading, key_of

_TQDM = re.compile(
    r"^(?P<desc>.*?)\s*(?P<percent>\d+)%\|(?P<bar>[^|]*)\|\s*(?P<n>[\d.]+)(?P<scale>[kMG]?)/"
    r"(?P<total>[\d.]+)[kMG]?\s*\[(?P<state>[^\]]*)(?:\]|\Z)(?P<tail>.*)$"
)
_ENDLESS = re.compile(
    r"^(?P<desc>.*?)(?:^|\s)(?P<n>\d+)[a-z]+ \[(?P<state>\d+:\d\d[^\]]*)\](?P<tail>.*)$"
)
_KERAS = re.compile(r"^\s*(?P<n>\d+)/(?P<total>\d+)\s+(?:\[[=>.]*\]|[━╸╺]+)(?P<tail>.*)$")
_RICH = re.compile(
    r"^(?P<desc>.*?)\s+[━╸╺]{5,}\s+(?P<n>\d+)/(?P<total>\d+)\s+\S+\s+•?\s*\S+\s+[\d.]+\s*it/s\s*(?P<tail>.*)$"
)
_LOGGED = re.compile(r"[\[(]?\d{4}-\d\d-\d\d\b|\[?(?:DEBUG|INFO|WARNING|ERROR)\b")
_RATE = re.compile(r"^[\d:<?.\s]*(?:,\s*[?\d.]+\s*[\w%µ]*/\w+)?,?\s*")


def without_behind(text: str, *, redrawn: bool) -> tuple[str, str]:
    """Split off what was printed while a bar stood in the line, if it is none of the bar's own.

    Args:
        text: a line or a state of one.
        redrawn: whether another state follows in its place.

    Returns:
        The bar, and the line behind it; a dict there is left with the bar, whose step it has.
    """
    match = (_TQDM.match(text) or _ENDLESS.match(text)) if "it" in text else None
    if match is None or not (tail := match["tail"].strip()) or tail.startswith("{"):
        return text, ""
    ended = match["n"] == match.groupdict().get("total")
    if _LOGGED.match(tail) or not (redrawn or ended):
        return text[: match.start("tail")], tail
    return text, ""


def read_bar(text: str) -> Reading | None:
    """What a bar says: its counter as the axis `batch`, the values behind or before it."""
    if "%|" in text:
        match, keras = _TQDM.match(text), False
    elif "━" in text or "[=" in text or "[." in text or "[>" in text:
        match, keras = _KERAS.match(text), True
        if match is None:
            match, keras = _RICH.match(text), False
    elif "[" in text and "it" in text:
        match, keras = _ENDLESS.match(text), False
    else:
        return None
    if match is None:
        return None
    return _keras(match) if keras else _tqdm(match)


def _tqdm(match: re.Match[str]) -> Reading:
    groups = match.groupdict()
    reading = Reading(BAR)
    before = read_pairs(groups["desc"])
    reading.phase = before.phase
    state = _RATE.sub("", groups.get("state") or "")
    mapping, tail = read_mapping(groups["tail"].strip())
    after = read_pairs(", ".join(filter(None, (state, tail.strip()))))
    for part in (before, after):
        reading.axes.update(part.axes)
    for part in (before, after, *([mapping] if mapping else [])):
        phase = "" if part is before else reading.phase
        reading.values.update({key_of(k, phase): v for k, v in part.values.items()})
        reading.decimals.update({key_of(k, phase): d for k, d in part.decimals.items()})
        for axis, counter in part.axes.items():
            reading.axes.setdefault(axis, counter)
    if not groups.get("scale") and BATCH not in reading.axes:
        total = groups.get("total")
        reading.axes[BATCH] = Axis(
            int(float(groups["n"])), int(float(total)) if total is not None else None
        )
    return reading


def _keras(match: re.Match[str]) -> Reading:
    """Keras shows means over the epoch so far: only the bar's last state counts, and it counts
    for the epoch."""
    reading = Reading(BAR)
    if match["n"] == match["total"]:
        after = read_pairs(re.sub(r"^.*?/(?:step|epoch|sample)\b", "", match["tail"]).lstrip(" -"))
        reading.values, reading.decimals = after.values, after.decimals
    return reading
