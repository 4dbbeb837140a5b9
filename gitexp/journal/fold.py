"""A journal folded into the run that it is the record of, as far as it has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gitexp.journal import events, folders
from gitexp.journal.artifact_fold import ArtifactFold
from gitexp.journal.tail import LineTail
from gitexp.schema import clock, names, tree
from gitexp.schema.curves import Curves
from gitexp.schema.hardware import HardwareFold
from gitexp.schema.histogram import WatchFold
from gitexp.schema.metrics import MetricRule, MetricsFold
from gitexp.schema.retention import ALL, Keep, StepValues, kept_labels, parse_keep
from gitexp.schema.run import CheckpointEntry, ErrorInfo, GitFacts, Run, SkippedFile
from gitexp.schema.thinned import LossCurves

MAX_WARNINGS = 50
_RATES = ("carbon_g_per_kwh", "price_per_kwh", "currency")


class JournalFold:
    """The state of one journal; `update` takes in what came since the last call.

    Memory is bounded by the number of metrics, not by their length. Any process may fold any
    journal at any time; nothing is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        start = folders.read_json(folder / folders.RUN)
        if start is None:
            raise FileNotFoundError(folder / folders.RUN)
        self.start = Run.from_json(start)
        self.config: dict[str, Any] = dict(self.start.config)
        self.summary: dict[str, Any] = {}
        self.capture: dict[str, Any] = dict(self.start.capture)
        self.tags = self.start.tags
        self.notes = self.start.notes
        self.group = self.start.group
        self.job_type = self.start.job_type
        self.wanted_name: str | None = None
        self.metrics = MetricsFold()
        self.curves = Curves(clock.from_iso(self.start.created_at))
        self.hardware = HardwareFold()
        self.losses = LossCurves()
        self.watched = WatchFold()
        self.checkpoints: dict[str, CheckpointEntry] = {}
        self.checkpoint_folders: dict[str, str] = {}
        # Of a run that goes on: what it dropped before.
        self.dropped = {entry.label: entry for entry in self.start.dropped_checkpoints}
        self.dropped_folders: set[str] = set()
        self.artifacts = ArtifactFold(self.start)
        self.warnings: dict[str, None] = dict.fromkeys(self.start.warnings)
        self.error: ErrorInfo | None = None
        self.finish: Mapping[str, Any] | None = None
        settings = (folders.read_json(folder / folders.SETTINGS) or {}).get("settings") or {}
        self._rates = {key: settings[key] for key in _RATES if key in settings}
        self._keep = _keep(settings)
        self._judged_by = StepValues()
        self._rows = LineTail(folder / folders.METRICS)
        self._events = LineTail(folder / folders.EVENTS)
        self._samples = LineTail(folder / folders.HARDWARE)
        self._histograms = LineTail(folder / names.HISTOGRAMS)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.start.name

    def update(self, *, final: bool = False) -> bool:
        """Take in what is new; `final` says that nobody writes any more.

        Returns:
            Whether there was anything besides hardware samples.
        """
        before = (self.metrics.rows, self._events.offset)
        for event in self._events.objects(final=final):
            self._take_event(event)
        for row in self._rows.objects(final=final):
            self._take_row(row)
        for sample in self._samples.objects(final=final):
            self._take_sample(sample)
        for line in self._histograms.objects(final=final):
            self.watched.add(line)
        return (self.metrics.rows, self._events.offset) != before

    @property
    def last_step(self) -> int | None:
        """The newest step of any metric."""
        return max((fold.last_step for fold in self.metrics.folds.values()), default=None)

    @property
    def spools(self) -> set[str]:
        """What is to be committed at once: checkpoints, artifacts, a name."""
        named = [f"named {self.wanted_name}"] if self.wanted_name else []
        return {*self.checkpoint_folders.values(), *self.artifacts.waiting, *named}

    @property
    def torn_lines(self) -> int:
        """Lines that a crash or a full disk left incomplete; they were dropped."""
        tails = (self._rows, self._events, self._samples, self._histograms)
        return sum(tail.torn for tail in tails)

    def unwanted(self) -> list[str]:
        """The spools of checkpoints that the settings do not hold on to any more."""
        entries = list(self.checkpoints.values())
        goal = self.metrics.goal(self._keep.metric)
        kept = kept_labels(self._keep, entries, goal, self._judged_by.at)
        return [spool for label, spool in self.checkpoint_folders.items() if label not in kept]

    def drop(self, spools: Collection[str]) -> None:
        """Take these checkpoints for dropped."""
        self.dropped_folders |= set(spools)
        for label, spool in list(self.checkpoint_folders.items()):
            if spool in spools:
                self.dropped[label] = self.checkpoints.pop(label)
                del self.checkpoint_folders[label]

    def forget(self, label: str) -> None:
        """A checkpoint that was announced is not there."""
        self.checkpoints.pop(label, None)
        self.checkpoint_folders.pop(label, None)

    def run(self) -> Run:
        """The run as it stands."""
        end = folders.read_end(self.folder) or {}
        warnings = list(self.warnings)
        if self.torn_lines:
            warnings.append(f"{self.torn_lines} torn lines were dropped from the journal")
        error = ErrorInfo(**end["error"]) if end.get("error") else self.error
        return self.start.but(
            status=end.get("status", self.start.status),
            finished_at=end.get("finished_at"),
            duration_s=end.get("duration_s"),
            exit_code=end.get("exit_code"),
            signal=end.get("signal"),
            group=self.group,
            job_type=self.job_type,
            tags=self.tags,
            notes=self.notes,
            git=self._git(),
            config=self.config,
            config_digest=tree.digest(self.config),
            summary={**self.metrics.asked_values(), **self._set_summary()},
            metrics=self.metrics.summaries(),
            hardware=self.hardware.summary(**self._rates),
            checkpoints=tuple(self.checkpoints.values()),
            dropped_checkpoints=tuple(self.dropped.values()),
            artifacts=tuple(self.artifacts.entries.values()),
            capture=self.capture,
            lineage=replace(self.start.lineage, used=tuple(self.artifacts.used.values())),
            error=error,
            warnings=tuple(warnings[:MAX_WARNINGS]),
        )

    def _git(self) -> GitFacts:
        taken = folders.read_json(self.folder / folders.SNAPSHOT)
        if taken is None:
            return self.start.git
        return GitFacts(
            base_commit=taken.get("base_commit"),
            branch=taken.get("branch"),
            dirty=bool(taken["dirty"]),
            code_tree=taken["code_tree"],
            skipped=tuple(SkippedFile(**skipped) for skipped in taken["skipped"]),
        )

    def _take_row(self, row: dict[str, Any]) -> None:
        self.metrics.add(row)
        self.curves.add_row(row)
        self.losses.add_row(row)
        value = tree.number(row.get(self._keep.metric)) if self._keep.metric else None
        if value is not None and isinstance(row.get("_step"), int):
            self._judged_by.add(row["_step"], value)

    def _take_sample(self, sample: dict[str, Any]) -> None:
        self.hardware.add(sample)
        self.curves.add_sample(sample)

    def _take_event(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind == events.CONFIG:
            tree.merge(self.config, event["values"])
        elif kind == events.CONFIG_DROP:
            _drop(self.config, event["key"])
        elif kind == events.SUMMARY:
            self._take_summary(event)
        elif kind == events.METRIC:
            self.metrics.rules.append(
                MetricRule(
                    event["pattern"],
                    event.get("goal"),
                    event.get("step_metric"),
                    tuple(event.get("summary") or ()),
                    bool(event.get("hidden")),
                )
            )
        elif kind == events.TAGS:
            self.tags = tuple(event["tags"])
        elif kind == events.NOTES:
            self.notes = event["notes"]
        elif kind == events.NAME:
            self.wanted_name = event["name"]
        elif kind == events.FACTS:
            self.group = event.get("group") or self.group
            self.job_type = event.get("job_type") or self.job_type
        elif kind == events.CHECKPOINT:
            self._take_checkpoint(event)
        elif kind == events.DROPPED:
            self.drop(event["folders"])
        elif kind == events.CAPTURE:
            tree.merge(self.capture, event["values"])
        elif kind == events.WARNING:
            self.warnings[event["message"]] = None
        elif kind == events.ERROR:
            self.error = ErrorInfo(**event["error"])
        elif kind == events.FINISH:
            self.finish = event
        elif kind in events.OF_ARTIFACTS:
            self.artifacts.take(event)

    def _take_summary(self, event: dict[str, Any]) -> None:
        values = event.get("values") or {}
        self.summary.update(values)
        for key in values:
            self.metrics.set_by_user(key, event["_time"])
        for key in event.get("drop") or ():
            self.summary.pop(key, None)

    def _set_summary(self) -> dict[str, Any]:
        """What the user set and did not log after that."""
        again = self.metrics.again
        return {key: value for key, value in self.summary.items() if key not in again}

    def values(self) -> dict[str, Any]:
        """One value for each metric: set by the user, or as it was logged last; wandb's clocks."""
        metrics = self.metrics
        found: dict[str, Any] = {**metrics.values()}
        for key, (step, value) in metrics.others.items():
            fold = metrics.folds.get(key)
            if value is not None and (fold is None or fold.last_step < step):
                found[key] = value
        if metrics.last_step is not None:
            began_s = clock.from_iso(self.start.created_at)
            found |= {
                "_step": metrics.last_step,
                "_runtime": max(0.0, metrics.last_time_s - began_s),
                "_timestamp": metrics.last_time_s,
            }
        return found | self._set_summary()

    def _take_checkpoint(self, event: dict[str, Any]) -> None:
        label = event["label"]
        # A label that is saved again is a newer state of it: it moves to the end.
        self.checkpoints.pop(label, None)
        self.dropped.pop(label, None)
        if label in self.checkpoint_folders:
            self.dropped_folders.add(self.checkpoint_folders[label])
        self.checkpoints[label] = CheckpointEntry(
            label=label,
            step=event.get("step"),
            bytes=event["bytes"],
            tensors=event["tensors"],
            metrics=tree.numbers(event.get("metrics") or {}),
            created_at=clock.to_iso(event["_time"]),
        )
        self.checkpoint_folders[label] = event["folder"]


def _keep(settings: Mapping[str, Any]) -> Keep:
    try:
        return parse_keep(str(settings.get("checkpoints_keep", ALL)))
    except ValueError:  # a later gitexp's
        return Keep(ALL)


def _drop(config: dict[str, Any], dotted: str) -> None:
    first, _, rest = dotted.partition(".")
    below = config.get(first)
    if not rest:
        config.pop(first, None)
    elif isinstance(below, dict):
        _drop(below, rest)
        if not below:  # it was there for that key only
            del config[first]
