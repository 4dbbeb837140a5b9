"""Large blobs, streamed out of one git process straight into the memory where they belong."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from gitexp.errors import CheckpointNotHere, GitCommandFailed
from gitexp.store.closing import Closing
from gitexp.store.fetch import bring_at_once
from gitexp.store.reader import missing_objects, parse_header
from gitexp.store.repository import Repository

# git begins with the next blob while we are still busy with this one.
_AHEAD = 8
_PIPE_BYTES = 1 << 20
_SKIP_BYTES = 1 << 20


class Stream(ABC):
    """A file's content on its way; what is not read is skipped by the reader."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rest = size  # bytes not read yet

    def read_into(self, buffer: memoryview) -> None:
        """Fill a buffer with the next bytes.

        Raises:
            ValueError: there are fewer.
            GitCommandFailed: git ended, e.g. because the object is damaged.
        """
        if len(buffer) > self.rest:
            raise ValueError(f"it ends after {self.size} bytes")
        self._fill(buffer)
        self.rest -= len(buffer)

    def read(self, n: int) -> bytes:
        """The next n bytes."""
        # Asked for first: a stranger's header may promise more than there is.
        if n > self.rest:
            raise ValueError(f"it ends after {self.size} bytes")
        buffer = bytearray(n)
        self.read_into(memoryview(buffer))
        return bytes(buffer)

    def skip(self, n: int) -> None:
        """Pass over the next n bytes."""
        scratch = memoryview(bytearray(min(n, _SKIP_BYTES)))
        while n > 0:
            self.read_into(scratch[: min(n, _SKIP_BYTES)])
            n -= min(n, _SKIP_BYTES)

    def end(self) -> None:
        """Pass over what is left."""
        self.skip(self.rest)

    @abstractmethod
    def _fill(self, buffer: memoryview) -> None:
        """Bring the next bytes, of which it is known that they should be there."""


class BlobStream(Stream):
    """One blob on its way out of git."""

    def __init__(self, process: subprocess.Popen[bytes], size: int) -> None:
        super().__init__(size)
        self._process = process

    def _fill(self, buffer: memoryview) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readinto(buffer) != len(buffer):  # type: ignore[attr-defined]
            raise GitCommandFailed(
                ["cat-file", "--batch"],
                self._process.wait(),
                "it ended in the middle of an object",
            )

    def end(self) -> None:
        """Pass over what is left, and the newline that git puts after it."""
        super().end()
        assert self._process.stdout is not None
        self._process.stdout.read(1)


class BlobReader(Closing):
    """Reads blobs through one `git cat-file --batch`, started when it is first asked.

    Blobs that a partial clone left on the server are fetched by git. Not for use by several
    threads at once.
    """

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()  # it may be in the middle of a blob that nobody reads
            process.communicate()

    def stream(self, oids: Sequence[str]) -> Iterator[tuple[str, BlobStream]]:
        """Each blob in turn, by oid; a stream is good until the next one is asked for.

        Raises:
            CheckpointNotHere: one is not in the repository, and could not be fetched.
        """
        bring_at_once(self._repo, oids)
        done = False
        try:
            for i, oid in enumerate(oids):
                self._ask(oids[i + _AHEAD - 1 : i + _AHEAD] if i else oids[:_AHEAD])
                blob = self._answer(oid)
                yield oid, blob
                blob.end()
            done = True
        finally:
            if not done:
                self.close()

    def read(self, oid: str) -> bytes:
        """The whole of one object.

        Raises:
            CheckpointNotHere: it is not in the repository.
        """
        content = b""
        for _, blob in self.stream([oid]):
            content = blob.read(blob.size)
        return content

    def _ask(self, oids: Sequence[str]) -> None:
        if self._process is None:
            self._process = self._repo.popen(
                "cat-file",
                "--batch",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert self._process.stdout is not None
            with contextlib.suppress(AttributeError, OSError):  # Linux has it
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the answer will be missing
            self._process.stdin.write(b"".join(oid.encode() + b"\n" for oid in oids))
            self._process.stdin.flush()

    def _answer(self, oid: str) -> BlobStream:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        header = parse_header(line)
        if header is None:
            # A git that cannot fetch what a server promised ends without an answer.
            if line.endswith(b" missing\n") or missing_objects(self._repo, [oid]):
                raise CheckpointNotHere(1)
            raise GitCommandFailed(
                ["cat-file", "--batch"], self._process.wait(), f"no answer about {oid}"
            )
        return BlobStream(self._process, header[2])
