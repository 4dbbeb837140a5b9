"""What was printed: redacted before it is kept, folded to what a person saw in the end."""

from __future__ import annotations

from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.output import FoldedOutput, RawOutput, read_output_tail


def test_progress_bars_are_folded_while_the_output_grows(tmp_path: Path) -> None:
    raw = RawOutput(tmp_path)
    folded = FoldedOutput(tmp_path)
    target = tmp_path / folders.OUTPUT
    raw.write(b"start\n" + b"".join(b"\r%d%%" % n for n in range(50)))
    raw.flush()
    folded.update()
    assert target.read_text() == "start\n49%"
    raw.write(b"\r100%\ndone\n")
    folded.update()
    assert target.read_text() == "start\n100%\ndone\n"
    folded.update()
    assert target.read_text() == "start\n100%\ndone\n"
    assert read_output_tail(tmp_path, 1000) == "start\n100%\ndone\n"
    raw.close()


def test_a_credential_never_reaches_the_disk_even_in_two_chunks(tmp_path: Path) -> None:
    raw = RawOutput(tmp_path)
    raw.write(b"pushing to https://ada:gh")
    raw.write(b"p_0123456789abcdefghijklmnopqrstuvwxyz@example.org/x\nok")
    raw.close()
    content = (tmp_path / folders.OUTPUT_RAW).read_bytes()
    assert b"ghp_0123456789" not in content
    assert content.endswith(b"\nok")


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    raw = RawOutput(tmp_path)
    raw.write(b"\xff\xfe\n")
    raw.close()
    assert (tmp_path / folders.OUTPUT_RAW).read_bytes() == b"\xff\xfe\n"


def test_no_output_at_all(tmp_path: Path) -> None:
    FoldedOutput(tmp_path).update()
    assert (tmp_path / folders.OUTPUT).read_bytes() == b""
    assert read_output_tail(tmp_path, 10) == ""
