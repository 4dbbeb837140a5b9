"""`gitexp record` on commands that print their metrics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.cli import gitexp, runs_of
from support.git import git

from gitexp.journal import folders
from gitexp.journal.fold import JournalFold
from gitexp.journal.processes import write_identity
from gitexp.record.observer import Found
from gitexp.record.observing import Observing
from gitexp.schema.run import Run

LOOP = 'for i in 1 2 3; do echo "epoch $i: loss 0.$((9 - i))"; done'


def test_a_shell_script_gets_its_curve(repo: Path) -> None:
    gitexp("record", "-n", "x", "--", "sh", "-c", LOOP)
    (run,) = runs_of(repo)
    assert run["metrics"]["loss"]["count"] == 3
    assert run["metrics"]["loss"]["last"] == 0.6
    assert run["metrics"]["loss"]["last_step"] == 3
    assert run["capture"]["output"] is True
    assert run["capture"]["metrics"] == {"loss": "output"}
    rows = git(repo, "show", "refs/experiments/x:metrics.jsonl").splitlines()
    assert [json.loads(row)["loss"] for row in rows] == [0.8, 0.7, 0.6]


def test_a_value_that_is_printed_once_is_a_summary(repo: Path) -> None:
    gitexp("record", "--", "echo", "Test accuracy: 0.93")
    (run,) = runs_of(repo)
    assert run["summary"] == {"test_accuracy": 0.93}
    assert run["metrics"] == {}


def test_a_process_that_writes_json_lines(repo: Path) -> None:
    gitexp("record", "--", "sh", "-c", """echo '{"step": 5, "loss": 0.25}' >> $GITEXP_METRICS""")
    (run,) = runs_of(repo)
    assert run["metrics"]["loss"]["last_step"] == 5
    assert run["capture"]["metrics"] == {"loss": "GITEXP_METRICS"}


@pytest.mark.parametrize("options", [["--no-capture"], ["--capture", "argv"]])
def test_no_capture(repo: Path, options: list[str]) -> None:
    gitexp("record", *options, "--", "sh", "-c", LOOP, "--lr", "1")
    (run,) = runs_of(repo)
    assert run["metrics"] == {}
    assert "output" not in run["capture"]


def test_captures_are_chosen_by_setting(repo: Path) -> None:
    (repo / "gitexp.toml").write_text('capture.use = ["argv"]\n')
    gitexp("record", "--", "sh", "-c", LOOP)
    (run,) = runs_of(repo)
    assert run["metrics"] == {}


def test_an_unknown_capture_is_named(repo: Path) -> None:
    done = gitexp("record", "--capture", "argv,nonsense", "--", "true", code=2)
    assert b"no capture named 'nonsense'" in done.stderr
    assert runs_of(repo) == []


def test_a_pattern_of_the_project(repo: Path) -> None:
    (repo / "gitexp.toml").write_text(
        'capture.patterns = ["at (?P<step>[0-9]+) it is (?P<warmth>[0-9.]+)"]\n'
    )
    gitexp("record", "--", "echo", "at 12 it is 3.5")
    (run,) = runs_of(repo)
    assert run["metrics"]["warmth"]["last_step"] == 12


class Failing:
    """An observer that fails at its first take."""

    def __init__(self) -> None:
        self.fed = 0

    def begin(self, folder: Path) -> None:
        pass

    def feed(self, chunk: bytes, stream: int) -> None:
        self.fed += 1

    def take(self, *, final: bool = False) -> Found:
        raise ValueError("broken")


def test_an_observer_that_fails_takes_itself_out(tmp_path: Path) -> None:
    run = Run(name="x", id="1", created_at="2026-01-01T00:00:00Z")
    folders.write_json(tmp_path / folders.RUN, run.to_json())
    write_identity(tmp_path, 1)
    observer = Failing()
    observing = Observing(tmp_path, observer)
    observing.feed(b"x", 1)
    observing.update()
    observing.feed(b"x", 1)
    observing.update()
    assert observer.fed == 1
    fold = JournalFold(tmp_path)
    fold.update()
    assert fold.run().warnings == (
        "metrics are no longer read from the output: ValueError: broken",
    )
