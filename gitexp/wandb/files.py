"""Files that a script asks to keep, copied into the run's folder."""

from __future__ import annotations

import contextlib
import glob as globs
import os
import re
from pathlib import Path

from gitexp.journal.folders import UNFINISHED


class SavedFiles:
    """A folder of copies, some of which are made again at the end.

    Files that the script writes straight into the folder are kept as well.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._again: dict[Path, Path] = {}  # copy → source

    def add(
        self,
        pattern: str | os.PathLike[str] | bytes,
        base: str | os.PathLike[str] | None = None,
        *,
        again: bool,
        glob: bool = True,
    ) -> list[Path]:
        """Copy the files that match, keeping their path below `base`.

        Args:
            pattern: a file, a folder or a glob; relative to the current folder, else to ours.
            base: by default the current folder; for absolute paths, the one that the file's
                folder is in.
            again: copy them once more at the end.
            glob: False: the pattern is a path as it stands.
        """
        text = os.fsdecode(os.fspath(pattern))
        kept = []
        for source in self._files(text if glob else globs.escape(text)):
            if self.folder in source.parents:
                kept.append(source)
                continue
            target = self.folder / _below(source, text, base)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, target)
            if again:
                self._again[target] = source
            kept.append(target)
        return kept

    def refresh(self) -> None:
        """Copy those anew that have changed since."""
        for target, source in self._again.items():
            with contextlib.suppress(OSError):
                now, then = source.stat(), target.stat()
                if (now.st_mtime_ns, now.st_size) != (then.st_mtime_ns, then.st_size):
                    _copy(source, target)

    def _files(self, text: str) -> list[Path]:
        for found in (globs.glob(text), globs.glob(os.path.join(self.folder, text))):
            files: list[Path] = []
            for path in map(Path, sorted(found)):
                files += sorted(path.rglob("*")) if path.is_dir() else [path]
            if files:
                return [path.absolute() for path in files if path.is_file()]
        return []


def check_save(
    pattern: str | os.PathLike[str] | bytes,
    base: str | os.PathLike[str] | None,
    policy: str,
) -> None:
    """See whether files can be kept as a script asks.

    Args:
        pattern: a file or a glob.
        base: the folder that the kept paths begin after.
        policy: when they are copied.

    Raises:
        ValueError: the policy is none, the pattern leads out of the folder, or its first part
            is `*`.
    """
    if policy not in ("live", "end", "now"):
        raise ValueError(f"policy {policy!r} is none of 'live', 'end' and 'now'")
    text = os.fsdecode(os.fspath(pattern))
    whole = Path(os.path.abspath(text))
    if base is None:
        base = whole.parent.parent if os.path.isabs(text) else "."
    top = os.path.abspath(os.fsdecode(os.fspath(base)))
    if not whole.is_relative_to(top):
        raise ValueError("the files are below base_path, not above it")
    if whole == Path(top):
        raise ValueError("base_path itself is no file to keep")
    if whole.relative_to(top).parts[0] == "*":
        raise ValueError("the pattern begins with a name below base_path, not with '*'")


def _copy(source: Path, target: Path) -> None:
    """A copy that is whole whenever somebody looks; its time is the source's."""
    import shutil

    temporary = target.with_name(f"{UNFINISHED}{os.getpid()}-{target.name}")
    shutil.copy2(source, temporary)
    temporary.replace(target)


def _below(source: Path, pattern: str, base: str | os.PathLike[str] | None) -> Path:
    top = Path(base).absolute() if base is not None else Path.cwd()
    if base is None and os.path.isabs(pattern):
        top = Path(os.path.dirname(re.split(r"[*?[]", pattern)[0])).parent
    try:
        relative = Path(os.path.normpath(source)).relative_to(os.path.normpath(top))
    except ValueError:
        return Path(source.name)
    return relative
