"""The GitHub Actions workflow in the documentation, its steps run here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.git import git
from support.runs import make_run
from support.share import push

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sharing.md"


@pytest.fixture
def workflow() -> dict[str, Any]:
    (block,) = re.findall(r"```yaml\n# \.github/workflows/.*?```", PAGE.read_text(), re.DOTALL)
    loaded = yaml.safe_load(block.removeprefix("```yaml\n").removesuffix("```"))
    assert isinstance(loaded, dict)
    return loaded


def compare(workflow: dict[str, Any], top: Path, base: str, head: str) -> str:
    """What the step that compares writes into the comment."""
    (step,) = (
        step for step in workflow["jobs"]["compare"]["steps"] if "Compare" in str(step.get("name"))
    )
    assert sorted(step["env"]) == ["BASE", "HEAD"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=top,
        check=True,
        env={**os.environ, "BASE": base, "HEAD": head, "PATH": path},
        stdout=subprocess.DEVNULL,
    )
    return (top / "comment.md").read_text()


def test_the_comment_compares_both_sides(workflow: dict[str, Any], ada: Path, bob: Path) -> None:
    base = git(ada, "rev-parse", "HEAD")
    (ada / "train.py").write_text("print('better')\n")
    git(ada, "commit", "-qam", "Better")
    head = git(ada, "rev-parse", "HEAD")
    git(ada, "push", "-q", "origin", "HEAD:refs/heads/better")
    git(bob, "fetch", "-q")
    assert "has been pushed yet" in compare(workflow, bob, base, head)
    make_run(ada, "after", metrics=[{"loss": 0.1}])
    git(ada, "checkout", "-q", base)
    make_run(ada, "before", metrics=[{"loss": 0.3}])
    push(ada)
    comment = compare(workflow, bob, base, head)
    assert comment.startswith("### `before` → `after`\n")
    assert "| `loss` ↓ | 0.3 | 0.1 |" in comment
    assert "train.py" in comment


def test_it_may_comment_and_nothing_else(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert workflow[True] == "pull_request"  # YAML's name for `on`
