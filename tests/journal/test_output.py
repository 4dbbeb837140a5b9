"""What was printed: redacted before it is kept, folded to what a person saw in the end."""

from __future__ import annotations

from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.output import FoldedOutput, RawOutput, read_output_tail


def test_progress_bars_are_folded_while_the_output_grows(tmp_path: Path) -> None:
    raw = RawOutput(tmp_path)
    folded = FoldedOutput(tmp_path)
    target = tmp_path / folders.OUTPUT
    raw.write(b"start\n" + b"".join(b"\r%5d%%" % n for n in range(5000)))
    folded.update()
    text = target.read_text()
    assert text.startswith("start\n")
    assert text.count("\n") == 1
    assert 3000 < int(text.splitlines()[1].rstrip("%")) < 5000
    raw.write(b"\r  100%\ndone\n")
    folded.update()
    assert target.read_text() == "start\n  100%\ndone\n"
    folded.update()
    assert target.read_text() == "start\n  100%\ndone\n"
    assert read_output_tail(tmp_path, 100_000) == "start\n  100%\ndone\n"
    raw.close()


def test_two_streams_keep_their_lines_whole(tmp_path: Path) -> None:
    raw = RawOutput(tmp_path)
    raw.write(b"\r 10%", 2)
    raw.write(b"out\n", 1)
    raw.write(b"\r100%\n", 2)
    raw.close()
    assert read_output_tail(tmp_path, 1000) == "out\n100%\n"


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


def test_a_private_key_printed_line_by_line_is_redacted_whole(tmp_path: Path) -> None:
    raw = RawOutput(tmp_path)
    for line in (b"-----BEGIN RSA PRIVATE KEY-----\n", b"MIIEpAIBAAKCAQEA1234567890\n",
                 b"-----END RSA PRIVATE KEY-----\n", b"after\n"):  # fmt: skip
        raw.write(line)
    raw.close()
    content = (tmp_path / folders.OUTPUT_RAW).read_bytes()
    assert b"MIIEpAIBAA" not in content
    assert content.endswith(b"after\n")
