"""Disks that are full, and disks that become read-only, under a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import init_repo
from faults.conftest import SmallDisk
from support.cli import gitexp, start_gitexp, wait_for
from support.git import fsck, git

LOGGING = """
import sys, time, gitexp
from pathlib import Path
control = Path(sys.argv[1])
for n in range(300):
    gitexp.log({"n": n})
    if n == 100:
        (control / "ready").touch()
        while not (control / "go").exists(): time.sleep(0.01)
    if n == 200:
        (control / "more").touch()
        while not (control / "end").exists(): time.sleep(0.01)
"""


@pytest.fixture
def repo(small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository on the small disk."""
    top = small_disk.top / "lab"
    top.mkdir()
    init_repo(top)
    monkeypatch.chdir(top)
    return top


def metrics(repo: Path) -> list[int]:
    text = git(repo, "show", "refs/experiments/x:metrics.jsonl")
    return [json.loads(line)["n"] for line in text.splitlines()]


def start(repo: Path, control: Path) -> subprocess.Popen[bytes]:
    control.mkdir()
    process = start_gitexp(
        "record", "-n", "x", "--", sys.executable, "-c", LOGGING, str(control), cwd=repo
    )
    wait_for((control / "ready").exists)
    wait_for(lambda: git(repo, "for-each-ref", "refs/experiments/x"))
    return process


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_disk_that_takes_nothing_for_a_while(
    repo: Path, small_disk: SmallDisk, tmp_path: Path, trouble: str
) -> None:
    control = tmp_path / "control"
    process = start(repo, control)
    if trouble == "full":
        small_disk.fill()
    else:
        # Files that are open for writing keep a file system from being read-only.
        wait_for(lambda: _read_only(small_disk) or True)
    (control / "go").touch()
    wait_for((control / "more").exists)
    if trouble == "full":
        small_disk.free()
    else:
        small_disk.read_only(False)
    (control / "end").touch()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    if trouble == "full":
        assert b"the journal cannot be written to" in errors
    assert metrics(repo) == list(range(300))
    fsck(repo)


def _read_only(disk: SmallDisk) -> None:
    try:
        disk.read_only(True)
    except subprocess.CalledProcessError:
        return


def test_a_disk_that_stays_full_keeps_the_run_for_later(
    repo: Path, small_disk: SmallDisk, tmp_path: Path
) -> None:
    control = tmp_path / "control"
    process = start(repo, control)
    small_disk.fill()
    (control / "go").touch()
    wait_for((control / "more").exists)
    (control / "end").touch()
    _, errors = process.communicate(timeout=60)
    # The training's own exit code, whatever became of its record.
    assert process.returncode == 0, errors
    assert b"is not in git yet" in errors
    assert b"gitexp recover" in errors
    small_disk.free()
    assert b"x: finished, committed from its journal" in gitexp("recover", cwd=repo).stdout
    assert metrics(repo) == list(range(300))
    fsck(repo)


def test_a_checkpoint_that_does_not_fit_harms_nothing_else(
    repo: Path, small_disk: SmallDisk
) -> None:
    code = (
        "import gitexp, numpy as np\n"
        "gitexp.log({'a': 1})\n"
        "gitexp.save_checkpoint({'w': np.random.rand(500_000)}, label='fits')\n"
        "gitexp.save_checkpoint({'w': np.random.rand(4_000_000)}, label='too-big')\n"
        "gitexp.log({'a': 2})\n"
    )
    done = gitexp("record", "-n", "x", "--", sys.executable, "-c", code, cwd=repo)
    assert b"save_checkpoint() failed, the training goes on" in done.stderr
    run = json.loads(git(repo, "show", "refs/experiments/x:run.json"))
    assert [c["label"] for c in run["checkpoints"]] == ["fits"]
    assert run["metrics"]["a"]["count"] == 2
    assert not list(repo.rglob("tmp_pack*"))
    fsck(repo)


def test_a_repository_that_cannot_be_written_to_is_refused_before_anything_runs(
    repo: Path, small_disk: SmallDisk, tmp_path: Path
) -> None:
    small_disk.read_only(True)
    try:
        done = gitexp("record", "touch", str(tmp_path / "made"), cwd=repo, code=1)
    finally:
        small_disk.read_only(False)
    assert b"error: cannot write to" in done.stderr
    assert b"hint: " in done.stderr
    assert not (tmp_path / "made").exists()


def test_reading_a_repository_that_cannot_be_written_to(repo: Path, small_disk: SmallDisk) -> None:
    gitexp("record", "-n", "x", "--", "echo", "--lr", "0.1", cwd=repo)
    small_disk.read_only(True)
    try:
        listed: Any = json.loads(gitexp("ls", "--json", cwd=repo).stdout)
        gitexp("show", "x", cwd=repo)
        gitexp("diff", "x", "x", cwd=repo)
    finally:
        small_disk.read_only(False)
    assert listed[0]["config"] == {"lr": 0.1}
