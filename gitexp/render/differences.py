"""What sets many runs apart, key by key, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitexp.render import text
from gitexp.schema.tree import flatten, number

_MISSING = object()
_LISTED = 6  # values that a summary names


class Difference(NamedTuple):
    """A key that is not the same in all runs."""

    key: str
    values: tuple[str, ...]  # one for each run; empty: it has none
    summary: str  # all of them in one line
    missing_only: bool  # all runs that have the key have the same value


def differences(nested: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """The dotted keys whose values differ between mappings.

    Keys with several values come first, keys that some mappings lack after them, each in the
    order of first appearance. An empty mapping is one of which nothing is known.
    """
    flat = [flatten(mapping) for mapping in nested]
    found = []
    for key in dict.fromkeys(key for mapping in flat for key in mapping):
        values = [mapping.get(key, _MISSING) for mapping in flat]
        known = [v for v, mapping in zip(values, flat, strict=True) if mapping]
        if all(_same(value, known[0]) for value in known[1:]):
            continue
        there = [value for value in known if value is not _MISSING]
        shown = tuple("" if v is _MISSING else text.value(v, 60) for v in values)
        found.append(
            Difference(
                text.cut_middle(text.one_line(key), 80),
                shown,
                _summary(values, shown),
                all(_same(value, there[0]) for value in there[1:]),
            )
        )
    return sorted(found, key=lambda difference: difference.missing_only)


def package_versions(environment: Mapping[str, Any]) -> dict[str, Any]:
    """The packages of an environment.json; {} where it names none."""
    packages = environment.get("packages")
    return dict(packages) if isinstance(packages, Mapping) else {}


def _same(a: object, b: object) -> bool:
    # 1, 1.0 and True are equal in Python and different in a config; NaN is the same as itself.
    return type(a) is type(b) and (a == b or repr(a) == repr(b))


def _summary(values: Sequence[object], shown: Sequence[str]) -> str:
    """`0.001 to 0.1 (60 values)` of many numbers, else each value with how many runs have it."""
    numbers = [number(v) for v in values if not isinstance(v, bool)]
    known = sorted(v for v in numbers if v is not None)
    counts = Counter(word or "none" for word in shown)
    if len(known) == len(values) and len(counts) > _LISTED:
        return f"{text.number(known[0])} to {text.number(known[-1])} ({len(counts)} values)"
    words = [f"{word} ({n})" if n > 1 else word for word, n in counts.most_common(_LISTED)]
    more = len(counts) - len(words)
    return ", ".join(words) + (f" and {text.plural(more, 'other')}" if more else "")
