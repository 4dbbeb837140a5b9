"""The run of a process that records nothing: disabled, or not rank 0 of a distributed job."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from gitexp.record.defined import Metric
from gitexp.record.mappings import Config
from gitexp.record.number_rows import NOTHING
from gitexp.record.summary import Summary
from gitexp.schema import tree


class IdleRun:
    """Takes everything that an ActiveRun takes, and keeps config and summary in memory only."""

    name = "disabled"
    id = ""
    ref = ""
    step = 0
    ended = inherited = guest = False

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.tags: tuple[str, ...] = ()
        self.notes = ""
        self._logged: dict[str, Any] = {}
        self.config = Config(config)
        self.summary = Summary(self._last)

    def _last(self) -> Mapping[str, Any]:
        return self._logged

    def log(
        self,
        data: Mapping[str, Any] = NOTHING,
        step: int | None = None,
        commit: bool | None = None,
    ) -> None:
        """Keep the values for `summary`, and count the steps."""
        if isinstance(data, Mapping):
            at = self.step if step is None else max(self.step, int(step))
            done = commit if commit is not None else step is None
            self.step = at + 1 if done else at
            self._logged = {**self._logged, **tree.flatten(data)}

    def say(self, kind: str = "", **fields: Any) -> None:
        """Do nothing."""

    def define_metric(self, name: str = "dummy", *args: Any, **how: Any) -> Metric:
        """Give back the name."""
        return Metric(str(name))

    def save_checkpoint(
        self,
        state: Any = None,
        step: int | None = None,
        label: str | None = None,
        metrics: Mapping[str, float] | None = None,
        strict: bool = True,
    ) -> str:
        """Do nothing."""
        return label or f"step-{step or 0}"

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """Allow the next init() to begin another run."""
        self.ended = True

    def __enter__(self) -> IdleRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()
