"""Whether a repository can hold runs, and whether those that it holds are whole."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from gitexp.schema import names
from gitexp.store.process import run_git
from gitexp.store.refs import read_refs
from gitexp.store.repository import Repository

_OLD_S = 3600


def git_version(repo: Repository) -> str:
    """`2.39.5`."""
    return os.fsdecode(run_git(("version",), repo.top, repo.environment).stdout).split()[2]


def what_is_missing(repo: Repository, limit_s: float) -> str | None:
    """Follow every run down to its last file.

    Returns:
        "" if nothing is missing, else git's words; None: it took longer than `limit_s`.
    """
    starts = "".join(f"{oid}\n" for oid in read_refs(repo, names.REF_PREFIX).values())
    if not starts:
        return ""
    asked = ("rev-list", "--objects", "--quiet", "--missing=allow-promisor", "--stdin")
    with TemporaryFile() as stdin:
        stdin.write(starts.encode())
        stdin.seek(0)
        process = repo.popen(
            *asked, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    with process:
        try:
            _, said = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    if process.returncode == 0:
        return ""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"git rev-list ended with {process.returncode}"


def broken_refs(repo: Repository) -> list[str]:
    """Runs' refs whose files hold no object's name."""
    done = run_git(("for-each-ref", names.REF_PREFIX), repo.top, repo.environment)
    lines = os.fsdecode(done.stderr).splitlines()
    return [line.rpartition(" ")[2] for line in lines if "broken ref" in line]


def stale_locks(repo: Repository, old_s: float = _OLD_S) -> list[Path]:
    """Locks that no git process holds so long: whoever made them died."""
    now = time.time()
    return [path for path in _locks(repo) if now - _mtime(path, now) > old_s]


def _locks(repo: Repository) -> Iterator[Path]:
    yield from (repo.common_dir / names.REF_PREFIX).rglob("*.lock")
    for name in ("packed-refs.lock", "config.lock", "gc.pid.lock", "shallow.lock"):
        yield repo.common_dir / name


def _mtime(path: Path, missing: float) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return missing
