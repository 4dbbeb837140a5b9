"""What people log, as JSON can keep it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from os import PathLike, fspath
from types import BuiltinFunctionType, FunctionType
from typing import Any

from gitexp.schema.tree import non_finite

_MAX_LIST = 10_000
_MAX_ARRAY = 1000
_MAX_DEPTH = 20
_MAX_REPR = 10_000
_INT64 = 1 << 63


class NotKept(ValueError):
    """A value that metrics.jsonl cannot hold; the message says what it is."""


def plain_metric(value: Any) -> Any:
    """A logged value → a JSON value.

    Numbers, bools, strings and None stay; numpy, torch and other array scalars become numbers;
    NaN and infinities become their strings; short lists of such values stay lists.

    Raises:
        NotKept: anything else.
    """
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else non_finite(value)
    if value is None or kind is bool or kind is str:
        return _text(value) if kind is str else value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value) if -_INT64 <= value < _INT64 else plain_metric(_as_float(value))
    if isinstance(value, float):
        return plain_metric(float(value))
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, list | tuple):
        if len(value) > _MAX_LIST:
            raise NotKept(f"a {kind.__name__} of {len(value)} values")
        return [plain_metric(item) for item in value]
    return _scalar(value)


def plain_logged(value: Any, depth: int = _MAX_DEPTH) -> Any:
    """A logged value that is no metric → a JSON value: mappings, sets, bytes, names of functions.

    Raises:
        NotKept: it is none of these either, or too deep.
    """
    if depth == 0:
        raise NotKept("what contains itself")
    if isinstance(value, Mapping):
        return {_text(str(key)): plain_logged(item, depth - 1) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    if isinstance(value, list | tuple):
        if len(value) > _MAX_LIST:
            raise NotKept(f"a {type(value).__name__} of {len(value)} values")
        return [plain_logged(item, depth - 1) for item in value]
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, complex):
        return str(value).strip("()")
    if isinstance(value, PathLike):
        return _text(str(value))
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    return plain_metric(value)


def _scalar(value: Any) -> Any:
    """Array libraries agree on `.item()` for arrays of one element."""
    shape = getattr(value, "shape", None)
    if shape is not None and math.prod(shape) != 1:
        raise NotKept(f"a {_kind(value)} of shape {tuple(shape)}")
    item = getattr(value, "item", None)
    if callable(item):
        unpacked = item()
        if isinstance(unpacked, bool | int | float | str):
            return plain_metric(unpacked)
        if isinstance(unpacked, date):
            return str(unpacked)
        raise NotKept(f"a {_kind(value)} holding a {type(unpacked).__name__}")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "__float__"):
        return plain_metric(_as_float(value))
    raise NotKept(f"a {_kind(value)}")


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def plain_config(value: Any, depth: int = _MAX_DEPTH) -> Any:
    """A config value → plain data; what is not plain, or too deep, is kept as a text."""
    if depth == 0:
        return _text(str(value))[:_MAX_REPR]
    if isinstance(value, Mapping):
        return {_text(str(key)): plain_config(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_config(item, depth - 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain_config(item, depth - 1) for item in value), key=repr)
    if isinstance(value, PathLike):
        return _text(str(fspath(value)))
    if isinstance(value, Enum) and not isinstance(value, int | str):
        return value.name
    try:
        return plain_metric(value)
    except NotKept:
        return _plain_object(value, depth)


def _plain_object(value: Any, depth: int) -> Any:
    tolist = getattr(value, "tolist", None)
    shape = getattr(value, "shape", None)  # of a tensor, `size` is a method
    if callable(tolist) and shape is not None and math.prod(shape) <= _MAX_ARRAY:
        return plain_config(tolist())
    name = getattr(value, "__qualname__", None)
    if isinstance(name, str):  # classes and functions: a repr would hold an address
        return f"{getattr(value, '__module__', '')}.{name}"
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {key: plain_config(getattr(value, key, None), depth - 1) for key in fields}
    return _text(str(value))[:_MAX_REPR]


def config_mapping(source: Any) -> dict[str, Any]:
    """What `init(config=…)` takes, as a nested dict of plain data; see `config_items`."""
    return dict(plain_config(config_items(source)))


def config_items(source: Any) -> Mapping[Any, Any]:
    """The keys and values of what `init(config=…)` takes, the values as they are.

    Args:
        source: a mapping, an argparse Namespace or any object with attributes, a dataclass,
            an OmegaConf config, or None.

    Raises:
        TypeError: it has no keys and values.
    """
    import dataclasses

    if source is None:
        return {}
    if type(source).__module__.startswith("omegaconf."):
        from omegaconf import OmegaConf

        source = OmegaConf.to_container(source, resolve=True)
    if isinstance(source, Mapping):
        return source
    if dataclasses.is_dataclass(source) and not isinstance(source, type):
        return dataclasses.asdict(source)
    for way in ("to_dict", "to_container", "as_dict", "flag_values_dict"):
        convert = getattr(source, way, None)
        if callable(convert) and isinstance(found := convert(), Mapping):
            return found
    if hasattr(source, "keys") and hasattr(source, "__getitem__"):
        return {key: source[key] for key in source.keys()}  # noqa: SIM118
    if hasattr(source, "__dict__") and not isinstance(source, type):
        return {k: v for k, v in vars(source).items() if not k.startswith("_")}
    raise TypeError(f"config must be a mapping or a namespace, not a {type(source).__name__}")


def _text(value: str) -> str:
    """JSON holds no lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()
    return value


def _kind(value: object) -> str:
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return kind.__name__ if module in ("builtins", "__main__") else f"{module} {kind.__name__}"
