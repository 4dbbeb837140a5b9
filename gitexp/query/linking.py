"""The trailer that tells in a commit's message which run ran its code, and what came out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from gitexp.index.codes import runs_with_code
from gitexp.store.linking import add_trailer, spoken, tree_to_commit
from gitexp.store.repository import Repository

if TYPE_CHECKING:
    from gitexp.schema.run import Run

TRAILER = "Experiment"

# Where git's message comes from somewhere else than the user's work on this tree.
_NOT_OURS = ("merge", "squash", "commit")
_FIXUPS = ("fixup! ", "squash! ", "amend! ")


def prepare_message(repo: Repository, message: Path, source: str = "") -> str | None:
    """Add the trailer to a commit message that git is preparing, where there is one to add.

    Args:
        repo: the repository that is committed in.
        message: the file that holds the message.
        source: git's word for where the message comes from: "", "message", "template", "merge",
            "squash" or "commit" (amended, or taken from another commit).

    Returns:
        The trailer's value; None: nothing was added.
    """
    if source in _NOT_OURS:
        return None
    said = spoken(repo, message)
    if said and said[0].startswith(_FIXUPS):
        return None
    value = experiment_of_tree(repo, tree_to_commit(repo))
    if value is not None:
        add_trailer(repo, message, TRAILER, value)
        if not said:
            # Room for a subject, and an empty line between it and the trailer.
            message.write_bytes(b"\n" + message.read_bytes())
    return value


def drop_lonely_trailer(repo: Repository, message: Path) -> bool:
    """Empty a message that holds nothing but our trailer, so that git stops as it would without.

    A user who leaves the editor without a word wants no commit.
    """
    said = spoken(repo, message)
    lonely = bool(said) and all(line.startswith(f"{TRAILER}: ") for line in said)
    if lonely:
        message.write_bytes(b"")
    return lonely


def experiment_of_tree(repo: Repository, tree: str) -> str | None:
    """The trailer's value: `quick-purple-dove (val_loss 0.0123, best of 3 runs)`.

    The best run by the headline metric among those that finished on this code; without a metric
    that has a goal, the newest. None: no run ran this code.
    """
    oids = list(runs_with_code(repo, {tree}).values())
    if not oids:
        return None
    # Every commit of the user's waits for this module; most are not of a run's code.
    from gitexp.render import text
    from gitexp.schema.headline import headline_metrics
    from gitexp.schema.metrics import LOWER
    from gitexp.schema.run import FINISHED

    runs = _read(repo, oids)
    finished = [run for run in runs if run.status == FINISHED]
    candidates = sorted(finished or runs, key=lambda run: run.created_at, reverse=True)
    if not candidates:
        return None
    newest = candidates[0]
    key = next(iter(headline_metrics(newest.metrics, 1)), None)
    goal = newest.metrics[key].goal if key else None
    scores = {
        run.id: score
        for run in candidates
        if key and goal and (metric := run.metrics.get(key)) and (score := metric.last) == score
    }
    best = newest
    if scores:
        by_score = [run for run in candidates if run.id in scores]
        choose = min if goal == LOWER else max
        best = choose(by_score, key=lambda run: scores[run.id])
    facts = [] if best.status == FINISHED else [best.status]
    if key and key in best.metrics:
        facts.append(f"{key} {text.number(best.metrics[key].last)}")
    if len(scores) > 1:
        facts.append(f"best of {len(scores)} runs")
    return f"{best.name} ({', '.join(facts)})" if facts else best.name


def _read(repo: Repository, oids: list[str]) -> list[Run]:
    import orjson

    from gitexp.schema.run import Run
    from gitexp.store.runs import RunStore

    runs = []
    for _, raw in RunStore(repo).read_runs(oids):
        # A malformed run is no reason to say nothing of the others.
        with contextlib.suppress(ValueError):
            runs.append(Run.from_json(orjson.loads(raw or b"")))
    return runs
