"""Entries of files that a run read or wrote; folders of many files as one entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# More files of one folder than this are told together, and no run tells of more entries.
_MOST_OF_FOLDER = 32
_MOST = 256


def folded(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries by path, at most 256; files of large folders are joined.

    Args:
        entries: {"path", "bytes", "modified", …}, each path once.

    Returns:
        The same, sorted; a joined entry's path ends in a slash, `bytes` is the sum, `modified`
        the newest, `files` their number, and other values are None.
    """
    by_path = {entry["path"]: entry for entry in entries}
    by_path = _join(by_path, _MOST_OF_FOLDER)
    while len(by_path) > _MOST:
        joined = _join(by_path, 1)
        # One entry in each folder: go up, where they meet.
        by_path = joined if len(joined) < len(by_path) else _join(by_path, 0)
    return [by_path[path] for path in sorted(by_path)]


def _join(by_path: dict[str, dict[str, Any]], most: int) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, entry in by_path.items():
        groups.setdefault(path.rstrip("/").rpartition("/")[0], []).append(entry)
    joined: dict[str, dict[str, Any]] = {}
    for folder, group in groups.items():
        if len(group) <= most:
            joined.update({entry["path"]: entry for entry in group})
            continue
        others = dict.fromkeys(
            key for entry in group for key in entry if key not in ("path", "bytes", "modified")
        )
        top = "/" if group[0]["path"].startswith("/") else "./"
        name = f"{folder}/" if folder else top
        joined[name] = {
            "path": name,
            "bytes": sum(entry["bytes"] for entry in group),
            "modified": max(entry["modified"] for entry in group),
            **dict.fromkeys(others),
            "files": sum(entry.get("files", 1) or 1 for entry in group),
        }
    return joined
