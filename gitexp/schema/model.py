"""model.json: a model's module tree with classes, parameters, shapes and multiplications.

A module is {"class": …, "parameters": numbers in it and below, "trainable": how many of these are
trained}, and where they apply:

    "name"      its name in its parent
    "own"       its own parameters: {name: {"shape": [8, 4], "dtype": "float32"}}; one that it
                shares with a module before it also has "shared_with"; one that is made in the
                first forward pass has no "shape" before
    "children"  its modules, in order
    "inputs", "outputs"    shapes of the tensors of its first call
    "dtype"     of its first output
    "calls"     how often one pass called it, where that is not once
    "macs"      multiplications of one pass, of it and below, as far as they are known (linear and
                convolutional layers)

The root also has "batch", the first axis of its first input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A module beyond these is counted in its parents, and not listed.
MOST_MODULES = 5_000


def module_tree(model: Any) -> dict[str, Any]:
    """The plain tree of a torch module, as far as it is known without a forward pass."""
    return _Tree().node(model, "")


class _Tree:
    def __init__(self) -> None:
        self._first: dict[int, str] = {}  # id of a parameter → where it was first met
        self._modules = 0
        self._open: set[int] = set()  # ids of the modules that we are inside of

    def node(self, module: Any, path: str) -> dict[str, Any]:
        own, parameters, trainable = self._own(module, path)
        found: dict[str, Any] = {"class": type(module).__name__, "parameters": parameters}
        children = []
        self._open.add(id(module))
        for name, child in module.named_children():
            if id(child) in self._open:  # a module may know the one that it is in
                continue
            self._modules += 1
            node = self.node(child, f"{path}.{name}" if path else name)
            parameters += node["parameters"]
            trainable += node["trainable"]
            if self._modules <= MOST_MODULES:
                children.append({"name": name, **node})
        self._open.discard(id(module))
        found |= {"parameters": parameters, "trainable": trainable}
        if own:
            found["own"] = own
        if children:
            found["children"] = children
        return found

    def _own(self, module: Any, path: str) -> tuple[dict[str, Any], int, int]:
        own: dict[str, Any] = {}
        total = trainable = 0
        # A parameter that a module has twice would be left out otherwise.
        for name, parameter in module.named_parameters(recurse=False, remove_duplicate=False):
            dtype = str(parameter.dtype).removeprefix("torch.")
            if not _has_shape(parameter):
                own[name] = {"dtype": dtype}
                continue
            own[name] = {"shape": [int(n) for n in parameter.shape], "dtype": dtype}
            where = self._first.setdefault(id(parameter), f"{path}.{name}" if path else name)
            if where != (f"{path}.{name}" if path else name):
                own[name]["shared_with"] = where
                continue
            total += parameter.numel()
            trainable += parameter.numel() if parameter.requires_grad else 0
        return own, total, trainable


def _has_shape(parameter: Any) -> bool:
    """Whether it is made: torch's lazy modules make theirs in the first forward pass."""
    try:
        return parameter.shape is not None
    except RuntimeError:
        return False


def is_whole(node: Mapping[str, Any]) -> bool:
    """Whether all shapes of parameters are in a tree."""
    own = node.get("own", {}).values()
    return all("shape" in told for told in own) and all(map(is_whole, node.get("children", ())))


def fill_macs(node: dict[str, Any], own: Mapping[str, int], path: str = "") -> int:
    """Write each module's multiplications into a tree.

    Args:
        node: the tree, or a part of it.
        own: a module's path → its own multiplications in one pass.
        path: of the node.

    Returns:
        Those of the node and below.
    """
    total = own.get(path, 0)
    for child in node.get("children", ()):
        total += fill_macs(child, own, f"{path}.{child['name']}" if path else child["name"])
    if total:
        node["macs"] = total
    return total
