"""Artifacts before they are logged: what is added, what cannot be, what nobody knows yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

import gitexp as wandb
from gitexp.errors import UsageError
from gitexp.record import api
from gitexp.wandb.artifacts.entry import ArtifactManifestEntry


@pytest.fixture
def artifact(repo: Path, monkeypatch: pytest.MonkeyPatch) -> wandb.Artifact:
    monkeypatch.setattr(api, "_active", None)  # other tests' runs
    return wandb.Artifact("a", "dataset")


def contents(artifact: wandb.Artifact) -> dict[str, Any]:
    found: dict[str, Any] = artifact.manifest.to_manifest_json()["contents"]
    return found


@pytest.mark.parametrize("name", ["a b", "a/b", "", "..", "x" * 200])
def test_bad_names(name: str) -> None:
    with pytest.raises(ValueError, match="Artifact name"):
        wandb.Artifact(name, "dataset")


@pytest.mark.parametrize(
    ("name", "type"),
    [("a", "job"), ("a", "wandb-x"), ("run-a", "run_table"), ("source-a", "code")],
)
def test_types_that_are_kept_for_others(name: str, type: str) -> None:
    with pytest.raises(ValueError, match="made by the tracker itself"):
        wandb.Artifact(name, type)


def test_bad_content(repo: Path, artifact: wandb.Artifact) -> None:
    for call, error, said in (
        (lambda: artifact.add_file("nothing.txt"), ValueError, "is no file"),
        (lambda: artifact.add_dir("train.py"), ValueError, "is no folder"),
        (
            lambda: artifact.add_file("train.py", "../train.py"),
            ValueError,
            "Invalid artifact path",
        ),
        (lambda: artifact.add_file("train.py", "C:\\x"), ValueError, "Invalid artifact path"),
        (lambda: artifact.add_file("train.py", policy="odd"), ValueError, "policy 'odd'"),
        (lambda: artifact.add(3, "three"), TypeError, "takes media"),
        (lambda: artifact.add_reference("nowhere"), ValueError, "a reference is an address"),
        (
            lambda: artifact.add_reference("file:///no/such"),
            ValueError,
            "neither a file nor a folder",
        ),
        (lambda: artifact.remove("nothing"), FileNotFoundError, "has neither"),
        (lambda: wandb.log_artifact(artifact), UsageError, "needs a run"),
    ):
        with pytest.raises(error, match=said):
            call()
    assert contents(artifact) == {}


def test_one_path_is_one_file(repo: Path, artifact: wandb.Artifact) -> None:
    artifact.add_file("train.py")
    artifact.add_file("train.py")
    (repo / "train.py").write_text("other")
    with pytest.raises(ValueError, match=r"'train\.py' is in the artifact already"):
        artifact.add_file("train.py")
    with pytest.raises(ValueError, match="is in the artifact already"):
        artifact.add_dir(repo)
    with pytest.raises(ValueError, match="is in the artifact already"):
        artifact.add_reference((repo / "train.py").as_uri())
    artifact.add_dir(repo, merge=True)
    assert contents(artifact)["train.py"]["size"] == 5
    with pytest.raises(ValueError, match="already"), artifact.new_file("train.py"):
        pass
    with artifact.new_file("train.py", "w") as file:
        file.write("new")
    assert contents(artifact)["train.py"]["size"] == 3


def test_a_folder_without_its_git(repo: Path, artifact: wandb.Artifact) -> None:
    (repo / "more").mkdir()
    (repo / "more/x").write_text("x")
    (repo / "linked").symlink_to(repo / "more")
    (repo / "more/up").symlink_to(repo)
    artifact.add_dir(".", name="all/")
    found = {path for path in contents(artifact) if "ignore" not in path}
    assert found == {"all/train.py", "all/linked/x", "all/more/x"}


def test_a_file_is_named_by_its_content(artifact: wandb.Artifact) -> None:
    Path("x.tar.gz").write_text("hello")
    entry = artifact.add_file("x.tar.gz", name="in/x.tar.gz", is_tmp=True)
    assert entry.path == "in/5d41402abc4b2a76b971.tar.gz"


def test_references_have_digests(repo: Path, artifact: wandb.Artifact) -> None:
    (repo / "in").mkdir()
    (repo / "in/f.txt").write_text("hello")
    uri = (repo / "in/f.txt").as_uri()
    artifact.add_reference((repo / "in").as_uri(), name="top")
    artifact.add_reference(uri, name="unchecked", checksum=False)
    artifact.add_reference("odd://host/k", name="far")
    told = contents(artifact)
    assert told["top/f.txt"] == {"digest": "XUFAKrxLKna5cZ2REBfFkg==", "ref": uri, "size": 5}
    assert told["unchecked"]["size"] == 5
    assert told["unchecked"]["digest"] not in (uri, told["top/f.txt"]["digest"])
    assert told["far"] == {"digest": "odd://host/k", "ref": "odd://host/k"}
    with pytest.raises(ValueError, match="max_objects"):
        artifact.add_reference(repo.as_uri(), max_objects=0)


@pytest.mark.parametrize("item", ["in/f.txt", PurePosixPath("in/f.txt"), "in", "in/"])
def test_remove(artifact: wandb.Artifact, item: Any) -> None:
    with artifact.new_file("in/f.txt") as file:
        file.write("x")
    artifact.remove(item)
    assert len(artifact.manifest) == 0


def test_the_manifest_of_a_draft_takes_entries(artifact: wandb.Artifact) -> None:
    Path("f.txt").write_text("hello")
    entry = ArtifactManifestEntry("f.txt", "XUFAKrxLKna5cZ2REBfFkg==", local_path="f.txt")
    artifact.manifest.add_entry(entry)
    assert entry.size == 5
    assert artifact.digest == artifact.manifest.digest()
    assert artifact.manifest.get_entry_by_path("f.txt") == entry
    with pytest.raises(ValueError, match="is in the artifact already"):
        artifact.manifest.add_entry(ArtifactManifestEntry("f.txt", "another"))
    with pytest.raises(ValueError, match="Invalid artifact path"):
        artifact.manifest.add_entry(ArtifactManifestEntry("../f.txt", "x"))
    artifact.remove(entry)
    with pytest.raises(FileNotFoundError):
        artifact.manifest.remove_entry(entry)


def test_media_is_added_once(artifact: wandb.Artifact) -> None:
    table = wandb.Table(columns=["n"], data=[[1]])
    first = artifact.add(table, "t")
    assert artifact.add(table, "again").path == first.path == "t.table.json"
    artifact.add(wandb.Table(columns=["n"], data=[[2]]), "t")
    assert artifact.manifest.entries["t.table.json"] == first
    artifact.add(wandb.Table(columns=["n"], data=[[2]]), "t", overwrite=True)
    assert artifact.manifest.entries["t.table.json"] != first


def test_metadata_is_a_plain_copy() -> None:
    given = {"list": ["original"], "array": np.arange(2), "nan": np.nan, "slice": slice(1, 3)}
    artifact = wandb.Artifact("a", "dataset", metadata=given)
    given["list"].append("changed")  # type: ignore[attr-defined]
    assert artifact.metadata == {
        "list": ["original"],
        "array": [0, 1],
        "nan": None,
        "slice": {"slice_start": 1, "slice_step": None, "slice_stop": 3},
    }
    artifact.metadata = None  # type: ignore[assignment]
    assert artifact.metadata == {}
    bad: list[tuple[Any, type[Exception]]] = [
        (3, TypeError), ([], TypeError), ({"o": object()}, TypeError),
        ({"inf": float("inf")}, ValueError), ({str(i): i for i in range(101)}, ValueError),
    ]  # fmt: skip
    for metadata, error in bad:
        with pytest.raises(error):
            artifact.metadata = metadata


UNKNOWN = [
    "entity", "project", "qualified_name", "version", "collection", "source_entity",
    "source_project", "source_version", "source_qualified_name", "source_collection",
    "source_artifact", "linked_artifacts", "linked_at", "url", "ttl", "aliases", "tags",
    "commit_hash", "file_count", "created_at", "updated_at", "history_step",
]  # fmt: skip
UNDONE = [
    "new_draft", "download", "checkout", "verify", "file", "files", "delete", "unlink", "used_by",
    "logged_by", "json_encode", "wait",
]  # fmt: skip


@pytest.mark.parametrize("name", [*UNKNOWN, *UNDONE, "get", "get_entry"])
def test_only_versions_answer(name: str) -> None:
    artifact = wandb.Artifact("a", "dataset")
    told = name.replace("qualified_name", "entity")
    with pytest.raises(
        wandb.ArtifactNotLoggedError, match=rf"'Artifact\.{told}' is known of a logged"
    ):
        getattr(artifact, name)(*(["x"] if name.startswith("get") else []))


def test_what_a_draft_knows() -> None:
    artifact = wandb.Artifact("a", "dataset")
    known = (artifact.name, artifact.source_name, artifact.id, artifact.state, artifact.size)
    assert known == ("a", "a", None, "PENDING", 0)
    assert (artifact.is_link, artifact.incremental, artifact.is_draft()) == (False, False, True)
    artifact.ttl = None
    assert artifact.ttl is None
    artifact.ttl = timedelta(hours=36)
    assert (artifact.ttl, artifact.ttl_days) == (timedelta(hours=36), 2)
    with pytest.raises(ValueError, match="positive"):
        artifact.ttl = timedelta(days=-1)


FINAL: list[Callable[[wandb.Artifact], Any]] = [
    lambda a: a.add_file("train.py"),
    lambda a: a.add_dir("."),
    lambda a: a.add_reference("s3://x/y"),
    lambda a: a.add(wandb.Table(), "t"),
    lambda a: a.new_file("x"),
    lambda a: a.remove("x"),
]


@pytest.mark.parametrize("call", FINAL)
def test_what_is_final_does_not_change(
    artifact: wandb.Artifact, call: Callable[[wandb.Artifact], Any]
) -> None:
    artifact.finalize()
    with pytest.raises(wandb.ArtifactFinalizedError, match="this one is finalized"):
        call(artifact)
    assert os.path.exists("train.py")
