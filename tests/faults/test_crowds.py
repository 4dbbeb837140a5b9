"""Many runs at once, other people's locks, garbage collection in a loop, a clock that jumps."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults.conftest import Untouched
from support.cli import GITEXP, gitexp, runs_of, start_gitexp, wait_for
from support.git import git

TRAINING = """
import gitexp, numpy as np
seed = {seed}
for n in range(50):
    gitexp.log({{"n": n, "seed": seed}})
gitexp.save_checkpoint({{"w": np.full(300_000, seed), "shared": np.ones(300_000)}}, label="end")
"""


def record(top: Path, seed: int, *options: str) -> int:
    code = TRAINING.format(seed=seed)
    command = [*GITEXP, "record", "-q", *options, "--", sys.executable, "-c", code]
    return subprocess.run(command, cwd=top, stdin=subprocess.DEVNULL, timeout=300).returncode


def check(top: Path, seeds: list[int]) -> None:
    runs = runs_of(top)
    assert sorted(run["metrics"]["seed"]["last"] for run in runs) == seeds
    assert {run["status"] for run in runs} == {"finished"}
    assert {run["metrics"]["n"]["count"] for run in runs} == {50}
    assert all(len(run["checkpoints"]) == 1 for run in runs)
    assert len({run["id"] for run in runs}) == len(seeds)


def test_fifty_runs_eight_at_a_time(user: Untouched) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda seed: record(user.top, seed), range(50)))
    assert codes == [0] * 50
    check(user.top, list(range(50)))
    user.check()


def test_a_race_for_one_name_has_one_winner(user: Untouched) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda seed: record(user.top, seed, "-n", "same"), range(8)))
    assert sorted(codes) == [0] + [1] * 7
    assert len(runs_of(user.top)) == 1
    user.check()


def test_scripts_that_ask_for_one_name_get_numbers(user: Untouched) -> None:
    code = "import gitexp, sys\ngitexp.init(name='same')\ngitexp.log({'seed': int(sys.argv[1])})\n"

    def script(seed: int) -> int:
        command = [sys.executable, "-c", code, str(seed)]
        return subprocess.run(command, cwd=user.top, timeout=120).returncode

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(script, range(6))) == [0] * 6
    wait_for(lambda: all(run["status"] == "finished" for run in runs_of(user.top)))
    runs = runs_of(user.top)
    assert sorted(run["metrics"]["seed"]["last"] for run in runs) == list(range(6))
    assert sorted(run["name"] for run in runs) == ["same", *(f"same-{n}" for n in range(2, 7))]


def test_a_run_in_each_of_several_worktrees(user: Untouched, tmp_path: Path) -> None:
    tops = []
    for n in range(3):
        top = tmp_path / f"tree-{n}"
        git(user.top, "worktree", "add", "-q", str(top), "-b", f"branch-{n}")
        (top / "which.py").write_text(f"{n}\n")
        tops.append(top)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(record, tops, range(3))) == [0] * 3
    check(user.top, [0, 1, 2])
    for run in runs_of(user.top):
        n = run["metrics"]["seed"]["last"]
        assert git(user.top, "show", f"refs/experiments/{run['name']}:code/which.py") == str(
            int(n)
        )
        assert run["git"]["branch"] == f"branch-{int(n)}"


def test_garbage_collection_in_a_loop_beside_eight_runs(user: Untouched) -> None:
    # The commits of tests are years old; their reflogs would be expired.
    git(user.top, "config", "gc.reflogExpire", "never")
    git(user.top, "config", "gc.reflogExpireUnreachable", "never")
    stop = threading.Event()
    collected = [0]

    def collect() -> None:
        while not stop.is_set():
            done = subprocess.run(
                ["git", "gc", "--prune=now", "--quiet"], cwd=user.top, capture_output=True
            )
            collected[0] += done.returncode == 0

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda seed: record(user.top, seed), range(24)))
    finally:
        stop.set()
        collector.join()
    assert codes == [0] * 24
    assert collected[0] > 3
    gitexp("recover")
    check(user.top, list(range(24)))
    git(user.top, "gc", "--prune=now", "--quiet")
    check(user.top, list(range(24)))
    user.check()


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock", "config.lock"])
def test_locks_that_are_none_of_our_business(user: Untouched, lock: str) -> None:
    (user.top / ".git" / lock).touch()
    gitexp("record", "-n", "x", "--", "true")
    assert (user.top / ".git" / lock).exists()
    (user.top / ".git" / lock).unlink()
    user.check()


@pytest.mark.parametrize("lock", ["refs/experiments/x.lock", "packed-refs.lock"])
def test_a_ref_lock_that_goes_away_in_time(user: Untouched, lock: str) -> None:
    git(user.top, "pack-refs", "--all")
    path = user.top / ".git" / lock
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    threading.Timer(2, path.unlink).start()
    gitexp("record", "-n", "x", "--", "true")
    (run,) = runs_of(user.top)
    assert run["status"] == "finished"
    user.check()


def test_a_ref_lock_that_stays_keeps_the_run_for_later(user: Untouched) -> None:
    path = user.top / ".git" / "refs" / "experiments" / "x.lock"
    path.parent.mkdir(parents=True)
    path.touch()
    done = gitexp("record", "-n", "x", "--", "sh", "-c", "exit 3", code=3)
    assert b"x is not in git yet" in done.stderr
    path.unlink()
    gitexp("ls")
    (run,) = runs_of(user.top)
    assert (run["status"], run["exit_code"]) == ("failed", 3)
    user.check()


def test_a_clock_that_jumps_back(user: Untouched) -> None:
    code = (
        "import gitexp, time\n"
        "from gitexp.record import active\n"
        "gitexp.init(name='x')\n"
        "real = time.time\n"
        "for n in range(100):\n"
        "    if n == 50: active.time = lambda: real() - 86400\n"
        "    gitexp.log({'n': n})\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=user.top, check=True)
    (run,) = runs_of(user.top)
    assert run["status"] == "finished"
    assert run["metrics"]["n"]["count"] == 100
    assert run["duration_s"] >= 0
    gitexp("show", "x")
    gitexp("metrics", "x", "n", "--csv")
    user.check()


def test_a_removed_ref_of_a_running_run_comes_back(user: Untouched, tmp_path: Path) -> None:
    code = (
        "import gitexp, sys, time, os\n"
        "gitexp.log({'n': 1}); print('ready', flush=True)\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        "gitexp.log({'n': 2})\n"
    )
    go = tmp_path / "go"
    process = start_gitexp("record", "-n", "x", sys.executable, "-c", code, str(go), cwd=user.top)
    wait_for(lambda: git(user.top, "for-each-ref", "refs/experiments/x"))
    git(user.top, "update-ref", "-d", "refs/experiments/x")
    go.touch()
    process.communicate(timeout=60)
    run = json.loads(git(user.top, "show", "refs/experiments/x:run.json"))
    assert run["metrics"]["n"]["count"] == 2
    user.check()
