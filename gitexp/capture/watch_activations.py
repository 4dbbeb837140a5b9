"""What a model's layers put out in the forward pass before a sampled update."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from gitexp.capture import watch_tensors as tensors
from gitexp.capture.model_structure import tensors_in
from gitexp.capture.watch_lines import Subject
from gitexp.capture.watch_packet import Packet
from gitexp.capture.watch_updates import clean_name, unwrapped
from gitexp.record.guard import guarded
from gitexp.schema.histogram import ACTIVATION

# Their output is their input, as it is or in another shape.
_UNCHANGED = ("Identity", "Flatten", "Unflatten", "Dropout")
_RECTIFIED = ("ReLU", "ReLU6", "Threshold")
# Where these have next to no gradient: beyond 97 % of their range.
_RANGES = {
    "Tanh": (-1.0, 1.0),
    "Softsign": (-1.0, 1.0),
    "Sigmoid": (0.0, 1.0),
    "Hardsigmoid": (0.0, 1.0),
}
_END = 0.015  # of the range, at each end
_MOST_MODULES = 1_000


class ActivationWatch:
    """Hooks at the leaf modules, there only while the next update is one that is sampled.

    Of several passes before an update the first is looked at. What a compiled model does inside is
    not seen.
    """

    def __init__(self, model: Any, prefix: str) -> None:
        """Nothing is hooked in before `arm`."""
        self._leaves = [
            (prefix + clean_name(path), weakref.ref(module))
            for path, module in unwrapped(model).named_modules()
            if not any(True for _ in module.children()) and not _is_unchanged(module)
        ][:_MOST_MODULES]
        self._handles: list[Any] = []
        self._seen: dict[str, tuple[Any, Subject, dict[str, Any]]] = {}

    def arm(self, wanted: bool) -> None:
        """Hook in before a sampled update, and out again after it."""
        if wanted and not self._handles:
            self._seen.clear()
            for name, of in self._leaves:
                module = of()
                if module is not None:
                    self._hook(name, module)
        elif not wanted:
            for handle in self._handles:
                handle.remove()
            self._handles.clear()

    def packets(self, write: Callable[[list[Subject], Any], None]) -> list[Packet]:
        """What was seen since `arm`, one packet for each device, and nothing is kept.

        Args:
            write: gets the subjects and the arrays once they have arrived.
        """
        import torch

        by_device: dict[Any, list[tuple[Subject, dict[str, Any]]]] = {}
        for device, subject, parts in self._seen.values():
            by_device.setdefault(device, []).append((subject, parts))
        self._seen.clear()
        made = []
        for found in by_device.values():
            packet = Packet(_writer(write, [subject for subject, _ in found]))
            for key in ("statistics", "histograms"):
                rows = torch.cat([parts[key] for _, parts in found])
                packet.parts[f"{ACTIVATION}.{key}"] = rows
            for i, (_, parts) in enumerate(found):
                for key in ("unit_norms", "saturated"):
                    if key in parts:
                        packet.parts[f"{ACTIVATION}.{key}.{i}"] = parts[key]
            made.append(packet)
        return made

    def _hook(self, name: str, module: Any) -> None:
        from torch.compiler import is_compiling

        def look(module: Any, args: Any, output: Any) -> None:
            # Within torch.compile nothing else of ours may be traced.
            if not is_compiling():
                self._look(name, module, output)

        try:
            self._handles.append(module.register_forward_hook(look))
        except (RuntimeError, TypeError, AttributeError):
            return  # scripted modules take no hooks

    @guarded("watching activations")
    def _look(self, name: str, module: Any, output: Any) -> None:
        import torch

        if name in self._seen or not module.training or not torch.is_grad_enabled():
            return
        found = tensors_in(output)
        if not found or not tensors.measurable(found[0]):
            return
        with torch.no_grad():
            tensor = tensors.dense(found[0])
            measured = tensors.measure([tensor])
            parts = {"statistics": measured.statistics, "histograms": measured.histograms}
            kind = type(module).__name__
            if kind in _RECTIFIED and tensor.dim() > 1:
                # Channels of an image or a series, else features.
                axis = 1 if tensor.dim() == 4 else tensor.dim() - 1
                others = [n for n in range(tensor.dim()) if n != axis]
                parts["unit_norms"] = tensor.abs().amax(others)
            if kind in _RANGES:
                low, high = _RANGES[kind]
                margin = _END * (high - low)
                ends = (tensor < low + margin) | (tensor > high - margin)
                parts["saturated"] = ends.float().mean().reshape(1)
        self._seen[name] = (tensor.device, Subject(name, kind, tensor.numel()), parts)


def _is_unchanged(module: Any) -> bool:
    return type(module).__name__.startswith(_UNCHANGED)


def _writer(
    write: Callable[[list[Subject], Any], None], subjects: list[Subject]
) -> Callable[[Any], None]:
    return lambda arrays: write(subjects, arrays)
