"""Tags, notes and names of runs that are in git: commits on their chain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gitexp.errors import BadName, GitexpError, RefMoved, RunExists, RunNotFound
from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.wake import wake
from gitexp.record.run_tree import add_documents, commit_message, stored_view
from gitexp.schema import names
from gitexp.schema.artifact import ARTIFACTS, ArtifactEntry, UsedArtifact
from gitexp.schema.run import RUNNING, Run
from gitexp.schema.verdict import ORIGINAL, Verdict
from gitexp.store.objects import TREE, ObjectWriter, TreeEntry
from gitexp.store.remote import read_ids
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.tombstones import bury

_TRIES = 10


def set_tags(repo: Repository, name: str, add: list[str], remove: list[str]) -> Run:
    """Add and remove tags; a running run gets them through its journal.

    Raises:
        RunNotFound: there is no such run.
    """

    def change(run: Run) -> Run:
        tags = [tag for tag in run.tags if tag not in remove]
        return run.but(tags=tuple(dict.fromkeys((*tags, *add))))

    return _annotate(repo, name, change, "tagged " + ", ".join([*add, *(f"-{t}" for t in remove)]))


def set_note(repo: Repository, name: str, text: str) -> Run:
    """Replace a run's note.

    Raises:
        RunNotFound: there is no such run.
    """
    return _annotate(repo, name, lambda run: run.but(notes=text), "noted")


def add_verdict(repo: Repository, name: str, verdict: Verdict) -> Run:
    """Put down what came of running a run again; a verdict about the same two runs is replaced.

    Raises:
        RunNotFound: there is no such run.
    """

    def change(run: Run) -> Run:
        others = (old for old in run.verdicts if (old.id, old.role) != (verdict.id, verdict.role))
        return run.but(verdicts=(*others, verdict))

    whose = "repeats" if verdict.role == ORIGINAL else "repeated by"
    return _annotate(repo, name, change, f"{whose} {verdict.run}, {verdict.outcome}")


def change_artifact(
    repo: Repository,
    run: str,
    name: str,
    digest: str,
    changed: Callable[[ArtifactEntry], dict[str, Any]],
) -> Run:
    """Change facts of a version that a run logged: aliases, description, metadata.

    Args:
        repo: where.
        run: that logged it.
        name: the artifact's.
        digest: the version's.
        changed: gets what is known and returns the fields that change.

    Raises:
        RunNotFound: there is no such run.
    """

    def change(known: Run) -> Run:
        entries = [
            replace(entry, **changed(entry)) if _is(entry, name, digest) else entry
            for entry in known.artifacts
        ]
        return known.but(artifacts=tuple(entries))

    return _annotate(repo, run, change, f"artifact {name} changed")


def remove_artifact(repo: Repository, run: str, name: str, digest: str) -> Run:
    """Take a version out of a run that has ended; its older commits have it still.

    Raises:
        RunNotFound: there is no such run.
        GitexpError: the run is running.
    """
    if folders.find_journal(repo.common_dir, run) is not None:
        raise GitexpError(f"{run} is still running", "delete the artifact when it has ended")

    def change(known: Run) -> Run:
        kept = [entry for entry in known.artifacts if not _is(entry, name, digest)]
        return known.but(artifacts=tuple(kept))

    return _annotate(repo, run, change, f"artifact {name} removed")


def change_run(repo: Repository, name: str, change: Callable[[Run], Run], what: str) -> Run:
    """Change what people say of a run: config, summary, tags, notes, group.

    Args:
        repo: where.
        name: the run's.
        change: gets the facts and returns them changed.
        what: for the commit's subject.

    Raises:
        RunNotFound: there is no such run.
    """
    return _annotate(repo, name, change, what)


def add_use(repo: Repository, name: str, used: UsedArtifact) -> Run:
    """Note that a run read an artifact.

    Raises:
        RunNotFound: there is no such run.
    """

    def change(run: Run) -> Run:
        return run.but(lineage=replace(run.lineage, used=(*run.lineage.used, used)))

    return _annotate(repo, name, change, f"uses {used.title}")


def _is(entry: ArtifactEntry, name: str, digest: str) -> bool:
    return (entry.name, entry.digest) == (name, digest)


def rename(repo: Repository, name: str, new_name: str) -> Run:
    """Give a run another name; its id stays.

    Raises:
        RunNotFound, BadName, RunExists: as their names say.
        GitexpError: the run is running.
    """
    why = names.why_not_a_name(new_name)
    if why:
        raise BadName(new_name, why)
    if folders.find_journal(repo.common_dir, name) is not None:
        raise GitexpError(f"{name} is still running", "rename it when it has ended")
    store = RunStore(repo)
    if store.oid(new_name) or folders.journal_of(repo.common_dir, new_name).exists():
        raise RunExists(new_name)
    oid = store.oid(name)
    if oid is None:
        raise RunNotFound(name)
    run = store.read_run(oid, name).but(name=new_name)
    writer = ObjectWriter(repo)
    try:
        commit = _Rewrite(store, oid, run, f"renamed from {name}", time.time())(writer)
        writer.flush(durable=True)
    finally:
        writer.discard()
    store.rename(name, new_name, oid, commit)
    return run


def remove(repo: Repository, name: str) -> None:
    """Remove a run's ref; its objects stay until git collects them, and a fetch leaves it out.

    Raises:
        RunNotFound: there is no such run.
        GitexpError: the run is running.
    """
    if folders.find_journal(repo.common_dir, name) is not None:
        raise GitexpError(f"{name} is still running", "stop it first")
    store = RunStore(repo)
    oid = store.oid(name)
    if oid is None:
        raise RunNotFound(name)
    run_id = read_ids(repo, names.ref_of(name)).get("", "")
    store.delete(name, oid)
    if run_id:
        bury(repo, name, run_id, oid)


def _annotate(repo: Repository, name: str, change: Callable[[Run], Run], what: str) -> Run:
    journal = folders.find_journal(repo.common_dir, name)
    live = _change_live(journal, change) if journal is not None else None
    if live is not None:
        return live
    store = RunStore(repo)
    for _ in range(_TRIES):
        oid = store.oid(name)
        if oid is None:
            raise RunNotFound(name)
        before = store.read_run(oid, name)
        after = change(before)
        if after == before:
            return before
        now = time.time()
        try:
            store.advance(name, oid, _Rewrite(store, oid, after, what, now), durable=True)
        except RefMoved:
            continue
        return after
    raise GitexpError(f"{name} could not be annotated: its ref moves all the time")


def _change_live(folder: Path, change: Callable[[Run], Run]) -> Run | None:
    """Tell a running run's journal; None if the run is not running here."""
    from gitexp.journal.fold import JournalFold

    try:
        fold = JournalFold(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    fold.update()
    before = fold.run()
    if before.status != RUNNING:
        return None
    after = change(before)
    file = LineFile(folder / folders.EVENTS)
    if after.tags != before.tags:
        file.append(encode_event(events.TAGS, tags=list(after.tags)))
    if after.notes != before.notes:
        file.append(encode_event(events.NOTES, notes=after.notes))
    for line in _other_events(before, after):
        file.append(line)
    file.close()
    wake(folder)
    return after


def _other_events(before: Run, after: Run) -> Iterator[bytes]:
    for entry in after.artifacts:
        if entry not in before.artifacts:
            told = {"name": entry.name, "digest": entry.digest, "values": entry.to_json()}
            yield encode_event(events.ARTIFACT_CHANGED, **told)
    for used in after.lineage.used:
        if used not in before.lineage.used:
            yield encode_event(events.USED, artifact=used.to_json())
    if after.config != before.config:
        for key in before.config.keys() - after.config.keys():
            yield encode_event(events.CONFIG_DROP, key=key)
        yield encode_event(events.CONFIG, values=after.config)
    if after.summary != before.summary:
        changed = {k: v for k, v in after.summary.items() if before.summary.get(k) != v}
        yield encode_event(events.SUMMARY, values=changed)
    if (after.group, after.job_type) != (before.group, before.job_type):
        yield encode_event(events.FACTS, group=after.group, job_type=after.job_type)
    if after.capture != before.capture:
        yield encode_event(events.CAPTURE, values=after.capture)


class _Rewrite:
    """Builds the commit that a chain grows by when a run is annotated."""

    def __init__(self, store: RunStore, oid: str, run: Run, what: str, time_s: float) -> None:
        self._store, self._oid, self._run = store, oid, run
        self._what, self._time_s = what, time_s

    def __call__(self, writer: ObjectWriter) -> str:
        store, run = self._store, self._run
        entries = store.top_entries(self._oid)
        for name in (names.PLOTS, names.README):
            entries.pop(name, None)
        self._drop_artifacts(entries)
        add_documents(writer, entries, stored_view(store, self._oid, run))
        message = commit_message(run, f"{run.name}: {self._what}")
        identity = store.repo.identity()
        tree = writer.nested_tree(entries)
        return writer.commit(tree, [self._oid], message, identity, self._time_s)

    def _drop_artifacts(self, entries: dict[str, TreeEntry]) -> None:
        """Leave out the folders of versions that the run does not name any more."""
        before = self._store.read_run(self._oid, self._run.name).artifacts
        kept = {entry.folder for entry in self._run.artifacts}
        if all(entry.folder in kept for entry in before):
            return
        entries.pop(ARTIFACTS, None)
        for folder in kept:
            rev = f"{self._oid}:{folder}"
            oid = self._store.repo.git("rev-parse", "-q", "--verify", rev, ok=(0, 1))
            if oid:
                entries[folder] = TREE, oid.decode().strip()
