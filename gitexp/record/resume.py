"""A run that goes on: a new journal that begins with what the run has in git.

The journal is filled beside its place and renamed there as a whole. That claims the run: of two
processes that resume it at once one gets it, and a process that dies meanwhile leaves nothing in
the way. From there all is as with any run; its commits grow the chain that is there.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import RunIsRunning, RunMoved
from gitexp.journal import events, folders
from gitexp.journal.processes import is_supervised
from gitexp.journal.wake import make_wake
from gitexp.record.start import Plan, begin, facts_of, write_settings
from gitexp.record.values import plain_config
from gitexp.schema import clock, names, tree
from gitexp.schema.metrics import goal_of
from gitexp.schema.redact import redact_mapping
from gitexp.schema.run import RUNNING, Lineage, Resumption, Run
from gitexp.settings import Settings
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

_TAIL_BYTES = 256 * 1024
_ASPECTS = frozenset(["min", "max", "mean", "best", "first", "last"])
_GROWING = ((names.HARDWARE, names.HARDWARE), (names.HISTOGRAMS, names.HISTOGRAMS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A run in git that another begins from, or that goes on."""

    name: str
    oid: str  # the commit of its chain
    fork: bool = False  # another run; else the same one
    last_step: int | None = None  # rows after it are left out; None: all are kept
    checkpoint: str | None = None  # the label that a fork begins from


def go_on_from(
    repo: Repository, settings: Settings, plan: Plan, origin: Origin
) -> tuple[Path, Run]:
    """Make the journal of a run that goes on, or of another one that begins from it; see `resume`.

    Raises:
        RunIsRunning, GitexpError, MalformedRun: as there.
    """
    if not origin.fork:
        return resume(repo, settings, plan, origin)
    store = RunStore(repo)
    before = store.read_run(origin.oid, origin.name)

    def fill(folder: Path) -> None:
        seed(store, folder, before, origin)

    return begin(repo, settings, forked(before, plan, origin), fill)


def resume(repo: Repository, settings: Settings, plan: Plan, origin: Origin) -> tuple[Path, Run]:
    """Make the journal of a run that goes on.

    Args:
        repo: where.
        settings: of the project.
        plan: what the script says of the run; keys of its config are added to what it has, tags
            and notes replace those that it has.
        origin: the run.

    Returns:
        The journal folder and the facts in it.

    Raises:
        RunIsRunning: it runs, or another process resumes it.
        RunMoved: it was committed meanwhile.
        MalformedRun: its run.json cannot be read.
    """
    store = RunStore(repo)
    before = store.read_run(origin.oid, origin.name).but(name=origin.name)
    target = folders.journal_of(repo.common_dir, origin.name)
    building = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
    building.mkdir(parents=True)
    try:
        run = _resumed(repo, before, plan, origin)
        make_wake(building)
        (building / folders.CHECKPOINTS).mkdir()
        seed(store, building, before, origin)
        _seed_events(store, building, before, origin)
        write_settings(building, repo, settings, plan)
        folders.write_json(building / folders.GOES_ON, {"commit": origin.oid})
        folders.write_json(building / folders.RUN, run.to_json())
        _claim(repo.common_dir, building, target, origin.name)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    if store.oid(origin.name) != origin.oid:
        # Another process resumed and ended it, or a fetch moved it, while we read.
        folders.remove_journal(target)
        raise RunMoved(origin.name)
    return target, run


def _claim(common_dir: Path, building: Path, target: Path, name: str) -> None:
    if folders.find_journal(common_dir, name) is not None:
        raise RunIsRunning(name)
    try:
        building.rename(target)
    except OSError as error:
        if not target.exists():
            raise
        raise RunIsRunning(name, supervised=is_supervised(target)) from error


def _resumed(repo: Repository, before: Run, plan: Plan, origin: Origin) -> Run:
    now = clock.to_iso(time.time())
    config = {**before.config, **redact_mapping(plain_config(plan.config))}
    capture = dict(before.capture)
    tree.merge(capture, plan.capture)
    part = Resumption(
        at=now,
        commit=origin.oid,
        status=before.status,
        step=newest_step(before) if origin.last_step is None else origin.last_step,
        duration_s=before.duration_s or 0.0,
        host=before.host,
    )
    return before.but(
        status=RUNNING,
        finished_at=None,
        duration_s=None,
        exit_code=None,
        signal=None,
        error=None,
        **facts_of(repo, plan),
        group=plan.group or before.group,
        job_type=plan.job_type or before.job_type,
        tags=plan.tags or before.tags,
        notes=plan.notes or before.notes,
        config=config,
        config_digest=tree.digest(config),
        capture=capture,
        checkpoints=(),  # events tell of them
        lineage=replace(
            before.lineage,
            resumed_from=origin.oid[:12],
            resumptions=(*before.lineage.resumptions, part),
        ),
    )


def forked(before: Run, plan: Plan, origin: Origin) -> Plan:
    """What a run that begins from another one is to be: its config, with the script's own."""
    config = {**before.config, **plan.config}
    step = origin.last_step if origin.last_step is not None else newest_step(before)
    lineage = Lineage(
        forked_from=before.name,
        forked_id=before.id,
        forked_step=step,
        forked_checkpoint=origin.checkpoint,
    )
    return replace(plan, config=config, lineage=lineage)


def newest_step(run: Run) -> int | None:
    """The newest step of any metric that is a number."""
    return max((metric.last_step for metric in run.metrics.values()), default=None)


def next_step(folder: Path) -> int:
    """The step that a run goes on with, by the last row of its journal: steps never decrease."""
    try:
        with (folder / folders.METRICS).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            for reach in (_TAIL_BYTES, size):
                file.seek(max(0, size - reach))
                step = _step_of(file.read().rstrip(b"\n").rpartition(b"\n")[2])
                if step >= 0:
                    return step + 1
    except OSError:
        pass  # nothing was logged
    return 0


def seed(store: RunStore, folder: Path, before: Run, origin: Origin) -> None:
    """Write what a run had measured into a journal that has no run.json yet.

    Args:
        store: where the run is.
        folder: the journal.
        before: the run.
        origin: how much of it, and whether another run begins from it: that has its metrics only.
    """
    rows = store.read_parts(origin.oid, names.METRICS)
    if origin.last_step is not None:
        lines = (line for line in rows.splitlines(keepends=True))
        rows = b"".join(line for line in lines if _step_of(line) <= origin.last_step)
    if rows:
        (folder / folders.METRICS).write_bytes(rows)
    if origin.fork:
        (folder / folders.EVENTS).write_bytes(b"".join(_rules(before)))
        return
    for name, file in _GROWING:
        if content := store.read_parts(origin.oid, name):
            (folder / file).write_bytes(content)
    if output := store.read_parts(origin.oid, names.OUTPUT):
        (folder / folders.OUTPUT_RAW).write_bytes(output)


def _step_of(line: bytes) -> int:
    try:
        step = orjson.loads(line).get("_step")
    except (orjson.JSONDecodeError, AttributeError):
        return -1
    return step if isinstance(step, int) else -1


def _seed_events(store: RunStore, folder: Path, before: Run, origin: Origin) -> None:
    """What the journal of the part before had said, as far as it still counts."""
    lines = list(_rules(before))
    asked = _asked(before)
    kept = {key: value for key, value in before.summary.items() if key not in asked}
    if kept:
        # After the rows: what is set earlier than a metric's row counts less than that.
        lines.append(_line(events.SUMMARY, clock.to_iso(time.time()), values=kept))
    stored: dict[str, str] = {}
    for number, entry in enumerate(before.checkpoints):
        if origin.last_step is not None and (entry.step or 0) > origin.last_step:
            continue
        rev = f"{origin.oid}:{names.CHECKPOINTS}/{entry.label}"
        oid = store.repo.git("rev-parse", "-q", "--verify", rev, ok=(0, 1, 128)).decode().strip()
        if not oid:
            continue
        spool = f"resumed-{number:06d}"
        stored[spool] = oid
        told = asdict(entry)
        at = told.pop("created_at") or before.created_at
        lines.append(_line(events.CHECKPOINT, at, folder=spool, **told))
    (folder / folders.EVENTS).write_bytes(b"".join(lines))
    if stored:
        folders.write_json(folder / folders.STORED, stored)


def _rules(run: Run) -> Iterator[bytes]:
    """What `define_metric` had said, as far as run.json shows it."""
    asked = _asked(run)
    for name, metric in run.metrics.items():
        wanted = asked.get(name, [])
        goal = metric.goal if metric.goal != goal_of(name) else None
        if wanted or goal:
            yield _line(
                events.METRIC, run.created_at, pattern=_literal(name), goal=goal, summary=wanted
            )


def _literal(name: str) -> str:
    """A name as a glob of nothing else."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _asked(run: Run) -> Mapping[str, list[str]]:
    """Metric → the aspects that stand in the summary instead of its last value."""
    found: dict[str, list[str]] = {}
    for key, value in run.summary.items():
        if key in run.metrics and isinstance(value, Mapping) and {*value} <= {*_ASPECTS}:
            found[key] = list(value) or ["none"]
        name, _, aspect = key.rpartition(".")  # as it was written once
        if aspect in _ASPECTS and name in run.metrics:
            found.setdefault(name, []).append(aspect)
    return found


def _line(kind: str, at: str, **fields: Any) -> bytes:
    told = {"type": kind, "_time": clock.from_iso(at), **fields}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
