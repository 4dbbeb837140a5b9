"""A line in the repository's own attributes: git does not look for deltas between tensors.

It would find hardly any and take minutes over it, at each gc and push.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from gitexp.store.repository import Repository

_PATTERN = b"*.safetensors"
_LINE = _PATTERN + b" -delta"


def forbid_deltas(repo: Repository) -> bool:
    """Add `*.safetensors -delta` to info/attributes, unless its user has said anything on that.

    It only saves time, so a repository whose info folder cannot be written to does without.

    Returns:
        Whether it was added.
    """
    path = repo.common_dir / "info" / "attributes"
    with contextlib.suppress(OSError):
        content = _read(path)
        rules = (line.split() for line in content.splitlines())
        if any(words[:1] == [_PATTERN] and b"delta" in b" ".join(words[1:]) for words in rules):
            return False
        if content and not content.endswith(b"\n"):
            content += b"\n"
        path.parent.mkdir(exist_ok=True)
        _write(path, content + _LINE + b"\n")
        return True
    return False


def allow_deltas(repo: Repository) -> bool:
    """Take the line out again; whether it was there.

    Raises:
        OSError: the file cannot be written.
    """
    path = repo.common_dir / "info" / "attributes"
    lines = _read(path).splitlines(keepends=True)
    rest = [line for line in lines if line.strip() != _LINE]
    if len(rest) == len(lines):
        return False
    if rest:
        _write(path, b"".join(rest))
    else:
        path.unlink()
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".attributes.{os.urandom(4).hex()}")
    try:
        temporary.write_bytes(content)
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
