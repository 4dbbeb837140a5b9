"""git commands that talk to another machine: their progress is shown, their words are kept."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gitexp.store.repository import Repository

Progress = Callable[[bytes], None]

# What is 1 MiB or more is neither compared with other files nor held in memory whole.
PACKING = ("-c", "core.bigFileThreshold=1m")


class Transferred(NamedTuple):
    """What came of it."""

    code: int
    stdout: str
    stderr: str


def transfer(
    repo: Repository,
    args: Sequence[str],
    *,
    input: str = "",
    progress: Progress | None = None,
) -> Transferred:
    """Run git to its end, whatever its exit code.

    Args:
        repo: where.
        args: everything after `git`.
        input: its stdin.
        progress: gets git's stderr as it comes, progress among it.
    """
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout:
        stdin.write(input.encode("utf-8", "surrogateescape"))
        stdin.seek(0)
        process = repo.popen(*args, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, bufsize=0)
        assert process.stderr is not None
        said = bytearray()
        with process.stderr:
            while chunk := process.stderr.read(8192):
                said += chunk
                if progress is not None:
                    progress(chunk)
        code = process.wait()
        stdout.seek(0)
        output = stdout.read().decode("utf-8", "surrogateescape")
    return Transferred(code, output, said.decode("utf-8", "replace"))
