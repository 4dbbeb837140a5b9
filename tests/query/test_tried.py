"""Has somebody tried that: what counts as the same, and what comes nearest."""

from __future__ import annotations

import hashlib
import math
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.git import git
from support.runs import make_run

from gitexp.query.nearest import MISSING, rank, same_value
from gitexp.query.runs import Runs
from gitexp.query.tried import ask_tried, question_of
from gitexp.render.tried import tried_page
from gitexp.schema.data import ADDED, GONE, UNSURE, DataDelta
from gitexp.schema.tried import Tried
from gitexp.settings import Settings
from gitexp.store.code_files import CodeIdentities, matters
from gitexp.store.data_files import find_data, fingerprint
from gitexp.store.repository import Repository

OTHER = {"train.py": b"print('other')\n", ".gitignore": b"*.pyc\n/data/\n"}


def ask(
    top: Path, config: dict[str, Any], *command: str, settings: Settings | None = None
) -> Tried:
    repo = Repository.open(top)
    with Runs(repo) as runs:
        return ask_tried(runs, settings or Settings(), question_of(repo, config, command))


def names(part: Any) -> list[str]:
    return [earlier.run.name for earlier in part]


def test_the_three_parts(repo: Path) -> None:
    make_run(repo, "same", config={"lr": 0.1, "model": {"depth": 4}, "seed": 1})
    make_run(repo, "other-code", config={"lr": 0.1, "model": {"depth": 4}}, code=OTHER)
    make_run(repo, "near", config={"lr": 0.1, "model": {"depth": 5}})
    make_run(repo, "far", config={"lr": 0.0001, "model": {"depth": 5}})
    make_run(repo, "unrelated", config={"width": 3})
    answer = ask(repo, {"lr": 0.1, "model": {"depth": 4}})
    assert names(answer.exact) == ["same"]
    assert names(answer.other_code) == ["other-code"]
    assert [file.path for file in answer.other_code[0].code or ()] == ["train.py"]
    assert names(answer.near) == ["near", "far"]
    (delta,) = answer.near[0].differing
    assert (delta.key, delta.values) == ("model.depth", (4, 5))
    assert answer.total == 5
    assert answer.done is not None
    assert answer.done.name == "same"


def test_nothing_is_written_and_uncommitted_code_counts(repo: Path) -> None:
    make_run(repo, "dove", config={"lr": 0.1})
    assert names(ask(repo, {"lr": 0.1}).exact) == ["dove"]
    (repo / "new.py").write_text("1\n")
    objects = sorted((repo / ".git" / "objects").rglob("*"))
    answer = ask(repo, {"lr": 0.1})
    assert names(answer.exact) == []
    assert [(f.path, f.status) for f in answer.other_code[0].code or ()] == [("new.py", "A")]
    assert sorted((repo / ".git" / "objects").rglob("*")) == objects
    (repo / "new.py").unlink()
    (repo / "data").mkdir()
    (repo / "data" / "ignored").write_text("x")
    assert names(ask(repo, {"lr": 0.1}).exact) == ["dove"]


def test_files_that_do_not_count(repo: Path) -> None:
    make_run(repo, "dove", config={"lr": 0.1})
    (repo / "README.md").write_text("hello\n")
    (repo / "docs").mkdir()
    (repo / "docs" / "a.txt").write_text("x\n")
    assert names(ask(repo, {"lr": 0.1}).exact) == []
    leave_out = Settings(code_exclude=("*.md", "docs"))
    assert names(ask(repo, {"lr": 0.1}, settings=leave_out).exact) == ["dove"]
    only_code = Settings(code_include=("*.py",))
    assert names(ask(repo, {"lr": 0.1}, settings=only_code).exact) == ["dove"]
    (repo / "train.py").write_text("2\n")
    answer = ask(repo, {"lr": 0.1}, settings=leave_out)
    assert names(answer.exact) == []
    assert [file.path for file in answer.other_code[0].code or ()] == ["train.py"]


def test_finished_runs_come_first_then_the_newest(repo: Path) -> None:
    for i, status in enumerate(("finished", "finished", "failed", "killed")):
        make_run(repo, f"r{i}", status=status, created_at=f"2024-01-0{i + 1}T00:00:00.000Z")
    answer = ask(repo, {})
    assert names(answer.exact) == ["r1", "r0", "r3", "r2"]
    assert answer.near == ()


def test_a_run_that_failed_does_not_answer(repo: Path) -> None:
    make_run(repo, "dove", status="failed")
    answer = ask(repo, {})
    assert names(answer.exact) == ["dove"]
    assert answer.done is None


def test_a_command_must_be_the_same_in_the_same_folder(repo: Path) -> None:
    config = {"lr": 0.1}
    make_run(repo, "a", config=config, command=("python", "train.py", "--lr", "0.1"))
    make_run(repo, "b", config=config, command=("python", "train.py", "--lr", "0.1", "--fast"))
    make_run(repo, "c", config=config, command=("python", "train.py", "--lr", "0.1"), cwd="sub")
    answer = ask(repo, config, "python", "train.py", "--lr", "0.1")
    assert names(answer.exact) == ["a"]
    assert sorted(names(answer.near)) == ["b", "c"]
    assert answer.near[0].differing == ()
    assert not answer.near[0].same_command


def test_a_parser_may_read_the_arguments_otherwise(repo: Path) -> None:
    command = ("python", "train.py", "-e", "5", "--no-shuffle")
    make_run(repo, "a", config={"epochs": 5, "shuffle": False, "x": 1}, command=command)
    opened = Repository.open(repo)
    guessed = {"e": 5, "no_shuffle": True}
    for x, expected in ((1, ["a"]), (2, [])):
        with Runs(opened) as runs:
            question = question_of(opened, {**guessed, "x": x}, command, {"x": x})
            assert names(ask_tried(runs, Settings(), question).exact) == expected


def test_credentials_are_compared_as_they_were_recorded(repo: Path) -> None:
    make_run(repo, "a", config={"api_key": "[redacted]"}, command=("x", "--api-key", "[redacted]"))
    answer = ask(repo, {"api_key": "hunter22"}, "x", "--api-key", "hunter22")
    assert names(answer.exact) == ["a"]
    assert "hunter22" not in repr(answer)


def test_without_a_worktree_the_code_is_not_known(repo: Path, tmp_path: Path) -> None:
    make_run(repo, "dove", config={"lr": 0.1})
    git(tmp_path, "clone", "-q", "--bare", "--mirror", str(repo), "bare")
    answer = ask(tmp_path / "bare", {"lr": 0.1})
    assert not answer.code_known
    assert names(answer.other_code) == ["dove"]


def test_values_that_mean_the_same() -> None:
    assert same_value(1, 1.0)
    assert not same_value(1, True)
    assert same_value(math.nan, math.nan)
    assert not same_value("1", 1)


def test_distances() -> None:
    configs = [{"lr": lr} for lr in (1e-1, 1e-2, 1e-3, "auto")] + [{}]
    distances, values = rank({"lr": 1e-2}, configs)
    assert distances == pytest.approx([0.5, 0.0, 0.5, 1.0, 1.0])
    assert values["lr"] == [1e-1, 1e-2, 1e-3, "auto", MISSING]
    assert rank({"a.b": 1}, [{"a": {"b": 1.0}}, {"a": {"b": True}}, {"a.b": 1}])[0] == [0, 1, 0]
    # A small span is compared as it is.
    assert rank({"n": 4}, [{"n": 4}, {"n": 5}, {"n": 8}])[0] == pytest.approx([0, 0.25, 1])


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)


@given(st.dictionaries(st.text("ab", min_size=1, max_size=2), plain, max_size=3))
def test_a_config_is_nearest_to_itself(config: dict[str, Any]) -> None:
    (own, other), _ = rank(config, [config, {}])
    assert own == 0
    assert other >= own


def test_a_run_that_goes_and_one_that_breaks_are_no_answers(repo: Path) -> None:
    for name in ("kept", "gone", "broken"):
        make_run(repo, name, config={"lr": 0.1})
    assert sorted(names(ask(repo, {"lr": 0.1}).exact)) == ["broken", "gone", "kept"]
    git(repo, "update-ref", "-d", "refs/experiments/gone")
    oid = make_run(repo, "bad", files={"run.json": b"{}"})
    git(repo, "update-ref", "refs/experiments/broken", oid)
    assert names(ask(repo, {"lr": 0.1}).exact) == ["kept"]


def data_of(path: Path, name: str, *, sha256: bool = True) -> dict[str, Any]:
    (row,) = fingerprint(path, [name])
    return row.to_json() | ({} if sha256 else {"sha256": None})


def test_other_data_is_said_as_such(repo: Path) -> None:
    data = repo / "data"
    data.mkdir()
    (data / "train.csv").write_text("1,2\n")
    (data / "test.csv").write_text("3,4\n")
    rows = [data_of(repo, f"data/{name}.csv") for name in ("test", "train")]
    make_run(repo, "declared", capture={"declared": rows})
    make_run(repo, "observed", capture={"inputs": rows[:1]})
    make_run(repo, "silent")
    declared = Settings(data=("data/*.csv",))

    def parts() -> dict[str, list[str]]:
        answer = ask(repo, {}, settings=declared)
        return {part: sorted(names(getattr(answer, part))) for part in ("exact", "other_data")}

    assert parts() == {"exact": ["declared", "observed", "silent"], "other_data": []}
    os.utime(data / "test.csv", (1, 1))  # touched, not changed
    assert parts()["other_data"] == []
    (data / "new.csv").write_text("5\n")
    answer = ask(repo, {}, settings=declared)
    assert names(answer.other_data) == ["declared"]  # the others do not say what all data were
    assert answer.other_data[0].data == (DataDelta("data/new.csv", ADDED),)
    assert answer.done is not None
    (data / "new.csv").unlink()
    (data / "test.csv").write_text("3,5\n")
    assert parts() == {"exact": ["silent"], "other_data": ["declared", "observed"]}
    (data / "test.csv").unlink()
    answer = ask(repo, {}, settings=declared)
    assert answer.other_data[0].data == (DataDelta("data/test.csv", GONE),)
    page = tried_page(answer, now_s=0, width=None, colour=False)
    assert "The same config and code on other data\n" in page
    assert "data since then: data/test.csv is gone\n" in page


def test_data_too_large_to_compare_is_doubt(repo: Path) -> None:
    (repo / "data").mkdir()
    (repo / "data" / "large.bin").write_bytes(b"x" * 100)
    make_run(repo, "a", capture={"declared": [data_of(repo, "data/large.bin", sha256=False)]})
    assert ask(repo, {}).exact[0].data == ()
    os.utime(repo / "data" / "large.bin", (1, 1))
    answer = ask(repo, {})
    assert answer.exact[0].data == (DataDelta("data/large.bin", UNSURE),)
    page = tried_page(answer, now_s=0, width=None, colour=False)
    assert "data/large.bin may have changed" in page


def test_a_folder_of_many_files_is_there_or_gone(repo: Path) -> None:
    (repo / "data").mkdir()
    row = {"path": "data/", "bytes": 10, "modified": "2024-01-01T00:00:00.000Z", "files": 9}
    make_run(repo, "a", capture={"inputs": [row]})
    assert ask(repo, {}).exact[0].data == ()
    (repo / "data" / "new").write_text("x")
    assert ask(repo, {}).exact[0].data == (DataDelta("data/", UNSURE),)
    (repo / "data" / "new").unlink()
    (repo / "data").rmdir()
    assert names(ask(repo, {}).other_data) == ["a"]


def test_a_path_of_another_machine_is_doubt(repo: Path) -> None:
    row = {"path": "/home/bob/set.csv", "bytes": 1, "modified": "", "sha256": "0"}
    make_run(repo, "bobs", capture={"inputs": [row]}, host="bobs-machine")
    make_run(repo, "ours", capture={"inputs": [row]}, host=socket.gethostname())
    answer = ask(repo, {})
    assert names(answer.exact) == ["bobs"]
    assert answer.exact[0].data == (DataDelta("/home/bob/set.csv", UNSURE),)
    assert names(answer.other_data) == ["ours"]


def test_a_strangers_rows_of_data_open_no_device(repo: Path) -> None:
    hostile = [
        {"path": "/dev/zero", "bytes": 0, "modified": "", "sha256": "0"},
        {"path": "a\0b", "bytes": 1, "modified": ""},
        {"path": 3},
        "x",
        None,
    ]
    make_run(repo, "a", capture={"declared": hostile}, host=socket.gethostname())
    make_run(repo, "b", capture={"inputs": {"path": "x"}})
    answer = ask(repo, {})
    assert answer.other_data[0].data == (DataDelta("/dev/zero", GONE),)
    assert names(answer.exact) == ["b"]


def test_declared_data_are_found_by_globs(tmp_path: Path) -> None:
    for name in ("data/a.csv", "data/deep/b.csv", "data/c.txt", "other/d.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert find_data(tmp_path, ["data/*.csv"]) == ["data/a.csv"]
    assert find_data(tmp_path, ["data/**/*.csv"]) == ["data/a.csv", "data/deep/b.csv"]
    assert find_data(tmp_path, ["data"]) == ["data/a.csv", "data/c.txt", "data/deep/b.csv"]
    outside = find_data(tmp_path / "data", [f"{tmp_path}/other/*", "../other/*"])
    assert outside == ["../other/d.csv", f"{tmp_path}/other/d.csv"]
    (row, _) = fingerprint(tmp_path, ["data/a.csv", "gone", "data/c.txt"])
    assert (row.bytes, row.sha256) == (10, hashlib.sha256(b"data/a.csv").hexdigest())


@pytest.mark.parametrize(
    ("path", "include", "exclude", "expected"),
    [
        ("a.py", (), (), True),
        ("docs/a.py", (), ("docs",), False),
        ("docs/a.py", (), ("docs/",), False),
        ("src/docs/a.py", (), ("docs",), False),
        ("src/docs/a.py", (), ("docs/*",), True),  # with a slash: a path from the top
        ("src/docs/a.py", (), ("./docs",), True),
        ("src/a.py", ("src",), (), True),
        ("src/a.md", ("src",), ("*.md",), False),
        ("lib/a.py", ("src",), (), False),
        ("src/net/a.py", ("src/net",), (), True),
    ],
)
def test_globs(
    path: str, include: tuple[str, ...], exclude: tuple[str, ...], expected: bool
) -> None:
    assert matters(path, include, exclude) is expected


def test_identities_of_trees(repo: Path) -> None:
    (repo / "docs").mkdir()
    (repo / "docs" / "x.md").write_text("1")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "docs")
    old, new = (git(repo, "rev-parse", f"{rev}^{{tree}}") for rev in ("HEAD~", "HEAD"))
    opened = Repository.open(repo)
    with CodeIdentities(opened, (), ()) as everything:
        assert everything.of(old) != everything.of(new)
    with CodeIdentities(opened, (), ("docs",)) as code:
        assert code.of(old) == code.of(new)
        assert code.of("0" * 40) is None
