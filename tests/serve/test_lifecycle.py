"""Starting and ending: ports, signals, pages without the app."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.cli import gitexp, wait_for
from support.dashboard import Process, dashboard
from support.runs import make_run

from gitexp import paths
from gitexp.cli import main
from gitexp.errors import GitexpError, UsageError
from gitexp.serve import application, lifecycle
from gitexp.serve.lifecycle import take_port
from gitexp.serve.live import Event, Watch

Serve = Callable[..., Process]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_another_port_if_the_usual_one_is_taken(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "USUAL_PORT", taken)
    with take_port(None) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.getsockname()[1] != taken


def test_a_port_that_was_asked_for_is_that_one_or_none(taken: int) -> None:
    with pytest.raises(GitexpError, match=f"port {taken} is taken") as caught:
        take_port(taken)
    assert caught.value.hint == "without --port a free one is chosen"
    for number in (-1, 65536):
        with pytest.raises(UsageError, match="is no port"):
            take_port(number)


def test_the_command_says_that_a_port_is_taken(repo: Path, taken: int) -> None:
    done = gitexp("ui", "--port", str(taken), cwd=repo, code=1)
    assert done.stderr.decode().splitlines()[0] == f"error: port {taken} is taken"
    assert done.stdout == b""


def test_it_serves_on_the_loopback_address_alone(serve: Serve) -> None:
    process = serve("--port", "0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no other address")
    if address.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
        socket.create_connection((address, process.port), timeout=5)


def test_ctrl_c_ends_it_whoever_listens(serve: Serve) -> None:
    process = serve("--port", "0")
    listeners = [process.listen() for _ in range(5)]
    assert process.end() == 0
    assert all(listener.ended.wait(10) for listener in listeners)


def test_two_dashboards_of_one_repository(repo: Path, serve: Serve) -> None:
    first, second = serve("--port", "0"), serve("--port", "0")
    assert first.port != second.port
    listeners = [first.listen(), second.listen()]
    make_run(repo, "new")
    for listener in listeners:
        wait_for(lambda listener=listener: listener.row("new"))


def test_the_printed_address_has_the_token_only_for_edits(serve: Serve) -> None:
    assert serve("--port", "0").token is None
    assert len(serve("--port", "0", "--edit").token or "") >= 32


def test_outside_a_repository(tmp_path: Path) -> None:
    done = gitexp("ui", cwd=tmp_path, code=1)
    assert done.stderr.startswith(b"error: ")


def test_a_remote_that_is_not_there(repo: Path) -> None:
    done = gitexp("ui", "--fetch", "nowhere", cwd=repo, code=1)
    assert b"nowhere" in done.stderr


def test_a_repository_that_was_removed_does_not_end_it(repo: Path, serve: Serve) -> None:
    process = serve("--port", "0")
    listener = process.listen(process.get("runs").json["cursor"])
    (repo / ".git" / "HEAD").rename(repo / ".git" / "gone")
    assert process.ask("/api/runs").status in (400, 500)
    (repo / ".git" / "gone").rename(repo / ".git" / "HEAD")
    make_run(repo, "later")
    wait_for(lambda: listener.row("later"))


def test_after_a_look_that_failed_pages_begin_anew(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look, failed = Watch.look, threading.Event()

    def fail_once(watch: Watch) -> list[Event]:
        if not failed.is_set():
            failed.set()
            raise OSError("the disk is away")
        return look(watch)

    with dashboard(repo) as client:
        listener = client.listen(client.get("runs").json["cursor"])
        monkeypatch.setattr(Watch, "look", fail_once)
        listener.wait("reset")
    assert "the disk is away" in capsys.readouterr().err


def test_without_the_app_a_page_without_scripts_is_shown(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "web_bundle", lambda: None)
    make_run(repo, "only", metrics=[{"loss": 0.25}])
    with dashboard(repo) as client:
        page = client.ask("/").content.decode()
        assert "only" in page
        assert "0.25" in page
        assert client.ask("/app.js").status == 404
        make_run(repo, "another", created_at="2024-02-01T00:00:00.000Z")
        assert "another" in client.ask("/").content.decode()


def test_with_the_app_the_page_is_its_frame(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "app.js", tmp_path / "app.css"
    bundle[0].write_text("start()")
    bundle[1].write_text("body {}")
    monkeypatch.setattr(application, "web_bundle", lambda: bundle)
    make_run(repo, "only", metrics=[{"</script><b>": 0.25}])
    with dashboard(repo) as client:
        page = client.ask("/").content.decode()
        assert page.count("<script") == 2
        assert "</script><b>" not in page
        assert client.ask("/app.js").headers["content-type"].startswith("text/javascript")
        assert client.ask("/app.css").content == b"body {}"


def test_the_command_says_how_to_get_the_app(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serving = lifecycle.Serving("http://127.0.0.1:1/", 1, lambda: None, lambda: None)
    monkeypatch.setattr(lifecycle, "prepare", lambda *args, **options: serving)
    for bundle, warned in ((None, True), ((Path("app.js"), Path("app.css")), False)):
        monkeypatch.setattr(paths, "web_bundle", lambda bundle=bundle: bundle)
        assert main(["ui"]) == 0
        said = capsys.readouterr()
        assert said.out == "http://127.0.0.1:1/\n"
        assert ("`gitexp doctor` says how to get it" in said.err) == warned
