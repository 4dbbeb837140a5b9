"""A style sheet of ours, narrowed to one element of the page."""

from __future__ import annotations

import re
from functools import cache

# Rules for the page itself, not for what is in it.
_PAGE = re.compile(r"(?::root|html|body)\b")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def scoped(sheet: str, scope: str, but: str = "") -> str:
    """The same rules, of force only inside an element.

    Args:
        sheet: CSS without braces in strings, nesting or layers; `@media` may hold rules.
        scope: what is put before each selector: `#static`.
        but: elements inside it that they leave alone, with all that is in these: `.gx-live`.
    """
    parts = re.split(r"([{}])", _COMMENT.sub("", sheet))
    return "".join(
        _selectors(part, scope, but) if following == "{" else part
        for part, following in zip(parts, [*parts[1:], ""], strict=True)
    )


def _selectors(part: str, scope: str, but: str) -> str:
    if part.strip().startswith("@"):
        return part
    narrowed = [
        one.strip() if _PAGE.match(one.strip()) else f"{scope} {_without(one.strip(), but)}"
        for one in _split(part)
    ]
    return f"\n{', '.join(narrowed)} "


def _without(selector: str, but: str) -> str:
    if not but:
        return selector
    subject, colons, element = selector.partition("::")
    return f"{subject}:not({but} *){colons}{element}"


def _split(selectors: str) -> list[str]:
    """At the commas that are not inside `:not(…)` and its like."""
    return re.split(r",(?![^()]*\))", selectors)
