"""Two people's versions of one run's facts, made into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitexp.schema.artifact import merge_entries

_ANNOTATIONS = ("tags", "notes", "verdicts", "artifacts")


def merge_runs(
    base: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, Any]:
    """Merge two run.json objects that grew out of a third.

    What only one side changed is taken from that side. Where both did, the tags of both are kept
    (a tag that one side removed is gone), and both notes, one after the other; anything else is
    as `first` has it. So the result depends on the order of the sides: callers put them in an
    order that is the same wherever the merge is made.
    """
    merged = {key: _pick(key, base, first, second) for key in {**first, **second}}
    merged["tags"] = _tags(*(list(side.get("tags") or []) for side in (base, first, second)))
    merged["notes"] = _notes(*(str(side.get("notes") or "") for side in (base, first, second)))
    if "artifacts" in merged:
        # Their files are those of the side that has measured; only that side logs any.
        merged["artifacts"] = merge_entries(
            *(list(side.get("artifacts") or []) for side in (first, second))
        )
    if "verdicts" in merged:
        merged["verdicts"] = _verdicts(
            *(list(side.get("verdicts") or []) for side in (first, second))
        )
    return merged


def only_annotated(base: Mapping[str, Any], side: Mapping[str, Any]) -> bool:
    """Whether a version differs from its base in nothing but tags, notes and the name."""
    left_out = {*_ANNOTATIONS, "name"}
    return _without(base, left_out) == _without(side, left_out)


def _without(facts: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key not in keys}


def _pick(
    key: str, base: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]
) -> Any:
    changed = second if first.get(key) == base.get(key) else first
    return changed.get(key)


def _tags(base: list[str], first: list[str], second: list[str]) -> list[str]:
    gone = {tag for tag in base if tag not in first or tag not in second}
    return [tag for tag in dict.fromkeys((*first, *second)) if tag not in gone]


def _verdicts(first: list[Any], second: list[Any]) -> list[Any]:
    """Those of both sides, each once, the oldest first."""
    both = [*first, *(verdict for verdict in second if verdict not in first)]
    return sorted(both, key=lambda verdict: str(verdict.get("created_at")))


def _notes(base: str, first: str, second: str) -> str:
    if first == base:
        return second
    if second == base or second in first:
        return first
    if first in second:
        return second
    # Of a note that both went on with, the common beginning is kept once.
    if base and first.startswith(base) and second.startswith(base):
        return first + "\n\n" + second[len(base) :].lstrip()
    return f"{first}\n\n{second}"
