"""A commit whose code a run ran says so in its message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.git import git
from support.runs import make_run

from gitexp.cli import main
from gitexp.query.linking import experiment_of_tree
from gitexp.store.hooks import install_hooks
from gitexp.store.repository import Repository

CODE = {"train.py": b"print('better')\n", ".gitignore": b"*.pyc\n/data/\n"}


@pytest.fixture
def hooked(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository with our hooks, an uncommitted edit, and a run of just that."""
    install_hooks(Repository.open(repo))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (repo / "train.py").write_bytes(CODE["train.py"])
    make_run(repo, "first", code=CODE, metrics=[{"loss": 0.9}, {"loss": 0.25}])
    return repo


def trailers(top: Path) -> str:
    return git(top, "log", "-1", "--format=%(trailers)").strip()


@pytest.mark.parametrize("how", [("-a",), ("train.py",), ("-a", "--verbose")])
def test_commit_names_the_run(hooked: Path, how: tuple[str, ...]) -> None:
    git(hooked, "commit", "-m", "Better\n\nA body.\n\n---\nmore", *how)
    assert trailers(hooked) == "Experiment: first (loss 0.25)"
    assert git(hooked, "log", "-1", "--format=%s") == "Better"


def test_other_code_gets_no_trailer(hooked: Path) -> None:
    (hooked / "train.py").write_text("print('yet another')\n")
    git(hooked, "commit", "-a", "-m", "Other")
    assert trailers(hooked) == ""


def test_the_trailer_joins_those_that_are_there(hooked: Path) -> None:
    git(hooked, "commit", "-a", "--signoff", "-m", "Better")
    assert trailers(hooked).splitlines() == [
        "Signed-off-by: Ada Lovelace <ada@example.org>",
        "Experiment: first (loss 0.25)",
    ]


def test_amending_keeps_one_trailer(hooked: Path) -> None:
    git(hooked, "commit", "-a", "-m", "Better")
    git(hooked, "commit", "--amend", "--no-edit")
    assert trailers(hooked) == "Experiment: first (loss 0.25)"


@pytest.mark.parametrize("subject", ["fixup! First", "squash! First"])
def test_fixups_are_left_alone(hooked: Path, subject: str) -> None:
    git(hooked, "commit", "-a", "-m", subject)
    assert trailers(hooked) == ""


def test_a_merge_is_left_alone(hooked: Path) -> None:
    git(hooked, "checkout", "-q", "-b", "side")
    git(hooked, "commit", "-q", "-a", "--no-verify", "-m", "Side")
    git(hooked, "checkout", "-q", "main")
    git(hooked, "merge", "-q", "--no-ff", "--no-edit", "side")
    assert trailers(hooked) == ""


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_the_editor_shows_it_and_leaving_without_a_word_still_stops(
    hooked: Path, verbose: tuple[str, ...]
) -> None:
    shown = hooked / ".git/shown"
    done = subprocess.run(
        ["git", "-c", f"core.editor=f() {{ cp \"$1\" '{shown}'; }}; f", "commit", "-a", *verbose],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "empty commit message" in done.stderr
    assert "\nExperiment: first (loss 0.25)\n" in shown.read_text()
    git(hooked, "-c", "core.editor=sed -i 1s/^/Typed/", "commit", "-a", *verbose)
    assert git(hooked, "log", "-1", "--format=%B") == "Typed\n\nExperiment: first (loss 0.25)\n"


def test_the_best_of_several_runs_is_named(hooked: Path) -> None:
    make_run(hooked, "best", code=CODE, metrics=[{"loss": 0.125}])
    make_run(hooked, "diverged", code=CODE, metrics=[{"loss": "NaN"}])
    make_run(hooked, "killed", code=CODE, metrics=[{"loss": 0.01}], status="killed")
    make_run(hooked, "elsewhere", metrics=[{"loss": 0.001}])
    git(hooked, "commit", "-a", "-m", "Better")
    assert trailers(hooked) == "Experiment: best (loss 0.125, best of 2 runs)"


def test_higher_is_better_where_the_metric_says_so(hooked: Path) -> None:
    code = {"train.py": b"1\n"}
    make_run(hooked, "low", code=code, metrics=[{"val_acc": 0.5}])
    make_run(hooked, "high", code=code, metrics=[{"val_acc": 0.75}])
    tree = git(hooked, "rev-parse", "refs/experiments/high:code")
    value = experiment_of_tree(Repository.open(hooked), tree)
    assert value == "high (val_acc 0.75, best of 2 runs)"


def test_a_run_that_did_not_finish_says_so(repo: Path) -> None:
    make_run(repo, "early", status="failed")
    tree = git(repo, "rev-parse", "HEAD^{tree}")
    assert experiment_of_tree(Repository.open(repo), tree) == "early (failed)"


def test_an_error_is_one_line_and_no_failure(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hook", "prepare-commit-msg", str(repo / "nowhere"), "message"]) == 0
    error = capsys.readouterr().err
    assert error.startswith("gitexp hook prepare-commit-msg: ")
    assert error.count("\n") == 1


def test_pre_commit_hands_the_source_over_in_the_environment(
    hooked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(hooked, "add", "-A")
    message = hooked / ".git/COMMIT_EDITMSG"
    message.write_text("Better\n")
    monkeypatch.setenv("PRE_COMMIT_COMMIT_MSG_SOURCE", "merge")
    assert main(["hook", "prepare-commit-msg", str(message)]) == 0
    assert message.read_text() == "Better\n"
    monkeypatch.setenv("PRE_COMMIT_COMMIT_MSG_SOURCE", "message")
    assert main(["hook", "prepare-commit-msg", str(message)]) == 0
    assert message.read_text() == "Better\n\nExperiment: first (loss 0.25)\n"
