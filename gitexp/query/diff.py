"""What sets runs apart: config, metrics, code, environment, hardware, checkpoints."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitexp.errors import GitCommandFailed, GitexpError, NotARepository
from gitexp.query.runs import Found, Runs
from gitexp.query.view import read_environment
from gitexp.schema import names
from gitexp.schema.diff import (
    WORKING_TREE,
    CheckpointDelta,
    CodeDelta,
    MetricDelta,
    RunDiff,
    ValueDelta,
)
from gitexp.schema.headline import metric_groups
from gitexp.schema.metrics import HIGHER, LOWER, MetricSummary
from gitexp.schema.run import Run
from gitexp.schema.tree import flatten
from gitexp.settings import load_settings
from gitexp.store.aside import with_objects_in
from gitexp.store.code_diff import diff_trees
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

# The rest of the trace's means and peaks says little about why a run is better.
_MEANS = ("utilization_pct", "power_w")
_PEAKS = ("memory_used_bytes", "memory_bytes", "rss_bytes", "temperature_c")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs that are compared, with what is not in its run.json."""

    run: Run
    environment: Mapping[str, Any] = field(default_factory=dict)
    checkpoint_trees: Mapping[str, str] = field(default_factory=dict)  # label → oid


def diff_runs(repo: Repository, found: Sequence[Found], *, patch: bool = False) -> RunDiff:
    """Compare runs; the first one is the baseline.

    Args:
        repo: where.
        found: two runs or more.
        patch: whether the code's patch is wanted too.

    Raises:
        MalformedRun: one of them cannot be read.
    """
    store = RunStore(repo)
    sides = [
        Side(run.run, read_environment(store, run), _checkpoint_trees(repo, run)) for run in found
    ]
    code = [
        delta
        for which, run in enumerate(found[1:], 1)
        if (delta := _code_delta(repo, which, _code(found[0]), _code(run), patch)) is not None
    ]
    return compare(sides, code)


def diff_worktree(repo: Repository, found: Found, *, patch: bool = False) -> RunDiff:
    """Compare a run's code with the working tree's as it is now; leaves nothing behind.

    Raises:
        MalformedRun: the run cannot be read.
        GitexpError: there is no working tree, or the run has no code.
    """
    from gitexp.store.snapshot import take_snapshot

    run, code = found.run, _code(found)
    if repo.worktree is None:
        raise NotARepository(str(repo.git_dir))
    if code is None:
        raise GitexpError(f"the code of run {found.name!r} is not in git yet")
    settings = load_settings(repo.worktree)
    with tempfile.TemporaryDirectory() as folder:
        aside = with_objects_in(repo, folder)
        snapshot = take_snapshot(
            aside,
            untracked_limit_bytes=settings.untracked_limit_bytes,
            secrets=settings.secrets,
        )
        delta = _code_delta(aside, 1, code, snapshot.tree, patch)
    deltas = () if delta is None else (delta,)
    return RunDiff(
        names=(run.name, WORKING_TREE),
        statuses=(run.status, ""),
        config=(),
        metrics=(),
        code=deltas,
        environment=(),
        hardware=(),
        checkpoints=(),
    )


def parent_of(runs: Runs, found: Found) -> Found | None:
    """The run that a run was started from, as its lineage says; None: none, or it is gone."""
    lineage = found.run.lineage
    for origin in (lineage.resumed_from, lineage.forked_from, lineage.reproduced_from):
        if not origin:
            continue
        parent = runs.get(origin)
        if parent is None and (named := runs.index.names_of_id(origin)):
            parent = runs.get(named[0])
        if parent is not None:
            return parent
    return None


def compare(sides: Sequence[Side], code: Iterable[CodeDelta] = ()) -> RunDiff:
    """What differs among runs that were read; pure."""
    runs = [side.run for side in sides]
    command = [shlex.join(run.command) for run in runs]
    return RunDiff(
        names=tuple(run.name for run in runs),
        statuses=tuple(run.status for run in runs),
        config=_values([flatten(run.config) for run in runs]),
        metrics=_metrics([run.metrics for run in runs]),
        code=tuple(code),
        environment=_values([environment_values(side.environment) for side in sides]),
        hardware=_values([_hardware(run) for run in runs]),
        checkpoints=_checkpoints(sides),
        command=None if _all_same(command) else ValueDelta("command", tuple(command)),
        summary=_values([_summary(run) for run in runs]),
    )


def _values(flat: Sequence[Mapping[str, Any]]) -> tuple[ValueDelta, ...]:
    keys = dict.fromkeys(key for values in flat for key in values)
    rows = (ValueDelta(key, tuple(values.get(key) for values in flat)) for key in keys)
    return tuple(row for row in rows if not _all_same(row.values))


def _all_same(values: Sequence[Any]) -> bool:
    return all(_same(values[0], value) for value in values[1:])


def _same(a: Any, b: Any) -> bool:
    # True == 1 in Python, and NaN is not itself.
    return repr(a) == repr(b) or (a == b and isinstance(a, bool) == isinstance(b, bool))


def _metrics(metrics: Sequence[Mapping[str, MetricSummary]]) -> tuple[MetricDelta, ...]:
    merged: dict[str, MetricSummary] = {}
    for summaries in metrics:
        for key, summary in summaries.items():
            merged.setdefault(key, summary)
    ranked = [key for group in metric_groups(merged) for key in group.keys]
    return tuple(_metric(key, [summaries.get(key) for summaries in metrics]) for key in ranked)


def _metric(key: str, found: Sequence[MetricSummary | None]) -> MetricDelta:
    goal = next((m.goal for m in found if m is not None and m.goal), None)

    def each(get: Callable[[MetricSummary], Any]) -> tuple[Any, ...]:
        return tuple(None if m is None else get(m) for m in found)

    def best(low: str, high: str) -> tuple[Any, ...]:
        side = {LOWER: low, HIGHER: high}.get(goal or "")
        return each(lambda m: getattr(m, side) if side else None)

    return MetricDelta(
        key, goal, each(lambda m: m.last), best("min", "max"), best("min_step", "max_step")
    )


def environment_values(environment: Mapping[str, Any]) -> dict[str, Any]:
    """environment.json flat, packages as `package.<name>`."""
    packages = environment.get("packages")
    rest = {key: value for key, value in environment.items() if key != "packages"}
    flat = flatten(rest)
    if isinstance(packages, Mapping):
        flat.update({f"package.{name}": version for name, version in packages.items()})
    return flat


def _hardware(run: Run) -> dict[str, Any]:
    hardware = run.hardware
    figures: dict[str, Any] = {
        "duration_s": run.duration_s,
        "energy_wh": hardware.energy_wh,
        "co2_g": hardware.co2_g,
        "cost": hardware.cost,
    }
    for kind, values, endings in (
        ("mean", hardware.mean, _MEANS),
        ("peak", hardware.peak, _PEAKS),
    ):
        figures.update({f"{kind}.{k}": v for k, v in values.items() if k.endswith(endings)})
    return figures


def _summary(run: Run) -> dict[str, Any]:
    return {key: value for key, value in run.summary.items() if key not in run.metrics}


def _checkpoints(sides: Sequence[Side]) -> tuple[CheckpointDelta, ...]:
    by_label = [{entry.label: entry for entry in side.run.checkpoints} for side in sides]
    labels = dict.fromkeys(label for entries in by_label for label in entries)

    def each(label: str, what: str) -> tuple[Any, ...]:
        return tuple(getattr(entries.get(label), what, None) for entries in by_label)

    return tuple(
        CheckpointDelta(
            label,
            each(label, "bytes"),
            each(label, "tensors"),
            tuple(side.checkpoint_trees.get(label) for side in sides),
        )
        for label in labels
    )


def _code(found: Found) -> str | None:
    """What names the run's code tree for git."""
    if found.oid is not None:
        return f"{found.oid}:{names.CODE}"
    return found.run.git.code_tree


def _code_delta(
    repo: Repository, which: int, old: str | None, new: str | None, patch: bool
) -> CodeDelta | None:
    if old is None or new is None:
        return None
    try:
        files, text = diff_trees(repo, old, new, patch=patch)
    except GitCommandFailed:  # a tree that a hand-made run does not have, or that is not here
        return None
    return CodeDelta(which, files, text if patch else None)


def _checkpoint_trees(repo: Repository, found: Found) -> dict[str, str]:
    if found.oid is None or not found.run.checkpoints:
        return {}
    listing = repo.git(
        "ls-tree", "-r", "-d", "-z", f"{found.oid}:{names.CHECKPOINTS}", ok=(0, 128)
    )
    trees = {}
    for line in os.fsdecode(listing).split("\0")[:-1]:
        facts, label = line.split("\t", 1)
        trees[label] = facts.split()[2]
    return trees
