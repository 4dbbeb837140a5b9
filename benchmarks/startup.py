"""What a command costs before it does anything, and how long a commit waits for our hook."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 15
GITEXP = str(Path(sys.executable).with_name("gitexp"))
CASES = (
    ("bare python", [sys.executable, "-c", "pass"], None),
    ("import gitexp", [sys.executable, "-c", "import gitexp"], 25),
    ("gitexp --help", [GITEXP, "--help"], 80),
)


def main() -> None:
    """Print a table: milliseconds, the least and the median of all rounds, beside the budget."""
    # In turns, so that a noisy minute falls on all of them.
    times: dict[str, list[float]] = {name: [] for name, *_ in CASES}
    for _ in range(ROUNDS):
        for name, command, _ in CASES:
            times[name].append(cpu_ms(command))
    bare = min(times["bare python"])
    print(f"{'CPU time':<38} {'min':>7} {'median':>7}   over bare python")
    for name, _, budget in CASES:
        least = min(times[name])
        over = "" if budget is None else f"+{least - bare:.0f} ms (budget {budget})"
        print(f"{name:<38} {least:7.1f} {statistics.median(times[name]):7.1f}   {over}")

    print(f"\n{'wall time of git hooks':<38} {'min':>7} {'median':>7}")
    for runs in (0, 100):
        waits = hook_waits_ms(runs)
        print(
            f"{f'prepare-commit-msg, {runs} other runs':<38} {min(waits):7.1f} "
            f"{statistics.median(waits):7.1f}   (budget 150)"
        )


def cpu_ms(command: Sequence[str]) -> float:
    """CPU time of a process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def wall_ms(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def hook_waits_ms(runs: int) -> list[float]:
    """How long a commit waits for our hook in a repository whose runs all ran other code."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}

        def git(*arguments: str, text: str = "") -> str:
            done = subprocess.run(
                ["git", "-c", "user.name=b", "-c", "user.email=b@b", *arguments],
                cwd=folder,
                env=environment,
                input=text,
                text=True,
                capture_output=True,
                check=True,
            )
            return done.stdout.strip()

        git("init", "-q")
        git("commit", "-q", "--allow-empty", "-m", "First")
        empty = git("mktree")
        tree = git("mktree", text=f"040000 tree {empty}\tcode\n")
        for number in range(runs):
            commit = git("commit-tree", "-m", f"run {number}", tree)
            git("update-ref", f"refs/experiments/run-{number}", commit)
        (Path(folder) / "train.py").write_text("print()\n")
        git("add", ".")
        message = Path(folder) / ".git/COMMIT_EDITMSG"
        message.write_text("A subject\n")
        hook = [GITEXP, "hook", "prepare-commit-msg", str(message), "message"]
        return [
            wall_ms(lambda: subprocess.run(hook, cwd=folder, env=environment, check=True))
            for _ in range(ROUNDS)
        ]


if __name__ == "__main__":
    main()
