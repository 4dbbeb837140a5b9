"""Where a run comes from, and which artifacts it read and logged, in words."""

from __future__ import annotations

from gitexp.render import text
from gitexp.schema.run import Run

_MOST = 8


def lineage_words(run: Run) -> str:
    """Where a run comes from, and what it read."""
    lineage = run.lineage
    trial = "" if lineage.trial is None else f"trial {text.value(lineage.trial)} of "
    words = (
        ("resumed from", lineage.resumed_from),
        ("forked from", forked_from(run)),
        ("reproduces", lineage.reproduced_from),
        (f"{trial}sweep", lineage.sweep),
        ("uses", _listed([used.title for used in lineage.used])),
    )
    return " · ".join(f"{word} {text.one_line(str(origin))}" for word, origin in words if origin)


def forked_from(run: Run) -> str:
    """`quick-purple-dove:best`, or `quick-purple-dove at step 200`."""
    lineage = run.lineage
    if not lineage.forked_from:
        return ""
    if lineage.forked_checkpoint:
        return f"{lineage.forked_from}:{lineage.forked_checkpoint}"
    step = lineage.forked_step
    return lineage.forked_from + (f" at step {step}" if isinstance(step, int) else "")


def artifact_words(run: Run) -> str:
    """The versions that a run logged: `model:v3 (4.5 MiB), ds:v0 (1 KiB)`."""
    return _listed(
        [f"{text.one_line(a.title)} ({text.byte_size(a.bytes)})" for a in run.artifacts]
    )


def _listed(words: list[str]) -> str:
    more = [f"{len(words) - _MOST} more"] if len(words) > _MOST else []
    return ", ".join([*words[:_MOST], *more])
