"""Git hooks of ours in the user's repository, beside the hooks that are the user's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gitexp import paths
from gitexp.store.hook_managers import HUSKY, MANAGERS
from gitexp.store.repository import Repository

BEGIN, END = b"# >>> gitexp >>>\n", b"# <<< gitexp <<<\n"

INSTALLED, ABSENT, OUTDATED, BLOCKED = "installed", "absent", "outdated", "blocked"
MANAGED = "managed"

# A block with the newline that ends it, or, at the end of a file that had none, that begins it.
_BLOCK = re.compile(b"%s.*?%s|\n%s.*?%s" % (BEGIN, END, BEGIN, END[:-1]), re.DOTALL)
_SHELL = re.compile(rb"#!\s*\S*?(/env\s+(-S\s+)?)?([a-z]*/)*(ba|da|z|k|mk|a)?sh(\s|\Z)")


@dataclass(frozen=True, slots=True)
class HookState:
    """One of our hooks in a repository."""

    name: str  # git's: prepare-commit-msg
    path: Path
    # INSTALLED, ABSENT, OUTDATED: of another version, BLOCKED: we stay out of it, MANAGED: a hook
    # manager's file calls it.
    state: str
    beside: bool = False  # the file also holds lines of the user's
    why: str = ""  # it is blocked or managed
    hint: str = ""  # how to have it nevertheless


def hook_states(repo: Repository, *, anywhere: bool = False) -> list[HookState]:
    """How each of our hooks stands, by name.

    Args:
        repo: the repository.
        anywhere: also where core.hooksPath leads to a folder that is not this repository's own.
    """
    folder = repo.top / os.fsdecode(repo.git("rev-parse", "--git-path", "hooks")).rstrip("\n")
    foreign = "" if anywhere else _why_foreign(repo, folder)
    shipped = sorted(paths.shipped("hooks").iterdir())
    top = repo.worktree or repo.top
    return [_state(folder / source.name, source.read_bytes(), foreign, top) for source in shipped]


def install_hooks(repo: Repository, *, anywhere: bool = False) -> list[HookState]:
    """Install each of our hooks that is not blocked, and say how they stand now.

    A hook that is there keeps all its lines; ours goes right below its `#!`, for a hook may end
    with `exit` or `exec`.
    """
    for state in hook_states(repo, anywhere=anywhere):
        if state.state in (ABSENT, OUTDATED):
            ours = (paths.shipped("hooks") / state.name).read_bytes()
            state.path.parent.mkdir(parents=True, exist_ok=True)
            if state.path.exists():
                theirs = _without_block(state.path.read_bytes(), ours)
                _replace(state.path, _with_block(theirs, ours) if theirs else ours)
            else:
                _replace(state.path, ours, 0o755)
    return hook_states(repo, anywhere=anywhere)


def uninstall_hooks(repo: Repository) -> list[HookState]:
    """Take our lines out again, byte for byte; returns the hooks that had some."""
    removed = [s for s in hook_states(repo, anywhere=True) if s.state in (INSTALLED, OUTDATED)]
    for state in removed:
        ours = (paths.shipped("hooks") / state.name).read_bytes()
        theirs = _without_block(state.path.read_bytes(), ours)
        if theirs:
            _replace(state.path, theirs)
        else:
            state.path.unlink()
    return removed


def _state(path: Path, ours: bytes, foreign: str, top: Path) -> HookState:
    name = path.name
    line = _block_of(ours).split(b"\n")[1].decode()
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        text = None
    if text is not None and _BLOCK.search(text):
        state = INSTALLED if _block_of(ours).rstrip() in text else OUTDATED
        return HookState(name, path, state, beside=bool(_without_block(text, ours)))
    manager = next((found for found in MANAGERS if text and found.mark in text), None)
    if foreign and ".husky" in path.parts:
        manager = HUSKY
    if manager and (file := manager.calling(top, name)):
        return HookState(name, path, MANAGED, True, f"called from {file}")
    why = foreign
    if manager:
        why = why or "it is written by a hook manager"
    elif text is not None and not foreign:
        why = _why_not_ours_to_edit(path, text)
    if why:
        hint = manager.advice(name, line) if manager else f"add this line to it: {line}"
        return HookState(name, path, BLOCKED, text is not None, why, hint)
    return HookState(name, path, ABSENT, beside=text is not None)


def _why_foreign(repo: Repository, folder: Path) -> str:
    real = Path(os.path.realpath(folder))
    if real.is_relative_to(repo.common_dir):
        return ""
    if repo.worktree and real.is_relative_to(os.path.realpath(repo.worktree)):
        return f"core.hooksPath leads to {folder}, among your own files"
    return f"core.hooksPath leads to {folder}, outside this repository"


def _why_not_ours_to_edit(path: Path, text: bytes) -> str:
    if path.is_symlink():
        return "it is a symbolic link"
    if not os.access(path, os.X_OK):
        return "it is switched off (not executable)"
    # git runs a hook without `#!` by the shell.
    if b"\0" in text or (text.startswith(b"#!") and not _SHELL.match(text)):
        return "it is not a shell script"
    return ""


def _block_of(ours: bytes) -> bytes:
    return ours[ours.index(BEGIN) :]


def _with_block(theirs: bytes, ours: bytes) -> bytes:
    block = _block_of(ours)
    first, newline, rest = theirs.partition(b"\n")
    if not first.startswith(b"#!"):
        return block + theirs
    if not newline:
        return first + b"\n" + block[:-1]
    return first + newline + block + rest


def _without_block(text: bytes, ours: bytes) -> bytes:
    """The user's part of a hook; nothing if it was us who made the file."""
    rest = _BLOCK.sub(b"", text, count=1)
    header = ours[: ours.index(BEGIN)]
    if rest == header:
        return b""
    return rest.replace(header, b"#!/bin/sh\n", 1) if rest.startswith(header) else rest


def _replace(path: Path, text: bytes, mode: int | None = None) -> None:
    temporary = path.with_name(f"{path.name}.gitexp-{os.getpid()}")
    temporary.write_bytes(text)
    temporary.chmod(path.stat().st_mode & 0o7777 if mode is None else mode)
    temporary.replace(path)
