"""A log that grows: what is told line by line is what the whole folds to."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.terminal import fold_output
from gitexp.serve import log
from gitexp.serve.log import LiveLog

pieces = st.lists(
    st.sampled_from(
        [b"plain\n", b"no end", b"\n", b"50%\r", b"100%\r\n", b"\x1b[31mred\x1b[0m\n",
         b"\x1b[1A", "é\n".encode(), b"\xff\n", b"up\x1b[2Kdown", b"\x1b]0;title\x07"]
    ),
    max_size=25,
)  # fmt: skip


def lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else lines


@given(pieces, st.integers(1, 5))
def test_what_is_told_adds_up_to_the_whole(parts: list[bytes], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output.raw"
        path.write_bytes(b"".join(parts[:size]))
        live = LiveLog(path)
        first = live.document()
        assert first["first_line"] == 0
        known = lines_of(first["text"])
        for at in range(size, len(parts), size):
            with path.open("ab") as file:
                file.write(b"".join(parts[at : at + size]))
            news = live.update()
            if news is not None:
                assert news.first_line <= len(known)
                assert news.replaces == (news.first_line < len(known))
                known[news.first_line :] = lines_of(news.text)
        assert known == lines_of(fold_output(b"".join(parts)))
        assert live.document()["lines"] == len(known)
        assert live.update() is None
        live.close()


def test_a_long_log_begins_near_its_end_and_pages_back(tmp_path: Path) -> None:
    path = tmp_path / "output.raw"
    total = 200_000
    path.write_bytes(b"".join(b"line %d\n" % i for i in range(total)))
    assert path.stat().st_size > 2 * 1024 * 1024
    live = LiveLog(path)
    newest = live.document(lines=3)
    assert newest["text"] == "".join(f"line {i}\n" for i in range(total - 3, total))
    assert (newest["first_line"], newest["lines"]) == (total - 3, total)
    early = live.document(before=10, lines=4)
    assert (early["text"], early["first_line"]) == ("line 6\nline 7\nline 8\nline 9\n", 6)
    # Across the border between what is kept and what is read once more.
    border = total - log._KEPT_LINES
    page = live.document(before=border + 2, lines=5)
    assert page["first_line"] == border - 3
    shown = lines_of(page["text"])
    assert shown[:3] == [f"line {i}" for i in range(border - 3, border)]
    live.close()


def test_there_may_be_no_output_yet(tmp_path: Path) -> None:
    live = LiveLog(tmp_path / "output.raw")
    assert live.update() is None
    assert live.document() == {"text": "", "first_line": 0, "lines": 0}
    (tmp_path / "output.raw").write_bytes(b"here\n")
    live.update()
    assert live.document()["text"] == "here\n"
    live.close()
