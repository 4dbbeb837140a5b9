"""git as a test's hand, not through gitexp."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(
    top: Path, *args: str | bytes, input: bytes | None = None, env: dict[str, str] | None = None
) -> str:
    """Run git in a folder; its stdout without the last newline. A failure fails the test."""
    done = subprocess.run(
        ["git", *args],
        cwd=top,
        input=input,
        capture_output=True,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == 0, (args, done.stderr.decode("utf-8", "replace"))
    return os.fsdecode(done.stdout).removesuffix("\n")


def fsck(top: Path) -> None:
    """Fail if git finds anything wrong with the repository."""
    done = subprocess.run(
        ["git", "-c", "core.fsmonitor=", "fsck", "--strict", "--full"],
        cwd=top,
        capture_output=True,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    wrong = [line for line in said if not line.startswith(("dangling ", "notice: "))]
    assert done.returncode == 0, wrong
    assert wrong == [], wrong
