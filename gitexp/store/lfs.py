"""What git-lfs keeps: pointers in git, and the folder where the contents lie.

A pointer is a small file that stands in a tree for a large one (git-lfs' specification v1):

    version https://git-lfs.github.com/spec/v1
    oid sha256:<64 hex digits>
    size <bytes>

The content is `<storage>/objects/<2 hex digits>/<2 more>/<all 64>`, where the storage is `lfs` in
the repository's common folder, or what `lfs.storage` says.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from gitexp.store.process import run_git
from gitexp.store.repository import Repository

# git-lfs itself takes nothing larger for a pointer.
POINTER_LIMIT_BYTES = 1024
# Those of this version have as many bytes.
POINTER_SIZES = range(126, 146)
# Beside the shards, so that a checkout of the run gets contents and git-lfs finds the pointers.
ATTRIBUTES_FILE = ".gitattributes"
ATTRIBUTES = b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"

_VERSION = b"version https://git-lfs.github.com/spec/v1\n"
_POINTER = re.compile(
    rb"version https?://[!-~]+\n(?:ext-[!-~ ]+\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,19})\n?"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """What stands for a content: its SHA-256 in hex, and how many bytes it has."""

    oid: str
    size: int

    def encode(self) -> bytes:
        """The pointer file, byte for byte as git-lfs writes it."""
        return _VERSION + b"oid sha256:%s\nsize %d\n" % (self.oid.encode(), self.size)


def parse_pointer(raw: bytes) -> Pointer | None:
    """The pointer that a file is; None: it is something else."""
    match = _POINTER.fullmatch(raw) if len(raw) <= POINTER_LIMIT_BYTES else None
    return Pointer(match[1].decode(), int(match[2])) if match else None


def storage(repo: Repository) -> Path:
    """The folder of git-lfs' contents and temporary files; it may not exist yet."""
    configured = repo.config.get("lfs.storage") or "lfs"
    return repo.common_dir / os.path.expanduser(configured)


def object_path(repo: Repository, pointer: Pointer) -> Path:
    """Where the content lies if it is here."""
    return storage(repo) / "objects" / pointer.oid[:2] / pointer.oid[2:4] / pointer.oid


def is_here(repo: Repository, pointer: Pointer) -> bool:
    """Whether the content is in the local store."""
    try:
        return object_path(repo, pointer).stat().st_size == pointer.size
    except OSError:
        return False


def is_installed(repo: Repository) -> bool:
    """Whether git finds git-lfs."""
    if shutil.which("git-lfs", path=repo.environment.get("PATH")) is not None:
        return True
    # It may lie beside git's own programs.
    return run_git(("lfs", "version"), repo.top, repo.environment).returncode == 0
