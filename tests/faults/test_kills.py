"""SIGKILL for the supervisor, the training, or both, at every stage of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faults.conftest import Untouched
from faults.faulty import STAGES
from support.cli import gitexp, wait_for
from support.git import git

from gitexp.store.checkpoints import StoredCheckpoint
from gitexp.store.repository import Repository

FAULTY = Path(__file__).with_name("faulty.py")
ROWS = 60

# Logs, saves a checkpoint half-way, prints enough to fill a pipe that nobody reads, ends well.
TRAINING = f"""
import sys, time
import numpy as np
import gitexp
for n in range({ROWS}):
    gitexp.log({{"n": n}})
    print(n, "x" * 3000, flush=True)
    if n == {ROWS} // 2:
        gitexp.save_checkpoint({{"w": np.arange(5_000_000, dtype=np.float32)}}, label="half")
    with open(sys.argv[1], "w") as file:
        file.write(str(n + 1))
    time.sleep(0.02)
"""

# The n-th commit is: 1 started, 2 the checkpoint's, 3 the end (2 and 3 may be one).
KILLS = [
    *(f"{when}:{name}" for name in STAGES for when in ("before", "after") if name != "remove"),
    *(f"{when}:{name}:2" for name in ("build", "flush", "ref") for when in ("before", "after")),
    "before:remove",
]


def start(
    repo: Path, marker: Path, stage: str, victims: str
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(FAULTY), stage, victims, "record", "-q", "-n", "x", "--"]
    return subprocess.run(
        [*command, sys.executable, "-c", TRAINING, str(marker)],
        cwd=repo,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )


def logged(marker: Path) -> int:
    """How many calls of log() are known to have returned."""
    try:
        return int(marker.read_text() or 0)
    except FileNotFoundError:
        return 0


def committed(repo: Path) -> dict[str, Any]:
    """The run as git has it, once it is over and its journal gone."""

    def over() -> bool:
        gitexp("recover", code=None)
        journals = repo / ".git" / "gitexp" / "journals"
        return not [f for f in journals.iterdir() if (f / "run.json").exists()]

    wait_for(over, 60)
    run = json.loads(git(repo, "show", "refs/experiments/x:run.json"))
    assert isinstance(run, dict)
    return run


def rows(repo: Path) -> list[int]:
    text = git(repo, "show", "refs/experiments/x:metrics.jsonl")
    return [json.loads(line)["n"] for line in text.splitlines()]


@pytest.mark.parametrize("stage", KILLS)
def test_the_supervisor_dies_and_the_training_does_not_notice(
    user: Untouched, tmp_path: Path, stage: str
) -> None:
    repo, marker = user.top, tmp_path / "marker"
    done = start(repo, marker, stage, "supervisor")
    assert done.returncode == -9, (done.stdout[-500:], done.stderr)
    wait_for(lambda: logged(marker) == ROWS)
    run = committed(repo)
    assert rows(repo) == list(range(ROWS))
    # A script that uses gitexp says itself how it ended.
    assert run["status"] == "finished"
    assert [c["label"] for c in run["checkpoints"]] == ["half"]
    tree = git(repo, "rev-parse", "refs/experiments/x:checkpoints/half")
    with StoredCheckpoint(Repository.open(repo), tree) as stored:
        saved = stored.load()
    assert np.array_equal(saved["w"], np.arange(5_000_000, dtype=np.float32))
    user.check()


@pytest.mark.parametrize("victims", ["both", "all"])
@pytest.mark.parametrize(
    "stage", ["before:build", "after:flush", "after:ref", "before:pack", "after:pack:1",
              "after:checkpoint", "before:end", "after:end", "before:remove"],
)  # fmt: skip
def test_both_die_and_every_number_is_recovered(
    user: Untouched, tmp_path: Path, stage: str, victims: str
) -> None:
    repo, marker = user.top, tmp_path / "marker"
    done = start(repo, marker, stage, victims)
    assert done.returncode == -9, (done.stdout[-500:], done.stderr)
    run = committed(repo)
    kept = rows(repo) if run["metrics"] else []
    assert kept == list(range(len(kept)))
    assert len(kept) >= logged(marker)
    # Dead before its end, unless the end was what it died in.
    assert run["status"] == ("killed" if len(kept) < ROWS else "finished")
    user.check()


def test_the_training_alone_dies(user: Untouched, tmp_path: Path) -> None:
    code = (
        "import gitexp, os\nfor n in range(1000): gitexp.log({'n': n})\nos.kill(os.getpid(), 9)\n"
    )
    gitexp("record", "-n", "x", "--", sys.executable, "-c", code, code=137)
    run = committed(user.top)
    assert (run["status"], run["signal"]) == ("killed", "SIGKILL")
    assert rows(user.top) == list(range(1000))
    user.check()
