"""Runs as the app gets them: a row in its list, and all that a run's own page shows."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gitexp._version import __version__
from gitexp.render import facts, text
from gitexp.schema.checkpoint import TensorInfo
from gitexp.schema.names import ref_of
from gitexp.schema.run import Run
from gitexp.schema.view import RunView

VERSION = 1
HIDDEN_TAG = "hidden"  # a run with this tag is left out of the app's curves until it is asked for

_SEVERITIES = {"error": "error", "warning": "warning", "note": "info"}


def run_row(
    run: Mapping[str, Any],
    *,
    oid: str | None,
    live: bool = False,
    stale_s: float | None = None,
    malformed: str | None = None,
    url: str | None = None,
    media: int = 0,
    findings: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """One run in the list: its run.json, and what that does not say.

    Args:
        run: run.json's object; of a malformed run at least its name.
        oid: the commit that it is read from; None: it is not committed yet.
        live: whether its journal is being written on this machine.
        stale_s: of a run that runs elsewhere, the age of the last news.
        malformed: why it cannot be read.
        url: of its files on the host that it was pushed to.
        media: files below media/.
        findings: how many of each severity: error, warning, info.
    """
    known = run if malformed is None else malformed_facts(str(run.get("name", "")))
    tags = known.get("tags")
    return {
        **known,
        "oid": oid,
        "live": live,
        "stale_s": stale_s,
        "malformed": malformed,
        "url": url,
        "hidden": isinstance(tags, list) and HIDDEN_TAG in tags,
        "media": media,
        "findings": None if findings is None else dict(findings),
    }


def malformed_facts(name: str) -> dict[str, Any]:
    """What stands for the run.json of a run that has none that can be read."""
    return Run(name=name, id="", created_at="", status="malformed").to_json()


def count_findings(findings: Iterable[Any]) -> dict[str, int]:
    """How many findings there are of each severity, as the app names them."""
    counts = dict.fromkeys(_SEVERITIES.values(), 0)
    for finding in findings:
        severity = finding.get("severity") if isinstance(finding, Mapping) else None
        counts[_SEVERITIES.get(str(severity), "info")] += 1
    return counts


def page_document(
    rows: Sequence[Mapping[str, Any]],
    *,
    mode: str,
    title: str,
    repository: str,
    generated_s: float,
    left_out: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """What the app needs before it asks for anything else.

    Args:
        rows: of all runs, for the metrics and hardware figures that there are.
        mode: "report", "article" or "dashboard".
        title: of the page.
        repository: its name.
        generated_s: the present, seconds since the epoch.
        left_out: what is missing and why, each in a sentence.
        more: chunks (path → element), api, edit, token, panels.
    """
    metrics: dict[str, dict[str, Any]] = {}
    hardware: dict[str, None] = {}
    for row in rows:
        for key, metric in (row.get("metrics") or {}).items():
            goal = metric.get("goal") if isinstance(metric, Mapping) else None
            known = metrics.setdefault(str(key), {"goal": None})
            if known["goal"] is None and goal in ("lower", "higher"):
                known["goal"] = goal
        means = (row.get("hardware") or {}).get("mean") or {}
        hardware.update(dict.fromkeys(map(str, means)))
    return {
        "version": VERSION,
        "mode": mode,
        "title": title,
        "repository": repository,
        "generated_s": generated_s,
        "gitexp": __version__,
        "left_out": list(left_out),
        "metrics": metrics,
        "hardware": sorted(hardware),
        **more,
    }


def run_detail(
    view: RunView,
    row: Mapping[str, Any],
    *,
    tensors: Mapping[str, Sequence[TensorInfo]] | None = None,
    chain: Sequence[tuple[str, str, int]] = (),
    readme: str | None = None,
) -> dict[str, Any]:
    """All that a run's own page shows beside its curves, log, media and source.

    Args:
        view: the run with its files.
        row: the same run as `run_row` gives it.
        tensors: of those checkpoints that were looked into, by label.
        chain: oid, subject and time (seconds since the epoch) of the run's commits, newest first.
        readme: its README.md.
    """
    run = view.run
    return {
        "run": dict(row),
        "environment": view.environment,
        "findings": list(view.findings),
        "model": view.model or None,
        "files": view.files,
        "code_changes": [
            {"path": c.path, "status": c.status, "added": c.added, "removed": c.removed}
            for c in view.code_changes
        ],
        "checkpoints": [
            {
                "label": entry.label,
                "step": entry.step,
                "bytes": entry.bytes,
                "metrics": entry.metrics,
                "tensors": _tensors((tensors or {}).get(entry.label)),
            }
            for entry in run.checkpoints
        ],
        "commands": how_to(run),
        "started_from": None if view.started_from is None else asdict(view.started_from),
        "chain": [{"oid": oid, "subject": s, "time_s": time_s} for oid, s, time_s in chain],
        "warnings": [str(warning) for warning in run.warnings],
        "readme": readme,
    }


def _tensors(tensors: Sequence[TensorInfo] | None) -> list[dict[str, Any]] | None:
    if tensors is None:
        return None
    return [
        {"name": t.name, "dtype": t.dtype, "shape": list(t.shape), "bytes": t.bytes}
        for t in tensors
    ]


def how_to(run: Run) -> list[dict[str, Any]]:
    """Commands that a run's page offers for copying, each group under a title."""
    name = shlex.quote(text.plain(str(run.name)))
    ref = shlex.quote(ref_of(text.plain(str(run.name))))
    groups = [
        ("Run it again, and compare", [f"gitexp reproduce {name}"]),
        ("The same with git alone", facts.reproduce_commands(run).splitlines()),
        ("Everything about it", [f"gitexp show {name}", f"git show {ref}"]),
    ]
    if run.checkpoints:
        groups.insert(
            1,
            (
                "Get the model",
                [
                    f"gitexp checkpoint get {name} -o model.safetensors",
                ],
            ),
        )
    return [{"title": title, "lines": lines} for title, lines in groups if lines]
