"""Git objects, read through one git process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence

from gitexp.store.closing import Closing
from gitexp.store.local_only import local_only
from gitexp.store.repository import Repository


class ObjectReader(Closing):
    """Reads objects through one `git cat-file`, started when it is first asked.

    Not for use by several threads at once.

    Args:
        repo: where from.
        fetch: whether an object that a partial clone left on the server is fetched; if not,
            objects go by oid, or `<oid>:<path>`.
        contents: False where only `size` is used.
    """

    def __init__(self, repo: Repository, *, fetch: bool = True, contents: bool = True) -> None:
        self._repo = repo
        self._environment = {**repo.environment, **({} if fetch else local_only(repo))}
        self._mode = "--batch" if contents else "--batch-check"
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def read(self, rev: str) -> tuple[str, bytes] | None:
        """Type and content of `<oid>`, `<rev>:<path>`, …; None: it is missing, or damaged."""
        header = self._ask(rev)
        if header is None:
            return None
        assert self._process is not None
        assert self._process.stdout is not None
        _, kind, size = header
        data = self._process.stdout.read(size + 1)
        return (kind, data[:-1]) if len(data) > size else None

    def size(self, rev: str) -> int | None:
        """Size in bytes; None: there is no such object. Only with `contents=False`."""
        header = self._ask(rev)
        return None if header is None else header[2]

    def _ask(self, rev: str) -> tuple[str, str, int] | None:
        if "\n" in rev or rev.endswith("\r"):
            # One request a line, and git drops the \r of Windows: such a path is resolved apart.
            found = self._repo.git("rev-parse", "-q", "--verify", rev, ok=(0, 1, 128))
            if not found.strip():
                return None
            rev = found.decode().strip()
        if self._process is None:
            self._process = self._repo.popen(
                "cat-file",
                self._mode,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(os.fsencode(rev) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:  # git dies of an object that is damaged
            self.close()
        return parse_header(line)


def parse_header(line: bytes) -> tuple[str, str, int] | None:
    """`<oid> <type> <size>` of cat-file --batch; None for `… missing` and `… ambiguous`."""
    words = line.split()
    if len(words) != 3 or not words[2].isdigit():
        return None
    return words[0].decode(), words[1].decode(), int(words[2])


def object_sizes(repo: Repository, oids: Iterable[str]) -> dict[str, int]:
    """Bytes of those of the objects that are here; one git process, which fetches nothing."""
    wanted = list(oids)
    lines = "".join(f"{oid}\n" for oid in wanted).encode()
    output = repo.git("cat-file", "--batch-check", input=lines, env=local_only(repo))
    headers = map(parse_header, output.splitlines())
    return {oid: header[2] for oid, header in zip(wanted, headers, strict=True) if header}


def missing_objects(repo: Repository, oids: Iterable[str]) -> set[str]:
    """Which of these objects are not here; one git process, which fetches nothing."""
    wanted = set(oids)
    return wanted - object_sizes(repo, wanted).keys()


def read_blobs(repo: Repository, revs: Sequence[str]) -> Iterator[bytes | None]:
    """The contents of many files, in the order asked; None: there is no such file.

    One git process for all of them, and nothing is fetched.

    Args:
        repo: where.
        revs: `<oid>` or `<oid>:<path>`, without line breaks.
    """
    while revs:
        answered = 0
        for content in _read_in_one_process(repo, revs):
            yield content
            answered += 1
        # git dies of an object that is damaged: that one is None, the next ones may be well.
        if answered < len(revs):
            yield None
        revs = revs[answered + 1 :]


def _read_in_one_process(repo: Repository, revs: Sequence[str]) -> Iterator[bytes | None]:
    from tempfile import TemporaryFile

    with TemporaryFile() as requests:
        # A file, not a pipe: git may answer while it is still being asked.
        requests.write(os.fsencode("".join(f"{rev}\n" for rev in revs)))
        requests.seek(0)
        process = repo.popen(
            *("cat-file", "--batch", "--buffer"),
            stdin=requests,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**repo.environment, **local_only(repo)},
        )
        assert process.stdout is not None
        try:
            while line := process.stdout.readline():
                header = parse_header(line)
                if header is None:
                    yield None
                    continue
                data = process.stdout.read(header[2] + 1)
                if len(data) <= header[2]:
                    return
                yield data[:-1] if header[1] == "blob" else None
        finally:
            process.stdout.close()
            process.wait()
