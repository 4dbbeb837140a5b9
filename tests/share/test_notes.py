"""The notes that link commits and runs travel with the runs; nobody's lines are lost."""

from __future__ import annotations

from pathlib import Path

from support.git import git
from support.runs import make_run
from support.share import fetch, push

from gitexp.query.commit_links import note_commit
from gitexp.schema.names import NOTES_REF
from gitexp.store.commit_notes import read_note
from gitexp.store.repository import Repository


def noted(top: Path) -> list[str]:
    """The runs that HEAD's note names."""
    return sorted(read_note(Repository.open(top), git(top, "rev-parse", "HEAD")).values())


def note_a_run(top: Path, name: str) -> None:
    """A run of the code at HEAD, and the note of it."""
    make_run(top, name)
    note_commit(Repository.open(top))


def test_both_sides_notes_are_joined(ada: Path, bob: Path, hub: Path) -> None:
    note_a_run(ada, "one")
    assert push(ada) == {"one": "new"}
    assert noted(hub) == ["one"]
    note_a_run(bob, "two")
    assert push(bob) == {"two": "new"}  # somebody pushed notes meanwhile
    assert noted(hub) == ["one", "two"]
    fetch(ada)
    assert noted(ada) == noted(bob) == ["one", "two"]
    assert git(ada, "rev-parse", NOTES_REF) == git(hub, "rev-parse", NOTES_REF)


def test_notes_come_to_who_has_none_and_are_not_sent_twice(
    ada: Path, bob: Path, hub: Path
) -> None:
    note_a_run(ada, "one")
    push(ada)
    before = git(hub, "rev-parse", NOTES_REF)
    fetch(bob)
    assert noted(bob) == ["one"]
    push(bob)
    push(ada)
    assert git(hub, "rev-parse", NOTES_REF) == before


def test_a_remote_that_takes_no_notes_takes_the_runs(ada: Path, hub: Path) -> None:
    hook = hub / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/notes/*) exit 1;; esac\n')
    hook.chmod(0o755)
    note_a_run(ada, "one")
    assert push(ada) == {"one": "new"}
    assert not git(hub, "for-each-ref", "refs/notes")


def test_a_dry_run_sends_no_notes(ada: Path, hub: Path) -> None:
    note_a_run(ada, "one")
    push(ada, dry_run=True)
    assert not git(hub, "for-each-ref", "refs/notes")
