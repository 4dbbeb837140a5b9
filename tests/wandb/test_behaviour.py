"""What scripts rely on without knowing it: steps, random numbers, and what log() may be given."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from support.git import git


def rows_of(repo: Path, code: str, name: str = "r") -> list[dict[str, Any]]:
    """Rows of metrics.jsonl of a script, without their times."""
    (repo / "t.py").write_text("import gitexp as wandb\n" + textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = git(repo, "show", f"refs/experiments/{name}:metrics.jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{key: row[key] for key in row if key != "_time"} for row in rows]


def test_log_without_arguments_commits_the_row(repo: Path) -> None:
    rows = rows_of(
        repo,
        """
        wandb.init(name="r")
        for n in range(2):
            wandb.log({"loss": n}, commit=False)
            wandb.log({"acc": n}, commit=False)
            wandb.log()
        assert wandb.run.step == 2
        wandb.run.log()
        """,
    )
    assert [row["_step"] for row in rows if "loss" in row] == [0, 1]
    assert [row["_step"] for row in rows if "acc" in row] == [0, 1]


def test_seeded_numbers_are_those_of_the_script_without_us(repo: Path) -> None:
    rows_of(
        repo,
        """
        import random
        import numpy
        random.seed(0)
        numpy.random.seed(0)
        states = random.getstate(), str(numpy.random.get_state())
        run = wandb.init(config={"a": 1})
        wandb.log({"x": 1, "h": wandb.Histogram([1, 2]), "i": wandb.Image(numpy.zeros((2, 2)))})
        run.name = "r"
        wandb.finish()
        wandb.init(name="r")
        wandb.log({"y": 1})
        assert states == (random.getstate(), str(numpy.random.get_state()))
        """,
    )
