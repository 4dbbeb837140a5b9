"""One pass over runs: those that fit, in order, without keeping what was read of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gitexp.query import filter as filters
from gitexp.query.runs import Found


def ask(
    candidates: Callable[[], Iterator[Found]], where: str | None, sort: str | None, now_s: float
) -> list[Found]:
    """The runs for which an expression holds, sorted.

    Malformed runs fit no expression and sort last.

    Args:
        candidates: gives the runs, anew at each call.
        where: an expression, or None.
        sort: sort keys, or None: the order of the candidates.
        now_s: the present.

    Raises:
        BadExpression: `where` or `sort` cannot be read, or names what no run has.
    """
    condition = filters.where(where, now_s) if where is not None else None
    order = filters.sort(sort, now_s) if sort is not None else None
    names = [part.names for part in (condition, order) if part is not None]
    read = Found.peek if any(part.ask_hardware for part in names) else Found.glance
    chosen: list[Found] = []
    values: list[Any] = []
    malformed: list[Found] = []
    for run in candidates():
        if run.error is not None:
            malformed.append(run)
            continue
        facts = read(run)
        for part in names:
            part.see(facts)
        if condition is not None and not condition(facts):
            continue
        chosen.append(run)
        if order is not None:
            values.append(order.values(facts))
    for part in names:
        part.check(lambda: (run.peek() for run in candidates() if run.error is None))
    if order is not None:
        chosen = [chosen[i] for i in order.order(values)]
    return chosen if condition is not None else [*chosen, *malformed]
