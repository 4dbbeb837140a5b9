"""train, val or test, as the script names what it hands to a library: `score(X_test, y_test)`."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from gitexp.capture.inside.guard import is_users


def phase_of_things(*things: Any) -> str:
    """The phase in the name that the nearest function of the user's has for one of the objects.

    Args:
        things: the likeliest to be named first; None is passed over.
    """
    from gitexp.capture.printed.reading import phase_of

    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not (
        is_users(frame.f_code.co_filename)
        and not str(frame.f_globals.get("__name__")).startswith("gitexp.")
    ):
        frame = frame.f_back
    if frame is None:
        return ""
    for thing in things:
        for names in (frame.f_locals, frame.f_globals):
            for name, value in list(names.items()):
                if thing is not None and value is thing and (phase := phase_of(name)):
                    return phase
    return ""


def with_phase(phase: str, name: str) -> str:
    """`val`, `loss` → `val_loss`."""
    return f"{phase}_{name}" if phase else name
