"""`gitexp.ui()` in a real kernel: a frame whose server ends with it."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from support.cli import wait_for
from support.dashboard import Client

import gitexp
from gitexp.errors import GitexpError, NotARepository

SHOW = """
import gitexp
frame = gitexp.ui(height=321)
assert gitexp.ui(height=321) is frame
frame
"""


def answers(url: str) -> bool:
    try:
        return Client(url).ask("/api/runs").status == 200
    except OSError:
        return False


@pytest.mark.filterwarnings("ignore")  # those of the kernel's client
def test_a_cell_shows_the_page_until_the_kernel_ends(repo: Path) -> None:
    cells = [nbformat.v4.new_code_cell(SHOW)]
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=cells), timeout=120, kernel_name="python3",
        resources={"metadata": {"path": str(repo)}},
    )  # fmt: skip
    url = ""
    with client.setup_kernel():
        client.execute_cell(cells[0], 0)
        html: Any = cells[0].outputs[0]["data"]["text/html"]
        assert 'height="321"' in html
        assert "<script" not in html
        url = re.findall(r'<iframe src="(http://127\.0\.0\.1:\d+/)"', html)[0]
        page = Client(url).ask("/")
        assert page.status == 200
        assert "frame-ancestors http://localhost:*" in page.headers["content-security-policy"]
    wait_for(lambda: not answers(url))


def test_stopped_and_started_again(repo: Path) -> None:
    frame = gitexp.ui(path=repo)
    assert answers(frame.url)
    assert repr(frame) == f"<dashboard {frame.url}>"
    frame.stop()
    assert not answers(frame.url)
    again = gitexp.ui(path=repo, edit=True)
    try:
        assert again is not frame
        assert "token=" in again.url
        assert answers(again.url)
    finally:
        again.stop()


def test_what_is_wrong_is_said_in_the_notebook(repo: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(GitexpError, match=f"port {port} is taken"):
            gitexp.ui(port=port, path=repo)
    with pytest.raises(NotARepository):
        gitexp.ui(path=tmp_path)
