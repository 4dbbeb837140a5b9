"""A real git repository for each test, away from the user's configuration."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.golden import check_golden

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# 2024-01-01T00:00:00Z: object ids are the same in every test run.
DATE = "1704067200 +0000"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --accept`."""
    parser.addoption("--accept", action="store_true", help="write golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("readme/failed.md", text)`: the text is what tests/golden/readme/failed.md holds."""
    return partial(check_golden, accept=bool(request.config.getoption("--accept")))


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No configuration of the machine or its user reaches a test; returns the empty HOME."""
    # Nor do signals that a shell has its background jobs ignore, or that another test blocked.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITEXP_", "XDG_")) or name in ("EMAIL", "NO_COLOR"):
            monkeypatch.delenv(name)
    gitconfig = home / ".gitconfig"
    gitconfig.write_text(
        "[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n"
        "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
    )
    for name, value in {
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(gitconfig),
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_DATE": DATE,
        "GIT_CEILING_DIRECTORIES": str(home.parent),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The top of a repository with one commit (train.py, .gitignore); the current folder."""
    top = tmp_path / "lab"
    top.mkdir()
    init_repo(top)
    monkeypatch.chdir(top)
    return top


def init_repo(top: Path, *init_options: str) -> None:
    """`git init` with one commit."""
    subprocess.run(["git", "init", "-q", *init_options, str(top)], check=True)
    (top / "train.py").write_text("print('loss', 0.5)\n")
    (top / ".gitignore").write_text("*.pyc\n/data/\n")
    subprocess.run(["git", "add", "-A"], cwd=top, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "First"], cwd=top, check=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; its event loop does not outlive a module, as notebooks' tests have their own."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            # Missing, it is named in the error: tests/system-packages.sh installs it.
            executable_path=next(filter(None, map(shutil.which, names)), names[0]),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()
