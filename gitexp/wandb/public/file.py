"""A file of a run, as the Api gives it."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from gitexp.errors import GitexpError

Read = Callable[[], bytes]


class File:
    """One file of a run.

    Attributes:
        name: its path as wandb has it.
        size: in bytes; -1 where it is on a server and was not asked for.
        url: of the run's ref, with the path in its tree.
    """

    def __init__(
        self,
        name: str,
        size: int,
        url: str,
        read: Read,
        drop: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.size = size
        self.url = url
        self.direct_url = url
        self._read = read
        self._drop = drop

    @property
    def id(self) -> str:
        """As `name`."""
        return self.name

    @property
    def mimetype(self) -> str:
        """By its name."""
        return mimetypes.guess_type(self.name)[0] or ""

    @property
    def md5(self) -> str:
        """Of its content, in hex."""
        return hashlib.md5(self._read(), usedforsecurity=False).hexdigest()

    def content(self) -> bytes:
        """What is in it."""
        return self._read()

    def download(
        self,
        root: str | os.PathLike[str] = ".",
        replace: bool = False,
        exist_ok: bool = False,
        api: Any = None,
    ) -> IO[str]:
        """Write it below a folder; returns it open for reading.

        Args:
            root: the folder.
            replace: whether a file that is there is overwritten.
            exist_ok: whether a file that is there is taken for it.
            api: accepted.

        Raises:
            ValueError: there is such a file, and neither says what to do.
        """
        # A stranger may have named the files of a run.
        parts = [part for part in self.name.split("/") if part not in ("", ".", "..")]
        target = Path(root).joinpath(*parts)
        if target.exists() and not replace:
            if not exist_ok:
                raise ValueError(
                    f"{target} exists: replace=True writes over it, exist_ok=True leaves it"
                )
            return target.open(errors="replace")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._read())
        return target.open(errors="replace")

    @property
    def path_uri(self) -> str:
        """As `url`."""
        return self.url

    def delete(self) -> None:
        """Take it out of the run, as a commit on its chain; older commits have it still.

        Raises:
            GitexpError: it is none of those that save() or `upload_file` kept.
        """
        if self._drop is None:
            raise GitexpError(
                f"{self.name} is the run's own", "what save() kept can be deleted; `gitexp rm`"
            )
        self._drop()

    def to_html(self, *args: Any, **keywords: Any) -> None:
        """There is no page."""

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """There is no page to show inside a notebook; False says so."""
        return False

    def __repr__(self) -> str:
        return f"<File {self.name} ({self.mimetype}) {self.size} bytes>"
