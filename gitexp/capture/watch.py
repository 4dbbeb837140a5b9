"""`gitexp.watch(model)`: gradients, parameters and activations of a PyTorch model in training."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from gitexp.capture.model_structure import StructureWatch
from gitexp.capture.watch_activations import ActivationWatch
from gitexp.capture.watch_lines import LineWriter, Moment, Subject
from gitexp.capture.watch_packet import Packet
from gitexp.capture.watch_updates import UpdateWatch
from gitexp.record.active import ActiveRun
from gitexp.record.api import current
from gitexp.record.guard import guarded, warn
from gitexp.schema import names
from gitexp.schema.histogram import ACTIVATION, GRADIENT, PARAMETER

_WANTED = {
    None: (),
    "gradients": (GRADIENT,),
    "parameters": (PARAMETER,),
    "activations": (ACTIVATION,),
    "all": (GRADIENT, PARAMETER, ACTIVATION),
}


class _Watched:
    """What is hooked into one model."""

    def __init__(
        self, model: Any, updates: UpdateWatch | None, structure: StructureWatch | None
    ) -> None:
        self.model = weakref.ref(model)
        self.updates = updates
        self.structure = structure

    def close(self) -> None:
        """Take everything out and write what waits."""
        if self.structure is not None:
            self.structure.close()
        if self.updates is None:
            return
        self.updates.close()
        if self.updates.updates == 0:
            warn(
                "watch(): no torch.optim optimizer has updated this model, so that its gradients "
                "were not seen",
                cause="watch:updates",
            )


_watched: list[_Watched] = []


@guarded("watch()")
def watch(
    models: Any,
    criterion: Any = None,
    log: str | None = "gradients",
    log_freq: int = 100,
    idx: int | None = None,
    log_graph: bool = True,
) -> None:
    """Watch a model while it is trained by a torch.optim optimizer.

    Every `log_freq`-th update is sampled: histograms and statistics of what the optimizer gets go
    to histograms.jsonl, and the run's diagnostics are made of them. Beyond 256 samples their
    distance doubles. Nothing waits for the device, and an error here never stops the training.

    Args:
        models: a torch.nn.Module, or several.
        criterion: accepted for wandb's sake, and not needed.
        log: "gradients", "parameters", "activations", "all", or None for nothing.
        log_freq: updates from one sample to the next.
        idx: accepted for wandb's sake.
        log_graph: whether the model's structure is kept in model.json: of the first model that is
            watched, with the shapes of its first forward pass.
    """
    run = current()
    if run is None:
        warn("watch() before gitexp.init(): nothing is recorded")
        return
    if not isinstance(run, ActiveRun):
        return
    if log not in _WANTED:
        warn(
            f"watch(): log={log!r} is unknown; there are 'gradients', 'parameters',"
            " 'activations' and 'all'"
        )
        return
    for model in models if isinstance(models, Sequence) else [models]:
        _watch(run, model, _WANTED[log], max(1, int(log_freq)), log_graph)


def _watch(
    run: ActiveRun, model: Any, kinds: tuple[str, ...], every: int, structure: bool
) -> None:
    if not hasattr(model, "named_modules"):
        warn(f"watch() takes a torch.nn.Module, not a {type(model).__name__}")
        return
    _drop_dead()
    if any(watched.model() is model for watched in _watched):
        warn("watch(): this model is being watched already", cause="watch:twice")
        return
    prefix = f"model{len(_watched) + 1}." if _watched else ""
    updates = UpdateWatch(run, model, kinds, every, prefix) if kinds else None
    if not _watched:
        run.before_end(unwatch)
    if updates is not None and ACTIVATION in kinds:
        _join_activations(run, model, updates, prefix)
    tree = _structure(run, model) if structure and not _watched else None
    _watched.append(_Watched(model, updates, tree))


@guarded("looking at the model's structure")
def _structure(run: ActiveRun, model: Any) -> StructureWatch:
    return StructureWatch(run, model)


def _join_activations(run: ActiveRun, model: Any, updates: UpdateWatch, prefix: str) -> None:
    """Have activations looked at before those updates that are sampled."""
    if type(model).__name__ == "OptimizedModule":
        warn("watch(): the activations of a compiled model cannot be seen; watch it uncompiled")
        return
    activations = ActivationWatch(model, prefix)

    def seen(moment: Moment, writer: LineWriter) -> list[Packet]:
        def write(subjects: list[Subject], arrays: Any) -> None:
            run.append_lines(names.HISTOGRAMS, writer.lines(moment, ACTIVATION, subjects, arrays))

        return activations.packets(write)

    updates.also, updates.next_is_sampled = seen, activations.arm
    activations.arm(True)


def _drop_dead() -> None:
    for watched in [w for w in _watched if w.model() is None]:
        watched.close()
        _watched.remove(watched)


@guarded("unwatch()")
def unwatch(models: Any = None) -> None:
    """Stop watching these models, by default all; what was sampled is kept."""
    wanted = models if models is None or isinstance(models, Sequence) else [models]
    for watched in list(_watched):
        if wanted is None or any(watched.model() is model for model in wanted):
            _watched.remove(watched)
            watched.close()
