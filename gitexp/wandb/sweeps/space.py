"""The parameters of a sweep: what a grid consists of, what a random draw is.

A parameter is `{value: …}`, `{values: […]}`, `{min: …, max: …}` or has a `distribution`; one with
`parameters` is a mapping of more of them.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from gitexp.errors import UsageError

_MOST_STEPS = 100_000
Parameter = Mapping[str, Any]


def grid_size(parameters: Mapping[str, Any]) -> int:
    """How many points the grid has."""
    return math.prod(len(values) for values in _axes(parameters).values())


def grid_point(parameters: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    """One point of the grid, nested; None: there are not so many.

    Raises:
        UsageError: a parameter has no values to go through.
    """
    axes = _axes(parameters)
    chosen: dict[tuple[str, ...], Any] = {}
    for path, values in reversed(axes.items()):
        number, at = divmod(number, len(values))
        chosen[path] = values[at]
    return None if number else _nested({path: chosen[path] for path in axes})


def random_point(parameters: Mapping[str, Any], source: random.Random) -> dict[str, Any]:
    """A draw, nested.

    Raises:
        UsageError: a distribution is unknown, or lacks a bound.
    """
    drawn = {path: _draw(path, told, source) for path, told in _leaves(parameters)}
    return _nested(drawn)


def check(config: Mapping[str, Any]) -> None:
    """Refuse a sweep that cannot be run, with the place that is wrong.

    Raises:
        UsageError: no parameters, an unknown method, a parameter that says nothing.
    """
    parameters = config.get("parameters")
    if not isinstance(parameters, Mapping) or not parameters:
        raise UsageError("the sweep has no parameters", "parameters: {lr: {values: [0.1, 0.01]}}")
    method = config.get("method", "random")
    if method == "grid":
        grid_size(parameters)
    elif method in ("random", "bayes"):
        random_point(parameters, random.Random(0))
    else:
        raise UsageError(f"the sweep's method {method!r} is unknown", "grid, random or bayes")


def _leaves(
    parameters: Mapping[str, Any], above: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], Parameter]]:
    found: list[tuple[tuple[str, ...], Parameter]] = []
    for name, told in parameters.items():
        path = (*above, str(name))
        if not isinstance(told, Mapping):
            raise UsageError(
                f"the sweep's parameter {'.'.join(path)} is a {type(told).__name__}",
                "it looks like {value: 1}, {values: [1, 2]} or {min: 0, max: 1}",
            )
        if isinstance(told.get("parameters"), Mapping):
            found += _leaves(told["parameters"], path)
        else:
            found.append((path, told))
    return found


def _axes(parameters: Mapping[str, Any]) -> dict[tuple[str, ...], list[Any]]:
    return {path: _values(path, told) for path, told in _leaves(parameters)}


def _values(path: tuple[str, ...], told: Parameter) -> list[Any]:
    if "value" in told:
        return [told["value"]]
    if told.get("values"):
        return list(told["values"])
    low, high, step = told.get("min"), told.get("max"), told.get("q")
    if isinstance(low, int) and isinstance(high, int) and step is None:
        step = 1
    if low is None or high is None or not step:
        raise UsageError(
            f"the sweep's parameter {'.'.join(path)} has no values for a grid",
            "give it `values`, or `min`, `max` and a step `q`",
        )
    count = math.floor((high - low) / step + 1e-9) + 1
    if not 0 < count <= _MOST_STEPS:
        raise UsageError(f"the sweep's parameter {'.'.join(path)} has {count} steps")
    return [low + i * step for i in range(count)]


def _draw(path: tuple[str, ...], told: Parameter, source: random.Random) -> Any:
    name = told.get("distribution") or _guess(told)
    draw = _DRAWS.get(str(name))
    if draw is None:
        raise UsageError(
            f"the sweep's parameter {'.'.join(path)}: distribution {name!r} is unknown",
            ", ".join(_DRAWS),
        )
    try:
        return draw(told, source)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"the sweep's parameter {'.'.join(path)}: {name} cannot be drawn from {dict(told)}"
        ) from error


def _guess(told: Parameter) -> str:
    if "value" in told:
        return "constant"
    if "values" in told:
        return "categorical"
    if "min" in told and "max" in told:
        whole = isinstance(told["min"], int) and isinstance(told["max"], int)
        return "int_uniform" if whole else "uniform"
    return "normal" if "mu" in told else "nothing"


def _stepped(draw: Callable[[Parameter, random.Random], float]) -> Any:
    """The same in steps of `q`."""

    def rounded(told: Parameter, source: random.Random) -> Any:
        step = told.get("q", 1)
        value = round(draw(told, source) / step) * step
        return int(value) if isinstance(step, int) else value

    return rounded


def _categorical(told: Parameter, source: random.Random) -> Any:
    if told.get("probabilities"):
        return source.choices(list(told["values"]), weights=list(told["probabilities"]))[0]
    return source.choice(list(told["values"]))


def _uniform(told: Parameter, source: random.Random) -> float:
    return source.uniform(told["min"], told["max"])


def _log_uniform(told: Parameter, source: random.Random) -> float:
    return math.exp(source.uniform(told["min"], told["max"]))


def _log_uniform_values(told: Parameter, source: random.Random) -> float:
    return math.exp(source.uniform(math.log(told["min"]), math.log(told["max"])))


def _inv_log_uniform_values(told: Parameter, source: random.Random) -> float:
    return 1 / math.exp(source.uniform(-math.log(told["max"]), -math.log(told["min"])))


def _normal(told: Parameter, source: random.Random) -> float:
    return source.gauss(told.get("mu", 0.0), told.get("sigma", 1.0))


def _log_normal(told: Parameter, source: random.Random) -> float:
    return math.exp(_normal(told, source))


def _beta(told: Parameter, source: random.Random) -> float:
    return source.betavariate(told["a"], told["b"])


_DRAWS: dict[str, Callable[[Parameter, random.Random], Any]] = {
    "constant": lambda told, source: told["value"],
    "categorical": _categorical,
    "int_uniform": lambda told, source: source.randint(told["min"], told["max"]),
    "uniform": _uniform,
    "q_uniform": _stepped(_uniform),
    "log_uniform": _log_uniform,
    "q_log_uniform": _stepped(_log_uniform),
    "log_uniform_values": _log_uniform_values,
    "q_log_uniform_values": _stepped(_log_uniform_values),
    "inv_log_uniform": lambda told, source: 1 / _log_uniform(told, source),
    "inv_log_uniform_values": _inv_log_uniform_values,
    "normal": _normal,
    "q_normal": _stepped(_normal),
    "log_normal": _log_normal,
    "q_log_normal": _stepped(_log_normal),
    "beta": _beta,
    "q_beta": _stepped(_beta),
}


def _nested(flat: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        at = nested
        for part in itertools.islice(path, len(path) - 1):
            at = at.setdefault(part, {})
        at[path[-1]] = value
    return nested
