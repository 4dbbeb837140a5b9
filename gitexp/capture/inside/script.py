"""Config from the script itself, where no parser tells: its constants and its config objects.

A module-level name counts if it is assigned once, at top level, to a constant or something made
of constants; its value is taken when the training begins and at the end, so overrides by `exec`
or a configurator are in it. Dataclasses, namespaces and dicts that are called config, args,
hparams and so on are opened, in the module and in the functions that are running.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any

from gitexp.capture.inside import config
from gitexp.capture.inside.guard import is_users

_CONFIG_NAME = re.compile(r"^_*(?:\w*_)?(conf|config|configs|cfg|args|params?|hparams|hps?|opts?|options|settings|flags|hyper\w*)(?:_\w+)?$", re.I)  # fmt: skip  # noqa: E501
_CONFIG_CLASS = re.compile(r"conf|cfg|args|arguments|params|setting|option|hyper|flags", re.I)
_DATA_NAME = re.compile(r"data|char|vocab|label|word|sample|text|^[xy]s?(_|$)|(_|^)[xy]$", re.I)
_MOST = 200
_DEEPEST = 6
_PLAIN = (bool, int, float, str)


def take(script: str | None = None) -> None:
    """Add what the script says by now.

    Args:
        script: its file, where `__main__` does not know it any more.
    """
    if config.has_parser():
        return
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    file = getattr(main, "__file__", None) or getattr(spec, "origin", None) or script
    if main is None or not isinstance(file, str) or not is_users(file):
        return
    namespace = vars(main)
    source = _source(main, file)
    if b"=" not in source:
        return  # nothing is named in it
    from gitexp.capture.inside.constants import constants

    names = constants(source)
    plain = {
        name: namespace[name]
        for name in names
        if name in namespace and _is_plain(namespace[name]) and not _is_data(name, namespace[name])
    }
    if plain:
        config.add(config.SCRIPT, "script", dict(list(plain.items())[:_MOST]))
    for found in _objects(namespace, source):
        config.add(config.OBJECTS, "objects", found)


def _source(main: ModuleType, file: str) -> bytes:
    """The script's text; none of it if it is in no file and no archive."""
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:
        get_source = getattr(getattr(main, "__loader__", None), "get_source", None)
        with suppress(ImportError):  # no script was ever there
            return ((get_source and get_source("__main__")) or "").encode()
        return b""


def _is_data(name: str, value: Any) -> bool:
    """Whether a list is what a small script trains on: `x_data`, `idx2char`."""
    return isinstance(value, list | tuple) and bool(_DATA_NAME.search(name))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return len(value) <= 32 and all(isinstance(item, _PLAIN) for item in value)
    if isinstance(value, str):
        return len(value) <= 500
    return isinstance(value, _PLAIN) or value is None


def _objects(namespace: dict[str, Any], source: bytes) -> Iterator[Mapping[str, Any]]:
    """Config objects: of the module, then of the running functions, the outermost first."""
    # What the script never names came with an `import *`, as `cfg` of a file of models.
    named = {name: value for name, value in namespace.items() if name.encode() in source}
    frames = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_users(frame.f_code.co_filename) and frame.f_locals is not namespace:
            frames.append(dict(frame.f_locals))
        frame = frame.f_back
    seen: set[int] = set()
    for names in (named, *reversed(frames)):
        for name, value in list(names.items()):
            if id(value) in seen or name.startswith("__"):
                continue
            opened = _opened(name, value)
            if opened:
                seen.update(_parts(value))
                yield opened


def _opened(name: str, value: Any) -> Mapping[str, Any] | None:
    """What a config object holds, if it is one."""
    kind = value if isinstance(value, type) else type(value)
    by_name = bool(_CONFIG_NAME.match(name))
    by_class = bool(_CONFIG_CLASS.search(kind.__name__)) and is_users(_file_of(kind))
    if isinstance(value, type):
        odd = issubclass(value, BaseException) or hasattr(value, "__dataclass_fields__")
        if not by_class or odd:
            return None
        return {k: v for k, v in vars(value).items() if not k.startswith("_") and _is_plain(v)}
    if hasattr(value, "__dataclass_fields__"):
        return config.unpacked(value) if by_name or by_class else None
    if kind.__name__ in ("Namespace", "SimpleNamespace") and by_name:
        return dict(vars(value))
    if type(value) is dict and by_name:
        if len(value) >= _MOST or _is_param_group(value):
            return None
        return {k: v for k, v in value.items() if isinstance(k, str) and not _is_array(v)}
    if by_class and hasattr(value, "__dict__"):
        return _members(value, kind)
    return None


def _is_array(value: Any) -> bool:
    """A model's weights: `params` of a training are no config."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _is_param_group(value: dict[Any, Any]) -> bool:
    """What an optimizer keeps of some parameters: no config, and its lr is of the moment."""
    held = value.get("params")
    return isinstance(held, list) and bool(held) and _is_array(held[0])


def _members(value: Any, kind: type, depth: int = 0) -> dict[str, Any]:
    """A config object's plain values, and those of config objects in it."""
    found: dict[str, Any] = {}
    for name, member in {**_class_values(kind), **vars(value)}.items():
        if name.startswith("_"):
            continue
        if _is_plain(member):
            found[name] = member
        elif type(member) is kind and depth < _DEEPEST:
            found[name] = _members(member, kind, depth + 1)
    return found


def _parts(value: Any) -> set[int]:
    """The object and the config objects in it: a function that is given one tells nothing new."""
    kind = type(value)
    below = vars(value).values() if hasattr(value, "__dict__") else ()
    return {id(value)}.union(*(_parts(part) for part in below if type(part) is kind))


def _class_values(kind: type) -> dict[str, Any]:
    return {k: v for k, v in vars(kind).items() if not k.startswith("_") and _is_plain(v)}


def _file_of(kind: type) -> str:
    if kind.__module__ == "__main__":
        return "<string>"  # at the end, __main__ does not know its file any more
    module = sys.modules.get(kind.__module__)
    return getattr(module, "__file__", None) or "<frozen>"
