"""An object → tensors by name and a JSON skeleton."""

from __future__ import annotations

import argparse
import base64
import collections
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitexp.errors import NotStorable
from gitexp.schema.state import leaves, values
from gitexp.schema.state.decode import FACTORIES, SKELETON_FORMAT
from gitexp.schema.state.leaves import Leaf, LeafRefused, TensorNames
from gitexp.schema.state.memory import place

# Deeper than any real checkpoint, and well within what Python's stack takes.
_MAX_DEPTH = 64
# Longer bytes are stored like tensors: JSON would hold them as base64, once for each checkpoint.
_LONG_BYTES = 4096

_ROOT = "value"  # the tensor's name where the whole object is one tensor


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the object that `strict=False` did without."""

    where: str  # its path: "optimizer.param_groups.0.hook"
    kind: str  # what it is: "function"

    def __str__(self) -> str:
        return f"{self.where} ({self.kind})"


@dataclass(frozen=True, slots=True)
class EncodedState:
    """An object, taken apart.

    Attributes:
        tensors: contiguous, none of them sharing memory; torch.Tensor or numpy.ndarray.
        skeleton: for json.dumps.
        left_out: only with strict=False.
    """

    tensors: dict[str, Any]
    skeleton: dict[str, Any]
    left_out: tuple[LeftOut, ...]


def encode_state(obj: object, *, strict: bool = True) -> EncodedState:
    """Take an object apart into tensors and JSON; no tensor data is copied without need.

    A tensor's name is its path in the object: `model.layer1.weight`, `optimizer.state.0.exp_avg`.

    Args:
        obj: tensors, arrays, numbers, strings, None and bytes in dicts, lists, tuples, sets …
            and objects that have a `state_dict()`.
        strict: False leaves out what cannot be stored (None stands in its place in a list).

    Raises:
        NotStorable: a part of it has no plain form, or the object contains itself.
    """
    encoder = _Encoder(strict)
    root = encoder.node(obj, "")
    tensors = place(encoder.leaves, encoder.names)
    skeleton = {"format": SKELETON_FORMAT, "root": root}
    return EncodedState(tensors, skeleton, tuple(encoder.left_out))


@dataclass(frozen=True, slots=True)
class _Key:
    """A dict's key that is no string."""

    value: Any


class _Encoder:
    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.names = TensorNames()
        self.leaves: list[Leaf] = []
        self.left_out: list[LeftOut] = []
        self._open: list[int] = []  # ids of the containers that we are inside of
        self._by_type: dict[type, Callable[[Any, str], Any]] = {
            dict: self._dict,
            list: self._list,
            tuple: lambda value, at: self._items("tuple", value, at),
            set: lambda value, at: self._set("set", value, at),
            frozenset: lambda value, at: self._set("frozenset", value, at),
            collections.OrderedDict: self._ordered_dict,
            collections.defaultdict: self._default_dict,
            collections.Counter: lambda value, at: self._mapping("Counter", value, at),
            collections.deque: self._deque,
            argparse.Namespace: lambda value, at: self._mapping("Namespace", vars(value), at),
            types.SimpleNamespace: lambda value, at: self._mapping(
                "SimpleNamespace", vars(value), at
            ),
            bytes: lambda value, at: self._bytes("bytes", value, at),
            bytearray: lambda value, at: self._bytes("bytearray", value, at),
            _Key: self._key,
        }

    def node(self, value: Any, at: str) -> Any:
        """The JSON of a value; NotStorable where it has none."""
        kind = type(value)
        if kind in values.AS_THEY_ARE:
            return values.plain(value)
        encode = self._by_type.get(kind)
        if encode is not None:
            return self._inside(value, at, encode)
        try:
            leaf = leaves.leaf(value)
        except LeafRefused as refused:
            raise NotStorable(at or "the object", refused.kind) from None
        if leaf is not None:
            leaf.name = self.names.new(at or _ROOT)
            self.leaves.append(leaf)
            return leaf.node
        node = values.encode(value)
        if node is not None:
            return node
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return self._inside(value, at, self._named_tuple)
        if callable(getattr(value, "state_dict", None)) and not isinstance(value, type):
            return self._inside(value, at, self._state_dict)
        raise NotStorable(at or "the object", _kind(value))

    def _inside(self, value: Any, at: str, encode: Callable[[Any, str], Any]) -> Any:
        if id(value) in self._open:
            raise NotStorable(at, f"{_kind(value)} that contains itself")
        if len(self._open) >= _MAX_DEPTH:
            raise NotStorable(at, f"{_kind(value)} nested deeper than {_MAX_DEPTH} levels")
        self._open.append(id(value))
        try:
            return encode(value, at)
        finally:
            self._open.pop()

    def _part(self, value: Any, at: str) -> tuple[bool, Any]:
        """Whether a part of a container could be stored, and its node."""
        if self.strict:
            return True, self.node(value, at)
        before = len(self.leaves)
        try:
            return True, self.node(value, at)
        except NotStorable as problem:
            del self.leaves[before:]
            self.left_out.append(LeftOut(problem.where, problem.kind))
            return False, None

    def _list(self, value: Iterable[Any], at: str) -> list[Any]:
        return [node for _, node in self._parts(value, at)]

    def _parts(self, value: Iterable[Any], at: str) -> list[tuple[bool, Any]]:
        if values.AS_THEY_ARE.issuperset(map(type, value)):  # a long history of losses
            return [(True, values.plain(item)) for item in value]
        dot = f"{at}." if at else ""
        return [self._part(item, f"{dot}{i}") for i, item in enumerate(value)]

    def _items(self, kind: str, value: Iterable[Any], at: str) -> dict[str, Any]:
        return {"$": kind, "items": self._list(value, at)}

    def _set(self, kind: str, value: Iterable[Any], at: str) -> dict[str, Any]:
        # A set has no order of its own; the same set gives the same bytes.
        items = [node for stored, node in self._parts(value, at) if stored]
        return {"$": kind, "items": sorted(items, key=repr)}

    def _dict(self, value: Mapping[Any, Any], at: str) -> dict[str, Any]:
        if all(type(key) is str for key in value) and "$" not in value:
            return self._pairs(value, at)  # type: ignore[return-value]
        return self._mapping("dict", value, at)

    def _mapping(self, kind: str, value: Mapping[Any, Any], at: str) -> dict[str, Any]:
        return {"$": kind, "items": self._pairs(value, at)}

    def _pairs(self, value: Mapping[Any, Any], at: str) -> dict[str, Any] | list[tuple[Any, Any]]:
        """{key: NODE} if all keys are strings, else [[NODE, NODE], …]."""
        dot = f"{at}." if at else ""
        pairs = []
        for key, item in value.items():
            if type(key) is str:
                where, named, key_node = f"{dot}{key}", True, key
            else:
                where = f"{dot}{_key_text(key)}"
                named, key_node = self._part(_Key(key), where)
            stored, node = self._part(item, where) if named else (False, None)
            if stored:
                pairs.append((key_node, node))
        return dict(pairs) if all(type(key) is str for key in value) else pairs

    def _key(self, key: _Key, at: str) -> Any:
        before = len(self.leaves)
        node = self.node(key.value, at)
        if len(self.leaves) > before:  # it is found by identity, which no file keeps
            raise NotStorable(at, f"{_kind(key.value)} as a key")
        return node

    def _ordered_dict(self, value: Any, at: str) -> dict[str, Any]:
        node = self._mapping("OrderedDict", value, at)
        # nn.Module keeps the versions of its layers' formats as an attribute of its state dict.
        metadata = getattr(value, "_metadata", None)
        if metadata is not None:
            node["metadata"] = self._part(metadata, f"{at}._metadata" if at else "_metadata")[1]
        return node

    def _default_dict(self, value: Any, at: str) -> dict[str, Any]:
        factory = getattr(value.default_factory, "__name__", str(value.default_factory))
        if FACTORIES.get(factory, FACTORIES) is not value.default_factory:
            raise NotStorable(at or "the object", f"defaultdict of {factory}")
        return {**self._mapping("defaultdict", value, at), "factory": factory}

    def _deque(self, value: Any, at: str) -> dict[str, Any]:
        return {**self._items("deque", value, at), "maxlen": value.maxlen}

    def _named_tuple(self, value: Any, at: str) -> dict[str, Any]:
        fields = dict(zip(value._fields, value, strict=True))
        dot = f"{at}." if at else ""
        items = {name: self._part(item, f"{dot}{name}")[1] for name, item in fields.items()}
        return {"$": "namedtuple", "name": type(value).__name__, "items": items}

    def _state_dict(self, value: Any, at: str) -> dict[str, Any]:
        kind = type(value)
        node = self.node(value.state_dict(), at)
        return {"$": "state_dict", "of": f"{kind.__module__}.{kind.__qualname__}", "value": node}

    def _bytes(self, kind: str, value: bytes | bytearray, at: str) -> dict[str, Any]:
        if len(value) < _LONG_BYTES:
            return {"$": kind, "base64": base64.b64encode(value).decode()}
        leaf = leaves.bytes_leaf(value)
        leaf.name = self.names.new(at or _ROOT)
        self.leaves.append(leaf)
        return {"$": kind, "tensor": leaf.node}


def _kind(value: Any) -> str:
    kind = type(value)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _key_text(key: Any) -> str:
    return str(key) if isinstance(key, int | float | tuple | type(None)) else _kind(key)
