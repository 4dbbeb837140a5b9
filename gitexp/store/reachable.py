"""Which objects anything in the repository reaches: what must never be collected."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from gitexp.errors import GitCommandFailed
from gitexp.store.reader import missing_objects
from gitexp.store.refs import read_refs
from gitexp.store.repository import Repository

_CHUNK_BYTES = 8 * 1024 * 1024
_OID = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")
# HEAD, ORIG_HEAD, MERGE_HEAD, AUTO_MERGE, BISECT_EXPECTED_REV, …: git's own notes of commits.
_NOTES = re.compile(r"[A-Z][A-Z_]*\Z")
_NO_NOTES = ("FETCH_HEAD", "COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "TAG_EDITMSG")
_OPERATIONS = ("rebase-merge", "rebase-apply", "sequencer")
_NOTE_BYTES = 1024 * 1024


def reachable_objects(
    repo: Repository, roots: Iterable[str] = (), *, without: Collection[str] = ()
) -> set[bytes]:
    """All objects that refs, reflogs, indexes, unfinished merges and rebases lead to.

    Those of all worktrees. What a partial clone left on the server is passed over.

    Args:
        repo: where.
        roots: more objects to begin at; those that are not here are passed over.
        without: full names of refs that do not count.

    Returns:
        Oids, binary.

    Raises:
        GitCommandFailed: an object is missing or damaged, so nobody can say what is reachable.
    """
    wanted = ["--objects", "--no-object-names", "--indexed-objects"]
    found = _walk(repo, wanted, _starts(repo, roots, without))
    return {bytes.fromhex(line) for part in found for line in part}


def reachable_commits(repo: Repository, prefixes: Collection[str]) -> set[str]:
    """The commits that refs below one of these prefixes lead to.

    Args:
        repo: where.
        prefixes: e.g. `refs/remotes/`; none: everything but runs' own refs leads somewhere.
    """
    if prefixes:
        starts = {oid for prefix in prefixes for oid in read_refs(repo, prefix).values()}
        return {line for part in _walk(repo, [], starts, reflog=False) for line in part}
    from gitexp.schema.names import REF_PREFIX

    runs = read_refs(repo, REF_PREFIX)
    return {line for part in _walk(repo, [], _starts(repo, (), runs)) for line in part}


def _starts(repo: Repository, roots: Iterable[str], without: Collection[str]) -> set[str]:
    starts = {oid for ref, oid in read_refs(repo, "refs/").items() if ref not in without}
    noted = {*roots, *_noted(repo)} - starts
    return starts | noted - missing_objects(repo, noted)


def _noted(repo: Repository) -> Iterator[str]:
    """What the files of all worktrees name beside refs."""
    tops = [repo.common_dir, *(repo.common_dir / "worktrees").glob("*")]
    for top in tops:
        files = [path for path in _files(top) if _NOTES.match(path.name)]
        files = [path for path in files if path.name not in _NO_NOTES]
        for operation in _OPERATIONS:
            files += _files(top / operation)
        if top != repo.common_dir:
            files += [path for path in (top / "refs").rglob("*") if path.is_file()]
        for path in files:
            try:
                if path.stat().st_size <= _NOTE_BYTES:
                    yield from (oid.decode() for oid in _OID.findall(path.read_bytes()))
            except OSError:  # the operation has ended just now
                continue


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []


def _walk(
    repo: Repository, options: list[str], starts: Collection[str], *, reflog: bool = True
) -> Iterator[list[str]]:
    """What `git rev-list` prints, in parts of many lines."""
    from tempfile import TemporaryFile

    asked = ["rev-list", *options, "--missing=allow-promisor", "--stdin"]
    asked[1:1] = ["--reflog"] if reflog else []
    with TemporaryFile() as stdin, TemporaryFile() as stderr:
        stdin.write("".join(f"{oid}\n" for oid in starts).encode())
        stdin.seek(0)
        process = repo.popen(*asked, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr)
        assert process.stdout is not None
        rest = b""
        with process.stdout:
            while chunk := process.stdout.read(_CHUNK_BYTES):
                whole, _, rest = (rest + chunk).rpartition(b"\n")
                yield whole.decode().split()
        if process.wait() != 0:
            stderr.seek(0)
            raise GitCommandFailed(
                asked, process.returncode, stderr.read().decode("utf-8", "replace")
            )
