"""The source tree exactly as it is on disk, written as a git tree beside the user's index."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitCommandFailed
from gitexp.schema.run import SkippedFile
from gitexp.store.code_diff import shown_path
from gitexp.store.left_out import UNREADABLE, is_readable, split_untracked
from gitexp.store.leftovers import SNAPSHOT_PREFIX, remove_leftovers
from gitexp.store.local_only import NO_FETCH
from gitexp.store.repository import Repository
from gitexp.store.written_files import written_files

# What a user may have set for the index of daily work and must not act on a temporary one:
# hooks (post-index-change), a file system monitor, index files beside the index, refusals.
_CONFIG = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor="),
    *("-c", "core.splitIndex=false"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.safecrlf=false"),
)

_DIFF_FILES = ("diff-files", "-z", "--no-renames", "--ignore-submodules=untracked")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The worktree at one moment."""

    tree: str  # oid
    dirty: bool  # the tree differs from HEAD's
    skipped: tuple[SkippedFile, ...] = ()
    warnings: tuple[str, ...] = ()


def take_snapshot(
    repo: Repository, *, untracked_limit_bytes: int, secrets: Iterable[str] = ()
) -> Snapshot:
    """Write the tree that `git add --all` and a commit would write, and leave no trace.

    Untracked files that earlier runs wrote are not in it: results are no code.

    Everything goes through git with a copy of the index, so filters, modes, links, submodules,
    ignore rules and sparse checkouts mean what they mean to the user; only the choice among
    untracked files is ours. The copy keeps what git knows of the files' times, so that only
    changed ones are read. Neither the index nor a ref, reflog or file of the user is touched, and
    no hook runs. A bare repository gives HEAD's tree.

    Args:
        repo: the repository.
        untracked_limit_bytes: untracked files above this size are left out.
        secrets: globs of untracked files to leave out, beside the built-in ones.

    Returns:
        The tree's oid, and what is not in it.

    Raises:
        GitCommandFailed: git cannot write the tree.
    """
    head = repo.git("rev-parse", "-q", "--verify", "HEAD^{tree}", ok=(0, 1, 128)).decode().strip()
    if repo.worktree is None:
        return Snapshot(head or repo.git("mktree").decode().strip(), dirty=False)
    repo.gitexp_dir.mkdir(exist_ok=True)
    remove_leftovers(repo)
    with tempfile.TemporaryDirectory(prefix=SNAPSHOT_PREFIX, dir=repo.gitexp_dir) as folder:
        index = _TemporaryIndex(repo, Path(folder) / "index")
        try:
            skipped = index.fill(untracked_limit_bytes, secrets)
        except GitCommandFailed as error:
            index.disable_filters(error)
            skipped = index.fill(untracked_limit_bytes, secrets)
        tree = index.write_tree()
    return Snapshot(tree, tree != head, tuple(skipped), tuple(index.warnings))


class _TemporaryIndex:
    """A copy of the user's index that is made to match the worktree."""

    def __init__(self, repo: Repository, path: Path) -> None:
        assert repo.worktree is not None
        self.repo = repo
        self.path = path
        self.top = repo.worktree
        self.config: tuple[str, ...] = _CONFIG
        own = {"GIT_INDEX_FILE": str(path), "GIT_LITERAL_PATHSPECS": "1"}
        self.environment = {**repo.environment, **own}
        self.warnings: list[str] = []

    def fill(self, limit_bytes: int, secrets: Iterable[str]) -> list[SkippedFile]:
        """Copy the index and bring it up to the worktree; returns what stays out."""
        _copy_with_times(self.repo.git_dir / "index", self.path)
        others = ("ls-files", "-z", "--others", "--exclude-standard")
        # Both walk the worktree and neither writes: side by side.
        with self._start(*_DIFF_FILES, "--raw") as walk, self._start(*others) as other_walk:
            raw = self._finish(walk).split(b"\0")[:-1]
            untracked = self._finish(other_walk).split(b"\0")[:-1]
        changes = dict(zip(raw[1::2], raw[::2], strict=True))  # path: modes, oids, status
        removed = [path for path, facts in changes.items() if facts.endswith(b"D")]
        written = [path for path, facts in changes.items() if not facts.endswith(b"D")]
        unreadable = {path for path in written if not is_readable(self.top, path)}
        taken, skipped = split_untracked(
            self.top, untracked, limit_bytes, secrets, written_files(self.repo)
        )
        # Removals first and apart: a file may have given way to a folder or a link.
        self._update("--force-remove", removed)
        self._update("--replace", [path for path in written if path not in unreadable] + taken)
        self._warn_of_submodules([p for p, facts in changes.items() if facts[1:7] == b"160000"])
        skipped += (SkippedFile(shown_path(p), 0, UNREADABLE) for p in sorted(unreadable))
        return skipped

    def _update(self, option: str, paths: list[bytes]) -> None:
        if paths:
            options = ("--add", "--remove", option, "-z", "--stdin")
            self._git("update-index", *options, input=b"".join(path + b"\0" for path in paths))

    def _warn_of_submodules(self, paths: list[bytes]) -> None:
        if not paths:
            return
        # Their commits are in the index by now: what still differs is not committed.
        listed = self._git(*_DIFF_FILES, "--name-only", "--", *paths).split(b"\0")[:-1]
        self.warnings += (
            f"submodule {shown_path(path)} has uncommitted changes, which are not in code/"
            for path in listed
        )

    def disable_filters(self, error: GitCommandFailed) -> None:
        """Go on without clean filters after one of them failed.

        Raises:
            GitCommandFailed: the same again, as no filter is configured.
        """
        keys = (re.fullmatch(r"filter\.(.+)\.(?:clean|process)", key) for key in self.repo.config)
        filters = sorted({match[1] for match in keys if match})
        if not filters:
            raise error
        for name in filters:
            off = (f"filter.{name}.{what}" for what in ("clean=", "process=", "required=false"))
            self.config += tuple(word for setting in off for word in ("-c", setting))
        why = error.stderr.strip().splitlines()
        self.warnings = [
            f"a filter failed ({why[-1] if why else 'no message'}): code/ holds changed files "
            f"as they are on disk, without the filters {', '.join(filters)}"
        ]

    def write_tree(self) -> str:
        """Store the index as trees; returns the oid of the top one."""
        # What a partial clone or sparse checkout left on the server is fine as it is.
        done = self.repo.git(
            *self.config, "write-tree", "--missing-ok", env={**self.environment, **NO_FETCH}
        )
        return done.decode().strip()

    def _git(self, *args: str | bytes, input: bytes | None = None) -> bytes:
        return self.repo.git(*self.config, *args, input=input, env=self.environment)

    def _start(self, *args: str) -> subprocess.Popen[bytes]:
        return self.repo.popen(
            *self.config,
            *args,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _finish(self, process: subprocess.Popen[bytes]) -> bytes:
        output, errors = process.communicate()
        said = os.fsdecode(errors)
        if process.returncode != 0:
            raise GitCommandFailed(["snapshot"], process.returncode, said)
        # Folders that cannot be listed, files in folders that cannot be entered.
        self.warnings += (
            shown_path(line) for line in errors.splitlines() if b"Permission denied" in line
        )
        return output


def _copy_with_times(index: Path, copy: Path) -> None:
    """Copy the index with its modification time.

    Git takes a file for unchanged by its times, unless these are as young as the index itself.
    A copy that looked younger would hide a change made right after the index was written.
    """
    with contextlib.suppress(FileNotFoundError), open(index, "rb") as source:
        with open(copy, "wb") as target:
            shutil.copyfileobj(source, target)
        facts = os.fstat(source.fileno())
        os.utime(copy, ns=(facts.st_atime_ns, facts.st_mtime_ns))
