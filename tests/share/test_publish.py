"""Runs on an ordinary branch: readable without gitexp, and never over a branch of the user's."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support.cli import gitexp
from support.git import fsck, git
from support.runs import make_run
from support.share import refs

from gitexp.query import publish as publishing
from gitexp.query.publish import run_folders


def files(top: Path, branch: str = "experiments") -> list[str]:
    return git(top, "ls-tree", "-r", "--name-only", branch).splitlines()


def test_leaderboard_and_folders(ada: Path, hub: Path) -> None:
    for i, loss in enumerate([0.5, 0.1, 0.3]):
        make_run(
            ada,
            f"run-{i}",
            config={"lr": i},
            group="tuned" if i else None,
            metrics=[{"val_loss": loss + 1}, {"val_loss": loss}],
            checkpoints={"last": {"data": b"weights"}},
        )
    done = gitexp("publish", cwd=ada)
    assert done.stdout.decode() == "experiments: written, pushed to origin\n"
    assert git(hub, "rev-parse", "experiments") == git(ada, "rev-parse", "experiments")
    readme = git(ada, "show", "experiments:README.md")
    tuned = readme[readme.index("## tuned") :]
    rows = re.findall(r"\[(run-\d)\]\((\S+)\)", tuned)
    assert rows == [("run-1", "runs/run-1"), ("run-2", "runs/run-2")]
    assert "**0.1**" in tuned
    for target in re.findall(r"\]\(([^)]+)\)", readme):
        assert git(ada, "cat-file", "-t", f"experiments:{target.rstrip('/')}")
    listed = files(ada)
    assert "runs/run-0/run.json" in listed
    assert "plots/group-1.svg" in listed
    assert not [f for f in listed if "/code/" in f or "/checkpoints/" in f]
    # The same objects as in the runs.
    ours = git(ada, "rev-parse", "experiments:runs/run-0/run.json")
    assert ours == git(ada, "rev-parse", "refs/experiments/run-0:run.json")
    fsck(ada)


def test_heads_lead_to_the_table_in_that_order(ada: Path) -> None:
    for i, (lr, loss) in enumerate([(3, 0.3), (1, 0.2), (20, 0.1), (None, 0.4)]):
        config = {"lr": lr, "kind": "ab"[i % 2]} if lr else {"kind": "z"}
        make_run(ada, f"run-{i}", config=config, metrics=[{"train/loss": loss}])
    make_run(ada, "alone", group="alone")
    gitexp("publish", "--no-push", cwd=ada)
    readme = git(ada, "show", "experiments:README.md")
    pages = dict(re.findall(r"\[([^]]+)\]\((tables/[^)]+)\)", readme))
    assert {"name", "lr", "kind", "train/loss", "created"} <= set(pages)
    assert len(pages) == len([f for f in files(ada) if f.startswith("tables/")])

    def order(column: str) -> list[str]:
        page = git(ada, "show", f"experiments:{pages[column]}")
        for target in re.findall(r"\]\(([^)]+)\)", page):
            path = os.path.normpath(f"tables/{target}")
            assert git(ada, "cat-file", "-t", f"experiments:{path}")
        return re.findall(r"\| (?:\*\*)?\[(run-\d)\]", page)

    assert order("lr") == ["run-1", "run-0", "run-2", "run-3"]
    assert order("train/loss") == ["run-2", "run-1", "run-0", "run-3"]
    assert order("kind") == ["run-2", "run-0", "run-1", "run-3"]
    assert order("name") == ["run-0", "run-1", "run-2", "run-3"]


def test_nothing_new_is_no_commit(ada: Path) -> None:
    make_run(ada, "one")
    gitexp("publish", cwd=ada)
    before = git(ada, "rev-parse", "experiments")
    assert b"up to date" in gitexp("publish", cwd=ada).stdout
    assert git(ada, "rev-parse", "experiments") == before


def test_two_people_publish(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    gitexp("push", cwd=ada)
    gitexp("publish", cwd=ada)
    make_run(bob, "two")
    gitexp("publish", "--no-push", cwd=bob)
    gitexp("publish", cwd=bob)
    assert {"runs/one/run.json", "runs/two/run.json"} <= set(files(hub))
    make_run(ada, "three")
    gitexp("push", cwd=bob)
    gitexp("publish", cwd=ada)
    assert {"one", "two", "three"} == {f.split("/")[1] for f in files(hub) if f[:5] == "runs/"}
    fsck(hub)


def test_a_branch_of_the_users_is_left_alone(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    git(ada, "branch", "experiments")
    before = git(ada, "rev-parse", "experiments")
    done = gitexp("publish", cwd=ada, code=1)
    assert done.stderr.decode().splitlines() == [
        "error: the branch 'experiments' was not made by gitexp",
        "hint: choose another name with --branch",
    ]
    assert git(ada, "rev-parse", "experiments") == before
    gitexp("publish", "--branch", "leaderboard", cwd=ada)
    assert "README.md" in files(hub, "leaderboard")


def test_a_branch_that_is_checked_out_is_left_alone(ada: Path) -> None:
    make_run(ada, "one")
    gitexp("publish", cwd=ada)
    git(ada, "checkout", "-q", "experiments")
    make_run(ada, "two")
    assert b"is checked out" in gitexp("publish", cwd=ada, code=1).stderr
    assert git(ada, "status", "--porcelain") == ""


def test_chosen_runs(ada: Path, hub: Path) -> None:
    make_run(ada, "good", metrics=[{"loss": 0.1}])
    make_run(ada, "bad", metrics=[{"loss": 3.0}])
    gitexp("publish", "--where", "loss < 1", cwd=ada)
    assert {f.split("/")[1] for f in files(hub) if f[:5] == "runs/"} == {"good"}
    assert b"no run to publish" in gitexp("publish", "--where", "loss < 0", cwd=ada, code=1).stderr


def test_pages(ada: Path, hub: Path) -> None:
    make_run(ada, "one", metrics=[{"loss": 0.1}])
    gitexp("publish", "--pages", "--title", "Ours", cwd=ada)
    assert files(hub, "experiments-pages") == [".nojekyll", "index.html"]
    page = git(hub, "show", "experiments-pages:index.html")
    assert "<title>Ours" in page


def test_without_a_remote(repo: Path) -> None:
    make_run(repo, "one")
    assert gitexp("publish", cwd=repo).stdout == b"experiments: written, not pushed\n"


def test_hostile_names_and_values_stay_text(ada: Path) -> None:
    make_run(
        ada, "one", config={"x|y": "](javascript:alert(1))"}, group="<script>alert(1)</script>"
    )
    make_run(
        ada,
        "two",
        config={"x|y": "<img src=x onerror=alert(1)>"},
        group="<script>alert(1)</script>",
    )
    gitexp("publish", cwd=ada)
    readme = git(ada, "show", "experiments:README.md")
    assert "<script" not in readme.replace("\\<script", "")
    assert "<img src" not in readme.replace("\\<img", "")
    assert "](javascript" not in readme.replace("\\](javascript", "")


def test_folders_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_ENTRIES", 3)
    few = {f"run-{i}": "2026-07-15T10:00:00Z" for i in range(3)}
    assert run_folders(few) == {name: f"runs/{name}" for name in few}
    many = {
        **{f"july-{i}": "2026-07-15T10:00:00Z" for i in range(3)},
        "may/a": "2026-05-01T10:00:00Z",
        "may/b": "2026-05-02T10:00:00Z",
        **{f"june-{i}": f"2026-06-0{i + 1}T10:00:00Z" for i in range(5)},
    }
    folders = run_folders(many)
    assert folders["july-0"] == "runs/2026-07/july-0"
    assert folders["may/a"] == "runs/2026-05/may/a"
    assert folders["june-4"] == "runs/2026-06/05/june-4"
    assert len(set(folders.values())) == len(many)


def test_two_hundred_runs(ada: Path) -> None:
    """No run is lost when the table is cut."""
    for i in range(205):
        make_run(ada, f"run-{i}", metrics=[{"loss": float(i)}])
    gitexp("publish", "--no-push", cwd=ada)
    assert len({f.split("/")[1] for f in files(ada) if f[:5] == "runs/"}) == len(refs(ada)) == 205
    assert "5 more runs in [runs/](runs/)" in git(ada, "show", "experiments:README.md")
