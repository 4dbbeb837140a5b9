"""A snapshot is the tree that `git add --all` would commit, and leaves no trace."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import init_repo
from support.git import fsck, git

from gitexp.errors import GitCommandFailed
from gitexp.schema.run import SkippedFile
from gitexp.store.repository import Repository
from gitexp.store.snapshot import Snapshot, take_snapshot
from gitexp.store.written_files import remember_written, written_files

MIB = 1024 * 1024


def snapshot(top: Path, **options: Any) -> Snapshot:
    options.setdefault("untracked_limit_bytes", 10 * MIB)
    return take_snapshot(Repository.open(top), **options)


def added_by_git(top: Path) -> str:
    """The tree that git itself comes to, in a copy of the repository."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(top, copy, symlinks=True)
        git(copy, "add", "-A")
        return git(copy, "write-tree")


def listing(top: Path, tree: str) -> dict[str, str]:
    lines = git(top, "ls-tree", "-r", "-z", tree).split("\0")[:-1]
    return {line.split("\t")[1]: line.split()[0] for line in lines}


def traces(top: Path) -> dict[str, Any]:
    """All that a user could see of a snapshot: status, index, refs, reflogs, config, stash."""
    kept = ("index", "HEAD", "config", "packed-refs", "ORIG_HEAD", "MERGE_HEAD")
    folder = top / ".git"
    files = [*(folder / name for name in kept), *folder.glob("sharedindex.*")]
    files += (path for part in ("refs", "logs") for path in (folder / part).rglob("*"))
    return {
        "status": git(top, "--no-optional-locks", "status", "--porcelain", "--ignored"),
        **{
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if path.is_file()
        },
    }


@pytest.fixture
def leaves_no_trace(repo: Path) -> Iterator[Callable[[], None]]:
    """Call it when the worktree is as the test wants it; the rest is checked at the end."""
    before: dict[str, Any] = {}

    def remember() -> None:
        before.update(traces(repo))

    yield remember
    assert before
    assert traces(repo) == before
    assert list((repo / ".git" / "gitexp").glob("snapshot-*")) == []
    fsck(repo)


def test_clean(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    leaves_no_trace()
    assert snapshot(repo) == Snapshot(git(repo, "rev-parse", "HEAD^{tree}"), dirty=False)


def test_everything_at_once(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    for name in ("keep", "change", "delete", "mode", "to_link", "to_folder", "staged", "folder/x"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text(f"{name}\n")
    (repo / "link").symlink_to("keep")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "More")

    (repo / "change").write_text("changed\n")
    (repo / "delete").unlink()
    (repo / "mode").chmod(0o755)
    (repo / "to_link").unlink()
    (repo / "to_link").symlink_to("nowhere")
    (repo / "to_folder").unlink()
    (repo / "to_folder").mkdir()
    (repo / "to_folder" / "y").write_text("y\n")
    shutil.rmtree(repo / "folder")
    (repo / "folder").write_text("a file now\n")
    (repo / "link").unlink()
    (repo / "link").symlink_to("change")
    (repo / "staged").write_text("staged\n")
    git(repo, "add", "staged")
    (repo / "staged").write_text("and changed again\n")
    (repo / "new").mkdir()
    (repo / "new" / "deep.py").write_text("new\n")
    (repo / "new" / "run.sh").write_text("new\n")
    (repo / "new" / "run.sh").chmod(0o755)
    (repo / "empty").touch()
    (repo / "ignored.pyc").write_text("ignored\n")
    leaves_no_trace()

    taken = snapshot(repo)
    assert taken == Snapshot(added_by_git(repo), dirty=True)
    files = listing(repo, taken.tree)
    assert files["mode"] == files["new/run.sh"] == "100755"
    assert files["to_link"] == files["link"] == "120000"
    assert "ignored.pyc" not in files
    assert git(repo, "show", f"{taken.tree}:staged") == "and changed again"


def test_twice_is_the_same(repo: Path) -> None:
    (repo / "new.py").write_text("new\n")
    assert snapshot(repo) == snapshot(repo)


def test_a_folder_that_became_a_link(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    (repo / "folder").mkdir()
    (repo / "folder" / "x").write_text("x\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "More")
    (repo / "folder").rename(repo.parent / "elsewhere")
    (repo / "folder").symlink_to("../elsewhere")
    leaves_no_trace()
    taken = snapshot(repo)
    assert taken.tree == added_by_git(repo)
    assert listing(repo, taken.tree)["folder"] == "120000"


@pytest.mark.parametrize(
    "name",
    [b"with space", b"new\nline", "ünï".encode(), b"caf\xe9", b"-option", b":(glob)*", b'"q"'],
)
def test_strange_names(repo: Path, name: bytes, leaves_no_trace: Callable[[], None]) -> None:
    folder = os.fsencode(repo) + b"/" + name
    os.mkdir(folder)
    for file in (name, b"deleted"):
        with open(folder + b"/" + file, "wb") as opened:
            opened.write(b"tracked\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Strange")
    os.unlink(folder + b"/deleted")
    for file in (name, b"untracked " + name):
        with open(folder + b"/" + file, "wb") as opened:
            opened.write(b"changed\n")
    leaves_no_trace()
    taken = snapshot(repo)
    assert taken == Snapshot(added_by_git(repo), dirty=True)
    assert len(listing(repo, taken.tree)) == 4


def test_without_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    empty = snapshot(tmp_path)
    assert listing(tmp_path, empty.tree) == {}
    (tmp_path / "train.py").write_text("1\n")
    (tmp_path / "staged.py").write_text("2\n")
    git(tmp_path, "add", "staged.py")
    taken = snapshot(tmp_path)
    assert taken == Snapshot(added_by_git(tmp_path), dirty=True)
    fsck(tmp_path)


def test_from_a_subfolder(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "new.py").write_text("new\n")
    (repo / "sub").mkdir()
    expected = snapshot(repo)
    monkeypatch.chdir(repo / "sub")
    assert take_snapshot(Repository.open(), untracked_limit_bytes=MIB) == expected


def test_a_linked_worktree(repo: Path) -> None:
    linked = repo.parent / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    (linked / "side.py").write_text("side\n")
    (repo / "main.py").write_text("main\n")
    taken = snapshot(linked)
    assert set(listing(repo, taken.tree)) == {".gitignore", "train.py", "side.py"}
    assert git(linked, "status", "--porcelain") == "?? side.py"


def test_a_bare_repository(repo: Path) -> None:
    bare = repo.parent / "bare.git"
    git(repo, "clone", "-q", "--bare", str(repo), str(bare))
    assert snapshot(bare) == Snapshot(git(repo, "rev-parse", "HEAD^{tree}"), dirty=False)


def test_sha256(tmp_path: Path) -> None:
    init_repo(tmp_path, "--object-format=sha256")
    (tmp_path / "new.py").write_text("new\n")
    assert snapshot(tmp_path) == Snapshot(added_by_git(tmp_path), dirty=True)


def test_called_by_a_hook(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "new.py").write_text("new\n")
    expected = added_by_git(repo)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1.lock")
    assert snapshot(repo).tree == expected


def test_same_size_in_the_same_second(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    # git goes by size and times; only the age of the index itself tells that these may lie.
    git(repo, "config", "core.checkStat", "minimal")
    git(repo, "config", "core.trustctime", "false")
    file = repo / "racy.py"
    file.write_text("lr = 0.1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Racy")
    second = 1_700_000_000 * 10**9
    os.utime(file, ns=(second, second))
    git(repo, "update-index", "--refresh")
    os.utime(repo / ".git" / "index", ns=(second, second))
    file.write_text("lr = 0.2\n")
    os.utime(file, ns=(second, second))
    leaves_no_trace()
    taken = snapshot(repo)
    assert git(repo, "show", f"{taken.tree}:racy.py") == "lr = 0.2"


def test_large_untracked_files(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    (repo / "just.bin").write_bytes(bytes(1000))
    (repo / "over.bin").write_bytes(bytes(1001))
    (repo / "tracked.bin").write_bytes(bytes(5000))
    (repo / "link.bin").symlink_to("over.bin")
    git(repo, "add", "tracked.bin")
    leaves_no_trace()
    taken = snapshot(repo, untracked_limit_bytes=1000)
    assert taken.skipped == (SkippedFile("over.bin", 1001, "too large"),)
    assert {"just.bin", "tracked.bin", "link.bin"} < set(listing(repo, taken.tree))
    assert "over.bin" not in listing(repo, taken.tree)


def test_only_skipped_files_are_not_dirty(repo: Path) -> None:
    (repo / ".env").write_text("TOKEN=1\n")
    taken = snapshot(repo)
    assert not taken.dirty
    assert taken.skipped == (SkippedFile(".env", 8, "looks like a secret"),)


@pytest.mark.parametrize(
    "path",
    [".env", ".env.local", "deep/.ENV", "server.pem", "tls.key", "id_rsa", "id_ed25519_work",
     "cert.p12", "cert.pfx", "credentials.json", ".netrc", ".pypirc", ".npmrc", ".aws/credentials",
     "kubeconfig", ".kube/config", "service-account-prod.json", ".git-credentials",
     "x/.docker/config.json", "secrets.yaml"],
)  # fmt: skip
def test_secrets(repo: Path, path: str) -> None:
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    (repo / path).write_text("secret\n")
    taken = snapshot(repo)
    assert taken.skipped == (SkippedFile(path, 7, "looks like a secret"),)
    assert git(repo, "rev-parse", "HEAD^{tree}") == taken.tree


@pytest.mark.parametrize(
    "path",
    [".env.example", ".env.sample", ".env.template", "id_rsa.pub", "keys.py", "environment.yml",
     "config", "docker/config.json", "env", "pem.txt", "key/x.py", "my-credentials.json.txt",
     ".envs/x.py", "secrets.py"],
)  # fmt: skip
def test_no_secrets(repo: Path, path: str) -> None:
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    (repo / path).write_text("harmless\n")
    taken = snapshot(repo)
    assert taken.skipped == ()
    assert path in listing(repo, taken.tree)


def test_a_tracked_secret_is_code(repo: Path) -> None:
    (repo / ".env").write_text("TOKEN=1\n")
    git(repo, "add", ".env")
    assert ".env" in listing(repo, snapshot(repo).tree)


def test_the_users_own_secrets(repo: Path) -> None:
    for name in ("private/x.txt", "other/x.txt", "patients.csv", "api.example"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text("1\n")
    taken = snapshot(repo, secrets=("private/*", "PATIENTS.*", "*.example"))
    assert {file.path for file in taken.skipped} == {
        "private/x.txt",
        "patients.csv",
        "api.example",
    }
    assert "other/x.txt" in listing(repo, taken.tree)


def test_generated_folders_are_one_entry_each(repo: Path) -> None:
    for name in ("venv/pyvenv.cfg", "venv/lib/x.py", "a/__pycache__/x.py", "a/node_modules/b/c"):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text("1\n")
    taken = snapshot(repo)
    assert set(taken.skipped) == {
        SkippedFile("venv/", 4, "generated files"),
        SkippedFile("a/__pycache__/", 2, "generated files"),
        SkippedFile("a/node_modules/", 2, "generated files"),
    }
    assert not taken.dirty


def test_an_embedded_repository(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    (repo / "nested").mkdir()
    init_repo(repo / "nested")
    leaves_no_trace()
    taken = snapshot(repo)
    assert taken.skipped == (SkippedFile("nested/", 0, "a git repository of its own"),)
    assert not taken.dirty


def test_an_embedded_repository_without_commits(repo: Path) -> None:
    git(repo, "init", "-q", "nested")
    (repo / "nested" / "x.py").write_text("1\n")
    assert not [path for path in listing(repo, snapshot(repo).tree) if ".git/" in path]


@pytest.fixture
def with_submodule(repo: Path) -> Path:
    other = repo.parent / "other"
    other.mkdir()
    init_repo(other)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "lib")
    git(repo, "commit", "-qm", "With a submodule")
    return repo / "lib"


def test_a_submodule_stays_a_link(
    repo: Path, with_submodule: Path, leaves_no_trace: Callable[[], None]
) -> None:
    leaves_no_trace()
    taken = snapshot(repo)
    assert listing(repo, taken.tree)["lib"] == "160000"
    assert (taken.dirty, taken.warnings) == (False, ())


def test_a_submodule_with_a_new_commit(
    repo: Path, with_submodule: Path, leaves_no_trace: Callable[[], None]
) -> None:
    git(with_submodule, "commit", "-q", "--allow-empty", "-m", "Second")
    leaves_no_trace()
    taken = snapshot(repo)
    head = git(with_submodule, "rev-parse", "HEAD")
    assert f"commit {head}\tlib" in git(repo, "ls-tree", taken.tree)
    assert (taken.dirty, taken.warnings) == (True, ())


def test_a_submodule_with_changes_of_its_own(
    repo: Path, with_submodule: Path, leaves_no_trace: Callable[[], None]
) -> None:
    (with_submodule / "untracked.py").write_text("1\n")
    assert snapshot(repo).warnings == ()
    (with_submodule / "train.py").write_text("changed\n")
    leaves_no_trace()
    taken = snapshot(repo)
    assert not taken.dirty
    assert taken.warnings == ("submodule lib has uncommitted changes, which are not in code/",)


def test_a_submodule_that_is_not_checked_out(repo: Path, with_submodule: Path) -> None:
    git(repo, "submodule", "deinit", "-q", "-f", "lib")
    taken = snapshot(repo)
    assert listing(repo, taken.tree)["lib"] == "160000"
    assert not taken.dirty


def test_during_a_merge_conflict(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    (repo / "gone.py").write_text("1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Base")
    git(repo, "checkout", "-qb", "side")
    (repo / "train.py").write_text("side\n")
    (repo / "gone.py").write_text("side\n")
    git(repo, "commit", "-qam", "Side")
    git(repo, "checkout", "-q", "main")
    (repo / "train.py").write_text("main\n")
    git(repo, "rm", "-q", "gone.py")
    git(repo, "commit", "-qam", "Main")
    subprocess.run(["git", "merge", "-q", "side"], cwd=repo, capture_output=True)
    assert git(repo, "ls-files", "--unmerged")
    (repo / "gone.py").unlink()
    leaves_no_trace()
    taken = snapshot(repo)
    assert "gone.py" not in listing(repo, taken.tree)
    assert "<<<<<<<" in git(repo, "show", f"{taken.tree}:train.py")


def test_intent_to_add(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    for name in ("there.py", "gone.py"):
        (repo / name).write_text("1\n")
    git(repo, "add", "-N", "there.py", "gone.py")
    (repo / "gone.py").unlink()
    leaves_no_trace()
    taken = snapshot(repo)
    assert taken == Snapshot(added_by_git(repo), dirty=True)
    assert git(repo, "show", f"{taken.tree}:there.py") == "1"


@pytest.mark.parametrize("sparse_index", ["false", "true"])
def test_sparse_checkout(
    repo: Path, sparse_index: str, leaves_no_trace: Callable[[], None]
) -> None:
    for folder in ("near", "far", "far/deep"):
        (repo / folder).mkdir()
        (repo / folder / "x.py").write_text("1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "More")
    git(repo, "config", "index.sparse", sparse_index)
    git(repo, "sparse-checkout", "set", "--cone", "near")
    assert not (repo / "far").exists()
    leaves_no_trace()
    assert snapshot(repo) == Snapshot(git(repo, "rev-parse", "HEAD^{tree}"), dirty=False)
    (repo / "near" / "x.py").write_text("2\n")
    (repo / "near" / "y.py").write_text("2\n")
    leaves_no_trace()
    taken = snapshot(repo)
    assert taken.dirty
    assert {"far/x.py", "far/deep/x.py", "near/y.py"} < set(listing(repo, taken.tree))


def test_skip_worktree(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    git(repo, "update-index", "--skip-worktree", "train.py")
    (repo / "train.py").unlink()
    leaves_no_trace()
    assert not snapshot(repo).dirty


def test_a_partial_clone(repo: Path) -> None:
    (repo / "far").mkdir()
    (repo / "far" / "x.py").write_text("1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "More")
    git(repo, "config", "uploadpack.allowFilter", "true")
    partial = repo.parent / "partial"
    git(repo, "clone", "-q", "--sparse", "--filter=blob:none", f"file://{repo}", str(partial))
    absent = git(repo, "rev-parse", "HEAD:far/x.py")
    (partial / "new.py").write_text("new\n")
    taken = snapshot(partial)
    assert {"far/x.py", "new.py"} < set(listing(partial, taken.tree))
    missing = git(partial, "rev-list", "--objects", "--missing=print", taken.tree)
    assert f"?{absent}" in missing


@pytest.mark.parametrize(
    "setting",
    ["core.fsmonitor=true", "core.fsmonitor=.git/hooks/fsmonitor", "core.splitIndex=true",
     "core.untrackedCache=true", "feature.manyFiles=true", "core.safecrlf=true",
     "core.autocrlf=true", "core.preloadIndex=false", "core.ignoreStat=true"],
)  # fmt: skip
def test_settings_of_the_index(
    repo: Path, setting: str, leaves_no_trace: Callable[[], None]
) -> None:
    git(repo, "config", *setting.split("="))
    git(repo, "update-index", "--refresh")
    git(repo, "status")
    (repo / "new.py").write_bytes(b"one\r\ntwo\n")
    (repo / "train.py").write_bytes(b"changed\n")
    if "ignoreStat" in setting:  # then it is for the user to say what changed
        git(repo, "update-index", "--no-assume-unchanged", "train.py")
    leaves_no_trace()
    taken = snapshot(repo)
    assert git(repo, "show", f"{taken.tree}:train.py") == "changed"
    assert "new.py" in listing(repo, taken.tree)


def test_no_hook_runs(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    hooks = repo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {repo.parent}/hooks-that-ran\n")
        (hooks / name).chmod(0o755)
    (repo / "train.py").write_text("changed\n")
    snapshot(repo)
    assert not (repo.parent / "hooks-that-ran").exists()
    for name in ("post-index-change", "reference-transaction"):
        (hooks / name).unlink()
    leaves_no_trace()


def test_while_the_user_holds_the_index(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    leaves_no_trace()
    (repo / ".git" / "index.lock").touch()
    assert not snapshot(repo).dirty
    (repo / ".git" / "index.lock").unlink()


def test_clean_filters(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    (repo / ".gitattributes").write_text("*.ipynb filter=strip\n")
    git(repo, "config", "filter.strip.clean", "grep -v output")
    (repo / "x.ipynb").write_text("code\noutput\n")
    leaves_no_trace()
    taken = snapshot(repo)
    assert git(repo, "show", f"{taken.tree}:x.ipynb") == "code"
    assert taken.warnings == ()


@pytest.mark.parametrize("how", ["clean", "process"])
def test_a_required_filter_that_fails(
    repo: Path, how: str, leaves_no_trace: Callable[[], None]
) -> None:
    (repo / ".gitattributes").write_text("*.bin filter=lfs\n")
    git(repo, "config", f"filter.lfs.{how}", "no-such-git-lfs")
    git(repo, "config", "filter.lfs.required", "true")
    (repo / "weights.bin").write_text("weights\n")
    leaves_no_trace()
    taken = snapshot(repo)
    assert git(repo, "show", f"{taken.tree}:weights.bin") == "weights"
    (warning,) = taken.warnings
    assert "filters lfs" in warning


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="needs git-lfs")
def test_lfs(repo: Path, leaves_no_trace: Callable[[], None]) -> None:
    git(repo, "lfs", "install", "--local")
    git(repo, "lfs", "track", "*.bin")
    (repo / "tracked.bin").write_text("tracked\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "With LFS")
    assert not snapshot(repo).dirty
    (repo / "tracked.bin").write_text("changed\n")
    (repo / "new.bin").write_text("new\n")
    leaves_no_trace()
    taken = snapshot(repo)
    for name in ("tracked.bin", "new.bin"):
        assert git(repo, "show", f"{taken.tree}:{name}").startswith("version https://git-lfs")
    assert taken.warnings == ()


def test_a_damaged_index_is_an_error(repo: Path) -> None:
    (repo / ".git" / "index").write_bytes(b"DIRC damaged")
    with pytest.raises(GitCommandFailed, match="index file"):
        snapshot(repo)


def test_special_files_are_left_out(repo: Path) -> None:
    os.mkfifo(repo / "pipe")
    assert snapshot(repo) == Snapshot(git(repo, "rev-parse", "HEAD^{tree}"), dirty=False)


@contextlib.contextmanager
def somebody_else(folder: Path) -> Iterator[None]:
    """Be another user, who owns the folder: root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_files_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        top = Path(folder) / "lab"
        top.mkdir()
        init_repo(top)
        for name in ("tracked.py", "changed.py"):
            (top / name).write_text("1\n")
        git(top, "add", "-A")
        git(top, "commit", "-qm", "More")
        for name in ("changed.py", "new.py", "fine.py"):
            (top / name).write_text("changed\n")
        (top / "closed").mkdir()
        for name in ("tracked.py", "changed.py", "new.py", "closed"):
            (top / name).chmod(0)
        monkeypatch.setenv("HOME", folder)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        with somebody_else(Path(folder)):
            taken = snapshot(top)
            files = listing(top, taken.tree)
            changed = git(top, "show", f"{taken.tree}:changed.py")
        (top / "closed").chmod(0o755)
    assert {(file.path, file.reason) for file in taken.skipped} == {
        ("new.py", "cannot be read"),
        ("changed.py", "cannot be read"),
        ("tracked.py", "cannot be read"),  # the index knows that it was touched, not more
    }
    assert set(files) == {".gitignore", "train.py", "tracked.py", "changed.py", "fine.py"}
    assert changed == "1"
    (warning,) = taken.warnings
    assert "'closed/'" in warning


def test_what_killed_processes_left_behind(repo: Path) -> None:
    left = repo / ".git" / "gitexp" / "snapshot-1"
    unfinished = repo / ".git" / "objects" / "gitexp"
    for folder in (left, unfinished):
        folder.mkdir(parents=True)
    (left / "index").write_text("1")
    (unfinished / "1-1").write_text("1")
    (unfinished / "2-1").write_text("in use")
    for path in (left, unfinished / "1-1"):
        os.utime(path, (1, 1))
    snapshot(repo)
    assert not left.exists()
    assert [path.name for path in unfinished.iterdir()] == ["2-1"]


def test_what_runs_wrote_is_no_code_until_it_is_tracked(repo: Path) -> None:
    own = Repository.open(repo)
    for name in ("model.pt", "out/a.csv", "out/b.csv", "made.py", "kept.json", "mine.txt"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text("12")
    git(repo, "add", "kept.json")
    remember_written(own, ["model.pt", "out/a.csv", "out/b.csv", "made.py"])
    remember_written(own, ["model.pt", "kept.json", "gone.bin"])
    taken = snapshot(repo)
    assert set(listing(repo, taken.tree)) >= {"made.py", "kept.json", "mine.txt"}
    assert taken.skipped == (
        SkippedFile("model.pt", 2, "written by a run"),
        SkippedFile("out/", 4, "written by a run"),
    )


def test_files_that_are_gone_are_forgotten_when_there_are_many(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitexp.store.written_files._MOST_BYTES", 100)
    own = Repository.open(repo)
    (repo / "there.bin").write_text("1")
    for n in range(100):
        remember_written(own, [f"step-{n}.bin", "there.bin"])
        assert {f"step-{n}.bin".encode(), b"there.bin"} <= written_files(own)
    assert len(written_files(own)) < 20
