"""Every run.json that is written follows the schema that ships with the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import gitexp, runs_of, wait_for
from support.git import git
from support.runs import make_run
from support.schema import assert_valid_run

from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

FINISHED = """
import gitexp, math
gitexp.init(config={"lr": math.nan, "ü": {"deep": [1, None, True, "x"]}}, tags=["a"], notes="n")
gitexp.log({"loss": math.nan, "acc": math.inf, "deep": {"er": 1}})
gitexp.save_checkpoint({"epoch": 3}, label="last", step=1, metrics={"loss": math.nan})
gitexp.summary["best"] = -math.inf
"""
FAILED = "import gitexp; gitexp.init(); raise ValueError('no\\udcff such thing')"
KILLED = "import gitexp, os; gitexp.init(); gitexp.log({'loss': 1}); os.kill(os.getpid(), 9)"


@pytest.mark.parametrize(
    ("script", "status"), [(FINISHED, "finished"), (FAILED, "failed"), (KILLED, "killed")]
)
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "bare"])
def test_recorded_runs(repo: Path, script: str, status: str, recorded: bool) -> None:
    (repo / "script.py").write_text(script)
    (repo / ".env").write_text("TOKEN=1\n")
    command = [sys.executable, "script.py", "--epochs", "3"]
    if recorded:
        gitexp("record", "--", *command, cwd=repo, code=None)
    else:
        subprocess.run(command, cwd=repo, capture_output=True)

    def over() -> bool:
        return [run["status"] for run in runs_of(repo)] == [status]

    wait_for(over)
    store = RunStore(Repository.open(repo))
    ((name, _),) = store.refs().items()
    chain = store.chain(name)
    assert chain
    for _, data in store.read_runs(commit.oid for commit in chain):
        assert data is not None
        assert_valid_run(data)


def test_runs_for_the_tests_of_readers(repo: Path) -> None:
    for status in ("finished", "running", "failed", "killed"):
        last = {"data": b"1", "step": 1, "metrics": {"loss": float("nan")}}
        oid = make_run(
            repo,
            status,
            status=status,
            metrics=[{"loss": float("nan")}, {"loss": float("inf")}],
            checkpoints={"last": last},
        )
        for commit in git(repo, "rev-list", oid, "^HEAD").split():
            assert_valid_run(git(repo, "show", f"{commit}:run.json").encode())
