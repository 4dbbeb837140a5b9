"""Config files: YAML, JSON or TOML → a nested mapping of plain data."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gitexp.errors import BadConfig

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read_config_file(path: str | Path) -> dict[str, Any]:
    """Read a config file; its format is told by the extension, else by the content.

    YAML is read as YAML 1.2 says: `1e-3` is a float and `no` a word (YAML 1.1, and PyYAML with
    it, take the first for a string and the second for false). Dates stay as they are written.

    Returns:
        None, bools, ints, floats, strings, lists and dicts with string keys, in the file's order.

    Raises:
        BadConfig: the file cannot be read; names the file and, where there is one, the line.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadConfig(str(path), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadConfig(str(path), "it is not UTF-8 text", line) from error
    read = {".json": _json, ".toml": _toml, ".yaml": _yaml, ".yml": _yaml}.get(path.suffix.lower())
    try:
        data = _guess(text) if read is None else read(text)
        return _mapping(data)
    except _Wrong as wrong:
        raise BadConfig(str(path), wrong.why, wrong.line) from wrong


class _Wrong(Exception):
    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def _guess(text: str) -> Any:
    """JSON opens with a brace; TOML has `[table]` or `key = value` first, which YAML has not."""
    if text.lstrip().startswith("{"):
        return _json(text)
    first = re.search(r"^(?!\s*(#|$)).*", text, re.MULTILINE)
    if first and re.match(r"\s*(\[[^\]]+\]\s*(#.*)?$|[\w.\"'-]+\s*=)", first[0]):
        return _toml(text)
    return _yaml(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _Wrong(f"{error.msg} (column {error.colno})", error.lineno) from error


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        if place is None:  # "at end of document"
            raise _Wrong(str(error), text.count("\n") + 1) from error
        why = str(error).replace(place[0], f" (column {place[2]})")
        raise _Wrong(why, int(place[1])) from error


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, _loader())  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context or "it is not YAML"
        raise _Wrong(why, None if mark is None else mark.line + 1) from error
    except yaml.YAMLError as error:
        raise _Wrong(str(error)) from error
    except RecursionError as error:
        raise _Wrong("it is nested too deeply") from error


@lru_cache(maxsize=1)
def _loader() -> type[Any]:
    """PyYAML's SafeLoader with the scalars of YAML 1.2's core schema, and `<<` as before."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
        (
            "float",
            r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
            list("-+.0123456789"),
        ),
        ("merge", r"<<", ["<"]),
    ):
        Loader.add_implicit_resolver(
            f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), first
        )
    Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
    Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
    return Loader


def _construct_int(loader: Any, node: Any) -> int:
    """YAML 1.2: `010` is ten and `0o10` eight."""
    text = loader.construct_scalar(node)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _construct_float(loader: Any, node: Any) -> float:
    return float(
        loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan")
    )


def _mapping(data: Any) -> dict[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise _Wrong(f"it holds a {type(data).__name__}, expected a mapping of keys to values")
    try:
        plain: dict[str, Any] = _plain(data)
    except RecursionError as error:
        raise _Wrong("it contains itself") from error
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _key(key: Any) -> str:
    """A key as it was written: YAML's `true:` and `null:` are such."""
    return json.dumps(key) if key is None or isinstance(key, bool) else str(key)
