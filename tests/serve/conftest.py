"""A repository with runs, and dashboards of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.dashboard import Client, Process, Training, dashboard, processes, trainings
from support.runs import make_run


@pytest.fixture
def train(repo: Path) -> Iterator[Callable[[str], Training]]:
    """Start trainings."""
    with trainings(repo) as start:
        yield start


@pytest.fixture
def serve(repo: Path) -> Iterator[Callable[..., Process]]:
    """Start `gitexp ui` processes."""
    with processes(repo) as start:
        yield start


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
