"""Who is answered, and what a browser may do with the answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dashboard import Client, dashboard

from gitexp.serve.security import NOTEBOOKS, host_name, may_edit

PATHS = ["/", "/report", "/api/runs", "/api/events", "/app.js", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8421", "127.0.0.1.evil.example", "localhost.evil.example",
        "127.0.0.2", "0.0.0.0", "", "[::2]", "localhost@evil.example", "[",
        "evil.example#localhost",
    ],
)  # fmt: skip
def test_another_name_is_refused(client: Client, path: str, host: str) -> None:
    answer = client.ask(path, headers={"Host": host})
    assert answer.status == 403
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["localhost:{}", "127.0.0.1:{}", "[::1]:{}", "localhost:9999"])
def test_this_machine_is_answered_under_each_of_its_names(client: Client, host: str) -> None:
    # Another port: it is forwarded, e.g. by SSH.
    host = host.format(client.port)
    assert client.ask("/api/runs", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "https://evil.example", "null", "http://localhost:3000",
        "http://127.0.0.1", "http://127.0.0.1.evil.example:{}", "file://", "garbage", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_pages_script_is_refused(client: Client, origin: str, method: str) -> None:
    headers = {"Origin": origin.format(client.port), "X-Gitexp-Token": client.token or ""}
    answer = client.ask("/api/run/first/tags", method=method, headers=headers, body=b"{}")
    assert answer.status == 403
    assert answer.headers.get("access-control-allow-origin") is None


def test_our_own_pages_script_is_answered(client: Client) -> None:
    headers = {"Origin": f"http://127.0.0.1:{client.port}", "Sec-Fetch-Site": "same-origin"}
    assert client.ask("/api/runs", headers=headers).status == 200


def test_requests_that_a_browser_says_come_from_elsewhere(client: Client) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    embedded = {**elsewhere, "Sec-Fetch-Mode": "no-cors"}
    assert client.ask("/api/runs", headers=embedded).status == 403
    assert client.ask("/app.js", headers=elsewhere).status == 403
    # A link in a chat leads to the page.
    assert client.ask("/", headers={**elsewhere, "Sec-Fetch-Mode": "navigate"}).status == 200


@pytest.mark.parametrize("path", PATHS[:3] + PATHS[4:])
def test_every_answer_is_guarded(client: Client, path: str) -> None:
    headers = client.ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if path != "/report":
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy


def test_only_a_notebook_that_asked_may_frame_the_page(repo: Path) -> None:
    with dashboard(repo, frames=NOTEBOOKS) as client:
        for path in ("/", "/report"):
            policy = client.ask(path).headers["content-security-policy"]
            assert f"frame-ancestors {' '.join(NOTEBOOKS)}" in policy


def test_no_preflight_is_allowed(client: Client) -> None:
    answer = client.ask(
        "/api/run/first/tags",
        method="OPTIONS",
        headers={
            "Origin": "http://evil.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-gitexp-token",
        },
    )
    assert answer.status in (403, 405)
    assert answer.headers.get("access-control-allow-origin") is None


def test_the_token_is_in_the_page_for_who_has_it_in_the_address(client: Client) -> None:
    assert client.token
    for query in ("", "?token=", "?token=wrong", f"?token={client.token[:-1]}"):
        assert client.token not in client.ask(f"/{query}").content.decode()
    assert client.ask("/api/runs").content.find(client.token.encode()) == -1


def test_may_edit_needs_a_token_on_both_sides() -> None:
    assert may_edit("abc", "abc")
    for token, given in (
        (None, None),
        (None, ""),
        ("", ""),
        ("abc", None),
        ("abc", "ab"),
        ("abc", "é"),
    ):
        assert not may_edit(token, given)


@pytest.mark.parametrize(
    ("host", "name"),
    [("localhost:1", "localhost"), ("LOCALHOST", "localhost"), ("[::1]:80", "::1"), ("[", "")],
)
def test_host_names(host: str, name: str) -> None:
    assert host_name(host) == name
