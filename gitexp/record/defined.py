"""What `define_metric()` said: its answer, and the x value that a metric's rows get by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from gitexp.errors import GitexpError

_SUMMARIES = ("min", "max", "mean", "best", "last", "copy", "none", "first")
_KINDS = {
    "name": str, "step_metric": str, "step_sync": bool, "hidden": bool, "summary": str,
    "overwrite": bool,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """What `define_metric()` gives back.

    Attributes:
        name: of the metric, or a glob.
        step_metric: the metric that is its x axis.
        step_sync: whether rows of the metric get the last value of that one.
        hidden: whether it is kept out of overviews.
        summary: which of its values count.
        goal: "minimize" or "maximize", as given.
    """

    name: str
    step_metric: str | None = None
    step_sync: bool | None = None
    hidden: bool | None = None
    summary: tuple[str, ...] | None = None
    goal: str | None = None

    def after(self, earlier: Metric) -> Metric:
        """Both definitions of a metric as one: what this one does not say, the earlier did."""
        return Metric(
            name=self.name,
            step_metric=self.step_metric or earlier.step_metric,
            step_sync=self.step_sync or earlier.step_sync,
            hidden=self.hidden or earlier.hidden,
            summary=tuple(dict.fromkeys((*(earlier.summary or ()), *(self.summary or ()))))
            or None,
            goal=self.goal or earlier.goal,
        )


def check_definition(**said: Any) -> None:
    """Refuse what define_metric() cannot take.

    Args:
        said: its arguments.

    Raises:
        GitexpError: names the argument.
    """
    if not said["name"]:
        raise GitexpError("define_metric() needs a name")
    for argument, value in said.items():
        if value is not None and not isinstance(value, _KINDS[argument]):
            kind = type(value).__name__
            raise GitexpError(f"define_metric(): {argument} is a {kind}")
    if "*" in said["name"].removesuffix("*"):
        raise GitexpError(f"define_metric(): {said['name']!r} has a * that is not its end")


def summaries_of(text: str | None) -> Sequence[str]:
    """The words of `summary="min,max"`.

    Raises:
        GitexpError: one of them is unknown.
    """
    words = [word.strip().lower() for word in text.split(",")] if text else []
    for word in words:
        if word not in _SUMMARIES:
            raise GitexpError(f"define_metric(): a summary of {word!r} is unknown")
    return words


class StepSync:
    """Adds to rows what their metrics are drawn over, if the script logged it earlier."""

    def __init__(self) -> None:
        self._rules: list[Metric] = []
        self._wanted: dict[str, str | None] = {}  # metric → its step metric, as looked up before
        self._newest: dict[str, tuple[int, Any]] = {}  # step metric → its step and value

    def add(self, metric: Metric) -> None:
        """Take in a definition; a name counts before a glob, a later one before an earlier one."""
        self._rules.append(metric)
        self._wanted.clear()
        if metric.step_metric is not None and metric.step_sync:
            self._newest.setdefault(
                metric.step_metric, (-1, 0)
            )  # until it is logged, as wandb has

    def earlier(self, name: str) -> Metric | None:
        """The newest definition of that very name."""
        found = [rule for rule in self._rules if rule.name == name]
        return found[-1] if found else None

    @property
    def is_needed(self) -> bool:
        """Whether any metric has a step metric to be added."""
        return bool(self._newest)

    def complete(self, row: dict[str, Any]) -> None:
        """Add the step metrics that a row lacks, and remember those that it has."""
        step = row["_step"]
        for name in self._newest.keys() & row.keys():
            self._newest[name] = (step, row[name])
        lacking = {self._of(name) for name in row if name not in self._newest} - row.keys()
        for name in sorted(name for name in lacking if name is not None):
            at, value = self._newest[name]
            if at != step:
                row[name] = value
                self._newest[name] = (step, value)

    def _of(self, name: str) -> str | None:
        if name not in self._wanted:
            found = [rule for rule in self._rules if rule.name == name] or [
                rule for rule in self._rules if fnmatchcase(name, rule.name)
            ]
            rule = found[-1] if found and not name.startswith("_") else None
            self._wanted[name] = rule.step_metric if rule is not None and rule.step_sync else None
        return self._wanted[name]
