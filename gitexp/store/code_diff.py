"""What differs between two trees, told by git."""

from __future__ import annotations

from collections.abc import Iterator

from gitexp.errors import GitCommandFailed
from gitexp.schema.diff import FileDelta
from gitexp.schema.run import GitFacts
from gitexp.store.local_only import NO_FETCH
from gitexp.store.repository import Repository

_DIFF_TREE = ("diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color")


def diff_trees(
    repo: Repository, old: str, new: str, *, patch: bool = False
) -> tuple[tuple[FileDelta, ...], str]:
    """Compare two trees; files that are renamed and little changed count as renamed.

    Nothing is fetched for it: where a partial clone lacks a file's content, its lines are not
    counted (None, as for a binary file) and there is no patch.

    Args:
        repo: where.
        old: any name of a tree or commit.
        new: the same.
        patch: whether the patch is wanted too.

    Returns:
        The files that differ, by path; the patch, or "".

    Raises:
        GitCommandFailed: there is no such tree.
    """
    try:
        raw = repo.git(*_DIFF_TREE, "--raw", "--numstat", "-z", old, new, "--", env=NO_FETCH)
        text = repo.git(*_DIFF_TREE, "-p", old, new, "--", env=NO_FETCH) if patch else b""
    except GitCommandFailed:
        # Renames are found by content, so without it there are none.
        raw = repo.git(*_DIFF_TREE, "--no-renames", "--raw", "-z", old, new, "--", env=NO_FETCH)
        text = b""
    return tuple(_deltas(raw)), text.decode("utf-8", "replace")


def changes_since_base(repo: Repository, facts: GitFacts) -> tuple[FileDelta, ...]:
    """The files in which a run's code differs from its base commit; empty where git lacks one."""
    if not facts.dirty or facts.base_commit is None or facts.code_tree is None:
        return ()
    try:
        return diff_trees(repo, facts.base_commit, facts.code_tree)[0]
    except GitCommandFailed:
        return ()  # a shallow or partial clone


def _deltas(output: bytes) -> Iterator[FileDelta]:
    # `:<modes> <oids> <status> NUL path NUL [new path NUL]` for all files, then their numbers
    # `<added> TAB <removed> TAB path NUL`, or `… TAB NUL old path NUL new path NUL`.
    fields = iter(output.split(b"\0"))
    files: list[tuple[str, str, str | None]] = []
    lines: dict[str, tuple[int | None, int | None]] = {}
    for head in fields:
        if head.startswith(b":"):
            status = head.rpartition(b" ")[2][:1].decode()
            path = shown_path(next(fields))
            renamed = shown_path(next(fields)) if status in "RC" else None
            files.append((status, renamed or path, path if renamed else None))
        elif head:
            added, removed, name = head.split(b"\t", 2)
            path = shown_path(name)
            if not path:
                next(fields)
                path = shown_path(next(fields))
            lines[path] = (_count(added), _count(removed))
    for status, path, old_path in files:
        added_lines, removed_lines = lines.get(path, (None, None))
        yield FileDelta(path, status, added_lines, removed_lines, old_path)


def _count(number: bytes) -> int | None:
    return None if number == b"-" else int(number)


def shown_path(name: bytes) -> str:
    r"""A path as text that any terminal and JSON can hold: bytes that are no UTF-8 as `\xff`."""
    return name.decode("utf-8", "backslashreplace")
