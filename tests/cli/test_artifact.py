"""`gitexp artifact`: what is listed, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.cli import gitexp
from support.scripts import script


@pytest.fixture
def lab(repo: Path) -> Path:
    script(
        repo,
        """
        for text in ("one", "two"):
            run = wandb.init(name=f"run-{text}")
            artifact = wandb.Artifact("ds", "dataset")
            with artifact.new_file("sub/a.txt") as file:
                file.write(text)
            artifact.add_reference("s3://bucket/far.bin")
            run.log_artifact(artifact, aliases=[text])
            run.log_model("train.py", name="model")
            run.finish()
        """,
    )
    return repo


def said(lab: Path, *words: str, code: int = 0) -> str:
    done = gitexp("artifact", *words, cwd=lab, code=code)
    return (done.stdout + done.stderr).decode()


def test_ls(lab: Path) -> None:
    names = said(lab, "ls").splitlines()
    assert names[0].split() == ["name", "type", "versions", "size", "files", "run", "age"]
    assert names[1].split()[:6] == ["ds", "dataset", "2", "3", "B", "2"]
    assert names[2].split()[:3] == ["model", "model", "1"]
    assert len(said(lab, "ls", "--type", "model").splitlines()) == 2
    versions = said(lab, "ls", "ds").splitlines()
    assert versions[1].split()[:2] == ["v0", "one"]
    assert versions[2].split()[:3] == ["v1", "latest,", "two"]
    files = said(lab, "ls", "ds:one")
    assert "s3://bucket/far.bin" in files
    assert "sub/a.txt" in files
    told = json.loads(said(lab, "ls", "ds", "--json"))
    assert [(row["version"], row["aliases"], row["run"]) for row in told] == [
        (0, ["one"], "run-one"),
        (1, ["latest", "two"], "run-two"),
    ]


def test_get(lab: Path, tmp_path: Path) -> None:
    out = said(lab, "get", "ds:one", "-o", str(tmp_path / "out"))
    assert "ds:v0 → " in out
    assert "not fetched: far.bin, s3://bucket/far.bin" in out
    assert (tmp_path / "out/sub/a.txt").read_text() == "one"
    said(lab, "get", "ds")
    assert (lab / "ds-v1/sub/a.txt").read_text() == "two"
    said(lab, "get", "ds", "--file", "sub/a.txt", "-o", str(tmp_path / "one"))
    assert (tmp_path / "one/sub/a.txt").exists()


def test_what_is_not_there(lab: Path) -> None:
    assert "error: no artifact 'dss': nothing is called 'dss'\nhint: there are 'ds'" in said(
        lab, "get", "dss", code=1
    )
    assert "error: ds:v1 has no file 'nope'" in said(lab, "get", "ds", "--file", "nope", code=1)


def test_without_any(repo: Path) -> None:
    assert said(repo, "ls") == "there are no artifacts\n"
