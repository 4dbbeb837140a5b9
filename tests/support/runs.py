"""Complete runs in a repository, written through the store, for the tests of readers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gitexp.schema import names
from gitexp.schema.clock import from_iso, to_iso
from gitexp.schema.metrics import MetricsFold
from gitexp.schema.run import (
    FAILED,
    FINISHED,
    KILLED,
    RUNNING,
    CheckpointEntry,
    GitFacts,
    HardwareSummary,
    Run,
)
from gitexp.schema.tree import digest, non_finite
from gitexp.store.objects import FILE, TREE, ObjectWriter
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore


def make_run(
    repo_path: Path,
    name: str,
    *,
    config: Mapping[str, Any] | None = None,
    metrics: Iterable[Mapping[str, Any]] = (),
    hardware: Iterable[Mapping[str, Any]] = (),
    output: str = "",
    environment: Mapping[str, Any] | None = None,
    status: str = FINISHED,
    created_at: str = "2024-01-01T00:00:00.000Z",
    duration_s: float = 60.0,
    command: Sequence[str] = ("python", "train.py"),
    tags: Sequence[str] = (),
    notes: str = "",
    files: Mapping[str, bytes] | None = None,
    code: Mapping[str, bytes] | None = None,
    checkpoints: Mapping[str, Mapping[str, Any]] | None = None,
    used: HardwareSummary | None = None,
    **fields: Any,
) -> str:
    """Write a run as a chain of commits: started, and (unless it runs) its end.

    Args:
        repo_path: a folder of the repository.
        name: the run's.
        config: hyperparameters, nested.
        metrics: rows {"loss": 0.5, …}; `_step` (0, 1, …) and `_time` are added where missing.
        hardware: samples {"cpu.utilization_pct": 12.5, …}; `_time` is added where missing.
        output: output.log.
        environment: environment.json.
        status: "running" makes a chain without an end.
        created_at: ISO 8601.
        duration_s: seconds from start to end.
        command: argv.
        tags: as in run.json.
        notes: as in run.json.
        files: more files, by path; they win over those made here.
        code: the code/ tree, path → content; None: HEAD's tree.
        checkpoints: label → {"step": …, "metrics": …, "tree": oid} or {…, "data": bytes of
            model.safetensors}.
        used: run.json's `hardware`.
        fields: more fields of `Run`, which win.

    Returns:
        The newest commit's oid.
    """
    repo = Repository.open(repo_path)
    head = repo.head()
    config = dict(config or {})
    start_s = from_iso(created_at)
    rows = [{"_step": i, "_time": start_s + i, **row} for i, row in enumerate(metrics)]
    samples = [{"_time": start_s + i, **row} for i, row in enumerate(hardware)]

    writer = ObjectWriter(repo)
    code_tree = _code_tree(repo, writer, code, head.commit)
    started = Run(
        name=name,
        id=hashlib.sha256(name.encode()).hexdigest()[:32],
        created_at=created_at,
        status=RUNNING,
        command=tuple(command),
        author="Ada Lovelace <ada@example.org>",
        host="lab",
        tags=tuple(tags),
        notes=notes,
        git=GitFacts(head.commit, head.branch, code is not None, code_tree),
        config=config,
        config_digest=digest(config),
    ).but(**{k: v for k, v in fields.items() if status == RUNNING})

    entries = {names.CODE: (TREE, code_tree)}
    labels = []
    for label, checkpoint in (checkpoints or {}).items():
        data = checkpoint.get("data", b"")
        tree = checkpoint.get("tree") or writer.tree(
            {"model.safetensors": (FILE, writer.blob(data))}
        )
        entries[f"{names.CHECKPOINTS}/{label}"] = (TREE, tree)
        labels.append(
            CheckpointEntry(
                label,
                checkpoint.get("step"),
                checkpoint.get("bytes", len(data)),
                checkpoint.get("tensors", 0),
                dict(checkpoint.get("metrics", {})),
                created_at,
            )
        )
    contents = {
        names.CONFIG: yaml.safe_dump(config, sort_keys=False).encode(),
        names.METRICS: _lines(rows),
        names.HARDWARE: _lines(samples),
        names.OUTPUT: output.encode(),
        names.ENVIRONMENT: json.dumps(environment or {"python": {"version": "3.11.7"}}).encode(),
        **(files or {}),
    }

    def commit(run: Run, subject: str, parent: str | None, time_s: float) -> str:
        all_files = {
            names.README: f"# {run.name}\n".encode(),
            names.RUN: json.dumps(run.to_json(), indent=1).encode(),
            **contents,
        }
        blobs = {path: (FILE, writer.blob(data)) for path, data in all_files.items()}
        message = (
            f"{name}: {subject}\n\n{names.TRAILER_RUN}: {name}\n"
            f"{names.TRAILER_ID}: {run.id}\n{names.TRAILER_STATUS}: {run.status}\n"
        )
        tree = writer.nested_tree({**entries, **blobs})
        return writer.commit(tree, [parent] if parent else [], message, repo.identity(), time_s)

    fold = MetricsFold()
    for row in rows:
        fold.add(row)
    measured = started.but(metrics=fold.summaries(), checkpoints=tuple(labels))
    oid = commit(measured if status == RUNNING else started, "started", head.commit, start_s)
    if status != RUNNING:
        end = {
            "status": status,
            "finished_at": to_iso(start_s + duration_s),
            "duration_s": duration_s,
            "exit_code": {FINISHED: 0, FAILED: 1}.get(status),
            "signal": "SIGKILL" if status == KILLED else None,
            **({} if used is None else {"hardware": used}),
            **fields,
        }
        oid = commit(measured.but(**end), status, oid, start_s + duration_s)
    writer.flush()
    RunStore(repo).point(name, oid, None)
    return oid


def _code_tree(
    repo: Repository, writer: ObjectWriter, code: Mapping[str, bytes] | None, head: str | None
) -> str:
    if code is None and head is not None:
        return repo.git("rev-parse", f"{head}^{{tree}}").decode().strip()
    blobs = {path: (FILE, writer.blob(data)) for path, data in (code or {}).items()}
    return writer.nested_tree(blobs)


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    def plain(value: Any) -> Any:
        finite = not isinstance(value, float) or value - value == 0
        return value if finite else non_finite(value)

    return b"".join(
        json.dumps({key: plain(value) for key, value in row.items()}).encode() + b"\n"
        for row in rows
    )
