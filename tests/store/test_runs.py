"""Runs are listed, read, compared, renamed and removed with git's own means."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import init_repo
from support.git import fsck, git
from support.runs import make_run

from gitexp.errors import MalformedRun, RefMoved, RunExists, RunNotFound
from gitexp.schema.diff import FileDelta
from gitexp.store.objects import FILE, TREE, ObjectWriter
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

DOVE = "quick-purple-dove"


@pytest.fixture
def store(repo: Path) -> RunStore:
    return RunStore(Repository.open(repo))


def test_no_runs(store: RunStore) -> None:
    assert store.refs() == {}
    assert store.oid(DOVE) is None
    assert list(store.read_runs([])) == []
    with pytest.raises(RunNotFound):
        store.chain(DOVE)


def test_refs(repo: Path, store: RunStore) -> None:
    made = {name: make_run(repo, name) for name in (DOVE, "lr/0.1", "lr/0.01", "größe")}
    git(repo, "pack-refs", "--all")
    made["late"] = make_run(repo, "late")
    assert store.refs() == made
    assert store.oid("lr/0.1") == made["lr/0.1"]
    assert store.oid("lr") is None


@pytest.mark.parametrize("taken", [DOVE, f"{DOVE}/deeper"])
@pytest.mark.parametrize("new", [DOVE, f"{DOVE}/deeper"])
def test_a_name_that_is_taken(repo: Path, store: RunStore, taken: str, new: str) -> None:
    oid = make_run(repo, taken)
    other = git(repo, "rev-parse", "HEAD")
    with pytest.raises(RunExists) as caught:
        store.point(new, other, None)
    assert caught.value.name == taken
    with pytest.raises(RunExists):
        store.advance(new, None, lambda writer: other)
    assert store.refs() == {taken: oid}


def test_delete(repo: Path, store: RunStore) -> None:
    oid = make_run(repo, DOVE)
    with pytest.raises(RefMoved):
        store.delete(DOVE, git(repo, "rev-parse", "HEAD"))
    store.delete(DOVE, oid)
    assert store.refs() == {}
    with pytest.raises(RunNotFound):
        store.delete(DOVE, oid)


def test_rename(repo: Path, store: RunStore) -> None:
    oid = make_run(repo, DOVE)
    other = make_run(repo, "other")
    with pytest.raises(RunExists) as caught:
        store.rename(DOVE, "other", oid)
    assert caught.value.name == "other"
    with pytest.raises(RefMoved):
        store.rename(DOVE, "baseline", other)
    assert store.refs() == {DOVE: oid, "other": other}
    store.rename(DOVE, "baseline", oid)
    assert store.refs() == {"baseline": oid, "other": other}
    store.rename("baseline", "final", oid, new_oid=other)
    assert store.refs() == {"final": other, "other": other}


def test_read_run(repo: Path, store: RunStore) -> None:
    oid = make_run(repo, DOVE, config={"lr": 0.1}, metrics=[{"loss": 0.5}, {"loss": 0.25}])
    run = store.read_run(DOVE_REF, DOVE)
    assert run == store.read_run(oid, DOVE)
    assert (run.name, run.status, run.config) == (DOVE, "finished", {"lr": 0.1})
    assert run.metrics["loss"].min == 0.25
    assert store.read_run(f"{oid}~1", DOVE).status == "running"


DOVE_REF = f"refs/experiments/{DOVE}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "unexpected end"),
        (b"[]", "not an object"),
        (b'{"schema": 99}', "newer"),
        (b'{"schema": 1}', "name"),
        (b"\xff", "."),
    ],
)
def test_a_malformed_run(repo: Path, store: RunStore, content: bytes, why: str) -> None:
    oid = make_run(repo, DOVE, files={"run.json": content})
    with pytest.raises(MalformedRun, match=why):
        store.read_run(oid, DOVE)
    assert list(store.read_runs([oid])) == [(oid, content)]


def test_something_that_is_no_run(repo: Path, store: RunStore) -> None:
    with pytest.raises(MalformedRun, match=r"no run\.json"):
        store.read_run("HEAD", DOVE)
    assert store.read_parts("HEAD", "metrics.jsonl") == b""
    assert store.list_files("refs/nothing") == {}
    assert store.top_entries("refs/nothing") == {}


def test_read_many_runs(repo: Path, store: RunStore) -> None:
    made = [make_run(repo, f"run-{i}", config={"i": i}) for i in range(20)]
    head = git(repo, "rev-parse", "HEAD")
    wanted = [made[3], head, "1" * 40, *made]
    read = list(store.read_runs(iter(wanted)))
    assert [oid for oid, _ in read] == wanted
    assert [data is None for _, data in read] == [False, True, True, *[False] * 20]
    assert read[0][1] == store.read_file(made[3], "run.json")


def test_a_damaged_object_hides_no_other_run(repo: Path, store: RunStore) -> None:
    made = [make_run(repo, f"run-{i}") for i in range(5)]
    for which, path in ((1, "run.json"), (3, "")):
        oid = git(repo, "rev-parse", f"{made[which]}:{path}" if path else made[which])
        file = repo / ".git" / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:20])
    read = dict(store.read_runs(made))
    assert [read[oid] is None for oid in made] == [False, True, False, True, False]


def test_reading_may_stop_early(repo: Path, store: RunStore) -> None:
    made = [make_run(repo, f"run-{i}") for i in range(5)]
    runs = store.read_runs(made)
    assert next(runs)[0] == made[0]
    del runs


def test_read_file(repo: Path, store: RunStore) -> None:
    oid = make_run(repo, DOVE, output="hello\n", files={"media/a b\nc.txt": b"\0"})
    assert store.read_file(oid, "output.log") == b"hello\n"
    assert store.read_file(oid, "media/a b\nc.txt") == b"\0"
    assert store.read_file(oid, "code/train.py") == b"print('loss', 0.5)\n"
    assert store.read_file(oid, "nothing") is None
    assert store.read_file(oid, "code") is None


def test_read_parts(repo: Path, store: RunStore) -> None:
    numbers = [1, 2, 3, 10000]
    parts = {f"metrics-{n:04d}.jsonl" if n > 1 else "metrics.jsonl": b"%d\n" % n for n in numbers}
    oid = make_run(repo, DOVE, files={**parts, "metrics-x.jsonl": b"no", "metrics.json": b"no"})
    assert store.read_parts(oid, "metrics.jsonl") == b"1\n2\n3\n10000\n"
    assert store.read_parts(oid, "nothing.jsonl") == b""


def test_list_files(repo: Path, store: RunStore) -> None:
    oid = make_run(
        repo,
        DOVE,
        output="hello\n",
        files={"code.txt": b"1", "media/ü/x.png": b"12"},
        checkpoints={"last": {"data": b"123"}},
    )
    files = store.list_files(oid)
    assert not [path for path in files if path.startswith("code/")]
    assert files["output.log"] == 6
    assert files["code.txt"] == 1
    assert files["media/ü/x.png"] == 2
    assert files["checkpoints/last/model.safetensors"] == 3


def test_top_entries(repo: Path, store: RunStore) -> None:
    oid = make_run(repo, DOVE)
    entries = store.top_entries(oid)
    assert entries["code"] == (TREE, git(repo, "rev-parse", "HEAD^{tree}"))
    assert entries["run.json"] == (FILE, git(repo, "rev-parse", f"{oid}:run.json"))


def test_chain(repo: Path, store: RunStore) -> None:
    oid = make_run(repo, DOVE)
    chain = store.chain(DOVE)
    assert [(commit.oid, commit.subject, commit.time_s) for commit in chain] == [
        (oid, f"{DOVE}: finished", 1704067260),
        (git(repo, "rev-parse", f"{oid}~1"), f"{DOVE}: started", 1704067200),
    ]


def test_chain_whatever_the_users_encoding(repo: Path, store: RunStore) -> None:
    git(repo, "config", "i18n.commitEncoding", "ISO-8859-1")
    make_run(repo, "größe")
    assert store.chain("größe")[0].subject == "größe: finished"


def test_chain_without_a_base_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    make_run(tmp_path, DOVE, code={})
    assert len(RunStore(Repository.open(tmp_path)).chain(DOVE)) == 2


def test_chain_on_top_of_another_runs_chain(repo: Path, store: RunStore) -> None:
    make_run(repo, "first")
    git(repo, "checkout", "-q", "refs/experiments/first")
    make_run(repo, "second")
    assert [commit.subject for commit in store.chain("second")] == [
        "second: finished",
        "second: started",
    ]


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_code_diff(tmp_path: Path, object_format: str) -> None:
    init_repo(tmp_path, f"--object-format={object_format}")
    store = RunStore(Repository.open(tmp_path))
    lines = b"".join(b"line %d\n" % i for i in range(20))
    before = {"a.py": b"1\n2\n", "old name.py": lines, "gone.py": b"x\n", "b.bin": b"\0" * 9}
    after = {
        "a.py": b"1\n3\n4\n",
        "ünï\nname.py": lines + b"more\n",
        "new/deep.py": b"y\n",
        "b.bin": b"\0" * 8,
        "\udce9.txt": b"z\n",
    }
    a = make_run(tmp_path, "a", code=before)
    b = make_run(tmp_path, "b", code=after)
    files, patch = store.code_diff(a, b, patch=True)
    assert files == (
        FileDelta("a.py", "M", 2, 1),
        FileDelta("b.bin", "M", None, None),
        FileDelta("gone.py", "D", 0, 1),
        FileDelta("new/deep.py", "A", 1, 0),
        FileDelta("ünï\nname.py", "R", 1, 0, "old name.py"),
        FileDelta("\\xe9.txt", "A", 1, 0),
    )
    assert "\n-2\n+3\n+4\n" in patch
    assert store.code_diff(a, b) == (files, "")
    assert store.code_diff(a, a, patch=True) == ((), "")


def test_code_changes_against_the_base_commit(repo: Path, store: RunStore) -> None:
    unchanged = make_run(repo, "unchanged")
    assert store.code_changes("HEAD", unchanged, patch=True) == ((), "")
    changed = make_run(repo, DOVE, code={".gitignore": b"*.pyc\n/data/\n", "train.py": b"1\n"})
    files, patch = store.code_changes("HEAD", changed, patch=True)
    assert files == (FileDelta("train.py", "M", 1, 1),)
    assert patch.startswith("diff --git a/train.py b/train.py\n")


def test_diff_heeds_no_configuration(repo: Path, store: RunStore) -> None:
    (repo / ".git" / "info" / "attributes").write_text("*.py diff=shout\n")
    git(repo, "config", "diff.shout.textconv", "tr a-z A-Z <")
    git(repo, "config", "diff.external", "false")
    git(repo, "config", "diff.noprefix", "true")
    git(repo, "config", "color.ui", "always")
    oid = make_run(repo, DOVE, code={".gitignore": b"*.pyc\n/data/\n", "train.py": b"new\n"})
    _, patch = store.code_changes("HEAD", oid, patch=True)
    assert "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-print('loss', 0.5)\n+new\n" in patch


def test_nothing_is_fetched_for_a_listing_or_a_diff(repo: Path) -> None:
    large = bytes(2000)
    last = {"data": large}
    a = make_run(repo, "a", code={"big": large, "x": b"1\n"}, checkpoints={"last": last})
    b = make_run(repo, "b", code={"big": large + b"1", "x": b"2\n"})
    git(repo, "config", "uploadpack.allowFilter", "true")
    partial = repo.parent / "partial"
    git(partial.parent, "init", "-q", str(partial))
    git(partial, "remote", "add", "origin", f"file://{repo}")
    refs = "refs/experiments/*:refs/experiments/*"
    git(partial, "fetch", "-q", "--filter=blob:limit=1000", "origin", refs)
    store = RunStore(Repository.open(partial))

    def objects() -> str:
        return git(partial, "count-objects", "-v")

    before = objects()
    files, patch = store.code_diff(a, b, patch=True)
    assert files == (FileDelta("big", "M", None, None), FileDelta("x", "M", None, None))
    assert patch == ""
    assert store.list_files(a)["checkpoints/last/model.safetensors"] == -1
    assert objects() == before
    assert store.read_file(a, "checkpoints/last/model.safetensors") == large
    assert objects() != before


def test_a_bare_repository_is_read(repo: Path) -> None:
    oid = make_run(repo, DOVE, config={"lr": 0.1})
    bare = repo.parent / "bare.git"
    git(repo, "clone", "-q", "--mirror", str(repo), str(bare))
    store = RunStore(Repository.open(bare))
    assert store.refs() == {DOVE: oid}
    assert store.read_run(oid, DOVE).config == {"lr": 0.1}
    assert len(store.chain(DOVE)) == 2
    assert store.list_files(oid)["run.json"] > 0


def test_runs_in_a_sha256_repository(tmp_path: Path) -> None:
    init_repo(tmp_path, "--object-format=sha256")
    oid = make_run(tmp_path, DOVE, metrics=[{"loss": 1.0}])
    store = RunStore(Repository.open(tmp_path))
    assert store.refs() == {DOVE: oid}
    assert store.read_run(oid, DOVE).metrics["loss"].last == 1.0
    assert store.read_parts(oid, "metrics.jsonl").startswith(b'{"_step": 0')
    fsck(tmp_path)


def test_advance_keeps_a_run(repo: Path, store: RunStore) -> None:
    first = make_run(repo, DOVE, status="running")

    def build(writer: ObjectWriter) -> str:
        entries = {**store.top_entries(first), "README.md": (FILE, writer.blob(b"# noted\n"))}
        run_id = store.read_run(first, DOVE).id
        message = f"{DOVE}: noted\n\nGitexp-Run: {DOVE}\nGitexp-Id: {run_id}\n"
        tree = writer.tree(entries)
        return writer.commit(tree, [first], message, store.repo.identity(), 1704067300)

    second = store.advance(DOVE, first, build)
    assert [commit.oid for commit in store.chain(DOVE)] == [second, first]
    assert store.read_file(second, "README.md") == b"# noted\n"
    fsck(repo)
