"""Runs that run while somebody looks: real trainings, a real server, nothing lost or doubled."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, wait_for
from support.dashboard import Client, Page, Process, Training, dashboard
from support.git import git
from support.runs import make_run

from gitexp.serve import dashboard as served
from gitexp.serve import journals, live
from gitexp.store.remote import find_remote
from gitexp.store.repository import Repository

Train = Callable[[str], Training]
Serve = Callable[..., Process]


def expected(stop: int) -> list[tuple[int, float]]:
    return [(i, i / 2) for i in range(stop)]


def caught_up(page: Page, run: str, stop: int) -> None:
    """Wait until the page's curve has so many points; it must be the right ones."""

    def there() -> bool:
        page.take_in()
        return len(page.curves[(run, "loss")]) >= stop

    wait_for(there)
    assert page.curves[(run, "loss")] == expected(stop)
    assert page.gaps == 0


def wait_for_status(page: Page, run: str, status: str) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        row = page.listener.row(run)
        return row if row is not None and row["status"] == status else None

    row = wait_for(there)
    assert isinstance(row, dict)
    return row


@pytest.fixture
def page(repo: Path) -> Iterator[Page]:
    with dashboard(repo) as client:
        yield Page(client)


def test_a_run_appears_moves_and_ends(page: Page, train: Train) -> None:
    training = train("live")
    row = wait_for_status(page, "live", "running")
    assert row["live"] is True
    page.show("live", "loss")
    training.log(0, 50)
    caught_up(page, "live", 50)
    training.do("print('\\x1b[32mhello\\x1b[0m')")
    training.log(50, 60)
    caught_up(page, "live", 60)
    page.listener.wait("hardware", "live")
    training.end()
    row = wait_for_status(page, "live", "finished")
    wait_for(lambda: (page.listener.row("live") or {})["live"] is False)
    assert row["metrics"]["loss"]["count"] == 60
    page.take_in()
    assert page.curves[("live", "loss")] == expected(60)
    page.show("live", "loss")
    assert page.curves[("live", "loss")] == expected(60)


def test_the_last_points_before_the_end_come(page: Page, train: Train) -> None:
    training = train("short")
    wait_for_status(page, "short", "running")
    page.show("short", "loss")
    training.do("for i in range(500): log({'loss': i / 2}, step=i)")
    training.end(3)
    row = wait_for_status(page, "short", "failed")
    assert row["exit_code"] == 3
    caught_up(page, "short", 500)


def test_the_log_of_a_run_is_followed_once_it_was_asked_for(page: Page, train: Train) -> None:
    training = train("talking")
    wait_for_status(page, "talking", "running")

    def text() -> str:
        return str(page.client.get("output", "talking").json["text"])

    assert text() == ""  # from here on all lines are told
    training.do("print('one')")
    wait_for(lambda: text() == "one\n")
    training.do("print('50%', end='\\r'); print('\\x1b[31m100%\\x1b[0m')")
    red = "\x1b[31m100%\x1b[0m"

    def known() -> list[str]:
        lines: list[str] = []
        for told in page.listener.of("output"):
            assert told["first_line"] <= len(lines)
            assert told["replace_last"] == (told["first_line"] < len(lines))
            lines[told["first_line"] :] = told["text"].splitlines()
        return lines

    wait_for(lambda: known() == ["one", red])
    assert text() == f"one\n{red}\n"


def test_values_that_are_no_numbers_to_json(page: Page, train: Train) -> None:
    training = train("wild")
    wait_for_status(page, "wild", "running")
    training.do("log({'loss': float('nan')}); log({'loss': float('-inf')}); log({'loss': 1})")

    def told() -> list[Any]:
        return [v for e in page.listener.of("series") for v in e["points"]["loss"]["values"]]

    wait_for(lambda: len(told()) == 3)
    assert told() == ["NaN", "-Infinity", 1.0]


def test_after_a_while_the_number_of_points_is_told(page: Page, train: Train) -> None:
    training = train("quiet")
    wait_for_status(page, "quiet", "running")
    training.log(0, 7)

    def counted() -> bool:
        events = [e for e in page.listener.of("series") if not e["points"]["loss"]["steps"]]
        return [e["from"]["loss"] for e in events] == [7]

    wait_for(counted)


def test_a_laptop_that_sleeps_misses_nothing(page: Page, train: Train) -> None:
    training = train("night")
    wait_for_status(page, "night", "running")
    training.log(0, 10)
    page.show("night", "loss")
    caught_up_from = len(page.curves[("night", "loss")])
    page.sleep()
    training.log(10, 300)
    later = train("next")
    page.wake()
    caught_up(page, "night", 300)
    assert caught_up_from <= 10
    assert page.listener.of("reset") == []
    wait_for_status(page, "next", "running")
    later.end()
    training.end()
    wait_for_status(page, "night", "finished")


def test_a_server_that_starts_again_tells_the_page_to_begin_anew(
    repo: Path, serve: Serve, train: Train
) -> None:
    first = serve("--port", "0")
    training = train("steady")
    page = Page(first)
    wait_for(lambda: first.get("runs").json["runs"])
    training.log(0, 20)
    cursor = page.listener.cursor
    assert first.end() == 0
    assert page.listener.ended.wait(30)
    training.log(20, 40)

    again = serve("--port", str(first.port))
    assert again.port == first.port
    page.client = again
    page.listener = again.listen(cursor)
    assert [kind for kind, _ in page.listener.events[:2]] == ["reset", "hello"]
    page.show("steady", "loss")
    page._taken = 0
    training.log(40, 60)
    caught_up(page, "steady", 60)
    training.end()
    wait_for_status(page, "steady", "finished")


def test_tabs_see_the_same(repo: Path, train: Train) -> None:
    with dashboard(repo) as client:
        pages = [Page(client) for _ in range(4)]
        training = train("shared")
        for page in pages:
            wait_for_status(page, "shared", "running")
            page.show("shared", "loss")
        training.log(0, 100)
        for page in pages:
            caught_up(page, "shared", 100)
        told = [page.listener.of("series") for page in pages]
        assert all(each == told[0] for each in told)


def test_runs_that_come_and_go_by_other_commands(repo: Path, page: Page) -> None:
    make_run(repo, "made", metrics=[{"loss": 1.0}])
    wait_for_status(page, "made", "finished")
    gitexp("tag", "made", "good", cwd=repo)
    wait_for(lambda: (page.listener.row("made") or {})["tags"] == ["good"])
    gitexp("rename", "made", "called", cwd=repo)
    wait_for(lambda: page.listener.row("called"))
    assert any("made" in event["removed"] for event in page.listener.of("runs"))
    gitexp("rm", "-y", "called", cwd=repo)
    wait_for(lambda: any("called" in e["removed"] for e in page.listener.of("runs")))
    assert page.client.get("runs").json["runs"] == []


def test_a_run_whose_processes_die_is_told_as_killed(
    page: Page, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = train("poor")
    wait_for_status(page, "poor", "running")
    training.do("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    row = wait_for_status(page, "poor", "killed")
    assert row["signal"] == "SIGKILL"


@pytest.fixture
def other(repo: Path, tmp_path: Path) -> Path:
    """Somebody else's clone; both have the same remote."""
    server, other = tmp_path / "server.git", tmp_path / "other"
    git(tmp_path, "init", "-q", "--bare", str(server))
    git(repo, "remote", "add", "origin", str(server))
    git(repo, "push", "-q", "origin", "main")
    git(tmp_path, "clone", "-q", str(server), str(other))
    return other


def test_a_run_of_another_machine_is_shown_with_the_age_of_its_news(
    other: Path, serve: Serve
) -> None:
    make_run(other, "afar", status="running", metrics=[{"loss": 1.0}])
    gitexp("push", "afar", cwd=other)
    page = Page(serve("--port", "0", "--fetch"))
    row = wait_for_status(page, "afar", "running")
    assert (row["live"], row["stale_s"] > 0) == (False, True)


def test_the_age_of_news_is_told_again_and_again(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_AGE_EVERY_S", 0.5)
    make_run(repo, "afar", status="running")
    with dashboard(repo) as client:
        page = Page(client)

        def ages() -> list[float]:
            rows = [row for event in page.listener.of("runs") for row in event["changed"]]
            return [row["stale_s"] for row in rows]

        wait_for(lambda: len(ages()) >= 3)
        assert ages()[0] < ages()[1] < ages()[2]


def test_a_remote_that_is_away_is_said_once(
    repo: Path, other: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(served, "_FETCH_EVERY_S", 0.05)
    shutil.rmtree(other.parent / "server.git")
    said = ""
    with dashboard(repo, fetch=find_remote(Repository.open(repo))) as client:
        page = Page(client)

        def warned() -> bool:
            nonlocal said
            said += capsys.readouterr().err
            return "warning: " in said

        wait_for(warned)
        make_run(repo, "here")
        wait_for_status(page, "here", "finished")
    said += capsys.readouterr().err
    assert said.count("warning: ") == 1


def test_nobody_looks_nothing_is_read(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gitexp.serve.live import Watch

    looks: list[int] = []
    look = Watch.look
    monkeypatch.setattr(Watch, "look", lambda self: looks.append(1) or look(self))
    with dashboard(repo) as client:
        listener = client.listen()
        wait_for(lambda: len(looks) > 2)
        listener.close()
        make_run(repo, "unseen")

        def quiet() -> bool:
            before = len(looks)
            import time

            time.sleep(0.6)
            return len(looks) == before

        wait_for(quiet)
        assert [run["name"] for run in client.get("runs").json["runs"]] == ["unseen"]


def test_a_journal_that_cannot_be_read_is_in_nobodys_way(repo: Path, page: Page) -> None:
    journals = repo / ".git" / "gitexp" / "journals"
    (journals / "odd").mkdir(parents=True)
    (journals / "odd" / "run.json").write_text("[]")
    (journals / "worse").mkdir()
    (journals / "worse" / "run.json").write_text('{"name": "worse"}')
    (journals / "file").write_text("")
    make_run(repo, "sound")
    wait_for_status(page, "sound", "finished")
    shutil.rmtree(journals)


def test_sigterm_ends_it_too(serve: Serve) -> None:
    process = serve("--port", "0")
    listener = process.listen()
    assert process.end(signal.SIGTERM) in (0, -signal.SIGTERM)
    assert listener.ended.wait(10)
    assert isinstance(process, Client)


def test_a_long_journal_keeps_nobody_waiting(
    repo: Path, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "_LOOK_BYTES", 1000)
    monkeypatch.setattr(journals, "_READ_BYTES", 500)
    monkeypatch.setattr(journals, "_FOLDED_BYTES", 5000)
    training = train("long")
    training.do("for i in range(3000): log({'loss': i / 2}, step=i)")
    training.do("print('done', flush=True)")
    journal = repo / ".git" / "gitexp" / "journals" / "long" / "metrics.jsonl"
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") == 3000)
    with dashboard(repo) as client:
        page = Page(client)
        # Far from read to its end by looks, and shown whole to who asks.
        page.show("long", "loss")
        assert page.curves[("long", "loss")] == expected(3000)
        training.log(3000, 3010)
        caught_up(page, "long", 3010)
        row = client.get("runs").json["runs"][0]
        assert (row["name"], row["status"], row["live"]) == ("long", "running", True)
        training.end()
        wait_for_status(page, "long", "finished")
        page.show("long", "loss")
        assert page.curves[("long", "loss")] == expected(3010)
