"""`gitexp gc` beside recording runs, and killed at each of its stages: nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults.conftest import Untouched
from support.cli import GITEXP, gitexp, runs_of, wait_for
from support.git import fsck, git
from support.training import Training

from gitexp.query.checkpoints import load_checkpoint

FAULTY = Path(__file__).parent / "faulty.py"

# All runs share a tensor, each has one of its own, and both are saved several times.
TRAINING = """
import gitexp, numpy as np
seed = {seed}
for n in range(3):
    gitexp.log({{"n": n, "seed": seed}})
    own = np.random.default_rng(seed * 10 + n).random(300_000)
    gitexp.save_checkpoint({{"own": own, "shared": np.ones(300_000), "n": n}}, label=f"c{{n}}")
"""


def record(top: Path, seed: int) -> int:
    code = TRAINING.format(seed=seed)
    command = [
        *GITEXP,
        "record",
        "-q",
        "--no-capture",
        "-n",
        f"r{seed}",
        "--",
        sys.executable,
        "-c",
        code,
    ]
    return subprocess.run(command, cwd=top, stdin=subprocess.DEVNULL, timeout=300).returncode


def test_collecting_in_a_loop_beside_runs_that_come_and_go(user: Untouched) -> None:
    # The commits of tests are years old; their reflogs would be expired.
    git(user.top, "config", "gc.reflogExpire", "never")
    git(user.top, "config", "gc.reflogExpireUnreachable", "never")
    (user.top / ".git" / "info" / "exclude").write_text("gitexp.toml\n")
    (user.top / "gitexp.toml").write_text('checkpoints.keep = "last:1"\n')
    stop = threading.Event()
    freed: list[int] = []
    removed: list[str] = []

    def collect() -> None:
        while not stop.is_set():
            done = gitexp("gc", "--now", "--json", cwd=user.top)
            freed.append(json.loads(done.stdout)["bytes"])

    def remove_some() -> None:
        # Their shared tensor is one that others are about to find there, or not.
        while not stop.is_set():
            over = [run["name"] for run in runs_of(user.top) if run["status"] == "finished"]
            for name in over:
                if int(name[1:]) % 2:
                    gitexp("rm", "--yes", name, cwd=user.top)
                    removed.append(name)
            time.sleep(0.2)

    helpers = [threading.Thread(target=work) for work in (collect, remove_some)]
    for helper in helpers:
        helper.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda seed: record(user.top, seed), range(12)))
    finally:
        stop.set()
        for helper in helpers:
            helper.join()
    assert codes == [0] * 12
    assert len(freed) > 2
    assert sum(freed) > 0
    gitexp("recover", cwd=user.top)
    runs = runs_of(user.top)
    assert {run["name"] for run in runs} | set(removed) == {f"r{seed}" for seed in range(12)}
    assert {run["name"] for run in runs} >= {f"r{seed}" for seed in range(0, 12, 2)}
    for run in runs:
        assert run["metrics"]["n"]["count"] == 3
        assert [entry["label"] for entry in run["checkpoints"]] == ["c2"]
        state = load_checkpoint(run["name"], "c2", repo=user.top)
        assert (state["n"], state["shared"].sum()) == (2, 300_000)
    gitexp("gc", "--now", cwd=user.top)
    user.check()


def collectable(repo: Path, factory: pytest.TempPathFactory) -> Path:
    """A git folder with dropped checkpoints, a removed run and many packs; made once."""
    kept = factory.getbasetemp() / "collectable"
    if not kept.exists():
        for number in range(3):
            training = Training(repo, "last:1", f"r{number}")
            for step in range(3):
                training.save(f"c{step}", step, 600_000)
                training.commit()
            training.finish()
        for number in range(8):
            training = Training(repo, "last:1", f"s{number}")
            training.save("c0", 0, 600_000)
            training.finish()
        gitexp("rm", "--yes", "r1")
        git(repo, "commit-graph", "write", "--reachable")
        shutil.copytree(repo / ".git", kept, symlinks=True)
    return kept


def check_checkpoints(repo: Path) -> None:
    for name, label in (("r0", "c2"), ("r2", "c2"), *((f"s{n}", "c0") for n in range(8))):
        assert load_checkpoint(name, label, repo=repo)["epoch"] == int(label[1])


@pytest.mark.parametrize(
    "stage",
    [
        "before:thinned:2",
        "before:thin",
        "after:thin",
        "after:look",
        "after:graph",
        "before:loose",
        "after:loose",
        "after:multi-index",
        "before:publish",
        "after:publish",
        "after:join",
        "after:drop",
        "after:drop:3",
        *(f"after:unlink:{n}" for n in (2, 9, 14, 16, 17, 23, 40, 60)),
        "before:indexes",
    ],
)
def test_killed_anywhere_it_leaves_a_whole_repository(
    repo: Path, stage: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = collectable(repo, tmp_path_factory)
    shutil.rmtree(repo / ".git")
    shutil.copytree(kept, repo / ".git", symlinks=True)
    command = [sys.executable, str(FAULTY), stage, "supervisor", "gc", "--now"]
    done = subprocess.run(command, cwd=repo, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    fsck(repo)
    check_checkpoints(repo)
    # What was cut short is younger than what a later gc takes for left over.
    for path in (repo / ".git").rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - 3600, time.time() - 3600))
    gitexp("gc")
    fsck(repo)
    assert json.loads(gitexp("gc", "--now", "--json").stdout)["bytes"] == 0
    check_checkpoints(repo)
    assert git(repo, "rev-list", "--count", "refs/experiments/r0") == "6"
    size = sum(path.stat().st_size for path in (repo / ".git/objects/pack").glob("*.pack"))
    assert size < 10 * 4 * 600_000 + 200_000
    assert len(list((repo / ".git/objects/pack").glob("*.keep"))) == 1
    assert not (repo / ".git" / "gc.pid").exists()


def test_a_supervisor_waits_for_the_end_of_a_gc(repo: Path) -> None:
    """Killed or not: a gc that died keeps nobody waiting."""
    mark = repo / ".git" / "gc.pid"
    process = subprocess.Popen(["sleep", "60"])
    mark.write_text(f"{process.pid} {os.uname().nodename}")
    run = subprocess.Popen([*GITEXP, "record", "-q", "-n", "x", "--", "true"], cwd=repo)
    try:
        wait_for(lambda: git(repo, "for-each-ref", "refs/experiments/x"))
        time.sleep(0.5)
        assert run.poll() is None
    finally:
        process.kill()
        process.wait()
    assert run.wait(60) == 0
    assert [run["status"] for run in runs_of(repo)] == ["finished"]
