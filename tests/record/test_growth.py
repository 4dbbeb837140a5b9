"""Runs that grow: progress commits, and files in parts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cli import gitexp, runs_of
from support.git import fsck, git

from gitexp.record.run_tree import PartCache, add_parts
from gitexp.schema import names
from gitexp.store.objects import ObjectWriter, TreeEntry
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore


def test_a_running_run_is_committed_when_something_changed(repo: Path) -> None:
    (repo / "gitexp.toml").write_text("commit_interval = 0.5\n")
    code = (
        "import gitexp, time\n"
        "for n in range(40):\n"
        "    gitexp.log({'loss': 1 / (n + 1)})\n"
        "    time.sleep(0.1)\n"
    )
    gitexp("record", "-n", "x", "--", sys.executable, "-c", code)
    subjects = git(repo, "log", "--format=%s", "refs/experiments/x").splitlines()[:-1]
    assert subjects[-1] == "x: started"
    assert subjects[0].startswith("x: finished in")
    progress = subjects[1:-1]
    assert 2 <= len(progress) <= 8
    assert all(subject.startswith("x: step ") for subject in progress)
    assert git(repo, "rev-list", "--count", "--merges", "refs/experiments/x") == "0"
    older = json.loads(git(repo, "show", f"refs/experiments/x~{len(progress)}:run.json"))
    assert older["status"] == "running"
    assert 0 < older["metrics"]["loss"]["count"] < 40


def test_nothing_is_committed_while_nothing_happens(repo: Path) -> None:
    (repo / "gitexp.toml").write_text("commit_interval = 0.2\n")
    gitexp("record", "-n", "x", "--", "sleep", "2")
    assert git(repo, "rev-list", "--count", "HEAD..refs/experiments/x") == "2"


def test_metrics_of_many_megabytes_are_kept_in_parts_and_read_as_one(repo: Path) -> None:
    code = (
        "import gitexp\n"
        "for n in range(150_000):\n"
        "    gitexp.log({'loss': 1 / (n + 1), 'text': 'x' * 20})\n"
    )
    gitexp("record", "-n", "x", "--", sys.executable, "-c", code)
    files = git(repo, "ls-tree", "--name-only", "refs/experiments/x").splitlines()
    assert "metrics-0002.jsonl" in files
    (run,) = runs_of(repo)
    assert run["metrics"]["loss"]["count"] == 150_000
    store = RunStore(Repository.open(repo))
    rows = store.read_parts("refs/experiments/x", names.METRICS).splitlines()
    assert [json.loads(row)["_step"] for row in rows] == list(range(150_000))
    fsck(repo)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(names, "PART_BYTES", 64)
    return 64


@given(
    lengths=st.lists(st.integers(0, 150), max_size=25),
    cuts=st.lists(st.integers(0, 25), max_size=4),
    torn=st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_join_to_the_whole_lines_however_the_file_grew(
    repo: Path, small_parts: int, lengths: list[int], cuts: list[int], torn: bool
) -> None:
    lines = [json.dumps({"n": n, "x": "y" * length}).encode() for n, length in enumerate(lengths)]
    path = repo.parent / names.METRICS
    writer = ObjectWriter(Repository.open(repo))
    cache: PartCache = {}
    for cut in (*sorted(cuts), len(lines)):
        content = b"".join(line + b"\n" for line in lines[:cut])
        path.write_bytes(content + (b'{"torn' if torn else b""))
        files: dict[str, TreeEntry] = {}
        add_parts(writer, files, path, cache)
        writer.flush()
        blobs = [
            git(repo, "cat-file", "blob", oid).encode() + b"\n" for _, (_, oid) in files.items()
        ]
        assert list(files) == [names.part_name(names.METRICS, n + 1) for n in range(len(files))]
        assert b"".join(blobs).splitlines() == lines[:cut]
        assert all(blob.count(b"\n") == 1 or len(blob) <= small_parts for blob in blobs)
    writer.discard()


@pytest.mark.parametrize("length", [1, 40, 100])
def test_a_whole_last_line_is_kept_at_the_end_though_its_newline_is_missing(
    repo: Path, small_parts: int, length: int
) -> None:
    lines = [json.dumps({"n": n, "x": "y" * length}).encode() for n in range(3)]
    path = repo.parent / names.METRICS
    path.write_bytes(b"\n".join(lines))
    writer = ObjectWriter(Repository.open(repo))
    for final, expected in ((False, lines[:2]), (True, lines)):
        files: dict[str, TreeEntry] = {}
        add_parts(writer, files, path, {}, final=final)
        writer.flush()
        found = [git(repo, "cat-file", "blob", oid) for _, oid in files.values()]
        assert "\n".join(found).encode().split() == b"\n".join(expected).split()
