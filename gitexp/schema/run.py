"""One tracked execution, as run.json holds it.

SCHEMA_VERSION history:
    1  the first
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gitexp.schema.metrics import MetricSummary, json_number
from gitexp.schema.shape import check_run_shape
from gitexp.schema.tree import numbers

if TYPE_CHECKING:  # few runs have any: a training need not wait for these
    from gitexp.schema.artifact import ArtifactEntry, UsedArtifact
    from gitexp.schema.verdict import Verdict

SCHEMA_VERSION = 1

RUNNING, FINISHED, FAILED = "running", "finished", "failed"
KILLED, INTERRUPTED = "killed", "interrupted"
STATUSES = (RUNNING, FINISHED, FAILED, KILLED, INTERRUPTED)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """An untracked file that the snapshot leaves out."""

    path: str
    bytes: int
    reason: str  # "too large" or "looks like a secret"


@dataclass(frozen=True, slots=True)
class GitFacts:
    """Where the code stood when the run began."""

    base_commit: str | None = None
    branch: str | None = None  # None: detached HEAD
    dirty: bool = False  # the code differs from the base commit
    code_tree: str | None = None
    skipped: tuple[SkippedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class HardwareSummary:
    """What the hardware trace comes to.

    `mean` and `peak` have the keys of hardware.jsonl: `cpu.utilization_pct`, `gpu.0.power_w`, ….
    """

    samples: int = 0
    mean: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)
    energy_wh: float | None = None
    energy_source: str | None = None  # "nvml counter + rapl", "estimated from cpu load", …
    co2_g: float | None = None
    cost: float | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class CheckpointEntry:
    """A set of tensors saved at a step, in the run's tree under checkpoints/<label>/."""

    label: str
    step: int | None
    bytes: int
    tensors: int
    metrics: dict[str, float] = field(default_factory=dict)
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """The exception that ended the run."""

    type: str
    message: str
    traceback: str = ""  # its tail


@dataclass(frozen=True, slots=True)
class Resumption:
    """A run that had ended went on."""

    at: str  # when
    commit: str  # the chain's newest by then
    status: str  # as it had ended
    step: int | None = None  # the newest that was kept
    duration_s: float = 0.0  # what it had taken so far
    host: str = ""  # of the part that ended


@dataclass(frozen=True, slots=True)
class Lineage:
    """Which runs this one comes from, by name or id, and what it read of others."""

    resumed_from: str | None = None  # a commit of this run's own chain
    forked_from: str | None = None
    reproduced_from: str | None = None
    sweep: str | None = None
    trial: int | None = None
    forked_id: str | None = None  # the run's id, which a rename does not change
    forked_step: int | None = None
    forked_checkpoint: str | None = None  # its label
    resumptions: tuple[Resumption, ...] = ()
    used: tuple[UsedArtifact, ...] = ()


_ALWAYS = ("resumed_from", "forked_from", "reproduced_from", "sweep", "trial")


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that listing, comparing and ranking runs needs.

    Times are UTC ISO 8601, sizes bytes, durations seconds.
    """

    name: str
    id: str
    created_at: str
    status: str = RUNNING
    finished_at: str | None = None
    duration_s: float | None = None
    command: tuple[str, ...] = ()
    cwd: str = ""  # relative to the worktree's top
    author: str = ""
    host: str = ""
    group: str | None = None
    job_type: str | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    git: GitFacts = GitFacts()
    config: dict[str, Any] = field(default_factory=dict)
    config_digest: str = ""
    summary: dict[str, Any] = field(default_factory=dict)  # what the user set, flat
    metrics: dict[str, MetricSummary] = field(default_factory=dict)
    hardware: HardwareSummary = HardwareSummary()
    checkpoints: tuple[CheckpointEntry, ...] = ()
    # Saved, and not kept: `checkpoints.keep` of the settings.
    dropped_checkpoints: tuple[CheckpointEntry, ...] = ()
    artifacts: tuple[ArtifactEntry, ...] = ()  # that it logged, the oldest first
    exit_code: int | None = None
    signal: str | None = None  # "SIGKILL"
    error: ErrorInfo | None = None
    capture: dict[str, Any] = field(default_factory=dict)
    lineage: Lineage = Lineage()
    verdicts: tuple[Verdict, ...] = ()  # of runs that repeat this one, or that it repeats
    warnings: tuple[str, ...] = ()
    schema: int = SCHEMA_VERSION

    def to_json(self) -> dict[str, Any]:
        """As run.json holds it, keys in the order of the format."""
        return {
            "schema": self.schema,
            "name": self.name,
            "id": self.id,
            "status": self.status,
            "created_at": self.created_at,
            "finished_at": self.finished_at,
            "duration_s": self.duration_s,
            "command": list(self.command),
            "cwd": self.cwd,
            "author": self.author,
            "host": self.host,
            "group": self.group,
            "job_type": self.job_type,
            "tags": list(self.tags),
            "notes": self.notes,
            "git": {**_fields(self.git), "skipped": [_fields(s) for s in self.git.skipped]},
            "config": self.config,
            "config_digest": self.config_digest,
            "summary": self.summary,
            "metrics": {name: metric.to_json() for name, metric in self.metrics.items()},
            "hardware": _fields(self.hardware),
            "checkpoints": [_checkpoint_json(c) for c in self.checkpoints],
            "dropped_checkpoints": [_checkpoint_json(c) for c in self.dropped_checkpoints],
            **_some(artifacts=[entry.to_json() for entry in self.artifacts]),
            "exit_code": self.exit_code,
            "signal": self.signal,
            "error": None if self.error is None else _fields(self.error),
            "capture": self.capture,
            "lineage": _lineage_json(self.lineage),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Run:
        """The way back from `to_json`; unknown fields are dropped.

        Raises:
            ValueError: it is not a run, or of a schema that is newer than this gitexp.
        """
        if not isinstance(data, Mapping):
            raise ValueError("run.json is not an object")
        schema = data.get("schema")
        if not isinstance(schema, int) or isinstance(schema, bool):
            raise ValueError("run.json states no schema")
        if schema > SCHEMA_VERSION:
            raise ValueError(f"its schema {schema} is newer than this gitexp's {SCHEMA_VERSION}")
        check_run_shape(data)
        try:
            return cls._read(data)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"run.json: {error}") from error

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> Run:
        git = _known(GitFacts, data.get("git") or {})
        git["skipped"] = tuple(
            SkippedFile(**_known(SkippedFile, s)) for s in git.get("skipped", ())
        )
        known = _known(cls, data)
        known.update(
            name=str(data["name"]),
            id=str(data["id"]),
            created_at=str(data["created_at"]),
            command=tuple(data.get("command") or ()),
            tags=tuple(data.get("tags") or ()),
            git=GitFacts(**git),
            config=dict(data.get("config") or {}),
            summary=dict(data.get("summary") or {}),
            capture=dict(data.get("capture") or {}),
            metrics={
                name: MetricSummary.from_json(metric)
                for name, metric in (data.get("metrics") or {}).items()
            },
            hardware=HardwareSummary(**_known(HardwareSummary, data.get("hardware") or {})),
            checkpoints=tuple(_checkpoint(c) for c in data.get("checkpoints") or ()),
            dropped_checkpoints=tuple(
                _checkpoint(c) for c in data.get("dropped_checkpoints") or ()
            ),
            error=ErrorInfo(**_known(ErrorInfo, data["error"])) if data.get("error") else None,
            artifacts=_artifacts(data.get("artifacts") or ()),
            lineage=_lineage(data.get("lineage") or {}),
            verdicts=_verdicts(data.get("verdicts") or ()),
            warnings=tuple(data.get("warnings") or ()),
        )
        return cls(**known)

    def but(self, **changes: Any) -> Run:
        """A copy with some fields changed."""
        return replace(self, **changes)


def _some(**fields: Any) -> dict[str, Any]:
    """Fields that most runs have no use for: those that say something."""
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _lineage_json(lineage: Lineage) -> dict[str, Any]:
    told = _fields(lineage)
    always = {name: told.pop(name) for name in _ALWAYS}
    told["resumptions"] = [_fields(resumption) for resumption in lineage.resumptions]
    told["used"] = [used.to_json() for used in lineage.used]
    return {**always, **_some(**told)}


def _lineage(data: Mapping[str, Any]) -> Lineage:
    known = _known(Lineage, data)
    known["resumptions"] = tuple(
        Resumption(**_known(Resumption, told)) for told in known.get("resumptions") or ()
    )
    known["used"] = _used(known.get("used") or ())
    return Lineage(**known)


def _artifacts(data: Sequence[Any]) -> tuple[ArtifactEntry, ...]:
    if not data:
        return ()
    from gitexp.schema.artifact import ArtifactEntry

    return tuple(ArtifactEntry.from_json(told) for told in data)


def _used(data: Sequence[Any]) -> tuple[UsedArtifact, ...]:
    if not data:
        return ()
    from gitexp.schema.artifact import UsedArtifact

    return tuple(UsedArtifact.from_json(told) for told in data)


def _verdicts(data: Sequence[Any]) -> tuple[Verdict, ...]:
    if not data:
        return ()
    from gitexp.schema.verdict import Verdict

    return tuple(Verdict.from_json(told) for told in data)


def _checkpoint_json(entry: CheckpointEntry) -> dict[str, Any]:
    metrics = {key: json_number(value) for key, value in entry.metrics.items()}
    return {**_fields(entry), "metrics": metrics}


def _checkpoint(data: Mapping[str, Any]) -> CheckpointEntry:
    metrics = numbers(data.get("metrics") or {})
    return CheckpointEntry(**{**_known(CheckpointEntry, data), "metrics": metrics})


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _known(cls: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in cls.__dataclass_fields__ if name in data}
