"""Artifacts in git: what comes back is what went in, and equal files are stored once."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import numpy as np
import orjson
import pytest
from safetensors.numpy import save_file
from support.git import git

from gitexp.errors import MalformedArtifact
from gitexp.schema.artifact import FileEntry
from gitexp.store import artifacts
from gitexp.store.artifacts import StoredArtifact, write_artifact
from gitexp.store.repository import Repository


@pytest.fixture
def opened(repo: Path) -> Repository:
    return Repository.open(repo)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "SHARD_LIMIT_BYTES", 1000)
    monkeypatch.setattr(artifacts, "SINGLE_LIMIT_BYTES", 1000)


def files_of(folder: Path) -> list[tuple[FileEntry, Path | None]]:
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return [(FileEntry(p.relative_to(folder).as_posix(), ""), p) for p in paths]


def make(folder: Path) -> Path:
    (folder / "deep/er").mkdir(parents=True)
    (folder / "small.txt").write_text("hello\n")
    (folder / "empty").write_bytes(b"")
    (folder / "deep/er/großes.bin").write_bytes(os.urandom(5500))
    save_file({"w": np.arange(2000.0), "b": np.zeros(3)}, folder / "model.safetensors")
    (folder / "not.safetensors").write_bytes(b"x" * 2500)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.usefixtures("small")
def test_round_trip(opened: Repository, tmp_path: Path) -> None:
    source = make(tmp_path / "in")
    written = write_artifact(opened, files_of(source))
    assert (written.files, written.bytes) == (5, sum(map(len, content(source).values())))
    with StoredArtifact(opened, written.tree) as stored:
        assert {path: entry.how for path, entry in stored.entries.items()} == {
            "small.txt": "files",
            "empty": "files",
            "deep/er/großes.bin": "parts",
            "model.safetensors": "tensors",
            "not.safetensors": "parts",
        }
        stored.download(tmp_path / "out")
    assert content(tmp_path / "out") == content(source)
    md5 = base64.b64encode(hashlib.md5(b"hello\n").digest()).decode()
    assert stored.entries["small.txt"].digest == md5
    git(opened.top, "fsck", "--strict")


@pytest.mark.usefixtures("small")
def test_the_same_files_are_the_same_version(opened: Repository, tmp_path: Path) -> None:
    source = make(tmp_path / "in")
    first = write_artifact(opened, files_of(source))
    before = git(opened.top, "count-objects", "-v")
    assert write_artifact(opened, reversed(files_of(source))) == first
    assert git(opened.top, "count-objects", "-v") == before
    (source / "small.txt").write_text("changed\n")
    assert write_artifact(opened, files_of(source)).digest != first.digest


def test_what_is_there_already_is_left_alone(opened: Repository, tmp_path: Path) -> None:
    source = make(tmp_path / "in")
    written = write_artifact(opened, files_of(source))
    out = tmp_path / "out"
    with StoredArtifact(opened, written.tree) as stored:
        stored.download(out)
        (out / "empty").write_text("no more")
        (out / "own.txt").write_text("mine")
        node = (out / "small.txt").stat().st_ino
        stored.download(out, ["small.txt", "empty"])
    assert (out / "small.txt").stat().st_ino == node
    assert (out / "empty").read_bytes() == b""
    assert (out / "own.txt").read_text() == "mine"


def test_references_are_kept_and_not_fetched(opened: Repository, tmp_path: Path) -> None:
    far = FileEntry("far.bin", "etag", 7, "s3://bucket/far.bin", {"versionID": "1"})
    written = write_artifact(opened, [(far, None)])
    with StoredArtifact(opened, written.tree) as stored:
        assert stored.entries == {"far.bin": far}
        assert stored.download(tmp_path / "out") == []


def stranger(repo: Repository, manifest: object) -> str:
    """A version that somebody wrote by hand."""
    blob = repo.git("hash-object", "-w", "--stdin", input=orjson.dumps(manifest)).decode().strip()
    hello = repo.git("hash-object", "-w", "--stdin", input=b"evil").decode().strip()
    files = repo.git("mktree", input=f"100644 blob {hello}\ta\n".encode()).decode().strip()
    rows = f"100644 blob {blob}\tmanifest.json\n040000 tree {files}\tfiles\n"
    return repo.git("mktree", input=rows.encode()).decode().strip()


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ({"entries": {"../a": {"digest": "x"}}}, "no path inside"),
        ({"entries": {"a": {"digest": "x", "size": 4}}}, "not what its digest says"),
        ({"entries": {"b": {"digest": "x", "size": 4}}}, "files/b is missing"),
        ([], "no entries"),
    ],
)
def test_what_a_stranger_wrote(
    opened: Repository, tmp_path: Path, manifest: object, why: str
) -> None:
    with (
        StoredArtifact(opened, stranger(opened, manifest)) as stored,
        pytest.raises(MalformedArtifact, match=why),
    ):
        stored.download(tmp_path / "out")
    assert content(tmp_path / "out") == {}


def test_a_tree_that_is_none(opened: Repository) -> None:
    with StoredArtifact(opened, "HEAD") as stored, pytest.raises(MalformedArtifact):
        stored.entries  # noqa: B018 - reading is what fails
