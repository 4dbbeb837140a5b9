"""Golden files: what people see, kept under tests/golden/ and compared word for word."""

from __future__ import annotations

import difflib
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def check_golden(name: str, text: str, *, accept: bool) -> None:
    """Compare a text with tests/golden/<name>.

    A mismatch writes tests/actual/<name>, says what differs, and fails; with `accept`
    (`pytest --accept`) the golden file is written instead.
    """
    golden = TESTS / "golden" / name
    if accept:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, "utf-8", newline="\n")
        return
    expected = golden.read_text("utf-8") if golden.exists() else ""
    if text == expected:
        return
    actual = TESTS / "actual" / name
    actual.parent.mkdir(parents=True, exist_ok=True)
    actual.write_text(text, "utf-8", newline="\n")
    lines = difflib.unified_diff(
        expected.splitlines(), text.splitlines(), f"golden/{name}", f"actual/{name}", lineterm=""
    )
    difference = "\n".join(list(lines)[:80])
    raise AssertionError(
        f"{name} is not what it was; if that is right: pytest --accept\n{difference}"
    )
