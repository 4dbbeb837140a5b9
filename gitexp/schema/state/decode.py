"""Tensors and a JSON skeleton → an object that is equal to the one that was saved."""

from __future__ import annotations

import argparse
import base64
import collections
import types
from collections.abc import Callable, Mapping
from typing import Any

from gitexp.schema.state import arrays, values

SKELETON_FORMAT = 1  # its history is in the package's docstring

FACTORIES: dict[str, Callable[[], Any] | None] = {
    kind.__name__: kind for kind in (bool, int, float, str, list, dict, set, tuple)
} | {"None": None}


def decode_state(skeleton: Mapping[str, Any], tensors: Mapping[str, Any]) -> Any:
    """Put an object together again.

    Args:
        skeleton: as `encode_state` made it, read back from JSON.
        tensors: by name: torch.Tensor or numpy.ndarray as `leaves.frameworks` says; the
            result is built on their memory.

    Raises:
        ValueError: the skeleton is malformed, or of a newer format.
    """
    if not isinstance(skeleton, Mapping) or not isinstance(skeleton.get("format"), int):
        raise ValueError("the skeleton states no format")
    if skeleton["format"] > SKELETON_FORMAT:
        raise ValueError(f"format {skeleton['format']} of the skeleton needs a newer gitexp")
    try:
        return _Decoder(tensors).value(skeleton["root"])
    except _MALFORMED as error:
        raise ValueError(f"malformed skeleton: {type(error).__name__}: {error}") from error


_MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    RuntimeError,
    TypeError,
)


class _Decoder:
    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self._tensors = tensors
        self._kinds: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "tuple": lambda node: tuple(self._list(node)),
            "set": lambda node: set(self._list(node)),
            "frozenset": lambda node: frozenset(self._list(node)),
            "deque": lambda node: collections.deque(self._list(node), node["maxlen"]),
            "dict": self._dict,
            "OrderedDict": self._ordered_dict,
            "defaultdict": lambda node: collections.defaultdict(
                FACTORIES[node["factory"]], self._dict(node)
            ),
            "Counter": lambda node: collections.Counter(self._dict(node)),
            "Namespace": lambda node: argparse.Namespace(**self._dict(node)),
            "SimpleNamespace": lambda node: types.SimpleNamespace(**self._dict(node)),
            "namedtuple": self._named_tuple,
            "state_dict": lambda node: self.value(node["value"]),
            "bytes": self._bytes,
            "bytearray": lambda node: bytearray(self._bytes(node)),
            **dict.fromkeys(arrays.KINDS, lambda node: arrays.restore(node, tensors)),
        }

    def value(self, node: Any) -> Any:
        """The object that a node stands for."""
        if isinstance(node, list):
            return [self.value(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$" not in node:
            return {key: self.value(item) for key, item in node.items()}
        decode = self._kinds.get(node["$"])
        return decode(node) if decode is not None else values.decode(node)

    def _list(self, node: Mapping[str, Any]) -> list[Any]:
        return [self.value(item) for item in node["items"]]

    def _dict(self, node: Mapping[str, Any]) -> dict[Any, Any]:
        items = node["items"]
        if isinstance(items, dict):
            return {key: self.value(item) for key, item in items.items()}
        return {self.value(key): self.value(item) for key, item in items}

    def _ordered_dict(self, node: Mapping[str, Any]) -> Any:
        made: Any = collections.OrderedDict(self._dict(node))
        if node.get("metadata") is not None:
            made._metadata = self.value(node["metadata"])
        return made

    def _named_tuple(self, node: Mapping[str, Any]) -> Any:
        # namedtuple() itself refuses every name that is not a plain identifier.
        kind = collections.namedtuple(node["name"], list(node["items"]))  # type: ignore[misc]
        return kind(*self._dict(node).values())

    def _bytes(self, node: Mapping[str, Any]) -> bytes:
        if "base64" in node:
            return base64.b64decode(node["base64"], validate=True)
        whole: bytes = arrays.restore(node["tensor"], self._tensors).tobytes()
        return whole
