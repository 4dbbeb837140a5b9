"""What the API answers, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dashboard import Client, dashboard
from support.runs import make_run


def test_runs_newest_first_with_a_cursor(client: Client) -> None:
    document = client.get("runs").json
    assert [run["name"] for run in document["runs"]] == ["team/second", "first"]
    assert document["cursor"].count(":") == 1
    first = document["runs"][1]
    assert (first["live"], first["hidden"], first["malformed"]) == (False, False, None)
    assert first["config"] == {"lr": 0.1}


def test_series_of_chosen_runs_and_of_all(client: Client) -> None:
    curves = client.get("series", "loss").curves
    assert set(curves) == {("first", "loss"), ("team/second", "loss")}
    assert curves[("first", "loss")]["steps"] == list(range(10))
    only = client.get("series", "val/acc", query="run=first&run=team%2Fsecond&run=none").curves
    assert set(only) == {("first", "val/acc")}
    assert only[("first", "val/acc")]["values"] == pytest.approx([i / 10 for i in range(10)])


def test_hardware_over_seconds(client: Client) -> None:
    curves = client.get("hardware", "first").curves
    assert curves[("first", "cpu.utilization_pct")]["steps"] == [0, 1, 2, 3, 4]
    assert client.get("hardware", "team/second").curves == {}


def test_zooming_gives_all_points_of_a_part(repo: Path) -> None:
    make_run(repo, "long", metrics=[{"loss": float(i % 97)} for i in range(20_000)])
    with dashboard(repo) as client:
        whole = client.get("series", "loss", query="run=long").curves[("long", "loss")]
        assert whole["total"] == 20_000
        assert len(whole["steps"]) <= 1000
        assert {min(whole["values"]), max(whole["values"])} == {0.0, 96.0}
        part = client.get("series", "loss", query="run=long&from=5000&to=5200").curves[
            ("long", "loss")
        ]
        assert part["steps"] == list(range(4999, 5202))
        assert part["values"] == [float(step % 97) for step in part["steps"]]
        few = client.get("series", "loss", query="run=long&from=0&to=19999&points=50").curves[
            ("long", "loss")
        ]
        assert len(few["steps"]) <= 50
        assert max(few["values"]) == 96.0
        more = client.get("series", "loss", query="run=long&points=30000").curves
        assert len(more[("long", "loss")]["steps"]) == 20_000


@pytest.mark.parametrize("kind", ["run", "output", "histograms", "media", "source", "diff"])
@pytest.mark.parametrize("name", ["first", "team/second"])
def test_every_resource_of_a_run_answers(client: Client, kind: str, name: str) -> None:
    answer = client.get(kind, name)
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json, dict)


def test_output_pages_back(client: Client) -> None:
    assert client.get("output", "first").json["text"] == "one\ntwo\nthree\n"
    assert client.get("output", "first", query="before=2").json == {
        "text": "one\ntwo\n", "first_line": 0, "lines": 3,
    }  # fmt: skip


def test_source_and_comparison(client: Client) -> None:
    tree = client.get("source", "team/second").json
    assert set(tree["files"]) == {"train.py"}
    lines = client.get("source", "team/second", "train.py").json["lines"]
    assert "".join(text for _, text in lines[0]) == "print('other')"
    for path, query in (
        ("compare/first/team%2Fsecond", ""),
        ("compare", "run=first&run=team/second"),
    ):
        answer = client.ask(f"/api/{path}" + (f"?{query}" if query else ""))
        assert answer.json["names"] == ["first", "team/second"]


def test_files_of_a_run_come_in_a_sandbox(client: Client) -> None:
    for path, kind in (
        ("media/page.html", "text/html; charset=utf-8"),
        ("media/picture.png", "image/png"),
        ("media/odd.xyz", "application/octet-stream"),
    ):
        answer = client.get("file", "first", path)
        assert answer.headers["content-type"] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers.get_all("content-security-policy")
        assert len(policy) == 1
        assert policy[0].startswith("sandbox; default-src 'none'")
        assert "allow-scripts" not in policy[0]
    assert answer.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "run/none",
        "run/none/more",
        "run/..%2F..%2Fetc%2Fpasswd",
        "file/first/..%2Frun.json",
        "file/first/media%2F..%2Frun.json",
        "file/first/media/../run.json",
        "file/first/%2Fetc%2Fpasswd",
        "file/first/media%2F..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd",
        "file/first/media%00",
        "source/first/..%2F..%2Fetc%2Fpasswd",
        "source/first/../../etc/passwd",
        "source/first/%2Fetc%2Fpasswd",
        "source/first/train.py%0A",
        "../../etc/passwd",
        "",
    ],
)
def test_there_is_nothing_beside_the_runs(client: Client, path: str) -> None:
    answer = client.ask(f"/api/{path}")
    assert answer.status == 404, answer.content
    assert answer.json["error"]


@pytest.mark.parametrize("path", ["/nothing", "/app.js/../../pyproject.toml", "/web/dist/app.js"])
def test_no_other_file_is_served(client: Client, path: str) -> None:
    assert client.ask(path).status == 404


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("series/loss?points=many", "points=many: expected a number"),
        ("series/loss?from=nan", "from=nan: expected a number"),
        ("output/first?before=inf", "before=inf: expected a number"),
        ("compare?run=first", "2 to 16 runs can be compared"),
    ],
)
def test_questions_that_cannot_be_read_are_named(client: Client, path: str, why: str) -> None:
    answer = client.ask(f"/api/{path}")
    assert (answer.status, answer.json) == (400, {"error": why})


def test_a_malformed_run_is_told_and_harms_nothing(repo: Path) -> None:
    make_run(repo, "broken", files={"run.json": b"{"})
    make_run(repo, "well", metrics=[{"loss": 1.0}])
    with dashboard(repo) as client:
        rows = {run["name"]: run for run in client.get("runs").json["runs"]}
        assert rows["broken"]["malformed"]
        assert rows["well"]["malformed"] is None
        assert set(client.get("series", "loss").curves) == {("well", "loss")}
        assert client.ask("/api/run/broken").status == 400


def test_answers_are_compressed_where_that_is_worth_it(repo: Path) -> None:
    pixels = b"\x89PNG" + bytes(10_000)
    make_run(repo, "one", output="the same line\n" * 1000, files={"media/a.png": pixels})
    with dashboard(repo) as client:
        picture = client.get("file", "one", "media/a.png")
        assert picture.headers.get("content-encoding") is None
        assert picture.content == pixels
        packed = client.ask("/api/output/one")
        assert packed.headers["content-encoding"] == "gzip"
        plain = client.ask("/api/output/one", headers={"Accept-Encoding": ""})
        assert plain.headers.get("content-encoding") is None
        assert plain.content == packed.content


def test_a_repository_without_runs(repo: Path) -> None:
    with dashboard(repo) as client:
        assert client.get("runs").json["runs"] == []
        assert client.get("series", "loss").curves == {}
        assert client.ask("/").status == 200
        assert client.ask("/report").status == 200
