"""Tags, notes and hiding from the page: what the command line does, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.cli import runs_of, wait_for
from support.dashboard import Client, Training, dashboard
from support.git import git
from support.runs import make_run


def run_of(top: Path, name: str) -> dict[str, Any]:
    return next(run for run in runs_of(top) if run["name"] == name)


def test_tags_notes_and_hiding_are_commits_on_the_chain(repo: Path, client: Client) -> None:
    head = git(repo, "rev-parse", "HEAD")
    before = git(repo, "rev-parse", "refs/experiments/first")
    assert client.post("first", "tags", {"add": ["good", " best "], "remove": []}).status == 200
    assert run_of(repo, "first")["tags"] == ["good", "best"]
    assert client.post("first", "tags", {"remove": ["good"]}).status == 200
    assert client.post("first", "notes", {"text": "a <b>note</b>\nin two lines "}).status == 200
    assert client.post("first", "hidden", {"hidden": True}).status == 200
    run = run_of(repo, "first")
    assert run["tags"] == ["best", "hidden"]
    assert run["notes"] == "a <b>note</b>\nin two lines"
    row = next(r for r in client.get("runs").json["runs"] if r["name"] == "first")
    assert row["hidden"] is True
    assert client.post("first", "hidden", {"hidden": False}).status == 200
    assert run_of(repo, "first")["tags"] == ["best"]
    assert git(repo, "rev-list", "--count", f"{before}..refs/experiments/first") == "5"
    assert git(repo, "rev-parse", "HEAD") == head
    assert git(repo, "status", "--porcelain") == ""


def test_a_name_with_a_slash(repo: Path, client: Client) -> None:
    assert client.post("team/second", "tags", {"add": ["x"]}).status == 200
    assert run_of(repo, "team/second")["tags"] == ["x"]


def test_other_tabs_are_told(client: Client) -> None:
    listener = client.listen()
    client.post("first", "tags", {"add": ["seen"]})
    wait_for(lambda: (listener.row("first") or {}).get("tags") == ["seen"])


def test_a_running_run_is_annotated_through_its_journal(
    repo: Path, train: Callable[[str], Training]
) -> None:
    training = train("live")
    with dashboard(repo, edit=True) as client:
        wait_for(lambda: client.get("runs").json["runs"])
        client.post("live", "tags", {"add": ["promising"]})
        client.post("live", "notes", {"text": "watch this"})
        row = client.get("runs").json["runs"][0]
        assert (row["tags"], row["notes"]) == (["promising"], "watch this")
        training.end()
        run = run_of(repo, "live")
        assert (run["status"], run["tags"], run["notes"]) == (
            "finished", ["promising"], "watch this",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("tags", {"add": "good"}),
        ("tags", {"add": [1]}),
        ("tags", {"add": [""]}),
        ("tags", {"add": ["a,b"]}),
        ("tags", {"add": ["a\nb"]}),
        ("tags", {"add": ["x" * 201]}),
        ("tags", {"add": ["x"] * 101}),
        ("tags", []),
        ("notes", {}),
        ("notes", {"text": 1}),
        ("notes", {"text": "x" * 200_001}),
        ("hidden", {"hidden": "yes"}),
        ("config", {"lr": 1}),
        ("name", {"name": "x"}),
    ],
)
def test_what_cannot_be_is_refused(repo: Path, client: Client, what: str, body: Any) -> None:
    before = git(repo, "rev-parse", "refs/experiments/first")
    answer = client.post("first", what, body)
    assert answer.status == 400
    assert answer.json["error"]
    assert git(repo, "rev-parse", "refs/experiments/first") == before


def test_who_has_no_token_changes_nothing(repo: Path, client: Client) -> None:
    before = git(repo, "for-each-ref")
    assert client.post("first", "tags", {"add": ["x"]}, X_Gitexp_Token="").status == 403
    assert client.post("first", "tags", {"add": ["x"]}, X_Gitexp_Token="wrong").status == 403
    # What a form of another page could send without being asked.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert client.post("first", "tags", {"add": ["x"]}, Content_Type=kind).status == 415
    with dashboard(repo) as looking:
        assert looking.post("first", "tags", {"add": ["x"]}).status == 403
        assert "--edit" in looking.post("first", "tags", {"add": ["x"]}).json["error"]
    assert git(repo, "for-each-ref") == before


def test_bodies_that_are_too_long_or_no_json(client: Client) -> None:
    headers = {"Content-Type": "application/json", "X-Gitexp-Token": client.token or ""}
    for body in (b"{", b"[" * 2_000_000):
        answer = client.ask("/api/run/first/tags", method="POST", headers=headers, body=body)
        assert answer.status == 400


def test_a_run_that_is_not_there(client: Client) -> None:
    assert client.post("none", "tags", {"add": ["x"]}).status == 404
    assert client.post("../heads/main", "notes", {"text": "x"}).status in (400, 404)


def test_hidden_runs_stay_in_lists(repo: Path) -> None:
    make_run(repo, "old", tags=["hidden"])
    with dashboard(repo) as client:
        row = client.get("runs").json["runs"][0]
        assert (row["name"], row["hidden"]) == ("old", True)
