"""What the page may change: tags, notes, and which runs are hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitexp.errors import UsageError
from gitexp.record.annotate import set_note, set_tags
from gitexp.render.app.runs import HIDDEN_TAG
from gitexp.store.repository import Repository

_MOST_TAGS = 100
_LONGEST_TAG = 200
_LONGEST_NOTE = 200_000


def edit(repo: Repository, name: str, what: str, body: Any) -> None:
    """Change a run as `gitexp tag` and `gitexp note` do: with a commit on its chain.

    Args:
        repo: where.
        name: the run's.
        what: "tags" {"add": [], "remove": []}, "notes" {"text": ""} or "hidden" {"hidden": true}.
        body: as it came.

    Raises:
        UsageError: the body is not of that form.
        RunNotFound: there is no such run.
    """
    change = _EDITS.get(what)
    if change is None:
        raise UsageError(f"{what} cannot be changed")
    if not isinstance(body, Mapping):
        raise UsageError("expected a JSON object")
    change(repo, name, body)


def _tags(repo: Repository, name: str, body: Mapping[str, Any]) -> None:
    set_tags(repo, name, _words(body.get("add", [])), _words(body.get("remove", [])))


def _notes(repo: Repository, name: str, body: Mapping[str, Any]) -> None:
    note = body.get("text")
    if not isinstance(note, str) or len(note) > _LONGEST_NOTE:
        raise UsageError(f"a note is a text of up to {_LONGEST_NOTE:,} characters")
    set_note(repo, name, note.strip())


def _hidden(repo: Repository, name: str, body: Mapping[str, Any]) -> None:
    hidden = body.get("hidden")
    if not isinstance(hidden, bool):
        raise UsageError("expected hidden: true or false")
    add, remove = ([HIDDEN_TAG], []) if hidden else ([], [HIDDEN_TAG])
    set_tags(repo, name, add, remove)


def _words(tags: Any) -> list[str]:
    if not isinstance(tags, list) or len(tags) > _MOST_TAGS:
        raise UsageError(f"expected a list of up to {_MOST_TAGS} tags")
    for tag in tags:
        if not isinstance(tag, str) or not tag.strip() or len(tag) > _LONGEST_TAG:
            raise UsageError(f"a tag is a word of up to {_LONGEST_TAG} characters")
        if "," in tag or not tag.isprintable():
            raise UsageError(f"{tag!r} cannot be a tag", "tags are words without commas")
    return [tag.strip() for tag in tags]


_EDITS: dict[str, Callable[[Repository, str, Mapping[str, Any]], None]] = {
    "tags": _tags,
    "notes": _notes,
    "hidden": _hidden,
}
