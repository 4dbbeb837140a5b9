"""A repository with runs, and dashboards of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.cli import GITEXP
from support.dashboard import Client, Process, dashboard
from support.runs import make_run

# Logs as fast as lines come in on its stdin: each is Python, run with `log` in reach.
LISTENING = """
import sys
import gitexp

run = gitexp.init(config={"lr": 0.1})
log = gitexp.log
for line in sys.stdin:
    exec(line)
"""


class Training:
    """A tracked script that does what the test tells it."""

    def __init__(self, top: Path, name: str) -> None:
        (top / "listening.py").write_text(LISTENING)
        self.name = name
        self.process = subprocess.Popen(
            [*GITEXP, "record", "-q", "-n", name, "--", sys.executable, "listening.py"],
            cwd=top,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    def do(self, code: str) -> None:
        """Have it run a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()

    def log(self, first: int, stop: int) -> None:
        """Log the steps from one to another: loss is step / 2."""
        self.do(f"for i in range({first}, {stop}): log({{'loss': i / 2}}, step=i)")

    def end(self, code: int = 0) -> None:
        """End it, and wait until it is in git."""
        self.do(f"sys.exit({code})")
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(60) == code


@pytest.fixture
def train(repo: Path) -> Iterator[Callable[[str], Training]]:
    """Start trainings; those that still run at the end are killed."""
    started: list[Training] = []

    def start(name: str) -> Training:
        started.append(Training(repo, name))
        return started[-1]

    yield start
    for training in started:
        training.process.kill()
        training.process.wait()
        if training.process.stdin is not None:
            training.process.stdin.close()


@pytest.fixture
def serve(repo: Path) -> Iterator[Callable[..., Process]]:
    """Start `gitexp ui` processes."""
    started: list[Process] = []

    def start(*words: str) -> Process:
        started.append(Process(repo, *words))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def client(repo: Path) -> Iterator[Client]:
    """A dashboard of a repository with two runs that ended, `first` and `team/second`."""
    make_run(
        repo,
        "first",
        config={"lr": 0.1},
        metrics=[{"loss": 1 / (i + 1), "val/acc": i / 10} for i in range(10)],
        hardware=[{"cpu.utilization_pct": 50.0 + i} for i in range(5)],
        output="one\ntwo\nthree\n",
        files={
            "media/page.html": b"<script>alert(1)</script>",
            "media/picture.png": b"\x89PNG",
            "media/odd.xyz": b"?",
        },
    )
    make_run(
        repo, "team/second", config={"lr": 0.2}, metrics=[{"loss": 2.0}],
        created_at="2024-01-02T00:00:00.000Z", code={"train.py": b"print('other')\n"},
    )  # fmt: skip
    with dashboard(repo, edit=True) as found:
        yield found
