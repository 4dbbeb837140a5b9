"""The index against real refs: what it takes in, and what it survives."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.git import git
from support.runs import make_run

from gitexp.index import cache, database
from gitexp.index.cache import RunIndex
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore


def names(top: Path) -> list[str]:
    with RunIndex(Repository.open(top)) as index:
        index.refresh()
        return [run.name for run in index.newest()]


def index_file(top: Path) -> Path:
    return top / ".git" / "gitexp" / "index.sqlite"


def test_it_follows_the_refs(repo: Path) -> None:
    oid = make_run(repo, "a", created_at="2024-01-01T00:00:00.000Z")
    make_run(repo, "b", created_at="2024-01-02T00:00:00.000Z", status="running")
    with RunIndex(Repository.open(repo)) as index:
        index.refresh()
        assert [run.name for run in index.newest()] == ["b", "a"]
        assert [run.name for run in index.newest(1)] == ["b"]
        assert index.count() == 2
        (run,) = index.get(["a", "no such run"])
        assert run.oid == oid
        assert run.error is None
        assert index.names_of_id(run.id[:6]) == ["a"]
        assert index.names_of_id("0123") == []
        stored = RunStore(index.repo).read_file(oid, "run.json")
        assert json.loads(run.facts) == json.loads(stored)

        git(repo, "update-ref", "refs/experiments/b", oid)
        make_run(repo, "c/d", created_at="2024-01-03T00:00:00.000Z")
        git(repo, "update-ref", "-d", "refs/experiments/a")
        index.refresh()
        assert index.names() == {"c/d": index.store.oid("c/d"), "b": oid}


def test_only_what_changed_is_read(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(repo, "a")
    names(repo)
    new = make_run(repo, "b")
    asked: list[list[str]] = []
    read = RunStore.read_runs

    def spy(self, oids):
        asked.append(list(oids))
        return read(self, asked[-1])

    monkeypatch.setattr(RunStore, "read_runs", spy)
    assert names(repo) == ["a", "b"]
    assert names(repo) == ["a", "b"]
    assert asked == [[new]]


def test_a_build_that_is_interrupted_goes_on_later(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oids = {name: make_run(repo, name) for name in ("a", "b", "c", "d", "e")}
    git(repo, "update-ref", "refs/experiments/copy", oids["a"])
    monkeypatch.setattr(cache, "_WRITTEN", 2)
    read = RunStore.read_runs

    def interrupted(self, wanted):
        for n, answer in enumerate(read(self, wanted)):
            if n == 4:
                raise KeyboardInterrupt
            yield answer

    monkeypatch.setattr(RunStore, "read_runs", interrupted)
    with RunIndex(Repository.open(repo)) as index, pytest.raises(KeyboardInterrupt):
        index.refresh()
    asked: list[int] = []

    def counting(self, wanted):
        asked.append(len(list(wanted)))
        return read(self, wanted)

    monkeypatch.setattr(RunStore, "read_runs", counting)
    assert names(repo) == ["a", "b", "c", "copy", "d", "e"]
    assert asked[0] < 5


def test_a_wrong_thread_is_no_reason_to_throw_the_file_away(repo: Path) -> None:
    make_run(repo, "a")
    with RunIndex(Repository.open(repo)) as index, ThreadPoolExecutor(1) as pool:
        index.refresh()
        with pytest.raises(sqlite3.ProgrammingError):
            pool.submit(index.count).result()
        assert index_file(repo).exists()


def test_a_repository_without_runs_is_left_alone(repo: Path) -> None:
    assert names(repo) == []
    assert not (repo / ".git" / "gitexp").exists()


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def older(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (whatever)")


def without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE runs")


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "damage", [garbage, cut, older, foreign, without_a_table, overwritten, a_folder]
)
def test_a_file_that_cannot_be_used_is_rebuilt_silently(repo: Path, damage) -> None:
    for i in range(8):
        make_run(repo, f"run-{i:02}", config={"text": "x" * 3000})
    expected = names(repo)
    assert len(expected) == 8
    damage(index_file(repo))
    assert names(repo) == expected
    assert names(repo) == expected
    if damage is not a_folder:
        with sqlite3.connect(index_file(repo)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT count(*) FROM runs").fetchone() == (8,)


def test_damage_that_shows_only_while_reading(repo: Path) -> None:
    for i in range(8):
        make_run(repo, f"run-{i:02}", config={"text": "x" * 3000})
    names(repo)
    with RunIndex(Repository.open(repo)) as index:
        index.refresh()
        overwritten(index_file(repo))
        index.close()
        assert index.count() == 8
        assert len(list(index.newest())) == 8


def write_protected(repo: Path) -> list[Path]:
    folder = index_file(repo).parent
    return [index_file(repo), folder] if index_file(repo).exists() else [folder, folder.parent]


@pytest.mark.parametrize("there_is_a_file", [True, False])
def test_a_read_only_repository(
    repo: Path, there_is_a_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(repo, "a")
    if there_is_a_file:
        names(repo)
    make_run(repo, "b")

    # As root, modes do not keep anybody from writing; sqlite's own flag does.
    connect = sqlite3.connect

    def read_only(path: Path | str, **options):
        if path == ":memory:" or options.get("uri"):
            return connect(path, **options)
        return connect(f"file:{path}?mode=ro", uri=True, **options)

    monkeypatch.setattr(database.sqlite3, "connect", read_only)
    assert names(repo) == ["a", "b"]
    monkeypatch.undo()
    if there_is_a_file:
        with sqlite3.connect(index_file(repo)) as connection:
            assert connection.execute("SELECT name FROM runs").fetchall() == [("a",)]


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_nobody_waits_long_for_a_stuck_writer(
    repo: Path, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_S", 0.05)
    make_run(repo, "a")
    names(repo)
    make_run(repo, "b")
    stuck = sqlite3.connect(index_file(repo), isolation_level=None)
    stuck.execute(f"BEGIN {lock}")
    try:
        assert names(repo) == ["a", "b"]
    finally:
        stuck.close()


def test_several_processes_build_it_at_once(repo: Path) -> None:
    expected = [f"run-{i:02}" for i in range(12)]
    for name in expected:
        make_run(repo, name)
    code = (
        "from gitexp.index.cache import RunIndex\n"
        "from gitexp.store.repository import Repository\n"
        "with RunIndex(Repository.open()) as index:\n"
        "    index.refresh(); print(len(list(index.newest())), index._connection.execute("
        "'PRAGMA database_list').fetchone()[2] != '')"
    )

    def look(_: int) -> str:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(look, range(6))) == {"12 True"}
    assert names(repo) == expected


def tree_with(repo: Path, content: str | None) -> str:
    path = repo / "run.json"
    path.write_text(content or "")
    blob = git(repo, "hash-object", "-w", "run.json")
    path.unlink()
    entry = f"100644 blob {blob}\t{'run.json' if content is not None else 'other.txt'}\n"
    tree = git(repo, "mktree", input=entry.encode())
    return git(repo, "commit-tree", tree, "-m", "by hand")


def changed(**changes: object) -> str:
    base: dict[str, object] = {"schema": 1, "name": "x", "id": "1", "status": "finished"}
    base["created_at"] = "2024-01-01T00:00:00Z"
    return json.dumps({**base, **changes})


MALFORMED = {
    "no-file": (None, "it has no run.json"),
    "broken": ('{"schema": 1,', "run.json"),
    "empty": ("", "run.json"),
    "list": ("[]", "not an object"),
    "no-schema": ("{}", "states no schema"),
    "future": (changed(schema=99), "newer than this gitexp"),
    "no-name": (json.dumps({"schema": 1}), "'name'"),
    "no-time": (changed(created_at="soon"), "created_at is no time"),
    "config": (changed(config=[1]), "config"),
    "metrics": (changed(metrics={"loss": 3}), "loss"),
    "metric": (changed(metrics={"loss": {"count": "many"}}), "metrics.loss.count"),
    "tags": (changed(tags=[[]]), "tags"),
    "tag-text": (changed(tags="abc"), "tags"),
    "status": (changed(status=[]), "status"),
    "checkpoint": (changed(checkpoints=[{"label": 1}]), "checkpoint"),
    "hardware": (changed(hardware={"mean": [1]}), "hardware.mean"),
    "deep": (changed(config=json.loads('{"a":' * 80 + "1" + "}" * 80)), "nested too deeply"),
    "nan": ('{"schema": 1, "x": NaN}', "run.json"),
}


def test_malformed_runs_hurt_no_other(repo: Path) -> None:
    good = make_run(repo, "good", created_at="2023-01-01T00:00:00.000Z")
    for name, (content, _) in MALFORMED.items():
        git(repo, "update-ref", f"refs/experiments/{name}", tree_with(repo, content))
    head = git(repo, "rev-parse", "HEAD")
    git(repo, "update-ref", "refs/experiments/blob", git(repo, "rev-parse", "HEAD:train.py"))
    git(repo, "update-ref", "refs/experiments/tree", git(repo, "rev-parse", "HEAD^{tree}"))
    git(repo, "update-ref", "refs/experiments/code", head)
    git(repo, "tag", "-a", "-m", "a tag", "annotated", good)
    git(repo, "update-ref", "refs/experiments/tagged", git(repo, "rev-parse", "annotated"))
    with RunIndex(Repository.open(repo)) as index:
        index.refresh()
        why = index.malformed()
        assert [run.name for run in index.newest() if run.error is None] == ["good", "tagged"]
        (code,) = index.get(["code"])
    expected = {name: text for name, (_, text) in MALFORMED.items()}
    expected |= {"blob": "points at a blob", "tree": "points at a tree", "code": "no run.json"}
    assert why.keys() == expected.keys()
    for name, text in expected.items():
        assert text in why[name]
    assert code.created_s == 1704067200  # of its commit, so that it stands among its neighbours


def test_objects_that_are_missing_or_broken_hurt_no_other(repo: Path) -> None:
    make_run(repo, "a")
    gone = make_run(repo, "gone")
    broken = make_run(repo, "broken")
    make_run(repo, "z")
    for oid in (gone, broken):
        path = repo / ".git" / "objects" / oid[:2] / oid[2:]
        path.chmod(0o644)
        path.write_bytes(b"garbage") if oid == broken else path.unlink()
    with RunIndex(Repository.open(repo)) as index:
        index.refresh()
        assert index.malformed().keys() == {"gone", "broken"}
        assert [run.name for run in index.newest() if run.error is None] == ["a", "z"]


def test_what_is_derived_lives_as_long_as_their_commit(repo: Path) -> None:
    oid = make_run(repo, "a")
    with RunIndex(Repository.open(repo)) as index:
        index.refresh()
        index.keep(oid, "metrics/512", b"points")
        index.keep("0" * 40, "metrics/512", b"of no run")
    with RunIndex(Repository.open(repo)) as index:
        index.refresh()
        assert index.derived(oid, "metrics/512") == b"points"
        assert index.derived(oid, "metrics/99") is None
        assert index.derived("0" * 40, "metrics/512") is None
        git(repo, "update-ref", "-d", "refs/experiments/a")
        index.refresh()
        assert index.derived(oid, "metrics/512") is None


def test_sha256_repositories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = tmp_path / "long"
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(top)], check=True)
    monkeypatch.chdir(top)
    oid = make_run(top, "a")
    assert len(oid) == 64
    assert names(top) == ["a"]
