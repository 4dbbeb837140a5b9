"""Looks at a model's gradients and parameters each time its optimizer is about to use them."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitexp.capture import watch_tensors as tensors
from gitexp.capture.watch_lines import LineWriter, Moment, Subject
from gitexp.capture.watch_packet import Courier, Packet
from gitexp.record.active import ActiveRun
from gitexp.record.guard import guarded
from gitexp.schema import names
from gitexp.schema.histogram import GRADIENT, PARAMETER

# Beyond so many samples their distance doubles: the file grows with the logarithm of the run.
_DOUBLES_AFTER = 256
_RATIO_SAMPLED = 8_192  # elements of a parameter that its update ratio is taken from
_LAYERS = ("Linear", "Conv", "Bilinear", "Conv1D")


def _next_step(run: ActiveRun, update: int) -> int:
    return run.step


# The step of an update; `gitexp record --watch` knows it by other means.
step_of: Callable[[ActiveRun, int], int] = _next_step


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    module: str
    of: Callable[[], Any]  # a weak reference

    @property
    def told_apart(self) -> bool:
        """Whether its rows are units that the rules about units speak of."""
        is_layer = any(word in self.module for word in _LAYERS)
        return is_layer and self.name.rpartition(".")[2] == "weight"


@dataclass(slots=True)
class _Owned:
    """What an optimizer has of the model."""

    key: tuple[int, ...]  # sizes of its parameter groups
    parameters: list[_Parameter]
    updates: int = 0
    samples: int = 0
    due: int = 0


@dataclass(slots=True)
class _Sample:
    """What was measured before an update, until its end is known."""

    moment: Moment
    packets: list[Packet] = field(default_factory=list)
    before: list[tuple[list[Any], list[Any]]] = field(default_factory=list)  # views, copies


class UpdateWatch:
    """Samples a model's gradients and parameters at the updates that its optimizers make.

    Gradients are those that the optimizer gets: accumulated, averaged over ranks, unscaled,
    clipped. Between samples an update costs a call and a comparison; nothing is hooked into the
    model, so that compiled models run as they did. The model is not kept alive.
    """

    def __init__(
        self, run: ActiveRun, model: Any, kinds: Sequence[str], every: int, prefix: str
    ) -> None:
        """Hook in; `close` takes the hooks out.

        Args:
            run: where to.
            model: a torch.nn.Module.
            kinds: of GRADIENT and PARAMETER.
            every: updates from one sample to the next, >= 1.
            prefix: put before the names of the parameters.
        """
        from torch.optim import optimizer

        self._run = run
        self._kinds = kinds
        self._every = every
        self._parameters = {
            id(parameter): _Parameter(name, module, weakref.ref(parameter))
            for name, module, parameter in named_parameters(model, prefix)
        }
        self._optimizers: weakref.WeakKeyDictionary[Any, _Owned] = weakref.WeakKeyDictionary()
        self._pending: _Sample | None = None
        self._courier: Courier | None = None
        self._writer = LineWriter()
        self.updates = 0  # of all optimizers
        self.closed = False
        # Told after each update whether the next one is sampled.
        self.next_is_sampled: Callable[[bool], None] = lambda sampled: None
        # Asked at a sample for what was seen before it.
        self.also: Callable[[Moment, LineWriter], list[Packet]] = lambda moment, writer: []
        self._handles = [
            optimizer.register_optimizer_step_pre_hook(self._before),
            optimizer.register_optimizer_step_post_hook(self._after),
        ]

    def close(self) -> None:
        """Take the hooks out, and wait until everything that was sampled is in the journal."""
        self.closed = True
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self.next_is_sampled(False)
        if self._courier is not None:
            self._courier.close()
            self._courier = None

    @property
    def names(self) -> list[str]:
        """The parameters that are watched."""
        return [parameter.name for parameter in self._parameters.values()]

    @guarded("watching an update")
    def _before(self, optimizer: Any, args: Any, kwargs: Any) -> tuple[Any, Any] | None:
        owned = self._optimizers.get(optimizer)
        if owned is None or owned.key != tuple(len(g["params"]) for g in optimizer.param_groups):
            owned = self._optimizers[optimizer] = self._look_up(optimizer, owned)
        if not owned.parameters or self.closed or self._run.ended:
            return None
        update, owned.updates = owned.updates, owned.updates + 1
        self.updates += 1
        self._pending = None
        if update < owned.due:
            return None
        owned.samples += 1
        owned.due = update + self._every * 2 ** (owned.samples // _DOUBLES_AFTER)
        return self._once_known(
            args, kwargs, lambda: self._sample(optimizer, owned.parameters, update)
        )

    def _once_known(
        self, args: Any, kwargs: Any, look: Callable[[], None]
    ) -> tuple[Any, Any] | None:
        """Look now; or, where the step is given a closure, once that has made the gradients.

        Returns:
            The step's arguments, if they are to be others.
        """
        # The first argument is the optimizer.
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if not callable(closure):
            look()
            return None
        looked = False

        def call_and_look(*a: Any, **k: Any) -> Any:
            nonlocal looked
            result = closure(*a, **k)
            if not looked:
                looked = True
                look()
            return result

        if "closure" in kwargs:
            return args, {**kwargs, "closure": call_and_look}
        return (args[0], call_and_look, *args[2:]), kwargs

    @guarded("watching an update")
    def _sample(self, optimizer: Any, parameters: list[_Parameter], update: int) -> None:
        sample = _Sample(Moment(step_of(self._run, update), time.time(), update))
        by_device: dict[Any, list[_Parameter]] = {}
        for parameter in parameters:
            if (tensor := parameter.of()) is not None and tensors.measurable(tensor):
                by_device.setdefault(tensor.device, []).append(parameter)
        for group in by_device.values():
            self._measure(sample, group, optimizer)
        for packet in self.also(sample.moment, self._writer):
            sample.packets.append(packet)
            sample.before.append(([], []))
        self._pending = sample if sample.packets else None

    @guarded("watching an update")
    def _after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        owned = self._optimizers.get(optimizer)
        if owned is None or not owned.parameters:
            return
        sample, self._pending = self._pending, None
        if sample is not None:
            for packet, (views, copies) in zip(sample.packets, sample.before, strict=True):
                if copies:
                    packet.parts["update_ratios"] = _ratios(views, copies)
                if self._courier is None:
                    self._courier = Courier()
                self._courier.put(packet)
        self.next_is_sampled(owned.updates >= owned.due)

    def _look_up(self, optimizer: Any, known: _Owned | None) -> _Owned:
        mine = []
        for group in optimizer.param_groups:
            for tensor in group["params"]:
                parameter = self._parameters.get(id(tensor))
                if parameter is not None and parameter.of() is tensor:
                    mine.append(parameter)
        key = tuple(len(group["params"]) for group in optimizer.param_groups)
        if known is None:
            return _Owned(key, mine)
        return _Owned(key, mine, known.updates, known.samples, known.due)

    def _measure(self, sample: _Sample, group: list[_Parameter], optimizer: Any) -> None:
        """Put what is looked at on one device into a packet."""
        import torch

        with torch.no_grad():
            jobs: list[tuple[str, list[Subject]]] = []
            packet = Packet(lambda arrays: self._write(sample.moment, jobs, arrays))
            before: tuple[list[Any], list[Any]] = ([], [])
            if GRADIENT in self._kinds:
                before = self._gradients(packet, jobs, group, optimizer)
            if PARAMETER in self._kinds:
                found = [(p, tensors.dense(p.of())) for p in group]
                _add(packet, jobs, PARAMETER, found)
            found_inf = getattr(optimizer, "found_inf", None)
            if jobs and found_inf is not None:
                packet.parts["found_inf"] = found_inf.to(packet_device(packet))
            if jobs:
                sample.packets.append(packet)
                sample.before.append(before)

    def _gradients(
        self,
        packet: Packet,
        jobs: list[tuple[str, list[Subject]]],
        group: list[_Parameter],
        optimizer: Any,
    ) -> tuple[list[Any], list[Any]]:
        import torch

        # A fused optimizer unscales inside its own kernel.
        scale = getattr(optimizer, "grad_scale", None)
        found, weights = [], []
        for parameter in group:
            tensor = parameter.of()
            if tensor is None or tensor.grad is None or not tensors.measurable(tensor.grad):
                continue
            gradient = tensors.dense(tensor.grad)
            if gradient.numel() == 0:
                continue
            found.append((parameter, gradient if scale is None else gradient / scale))
            weights.append(tensors.dense(tensor))
        if not found:
            return [], []
        _add(packet, jobs, GRADIENT, found)
        packet.parts["weight_norms"] = torch.stack(torch._foreach_norm(weights))
        for i, ((parameter, gradient), weight) in enumerate(zip(found, weights, strict=True)):
            if parameter.told_apart and gradient.shape == weight.shape and weight.dim() > 1:
                norms, signatures = tensors.unit_signatures(
                    weight, gradient, "Transpose" in parameter.module
                )
                packet.parts[f"{GRADIENT}.unit_norms.{i}"] = norms
                packet.parts[f"{GRADIENT}.signatures.{i}"] = signatures
        views = [
            tensors.thinned(parameter.of().detach(), _RATIO_SAMPLED) for parameter, _ in found
        ]
        return views, [view.clone() for view in views]

    def _write(self, moment: Moment, jobs: list[tuple[str, list[Subject]]], arrays: Any) -> None:
        if "found_inf" in arrays and arrays["found_inf"].any():
            return  # the scale was too high, so that this update does not take place
        lines = [
            line
            for kind, subjects in jobs
            for line in self._writer.lines(moment, kind, subjects, arrays)
        ]
        self._run.append_lines(names.HISTOGRAMS, lines)


def _add(
    packet: Packet,
    jobs: list[tuple[str, list[Subject]]],
    kind: str,
    found: Sequence[tuple[_Parameter, Any]],
) -> None:
    measured = tensors.measure([tensor for _, tensor in found])
    packet.parts[f"{kind}.statistics"] = measured.statistics
    packet.parts[f"{kind}.histograms"] = measured.histograms
    subjects = [
        Subject(p.name, p.module, t.numel(), t[0].numel() if t.dim() > 1 else 0) for p, t in found
    ]
    jobs.append((kind, subjects))


def packet_device(packet: Packet) -> Any:
    """Where the tensors of a packet are."""
    return next(iter(packet.parts.values())).device


def _ratios(views: list[Any], copies: list[Any]) -> Any:
    """How far an update moved each parameter, as a share of its norm: (n,)."""
    import torch

    with torch.no_grad():
        now, then = ([tensors.dense(part) for part in side] for side in (views, copies))
        moved = torch.stack(torch._foreach_norm(torch._foreach_sub(now, then)))
        norms = torch.stack(torch._foreach_norm(then))
        return moved / norms


def named_parameters(model: Any, prefix: str) -> list[tuple[str, str, Any]]:
    """Name, class of the owning module, and tensor, each tensor once, wrappers left out."""
    found, seen = [], set()
    for path, module in unwrapped(model).named_modules():
        for own, parameter in module.named_parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                name = clean_name(f"{path}.{own}" if path else own)
                found.append((prefix + name, type(module).__name__, parameter))
    return found


def unwrapped(model: Any) -> Any:
    """The model inside DataParallel, DistributedDataParallel and what torch.compile returns."""
    while True:
        kind = type(model).__name__
        if kind == "OptimizedModule":
            model = model._orig_mod
        elif kind in ("DataParallel", "DistributedDataParallel"):
            model = model.module
        else:
            return model


def clean_name(name: str) -> str:
    """A parameter's name without the wrappers of torch.compile and FSDP."""
    wrappers = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
    return ".".join(part for part in name.split(".") if part not in wrappers)
