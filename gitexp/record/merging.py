"""Two people annotated one run: both chains become one, the same wherever it is done."""

from __future__ import annotations

from typing import Any

import orjson

from gitexp.errors import GitexpError, MalformedRun
from gitexp.record.run_tree import add_documents, commit_message, stored_view
from gitexp.schema import names
from gitexp.schema.artifact import ARTIFACTS
from gitexp.schema.merge import merge_runs, only_annotated
from gitexp.schema.run import RUNNING, Run
from gitexp.store.objects import TREE, ObjectWriter, TreeEntry
from gitexp.store.repository import FALLBACK_IDENTITY, Repository
from gitexp.store.runs import RunStore


def is_ancestor(repo: Repository, older: str, newer: str) -> bool:
    """Whether a chain went on from one commit to the other."""
    if older == newer:
        return True
    # One line if `older` has what `newer` lacks; a fork is rarely deep.
    return not repo.git("rev-list", "--max-count=1", older, f"^{newer}").strip()


def merge_chains(repo: Repository, name: str, ours: str, theirs: str) -> str:
    """Write the commit that joins two diverged chains of one run; returns its oid.

    Author, time, order of the parents and content follow from the two commits alone: two people
    who merge the same two chains make the same commit, and nothing is left to merge.

    Args:
        repo: where.
        name: the run's.
        ours: the newest commit here.
        theirs: the newest commit there.

    Raises:
        MalformedRun: a run.json cannot be read.
    """
    store = RunStore(repo)
    said = repo.git("merge-base", "--all", ours, theirs, ok=(0, 1)).decode().split()
    base = _facts(store, min(said), name) if said else {}
    sides = [(oid, _facts(store, oid, name), _time(repo, oid)) for oid in (ours, theirs)]
    # First the side that measured since, then the one that has ended, then the newer one.
    sides.sort(
        key=lambda side: (
            not only_annotated(base, side[1]),
            side[1].get("status") != RUNNING,
            side[2],
            side[0],
        ),
        reverse=True,
    )
    (first, first_facts, _), (second, second_facts, _) = sides
    run = Run.from_json({**merge_runs(base, first_facts, second_facts), "name": name})
    entries = store.top_entries(first)
    for path in (names.PLOTS, names.README):
        entries.pop(path, None)
    if second_facts.get("artifacts"):
        _join_artifacts(store, entries, run, first, second)
    writer = ObjectWriter(repo)
    try:
        add_documents(writer, entries, stored_view(store, first, run))
        message = commit_message(run, f"{name}: merged annotations")
        time_s = max(side[2] for side in sides)
        tree = writer.nested_tree(entries)
        oid = writer.commit(tree, [first, second], message, FALLBACK_IDENTITY, time_s)
        writer.flush(durable=True)
    finally:
        writer.discard()
    return oid


def _join_artifacts(
    store: RunStore, entries: dict[str, TreeEntry], run: Run, first: str, second: str
) -> None:
    """The folders of all versions that the merged run names, whichever side has them."""
    entries.pop(ARTIFACTS, None)
    for entry in run.artifacts:
        for side in (first, second):
            rev = f"{side}:{entry.folder}"
            oid = store.repo.git("rev-parse", "-q", "--verify", rev, ok=(0, 1, 128)).decode()
            if oid.strip():
                entries[entry.folder] = TREE, oid.strip()
                break


def _facts(store: RunStore, oid: str, name: str) -> dict[str, Any]:
    try:
        facts = orjson.loads(store.read_file(oid, names.RUN) or b"")
        Run.from_json(facts)
    except (ValueError, GitexpError) as error:
        raise MalformedRun(name, str(error)) from error
    return dict(facts)


def _time(repo: Repository, oid: str) -> int:
    return int(repo.git("show", "-s", "--format=%ct", oid).strip())
