"""Parts of files: what a player asks for when somebody seeks in a video."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dashboard import dashboard
from support.runs import make_run

from gitexp.serve.ranges import NoSuchPart, part_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-3", range(4)),
        ("bytes=5-", range(5, 10)),
        ("bytes=-4", range(6, 10)),
        ("bytes=-40", range(10)),
        ("bytes=8-99", range(8, 10)),
        (None, None),
        ("bytes=-", None),
        ("bytes=4-2", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
    ],
)
def test_the_part_that_is_asked_for(header: str | None, part: range | None) -> None:
    assert part_of(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_part_behind_the_end(header: str) -> None:
    with pytest.raises(NoSuchPart):
        part_of(header, 10)


def test_a_video_is_sent_in_parts(repo: Path) -> None:
    make_run(repo, "one", files={"media/clip.mp4": bytes(range(100))})
    with dashboard(repo) as client:
        path = "/api/file/one/media%2Fclip.mp4"
        whole = client.ask(path)
        assert (whole.status, whole.headers["accept-ranges"]) == (200, "bytes")
        part = client.ask(path, headers={"Range": "bytes=90-"})
        assert (part.status, part.content) == (206, bytes(range(90, 100)))
        assert part.headers["content-range"] == "bytes 90-99/100"
        assert part.headers["content-type"] == "video/mp4"
        assert part.headers["content-security-policy"].startswith("sandbox")
        behind = client.ask(path, headers={"Range": "bytes=100-"})
        assert (behind.status, behind.headers["content-range"]) == (416, "bytes */100")
