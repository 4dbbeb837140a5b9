"""The ```gitexp blocks of an article: YAML that says which panel stands there.

    panel: curves
    title: Validation loss
    where: config.lr < 0.1
    metrics: [val/loss]

docs/reports.md lists what each panel takes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.errors import BadArticle

_TEXT, _TEXTS, _NUMBER, _SWITCH, _COUNT = (
    "a text",
    "a list of texts",
    "a number",
    "true or false",
    "a count",
)

_COMMON = {
    "panel": _TEXT,
    "title": _TEXT,
    "runs": _TEXTS,
    "where": _TEXT,
    "sort": _TEXT,
    "limit": _COUNT,
    "height": _COUNT,
}
KINDS: Mapping[str, Mapping[str, str]] = {
    "curves": {
        "metrics": _TEXTS,
        "x": _TEXT,
        "smoothing": _NUMBER,
        "log": _SWITCH,
        "group": _TEXT,
    },
    "runs": {"metrics": _TEXTS, "keys": _TEXTS},
    "parallel": {"metrics": _TEXTS, "keys": _TEXTS, "colour": _TEXT},
    "scatter": {"x": _TEXT, "y": _TEXT, "colour": _TEXT, "log": _SWITCH},
    "bars": {"metrics": _TEXTS, "group": _TEXT},
    "diff": {"keys": _TEXTS, "metrics": _TEXTS},
    "media": {"key": _TEXT},
    "histogram": {"key": _TEXT},
    "config": {"keys": _TEXTS},
    "code": {"path": _TEXT},
    "findings": {},
}
_NEEDED = {"scatter": ("x", "y")}
_MOST_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class PanelBlock:
    """One block, as its author wrote it; what it does not say is None or empty."""

    kind: str
    line: int  # of the article, from 1: where the block begins
    lines: Mapping[str, int] = field(default_factory=dict)  # of each key
    title: str = ""
    runs: tuple[str, ...] = ()  # selectors
    where: str | None = None
    sort: str | None = None
    limit: int | None = None
    metrics: tuple[str, ...] = ()  # names or globs
    keys: tuple[str, ...] = ()  # of the config
    x: str | None = None
    y: str | None = None
    colour: str | None = None
    group: str | None = None
    key: str | None = None
    path: str | None = None
    smoothing: float | None = None
    log: bool | None = None
    height: int | None = None

    def line_of(self, key: str) -> int:
        """Where a key stands; the block's beginning, where it is not there."""
        return self.lines.get(key, self.line)


def read_block(content: str, file: str, line: int) -> PanelBlock:
    """Read a block, strictly.

    Args:
        content: what stands between the fences.
        file: the article's name, for messages.
        line: of the opening fence, from 1.

    Raises:
        BadArticle: it is no YAML, or says what no panel takes.
    """
    import yaml

    if len(content.encode()) > _MOST_BYTES:
        raise BadArticle(file, line, f"a panel of more than {_MOST_BYTES:,} bytes")
    try:
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        values = yaml.safe_load(content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = line + 1 + (mark.line if mark else 0)
        raise BadArticle(file, at, f"this is no YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadArticle(file, line + 1, f"this is no YAML: {error}") from error
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        hint = "```gitexp\npanel: curves\nmetrics: [val/loss]\n```"
        raise BadArticle(file, line + 1, "a panel is written as `key: value` lines", hint)
    lines: dict[str, int] = {}
    for key_node, _ in node.value:
        at = line + 1 + key_node.start_mark.line
        if key_node.value in lines:
            raise BadArticle(file, at, f"{key_node.value!r} is there twice")
        lines[key_node.value] = at
    return _checked(values, file, line, lines)


def _checked(values: dict[Any, Any], file: str, line: int, lines: Mapping[str, int]) -> PanelBlock:
    kind = values.get("panel")
    if kind is None:
        known = ", ".join(KINDS)
        raise BadArticle(file, line + 1, "it does not say which panel", f"panel: one of {known}")
    at = lines.get("panel", line)
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadArticle(file, at, f"there is no panel {kind!r}", suggestion(str(kind), KINDS))
    takes = {**_COMMON, **KINDS[kind]}
    read: dict[str, Any] = {}
    for key, value in values.items():
        at = lines.get(str(key), line)
        if key not in takes:
            why = f"a {kind} panel takes no {str(key)!r}"
            raise BadArticle(file, at, why, suggestion(str(key), takes))
        try:
            read[key] = _value(value, takes[key])
        except ValueError as error:
            raise BadArticle(file, at, f"{key!r} is {error}, not {takes[key]}") from error
    for key in _NEEDED.get(kind, ()):
        if not read.get(key):
            raise BadArticle(file, line, f"a {kind} panel needs {key!r}")
    smoothing = read.get("smoothing")
    if smoothing is not None and not 0 <= smoothing < 1:
        raise BadArticle(file, lines["smoothing"], "'smoothing' is from 0 to below 1")
    del read["panel"]
    return PanelBlock(kind=kind, line=line, lines=dict(lines), **read)


def _value(value: Any, wanted: str) -> Any:
    if wanted == _TEXTS:
        listed = value if isinstance(value, list) else [value]
        return tuple(_value(item, _TEXT) for item in listed)
    if wanted == _TEXT and isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    if wanted == _SWITCH and isinstance(value, bool):
        return value
    if wanted == _NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if wanted == _COUNT and isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    names = {dict: "a mapping", list: "a list", bool: "true or false", type(None): "empty"}
    raise ValueError(names.get(type(value), f"{value!r}"))


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """`did you mean 'metrics'?`, or what there is."""
    listed = list(known)
    near = difflib.get_close_matches(word, listed, 1, 0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    shown = ", ".join(listed[:12]) + (", …" if len(listed) > 12 else "")
    return f"there is: {shown}" if listed else None
