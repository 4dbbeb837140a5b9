"""Addresses of runs on the hosts that show them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cli import gitexp
from support.git import git
from support.runs import make_run
from support.share import push, refs

from gitexp.record.annotate import set_tags
from gitexp.schema.hosts import web_host
from gitexp.store.repository import Repository


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/ada/engine.git", "https://github.com/ada/engine/tree/C/run.json"),
        ("git@github.com:ada/engine.git", "https://github.com/ada/engine/tree/C/run.json"),
        ("ssh://git@ssh.github.com:443/a/e.git", "https://github.com/a/e/tree/C/run.json"),
        ("https://u:secret@github.com/a/e", "https://github.com/a/e/tree/C/run.json"),
        ("git@gitlab.com:a/b/c.git", "https://gitlab.com/a/b/c/-/tree/C/run.json"),
        ("https://gitlab.lab.org:8443/a/e.git", "https://gitlab.lab.org:8443/a/e/-/tree/C/run.json"),
        ("ssh://git@gitlab.lab.org:2222/a/e.git", "https://gitlab.lab.org/a/e/-/tree/C/run.json"),
        ("https://codeberg.org/a/e.git", "https://codeberg.org/a/e/src/commit/C/run.json"),
        ("git@gitea.lab.org:a/e.git", "https://gitea.lab.org/a/e/src/commit/C/run.json"),
        ("git@bitbucket.org:a/e.git", "https://bitbucket.org/a/e/src/C/run.json"),
        ("https://bitbucket.lab.org/scm/P/e.git", "https://bitbucket.lab.org/projects/P/repos/e/browse/run.json?at=C"),
        ("ssh://git@bitbucket.lab.org:7999/~u/e.git", "https://bitbucket.lab.org/users/u/repos/e/browse/run.json?at=C"),
        ("github:a/e", "https://github.com/a/e/tree/C/run.json"),
        ("git@github.com-work:a/e.git", "https://github.com/a/e/tree/C/run.json"),
    ],
)  # fmt: skip
def test_address(remote: str, page: str) -> None:
    host = web_host(remote)
    assert host is not None
    assert host.commit_tree("C", "run.json") == page


@pytest.mark.parametrize(
    "remote",
    ["/srv/git/github/lab.git", "../github.git", "file:///srv/github.git", "C:\\github", ""],
)
def test_no_pages(remote: str) -> None:
    assert web_host(remote) is None


def test_path_is_quoted() -> None:
    host = web_host("git@github.com:a/e.git")
    assert host is not None
    assert host.commit_tree("C", "media/a b#1.png").endswith("/media/a%20b%231.png")


def as_github(top: Path, hub: Path) -> None:
    """Pushes go to the hub; the address is GitHub's."""
    git(top, "remote", "set-url", "origin", "https://github.com/ada/engine.git")
    git(top, "remote", "set-url", "--push", "origin", str(hub))


def test_command(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    pushed = refs(hub)["one"]
    as_github(ada, hub)
    done = gitexp("browse", "one", cwd=ada)
    assert done.stdout.decode() == f"https://github.com/ada/engine/tree/{pushed}\n"
    set_tags(Repository.open(ada), "one", ["new"], [])
    done = gitexp("browse", "one", "run.json", cwd=ada)
    assert done.stdout.decode() == f"https://github.com/ada/engine/tree/{pushed}/run.json\n"
    assert b"older state" in done.stderr
    assert b"has no nothing" in gitexp("browse", "one", "nothing", cwd=ada, code=1).stderr


def test_what_is_in_the_way(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    assert b"has no web pages" in gitexp("browse", "one", cwd=ada, code=1).stderr
    as_github(ada, hub)
    done = gitexp("browse", "one", cwd=ada, code=1)
    assert done.stderr.decode().splitlines() == [
        "error: origin does not have one yet",
        "hint: `gitexp push one origin`",
    ]


def test_a_host_whose_name_tells_nothing(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    as_github(ada, hub)
    git(ada, "remote", "set-url", "origin", "git@git.lab.org:ada/engine.git")
    assert b"gitexpHost gitlab" in gitexp("browse", "one", cwd=ada, code=1).stderr
    git(ada, "config", "remote.origin.gitexpHost", "gitlab")
    page = gitexp("browse", "one", cwd=ada).stdout.decode()
    assert page.startswith("https://git.lab.org/ada/engine/-/tree/")
    git(ada, "config", "remote.origin.gitexpHost", "gitlap")
    assert b"'gitlap'" in gitexp("browse", "one", cwd=ada, code=1).stderr
    git(ada, "config", "remote.origin.gitexpHost", "gitlab")
    assert b"has no ../x there" in gitexp("browse", "one", "../x", cwd=ada, code=1).stderr
