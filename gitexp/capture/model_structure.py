"""model.json of a watched model: its tree at once, its shapes from the first forward pass."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.capture.watch_updates import unwrapped
from gitexp.record.active import ActiveRun
from gitexp.record.guard import guarded
from gitexp.schema import names
from gitexp.schema.model import MOST_MODULES, fill_macs, is_whole, module_tree

_MOST_TENSORS = 8  # of an input or output


@dataclass(slots=True)
class _Seen:
    """What a forward pass showed of one module."""

    inputs: list[list[int]] = field(default_factory=list)
    outputs: list[list[int]] = field(default_factory=list)
    dtype: str | None = None
    calls: int = 0
    macs: int = 0


class StructureWatch:
    """Writes model.json; until the first forward pass is over, hooks stand at the modules."""

    def __init__(self, run: ActiveRun, model: Any) -> None:
        """Write the tree, and hook in unless the model is compiled already."""
        self._run = run
        root = unwrapped(model)
        self._root = weakref.ref(root)
        self._tree = module_tree(root)
        self._seen: dict[str, _Seen] = {}
        self._handles: list[Any] = []
        run.write_document(names.MODEL, self._tree)
        if type(model).__name__ != "OptimizedModule":
            self._hook(root)

    def close(self) -> None:
        """Take the hooks out."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _hook(self, root: Any) -> None:
        modules = list(root.named_modules())
        for path, module in modules[:MOST_MODULES]:
            look = self._root_hook() if path == "" else self._module_hook(path)
            try:
                self._handles.append(module.register_forward_hook(look, with_kwargs=True))
            except (RuntimeError, TypeError, AttributeError):
                continue  # scripted modules take no hooks; the plain tree has them

    def _module_hook(self, path: str) -> Callable[..., None]:
        from torch.compiler import is_compiling

        def look(module: Any, args: Any, kwargs: Any, output: Any) -> None:
            # Within torch.compile nothing else of ours may be traced.
            if not is_compiling():
                self._saw(path, module, args, kwargs, output)

        return look

    def _root_hook(self) -> Callable[..., None]:
        from torch.compiler import is_compiling

        def look(module: Any, args: Any, kwargs: Any, output: Any) -> None:
            # A replica of DataParallel sees a part of the batch only.
            if not is_compiling() and module is self._root():
                self._saw("", module, args, kwargs, output)
                self._write()

        return look

    @guarded("looking at the model's structure")
    def _saw(self, path: str, module: Any, args: Any, kwargs: Any, output: Any) -> None:
        seen = self._seen.setdefault(path, _Seen())
        seen.calls += 1
        outputs = tensors_in(output)
        seen.macs += own_macs(module, outputs)
        if seen.calls == 1:
            seen.inputs = [
                list(map(int, t.shape)) for t in (*tensors_in(args), *tensors_in(kwargs))
            ]
            seen.outputs = [list(map(int, t.shape)) for t in outputs]
            if outputs:
                seen.dtype = str(outputs[0].dtype).removeprefix("torch.")

    @guarded("looking at the model's structure")
    def _write(self) -> None:
        self.close()
        root = self._root()
        if root is not None and not is_whole(self._tree):
            self._tree = module_tree(root)
        self._fill(self._tree, "")
        fill_macs(self._tree, {path: seen.macs for path, seen in self._seen.items()})
        inputs = self._tree.get("inputs")
        if inputs and inputs[0]:
            self._tree["batch"] = inputs[0][0]
        self._run.write_document(names.MODEL, self._tree)

    def _fill(self, node: dict[str, Any], path: str) -> None:
        seen = self._seen.get(path)
        if seen is not None:
            node |= {"inputs": seen.inputs, "outputs": seen.outputs}
            if seen.dtype:
                node["dtype"] = seen.dtype
            if seen.calls > 1:
                node["calls"] = seen.calls
        for child in node.get("children", ()):
            self._fill(child, f"{path}.{child['name']}" if path else child["name"])


def tensors_in(value: Any) -> list[Any]:
    """The tensors of an argument or a result, through tuples, lists, dicts and their like."""
    import torch

    found: list[Any] = []
    waiting = [value]
    while waiting and len(found) < _MOST_TENSORS:
        item = waiting.pop(0)
        if isinstance(item, torch.Tensor):
            found.append(item)
        elif isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, tuple | list):
            waiting += item
    return found


def own_macs(module: Any, outputs: list[Any]) -> int:
    """Multiplications of a layer's own in one call; 0 where they are not known."""
    weight = getattr(module, "weight", None)
    kind = type(module).__name__
    if not outputs or weight is None or not hasattr(weight, "shape"):
        return 0
    if kind == "Linear":
        return int(outputs[0].numel() * weight.shape[-1])
    # (out, in / groups, …kernel): each output is a sum over all but the first axis.
    if kind in ("Conv1d", "Conv2d", "Conv3d"):
        return int(outputs[0].numel() * (weight.numel() // weight.shape[0]))
    return 0
