import subprocess

import pytest
from support.runs import make_run

from gitexp.cli import main


@pytest.fixture
def runs(repo):
    make_run(repo, "first", config={"lr": 0.1}, metrics=[{"loss": 0.5}, {"loss": 0.4}])
    make_run(repo, "second", config={"lr": 0.01}, metrics=[{"loss": 0.3}, {"loss": 0.2}])
    return repo


def test_report_goes_into_the_git_folder_and_leaves_the_worktree_alone(runs, capsys):
    assert main(["report"]) == 0
    out, err = capsys.readouterr()
    path = runs / ".git" / "gitexp" / "report.html"
    assert out == f"{path}\n"
    assert err == ""
    assert "first" in path.read_text("utf-8")
    status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout == b""


def test_report_of_chosen_runs_with_a_title(runs, capsys):
    assert main(["report", "second", "-o", "here.html", "--title", "A <b> title"]) == 0
    assert capsys.readouterr().out == "here.html\n"
    page = (runs / "here.html").read_text("utf-8")
    assert "<h1>A &lt;b&gt; title</h1>" in page
    assert 'data-run="first"' not in page


def test_report_to_stdout(runs, capsys):
    assert main(["report", "-o", "-", "-n", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("<!DOCTYPE html>")
    assert out.count("<article") == 1
    assert err == "Only the first 1 of 2 runs are here: `-n 0` means all.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (["frist"], 1, "error: no run named 'frist' under refs/experiments/", "first"),
        (["--where", "lr > 1"], 1, "error: no run fits lr > 1", "gitexp ls"),
        (["--where", "lr >"], 2, "error: --where, column", ""),
        (["-o", "no/where.html"], 1, "error: cannot write", "-o FILE"),
        (["-o", "-", "--open"], 2, "error: --open needs a file, and -o - is none", ""),
    ],
)
def test_errors(runs, capsys, arguments, code, error, hint):
    assert main(["report", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(error)
    assert hint in err.partition("hint: ")[2] or not hint


def test_report_without_runs(repo, capsys):
    assert main(["report"]) == 1
    err = capsys.readouterr().err
    assert err == (
        "error: there are no runs yet\nhint: start one: gitexp record python train.py\n"
    )


def test_open_shows_the_file(runs, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("click.launch", lambda url: opened.append(url) or 0)
    assert main(["report", "--open"]) == 0
    assert opened == [capsys.readouterr().out.strip()]
    monkeypatch.setattr("click.launch", lambda url: 1)
    assert main(["report", "--open"]) == 0
    assert capsys.readouterr().err == "no browser could be opened\n"
