"""Which stored tensors a request needs, and what it gets back: all of an object, or some tensors.

Whoever holds the data (the journal's folder, git) reads the stored tensors; this knows the rest.
"""

from __future__ import annotations

import difflib
import fnmatch
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gitexp.errors import MalformedCheckpoint, TensorNotFound
from gitexp.schema.names import SKELETON
from gitexp.schema.state import arrays
from gitexp.schema.state.decode import decode_state
from gitexp.schema.tensorfile import Header, TensorEntry

# Stored name → arrays.TORCH or arrays.NUMPY, to the stored tensors.
Read = Callable[[Mapping[str, str]], Mapping[str, Any]]


def load_state(
    skeleton: Mapping[str, Any] | None,
    header: Header,
    read: Read,
    names: Sequence[str] | None = None,
) -> Any:
    """The object that was saved, or some of its tensors.

    Args:
        skeleton: None: a file that somebody else wrote.
        header: what is stored.
        read: gets stored tensors.
        names: only these, given as names or globs (`model.layer1.*`).

    Returns:
        The object; with `names` a dict of tensors by name; without a skeleton a dict of all
        tensors, torch's where it is installed, else numpy's.

    Raises:
        TensorNotFound: a name fits none.
        MalformedCheckpoint: the skeleton does not fit.
    """
    known = array_nodes(skeleton, header)
    wanted = list(known) if names is None else _select(names, known)
    nodes = {name: known[name] for name in wanted}
    stored = read({node["key"]: node["$"] for node in nodes.values()})
    try:
        if names is None and skeleton is not None:
            return decode_state(skeleton, stored)
        return {name: arrays.restore(node, stored) for name, node in nodes.items()}
    except ValueError as error:
        raise MalformedCheckpoint(SKELETON, str(error)) from error


def array_nodes(skeleton: Mapping[str, Any] | None, header: Header) -> dict[str, dict[str, Any]]:
    """The nodes of all tensors by name, tied ones too."""
    if skeleton is not None:
        return arrays.array_nodes(skeleton)
    kind = arrays.TORCH if importlib.util.find_spec("torch") else arrays.NUMPY
    return {tensor.name: {"$": kind, "key": tensor.name} for tensor in header.tensors}


def check_known(wanted: Sequence[str], known: Mapping[str, TensorEntry]) -> None:
    """Raise MalformedCheckpoint if the skeleton speaks of a tensor that is not stored."""
    for name in wanted:
        if name not in known:
            raise MalformedCheckpoint(SKELETON, f"there is no tensor {name!r}")


def _select(asked: Sequence[str], known: Mapping[str, Any]) -> list[str]:
    wanted: dict[str, None] = {}
    for name in [asked] if isinstance(asked, str) else asked:
        found = [name] if name in known else fnmatch.filter(known, name)
        if not found:
            raise TensorNotFound(name, difflib.get_close_matches(name, known, 1))
        wanted.update(dict.fromkeys(found))
    return list(wanted)
