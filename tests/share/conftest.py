"""A hub (a bare repository) and two people with clones of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.git import git


def clone(hub: Path | str, top: Path, name: str) -> Path:
    """A clone of somebody's, with a name of their own."""
    subprocess.run(["git", "clone", "-q", str(hub), str(top)], check=True)
    git(top, "config", "user.name", name)
    git(top, "config", "user.email", f"{name.lower()}@example.org")
    return top


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A bare repository with one commit, which serves parts of itself, as hosts do."""
    top = tmp_path / "hub.git"
    subprocess.run(["git", "init", "-q", "--bare", str(top)], check=True)
    git(top, "config", "uploadpack.allowFilter", "true")
    seed = tmp_path / "seed"
    subprocess.run(["git", "init", "-q", str(seed)], check=True)
    (seed / "train.py").write_text("print('loss', 0.5)\n")
    git(seed, "add", "-A")
    git(seed, "commit", "-q", "-m", "First")
    git(seed, "push", "-q", str(top), "HEAD:main")
    git(top, "symbolic-ref", "HEAD", "refs/heads/main")
    return top


@pytest.fixture
def ada(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ada's clone; the current folder."""
    top = clone(hub, tmp_path / "ada", "Ada")
    monkeypatch.chdir(top)
    return top


@pytest.fixture
def bob(hub: Path, tmp_path: Path) -> Path:
    """Bob's clone."""
    return clone(hub, tmp_path / "bob", "Bob")
