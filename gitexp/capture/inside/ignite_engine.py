"""ignite: the metrics of each evaluation, at the step of the training that it belongs to."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import run, unseen

_running: list[Any] = []


def install(module: ModuleType) -> None:
    """Observe Engine.run: what it leaves in `state.metrics` when it ends."""
    original = module.Engine.run

    def observed(self: Any, *args: Any, **kwargs: Any) -> Any:
        outer = _running[-1] if _running else None
        _running.append(self)
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise
        finally:
            _running.pop()
        data = args[0] if args else kwargs.get("data")
        run("ignite", lambda: _ended(self, outer, data))
        return result

    module.Engine.run = observed


def _ended(engine: Any, outer: Any, data: Any) -> None:
    from gitexp.capture.inside import metrics
    from gitexp.capture.inside.phases import phase_of_things, with_phase

    found = getattr(engine.state, "metrics", None) or {}
    row = {key: value for key, value in found.items() if isinstance(key, str)}
    if not row:
        return
    # One evaluator may serve two sets: their loaders are told apart by name.
    phase = phase_of_things(data, engine)
    # Of one that runs within no other, only a trainer has several epochs.
    of = outer or (engine if (engine.state.max_epochs or 1) > 1 else None)
    step = of.state.epoch if of is not None else None
    metrics.log("ignite", {with_phase(phase, key): value for key, value in row.items()}, step)
