"""What `wandb.watch` puts into a run's rows: histograms of gradients and of parameters.

gitexp's own `watch` writes histograms.jsonl of what optimizers get. Scripts written for wandb have
these rows as well, with the keys that they know: hooks at the parameters' gradients and at the
model's forward pass, each `log_freq`-th of which is looked at.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from gitexp.record.active import ActiveRun
from gitexp.record.api import current
from gitexp.record.guard import guarded

_BINS = 64
_WANTED = {
    None: (False, False),
    "gradients": (True, False),
    "parameters": (False, True),
    "all": (True, True),
}

_count = 0  # of models that were watched by this process
_hooks: list[tuple[weakref.ref[Any], Any]] = []


def watch(
    models: Any,
    log: str | None = "gradients",
    log_freq: int = 1000,
    idx: int | None = None,
) -> None:
    """Have histograms of models logged.

    Args:
        models: a torch.nn.Module, or several.
        log: "gradients", "parameters", "all", or None for nothing.
        log_freq: backward and forward passes from one histogram to the next.
        idx: number of the first model; keys of all but number 0 begin with `graph_<number>`.

    Raises:
        ValueError: `log` is unknown.
        TypeError: a model is no torch.nn.Module.
    """
    import torch

    global _count
    if log not in _WANTED:
        raise ValueError("log must be one of 'gradients', 'parameters', 'all' or None")
    watched = list(models) if isinstance(models, list | tuple) else [models]
    for model in watched:
        if not isinstance(model, torch.nn.Module):
            raise TypeError(f"watch() takes a torch.nn.Module, not a {type(model).__name__}")
    gradients, parameters = _WANTED[log]
    for number, model in enumerate(watched, _count if idx is None else idx):
        _count += 1
        prefix = f"graph_{number}" if number else ""
        owner = weakref.ref(model)
        if parameters:
            _hooks.append((owner, _at_forward(model, f"parameters/{prefix}", log_freq)))
        if gradients:
            for name, parameter in model.named_parameters():
                if parameter.requires_grad:
                    hook = _at_gradient(parameter, f"gradients/{prefix}{name}", log_freq)
                    _hooks.append((owner, hook))


def unwatch(models: Any = None) -> None:
    """Take the hooks out of these models, by default of all."""
    wanted = list(models) if isinstance(models, list | tuple) else [models]
    for entry in list(_hooks):
        owner, hook = entry
        if models is None or any(owner() is model for model in wanted):
            hook.remove()
            _hooks.remove(entry)


def _each(log_freq: int) -> Callable[[], bool]:
    """Tells at every `log_freq`-th call that it is one."""
    calls = 0

    def is_due() -> bool:
        nonlocal calls
        calls += 1
        if calls < log_freq:
            return False
        calls = 0
        return True

    return is_due


def _at_forward(model: Any, prefix: str, log_freq: int) -> Any:
    is_due = _each(log_freq)

    def passed(module: Any, inputs: Any, output: Any) -> None:
        if is_due():
            for name, parameter in module.named_parameters():
                _log(f"{prefix}{name}", parameter.data)

    return model.register_forward_hook(passed)


def _at_gradient(parameter: Any, key: str, log_freq: int) -> Any:
    is_due = _each(log_freq)

    def came(gradient: Any) -> None:
        if is_due():
            _log(key, gradient.data)

    return parameter.register_hook(came)


@guarded("watch()")
def _log(key: str, tensor: Any) -> None:
    run = current()
    if not isinstance(run, ActiveRun) or run.ended:
        return
    counted = _counted(tensor)
    if counted is not None:
        from gitexp.record.media.histogram import Histogram

        run.log({key: Histogram(np_histogram=counted)}, commit=False)


def _counted(tensor: Any) -> tuple[list[float], list[float]] | None:
    """Counts and edges of what is finite; None: nothing is.

    What a sparse tensor does not store are zeros, which the range of the bins has in it.
    """
    import torch

    zeros = 0
    if tensor.is_sparse:
        stored = tensor.detach().coalesce().values()
        zeros, tensor = tensor.numel() - stored.numel(), stored
    flat = tensor.detach().reshape(-1)
    if flat.dtype not in (torch.float32, torch.float64):
        flat = flat.float()
    flat = flat[torch.isfinite(flat)].cpu()
    if not flat.numel():
        return None
    low, high = flat.min().item(), flat.max().item()
    if zeros:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return [float(flat.numel() + zeros)], torch.tensor([low, high]).tolist()
    counts = flat.histc(bins=_BINS, min=low, max=high)
    edges = torch.linspace(low, high, steps=_BINS + 1)
    if zeros:
        # The last bin has its upper edge in it.
        counts[min(int(torch.searchsorted(edges, 0.0, right=True)) - 1, _BINS - 1)] += zeros
    return counts.tolist(), edges.tolist()
