"""What `gitexp doctor` notices."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.git import git
from support.runs import make_run
from support.training import Training

from gitexp.record import doctor
from gitexp.record.doctor import examine
from gitexp.schema.check import BAD, OK, WARN, Check
from gitexp.store import health


def found(name: str, state: str) -> str:
    checks = [check for check in examine() if (check.name, check.state) == (name, state)]
    assert checks, [check.to_json() for check in examine()]
    return f"{checks[0].says} → {checks[0].advice}"


def test_a_sound_repository(repo: Path) -> None:
    make_run(repo, "a")
    checks = examine()
    assert not [check for check in checks if check.state == BAD]
    assert {"git", "settings", "disk", "repository", "runs", "space", "gpu", "energy", "lfs"} <= {
        check.name for check in checks
    }
    assert Check("runs", OK, "1 in the index, all readable") in checks
    assert "none was left behind" in found("journals", OK)


def test_an_old_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "git_version", lambda _: "2.9.1")
    assert found("git", BAD) == "git 2.9.1 is too old → install git 2.30 or newer"
    monkeypatch.setattr(health, "git_version", lambda _: "3.0.0.windows.1")
    assert found("git", OK)


def test_git_lfs(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "git-lfs/" in found("lfs", OK)
    monkeypatch.setattr(doctor, "run_git", lambda *_: SimpleNamespace(returncode=1, stdout=b""))
    assert "not installed" in found("lfs", OK)
    (repo / "gitexp.toml").write_text('checkpoints.backend = "lfs"\n')
    assert "install git-lfs" in found("lfs", BAD)


def test_a_run_of_a_newer_gitexp_is_not_to_be_removed(repo: Path) -> None:
    make_run(repo, "a")
    facts = json.loads(git(repo, "cat-file", "-p", "refs/experiments/a:run.json"))
    blob = git(
        repo, "hash-object", "-w", "--stdin", input=json.dumps({**facts, "schema": 99}).encode()
    )
    tree = git(repo, "mktree", input=f"100644 blob {blob}\trun.json\n".encode())
    git(repo, "update-ref", "refs/experiments/a", git(repo, "commit-tree", tree, "-m", "a"))
    assert "newer" in found("runs", BAD)
    assert "gitexp rm" not in found("runs", BAD)


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "git init" in found("git", BAD)
    assert found("gpu", OK)


def test_settings_that_cannot_be_read(repo: Path) -> None:
    (repo / "gitexp.toml").write_text('checkpoints.keep = "some"\n')
    assert "checkpoints.keep" in found("settings", BAD)


def test_a_missing_object(repo: Path) -> None:
    oid = make_run(repo, "a", metrics=[{"loss": 1.0}])
    blob = git(repo, "rev-parse", f"{oid}:metrics.jsonl")
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert blob in found("repository", BAD)
    assert not [check for check in examine() if check.name == "space"]


def test_a_broken_ref(repo: Path) -> None:
    make_run(repo, "a")
    (repo / ".git/refs/experiments/b").write_text("nonsense\n")
    assert "refs/experiments/b" in found("repository", BAD)


def test_malformed_runs(repo: Path) -> None:
    for number in range(5):
        git(repo, "update-ref", f"refs/experiments/r{number}", "HEAD")
    assert "gitexp rm r" in found("runs", BAD)
    assert Check("runs", BAD, "2 more runs cannot be read") in examine()


def test_locks_that_nobody_holds(repo: Path) -> None:
    make_run(repo, "a/b")
    locks = [repo / ".git" / name for name in ("refs/experiments/a/b.lock", "packed-refs.lock")]
    for lock in locks:
        lock.touch()
    assert not [check for check in examine() if check.name == "locks"]
    for lock in locks:
        os.utime(lock, (0, 0))
    assert [str(lock) in check.advice for lock, check in zip(
        locks, [c for c in examine() if c.name == "locks"], strict=True
    )] == [True, True]  # fmt: skip


def test_journals(repo: Path) -> None:
    training = Training(repo)
    assert "gitexp recover" in found("journals", WARN)
    (training.folder / "run.json").write_text(json.dumps({"schema": 99}))
    assert "newer" in found("journals", BAD)


def test_space_that_could_be_freed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_MUCH_BYTES", 100)
    make_run(repo, "a", files={"media/x": os.urandom(10_000)})
    git(repo, "update-ref", "-d", "refs/experiments/a")
    for path in (repo / ".git/objects").rglob("*"):
        os.utime(path, (0, 0))
    assert "gitexp gc" in found("space", WARN)


def test_little_disk_space(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(repo)
    for free, state in ((100 * 2**20, BAD), (2 * 2**30, WARN)):
        here = usage._replace(free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, here=here: here)
        assert "gitexp gc" in found("disk", state)


def test_an_unknown_user(repo: Path, isolated: Path) -> None:
    (isolated / ".gitconfig").write_text("")
    assert "user.name" in found("git", WARN)


def test_what_takes_too_long_is_said(repo: Path) -> None:
    make_run(repo, "a")
    checks = examine(fsck_s=0)
    assert "0 s" in next(check.says for check in checks if check.name == "repository")


def test_a_check_that_fails_hides_no_other(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[Path]:
        raise RuntimeError("boom")

    monkeypatch.setattr(health, "stale_locks", fail)
    assert "boom" in found("locks", BAD)
    assert found("runs", OK)


def test_a_gpu_that_does_not_answer(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gitexp.hardware.nvidia import NvidiaProbe

    monkeypatch.setattr(NvidiaProbe, "open", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert "nvidia-smi" in found("gpu", WARN)


def test_the_web_app_and_its_absence(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "web_bundle", lambda: None)
    monkeypatch.setattr(doctor, "web_sources", lambda: Path("/a checkout/web"))
    assert "npm --prefix '/a checkout/web' ci && " in found("app", WARN)
    monkeypatch.setattr(doctor, "web_sources", lambda: None)
    assert "install gitexp once more" in found("app", WARN)
    script, style = tmp_path / "app.js", tmp_path / "app.css"
    script.write_bytes(b"x" * 2048)
    style.write_bytes(b"")
    monkeypatch.setattr(doctor, "web_bundle", lambda: (script, style))
    assert "2 KiB" in found("app", OK)
