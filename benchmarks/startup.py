"""What a command costs before it does anything, and how long a commit waits for our hook."""

from __future__ import annotations

import functools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from listing import make_repository

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

    print(f"\n{'wall time of git hooks, nothing to do':<38} {'min':>7} {'median':>7}")
    for runs in (0, 100, 10_000):
        for hook, waits in hook_waits_ms(runs).items():
            print(
                f"{f'{hook}, {runs:,} other runs':<38} {min(waits):7.1f} "
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


def hook_waits_ms(runs: int) -> dict[str, list[float]]:
    """How long git waits for each hook in a repository whose runs all ran other code."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}

        def git(*arguments: str) -> str:
            done = subprocess.run(
                ["git", "-c", "user.name=b", "-c", "user.email=b@b", *arguments],
                cwd=folder,
                env=environment,
                text=True,
                capture_output=True,
                check=True,
            )
            return done.stdout.strip()

        make_repository(Path(folder), runs, loose=False)
        git("reset", "-q", "--hard")
        (Path(folder) / "train.py").write_text("print('none of them')\n")
        git("commit", "-q", "-a", "-m", "Other code")
        subprocess.run(
            [GITEXP, "ls"], cwd=folder, env=environment, capture_output=True, check=True
        )
        message = Path(folder) / ".git/COMMIT_EDITMSG"
        message.write_text("A subject\n\nExperiment: a\n")
        new, old = git("rev-parse", "HEAD", "HEAD~").split()
        git("update-ref", "refs/remotes/origin/main", old)
        git("remote", "add", "origin", folder)
        hooks = {
            "prepare-commit-msg": ([str(message), "message"], ""),
            "commit-msg": ([str(message)], ""),
            "post-commit": ([], ""),
            "post-rewrite": (["amend"], f"{old} {new}\n"),
            "pre-push": (["origin", folder], f"refs/heads/main {new} refs/heads/main {old}\n"),
        }

        def wait(hook: str, arguments: list[str], said: str) -> float:
            command = [GITEXP, "hook", hook, *arguments]
            run = functools.partial(subprocess.run, command, cwd=folder, env=environment)
            return wall_ms(lambda: run(input=said, text=True, check=True))

        return {hook: [wait(hook, *asked) for _ in range(ROUNDS)] for hook, asked in hooks.items()}


if __name__ == "__main__":
    main()
