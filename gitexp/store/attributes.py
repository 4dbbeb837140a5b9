"""A line in the repository's own attributes: git does not look for deltas between tensors.

It would find hardly any and take minutes over it, at each gc and push.
"""

from __future__ import annotations

import contextlib
import os

from gitexp.store.repository import Repository

_PATTERN = b"*.safetensors"
_LINE = _PATTERN + b" -delta"


def forbid_deltas(repo: Repository) -> None:
    """Add `*.safetensors -delta` to info/attributes, unless its user has said anything on that.

    It only saves time, so a repository whose info folder cannot be written to does without.
    """
    path = repo.common_dir / "info" / "attributes"
    with contextlib.suppress(OSError):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        rules = (line.split() for line in content.splitlines())
        if any(words[:1] == [_PATTERN] and b"delta" in b" ".join(words[1:]) for words in rules):
            return
        if content and not content.endswith(b"\n"):
            content += b"\n"
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".attributes.{os.urandom(4).hex()}")
        try:
            temporary.write_bytes(content + _LINE + b"\n")
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
