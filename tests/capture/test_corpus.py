"""Scripts that know nothing of gitexp: what is captured is what their authors would have logged.

Each tests/scripts/NAME.json says how a script is run and what must be found: `config` (nested),
`metrics` (series of [step, value]), `summary`, `checkpoints` (label → number of tensors);
`timings` are metrics that no run repeats; `after` names a script that must have run before.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

from support.cli import gitexp
from support.git import git
from support.libraries import is_installed

from gitexp.schema.tree import flatten

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
Item = tuple[str, ...]


def cases() -> dict[str, dict[str, Any]]:
    found = {path.stem: json.loads(path.read_text()) for path in sorted(SCRIPTS.glob("*.json"))}
    return {
        name: case
        for name, case in found.items()
        if all(is_installed(module) for module in case.get("needs", ()))
    }


def rounded(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value):
        return f"{value:.6g}"
    return json.dumps(value)


def items(
    config: dict[str, Any],
    metrics: dict[str, Any],
    summary: dict[str, Any],
    checkpoints: dict[str, int],
) -> set[Item]:
    """Everything that can be right, wrong or missing, each by itself."""
    found: set[Item] = {("config", k, rounded(v)) for k, v in flatten(config).items()}
    for key, series in metrics.items():
        for at, (step, value) in enumerate(series):
            found.add(("series", key, str(at), str(step), rounded(value)))
    found |= {("summary", key, rounded(value)) for key, value in summary.items()}
    found |= {("checkpoint", label, str(tensors)) for label, tensors in checkpoints.items()}
    return found


def captured(top: Path, run: dict[str, Any]) -> set[Item]:
    metrics: dict[str, list[tuple[int, float]]] = {}
    if run["metrics"]:
        rows = git(top, "show", f"refs/experiments/{run['name']}:metrics.jsonl").splitlines()
        for row in map(json.loads, rows):
            for key in row.keys() - {"_step", "_time"}:
                metrics.setdefault(key, []).append((row["_step"], row[key]))
    checkpoints = {entry["label"]: entry["tensors"] for entry in run["checkpoints"]}
    return items(run["config"], metrics, run["summary"], checkpoints)


def in_turn(cases: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Names of cases that may run beside each other, each list in its order."""
    chains: dict[str, list[str]] = {}
    for name, case in cases.items():
        chains.setdefault(case.get("after", name), []).append(name)
    return list(chains.values())


def run_case(
    repo: Path, name: str, case: dict[str, Any]
) -> tuple[set[Item], set[Item], list[str]]:
    """What must be captured of one script, what is, and what was said."""
    command = [sys.executable if word == "python" else word for word in case["command"]]
    done = gitexp(
        "record", "-q", "-n", name, "--", *command, cwd=repo, code=case.get("exit_code", 0)
    )
    run = json.loads(git(repo, "show", f"refs/experiments/{name}:run.json"))
    want = items(
        case["config"], case["metrics"], case.get("summary", {}), case.get("checkpoints", {})
    )
    timings = case.get("timings", ())
    got = {item for item in captured(repo, run) if item[1] not in timings}
    said = [f"{name}: {warning}" for warning in run["warnings"][case.get("warnings", 0) :]]
    if b"gitexp:" in done.stderr:
        said.append(f"{name}: {done.stderr.decode()}")
    return want, got, said


def test_the_corpus_is_captured_rightly(repo: Path) -> None:
    shutil.copytree(SCRIPTS, repo, dirs_exist_ok=True)
    found = cases()

    def run_chain(names: list[str]) -> list[tuple[str, set[Item], set[Item], list[str]]]:
        return [(name, *run_case(repo, name, found[name])) for name in names]

    right = wrong = missing = 0
    report = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, want, got, said in chain.from_iterable(pool.map(run_chain, in_turn(found))):
            right += len(want & got)
            wrong += len(got - want)
            missing += len(want - got)
            report += [f"{name}: wrong {item}" for item in sorted(got - want)]
            report += [f"{name}: missing {item}" for item in sorted(want - got)]
            report += said
    precision, recall = right / (right + wrong), right / (right + missing)
    print(f"{len(found)} scripts: precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201
    assert not report, "\n".join(report)
