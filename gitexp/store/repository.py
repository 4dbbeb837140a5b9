"""The user's git repository: found in one git process, and a way to run git in it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp import paths
from gitexp.errors import GitCommandFailed, NotARepository
from gitexp.store.process import check_version, clean_environment, run_git, why_refused

if TYPE_CHECKING:
    from git import Repo

# Printed between two answers of rev-parse, which echoes what it does not know: a path may hold
# newlines. --path-format is such an unknown word for git before 2.31.
_BETWEEN = "--gitexp-next-answer"
_PROBE = "--path-format=absolute"


@dataclass(frozen=True, slots=True)
class Head:
    """Where HEAD points; both None only in a detached, broken repository."""

    commit: str | None  # None: no commits yet
    branch: str | None  # None: detached


@dataclass(frozen=True, slots=True)
class Identity:
    """Who writes commits; bytes that are not UTF-8 are surrogates."""

    name: str
    email: str


FALLBACK_IDENTITY = Identity("gitexp", "gitexp@localhost")


class Repository:
    """An open repository.

    Safe to use from several threads: every call runs a process of its own.

    Attributes:
        git_dir: of this worktree, absolute.
        common_dir: what all worktrees share: objects, refs, config.
        worktree: its top folder; None in a bare repository and inside a .git folder.
        object_format: "sha1" or "sha256".
        environment: what git runs with here.
    """

    def __init__(
        self,
        git_dir: Path,
        common_dir: Path,
        worktree: Path | None,
        object_format: str,
        environment: Mapping[str, str],
    ) -> None:
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.worktree = worktree
        self.object_format = object_format
        self.environment = dict(environment)

    @classmethod
    def open(cls, path: Path | None = None) -> Repository:
        """Find the repository that a folder (default: the current one) is in.

        The folder decides, as for somebody who types `git` there; GIT_DIR counts only where that
        finds none, so that a hook of one repository can ask about another.

        Raises:
            GitMissing, GitTooOld, NotARepository, UnsafeRepository: as their names say.
            GitCommandFailed: git cannot read the repository, e.g. its config is broken.
        """
        folder = Path(os.path.realpath(path or Path.cwd()))
        environment = clean_environment()
        explicit = {k: os.environ[k] for k in ("GIT_DIR", "GIT_WORK_TREE") if k in os.environ}
        try:
            return cls._discover(folder, environment)
        except NotARepository:
            if "GIT_DIR" not in explicit or path is not None:
                raise
        for key, value in explicit.items():
            environment[key] = os.path.join(folder, value)
        return cls._discover(folder, environment)

    @classmethod
    def _discover(cls, folder: Path, environment: dict[str, str]) -> Repository:
        questions = ("--absolute-git-dir", "--git-common-dir", "--show-object-format")
        asked = [word for question in questions for word in (question, _BETWEEN)]
        command = ["rev-parse", _PROBE, *asked, "--show-cdup"]
        done = run_git(command, folder, environment)
        if done.returncode != 0:
            check_version(folder, environment)
            raise why_refused(folder, done)
        output = os.fsdecode(done.stdout)
        if output.startswith(_PROBE + "\n"):
            check_version(folder, environment)
            output = output[len(_PROBE) + 1 :]
        git_dir, common_dir, object_format, up = output.split(f"\n{_BETWEEN}\n")
        # --show-cdup prints nothing at all without a worktree, an empty line at its top.
        worktree = Path(os.path.normpath(folder / up[:-1])) if up else None
        return cls(
            Path(git_dir),
            Path(os.path.realpath(folder / common_dir)),
            worktree,
            object_format,
            environment,
        )

    @property
    def gitexp_dir(self) -> Path:
        """Our folder in the repository; it may not exist yet."""
        return paths.gitexp_dir(self.common_dir)

    @property
    def null_oid(self) -> str:
        """The oid that stands for "no object"."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    def git(
        self,
        *args: str | bytes,
        input: bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> bytes:
        """Run git in the worktree's top (or the git folder) and return its stdout.

        Args:
            args: everything after `git`.
            input: stdin; None: empty.
            env: added to the repository's environment.
            cwd: another folder to run it in.
            ok: the exit codes that are no failure.

        Raises:
            GitCommandFailed: another exit code.
        """
        done = run_git(args, cwd or self.top, {**self.environment, **(env or {})}, input)
        if done.returncode not in ok:
            shown = [os.fsdecode(arg) for arg in args]
            raise GitCommandFailed(shown, done.returncode, os.fsdecode(done.stderr))
        return done.stdout

    def popen(self, *args: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
        """Start git in the worktree's top; `options` are those of subprocess.Popen."""
        options.setdefault("env", self.environment)
        options.setdefault("cwd", self.top)
        return subprocess.Popen(["git", *args], **options)

    @property
    def top(self) -> Path:
        """Where git runs: the worktree's top, or the git folder of a bare repository."""
        return self.worktree or self.git_dir

    @cached_property
    def config(self) -> Mapping[str, str]:
        """git's configuration, each key's last value: core.sharedrepository, filter.LFS.clean."""
        pairs: dict[str, str] = {}
        for item in os.fsdecode(self.git("config", "--list", "-z")).split("\0"):
            key, newline, value = item.partition("\n")
            # A key without a value (`[core] bare`) means true.
            pairs[key] = value if newline else "true"
        pairs.pop("", None)
        return pairs

    def head(self) -> Head:
        """The commit and branch that are checked out."""
        answer = self.git("rev-parse", "-q", "HEAD", "--symbolic-full-name", "HEAD", ok=(0, 128))
        commit, _, ref = os.fsdecode(answer).strip().partition("\n")
        if not ref:
            commit = ""
            ref = os.fsdecode(self.git("symbolic-ref", "-q", "HEAD", ok=(0, 1))).strip()
        branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None
        return Head(commit or None, branch)

    def identity(self) -> Identity:
        """The user as git knows them; git's guesses from host and login names do not count."""
        answer = self.git(
            "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT", ok=(0, 1, 128)
        )
        match = re.match(r"(.*?) ?<(.*)> \d+ [+-]\d+$", os.fsdecode(answer), re.DOTALL)
        return Identity(match[1], match[2]) if match else FALLBACK_IDENTITY

    @cached_property
    def porcelain(self) -> Repo:
        """The same repository for GitPython, which is imported here for the first time."""
        from git import Repo

        return Repo(self.top)
