"""From code to runs: by commit and by line."""

from __future__ import annotations

import json
from pathlib import Path

from support.cli import gitexp
from support.git import git
from support.runs import make_run


def names(top: Path, *args: str) -> list[str]:
    return [run["name"] for run in json.loads(gitexp(*args, "--json", cwd=top).stdout)]


def test_ls_commit(repo: Path) -> None:
    make_run(repo, "first")
    make_run(repo, "ahead", code={"train.py": b"print('second')\n", ".gitignore": b""})
    (repo / "train.py").write_text("print('second')\n")
    (repo / ".gitignore").write_text("")
    git(repo, "commit", "-q", "-a", "-m", "Second")
    make_run(repo, "second")
    # It ran the second commit's code before that was committed.
    assert sorted(names(repo, "ls", "--commit", "HEAD")) == ["ahead", "second"]
    assert sorted(names(repo, "ls", "--commit", "HEAD~1")) == ["ahead", "first"]
    assert names(repo, "ls", "--commit", "HEAD", "--where", "name == 'second'") == ["second"]
    assert b"is no commit" in gitexp("ls", "--commit", "nothing", cwd=repo, code=2).stderr
    assert gitexp("ls", "--commit", "HEAD", "first", cwd=repo, code=2).stderr


def test_blame(repo: Path) -> None:
    old = b"import os\n\ndef f():\n    return 1\n\ndef g():\n    return 1\n"
    new = old.replace(b"def g():\n    return 1", b"def g():\n    return 2")
    make_run(repo, "old", code={"src/model.py": old}, created_at="2024-01-01T00:00:00.000Z")
    make_run(repo, "new", code={"src/model.py": new}, created_at="2024-01-02T00:00:00.000Z")
    make_run(repo, "other", code={"train.py": old})
    (repo / "src").mkdir()
    (repo / "src/model.py").write_bytes(b"# moved down\n" + old)
    git(repo, "add", "src")
    git(repo, "commit", "-q", "-m", "Model")
    assert names(repo, "blame", "src/model.py:5") == ["new", "old"]
    # The same text as above, in another place.
    assert names(repo, "blame", "src/model.py:8") == ["old"]
    assert names(repo, "blame", "src/model.py:1") == []
    said = gitexp("blame", "model.py:8", cwd=repo / "src").stdout.decode().splitlines()
    assert said[0] == "src/model.py:8  return 1"
    assert said[1].endswith("Ada Lovelace: Model")
    assert [line.split()[0] for line in said[3:]] == ["name", "old"]
    (repo / "src/model.py").write_bytes(b"new line\n" + old)
    assert "not committed yet" in gitexp("blame", "src/model.py:1", cwd=repo).stdout.decode()


def test_blame_says_what_is_wrong(repo: Path) -> None:
    for place, why in {
        "train.py": "is no FILE:LINE",
        "nothing.py:1": "No such file",
        "train.py:99": "train.py has 1 lines",
        "../x:1": "No such file",
    }.items():
        assert why in gitexp("blame", place, cwd=repo, code=2).stderr.decode()
