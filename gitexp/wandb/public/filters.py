"""Filter mappings in MongoDB's language, as `Api().runs(filters=…)` takes them.

{"$and": [{"config.lr": {"$lt": 0.1}}, {"tags": {"$in": ["best"]}}, {"state": "finished"}]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gitexp.errors import UsageError

Lookup = Callable[[str], Any]
MISSING = object()

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, wanted: value > wanted,
    "$gte": lambda value, wanted: value >= wanted,
    "$lt": lambda value, wanted: value < wanted,
    "$lte": lambda value, wanted: value <= wanted,
}


def matches(filters: Any, lookup: Lookup) -> bool:
    """Whether a run fits.

    Args:
        filters: the mapping; empty fits all.
        lookup: a field's name → its value; MISSING if there is none.

    Raises:
        UsageError: an operator is unknown, or its operand is none.
    """
    if not filters:
        return True
    if not isinstance(filters, Mapping):
        raise UsageError(f"filters must be a mapping, not a {type(filters).__name__}")
    return all(_holds(str(key), wanted, lookup) for key, wanted in filters.items())


def _holds(key: str, wanted: Any, lookup: Lookup) -> bool:
    if key in ("$and", "$or", "$nor"):
        parts = [matches(part, lookup) for part in _listed(key, wanted)]
        return all(parts) if key == "$and" else any(parts) == (key == "$or")
    if key == "$not":
        return not matches(wanted, lookup)
    if key.startswith("$"):
        raise _unknown(key)
    value = lookup(key)
    if isinstance(wanted, Mapping) and any(str(op).startswith("$") for op in wanted):
        return all(_compare(str(op), operand, value) for op, operand in wanted.items())
    return _equals(value, wanted)


def _compare(operator: str, wanted: Any, value: Any) -> bool:
    if operator == "$eq":
        return _equals(value, wanted)
    if operator == "$ne":
        return not _equals(value, wanted)
    if operator in ("$in", "$nin"):
        among = any(_equals(value, one) for one in _listed(operator, wanted))
        return among == (operator == "$in")
    if operator == "$exists":
        return (value is not MISSING) == bool(wanted)
    if operator == "$not":
        return not _holds("value", wanted, lambda key: value)
    if operator == "$regex":
        return isinstance(value, str) and _search(wanted, value)
    if operator in _COMPARED:
        return _ordered(operator, wanted, value)
    raise _unknown(operator)


def _ordered(operator: str, wanted: Any, value: Any) -> bool:
    values = value if isinstance(value, list | tuple) else [value]
    numbers = int | float
    for one in values:
        same = (isinstance(one, numbers) and isinstance(wanted, numbers)) or (
            isinstance(one, str) and isinstance(wanted, str)
        )
        if same and _COMPARED[operator](one, wanted):
            return True
    return False


def _equals(value: Any, wanted: Any) -> bool:
    if value is MISSING:
        return wanted is None
    if isinstance(value, list | tuple) and not isinstance(wanted, list | tuple):
        return any(_equals(one, wanted) for one in value)
    if isinstance(wanted, re.Pattern):
        return isinstance(value, str) and wanted.search(value) is not None
    return bool(value == wanted)


def _search(pattern: Any, value: str) -> bool:
    try:
        return re.search(str(pattern), value) is not None
    except re.error as error:
        raise UsageError(f"$regex {pattern!r}: {error}") from error


def _listed(operator: str, wanted: Any) -> list[Any]:
    if not isinstance(wanted, list | tuple | set):
        raise UsageError(f"{operator} takes a list, not a {type(wanted).__name__}")
    return list(wanted)


def _unknown(operator: str) -> UsageError:
    return UsageError(
        f"filters: {operator} is unknown",
        "there are $and $or $nor $not $eq $ne $gt $gte $lt $lte $in $nin $exists $regex",
    )
