"""ignite: `GitexpLogger(...)`, attached to engines as ignite's own loggers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ignite.engine import Engine, Events
from ignite.handlers.base_logger import (
    BaseLogger,
    BaseOptimizerParamsHandler,
    BaseOutputHandler,
)

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.record.guard import guarded


class GitexpLogger(BaseLogger):  # type: ignore[misc]
    """Outputs and metrics of engines, parameters of optimizers, checkpoints.

    `logger.attach_output_handler(trainer, Events.ITERATION_COMPLETED(every=10), tag="train",
    output_transform=lambda loss: {"loss": loss})` logs `train/loss`; evaluators take
    `global_step_transform=global_step_from_engine(trainer)`. The run ends with the script, or at
    the end of a `with` block.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, **options: Any) -> None:
        """Begin, or join, the run.

        Args:
            config: hyperparameters.
            options: of `gitexp.init`, where no run is active yet.
        """
        self._run = run_for(options)
        self._run.config.update(plain_settings(config or {}))

    @guarded("ignite's logger")
    def log(self, values: Mapping[str, Any], step: int) -> None:
        """Log values at a step of the trainer."""
        self._run.log(dict(values), step=step)

    @guarded("ignite's logger")
    def save_checkpoint(
        self, objects: Mapping[str, Any], engine: Engine, label: str | None = None
    ) -> None:
        """Keep models, optimizers and so on, with the engine's metrics.

        Args:
            objects: name → whatever has a `state_dict`.
            engine: its iteration is the step.
            label: by default `step-<step>`.
        """
        metrics = {
            key: float(value)
            for key, value in engine.state.metrics.items()
            if isinstance(value, int | float)
        }
        self._run.save_checkpoint(
            {name: part.state_dict() for name, part in objects.items()},
            step=engine.state.iteration,
            label=label,
            metrics=metrics,
        )

    def close(self) -> None:
        """End the run."""
        self._run.finish()

    def _create_output_handler(self, *args: Any, **kwargs: Any) -> Callable[..., None]:
        return _OutputHandler(*args, **kwargs)

    def _create_opt_params_handler(self, *args: Any, **kwargs: Any) -> Callable[..., None]:
        return _OptimizerHandler(*args, **kwargs)


class _OutputHandler(BaseOutputHandler):  # type: ignore[misc]
    def __call__(self, engine: Engine, logger: GitexpLogger, event_name: str | Events) -> None:
        row = self._setup_output_metrics_state_attrs(engine, log_text=True, key_tuple=False)
        logger.log(row, self.global_step_transform(engine, event_name))


class _OptimizerHandler(BaseOptimizerParamsHandler):  # type: ignore[misc]
    def __call__(self, engine: Engine, logger: GitexpLogger, event_name: str | Events) -> None:
        prefix = f"{self.tag}/" if self.tag else ""
        groups = self.optimizer.param_groups
        row = {
            f"{prefix}{self.param_name}" + (f"/group_{n}" if len(groups) > 1 else ""): _plain(
                group[self.param_name]
            )
            for n, group in enumerate(groups)
        }
        logger.log(row, engine.state.get_event_attrib_value(event_name))


def _plain(value: Any) -> float:
    return float(value.detach() if hasattr(value, "detach") else value)
