"""Everybody's runs: fetched, then joined with those that are here, of which none is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gitexp.errors import GitexpError, MalformedRun, RefMoved, RunExists, RunNotFound
from gitexp.journal import folders
from gitexp.record.annotate import rename
from gitexp.record.merging import is_ancestor, merge_chains
from gitexp.schema import names
from gitexp.schema.shared import CHANGED, GONE, LEFT_OUT, MERGED, NEW, RENAMED, Shared
from gitexp.store.fetch import bring, fetch_refs, missing_of, note_fetch
from gitexp.store.lfs_fetch import fetch_checkpoints
from gitexp.store.refs import RefChange, update_refs
from gitexp.store.remote import Remote, list_remote, read_ids, read_tracking, remote_names
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.shared_notes import are_new, fetch_notes
from gitexp.store.tombstones import exhume, note_seen, read_tombstones
from gitexp.store.transfer import Progress

_TRIES = 5


def fetch_runs(
    repo: Repository,
    remote: Remote,
    wanted: Collection[str] | None = None,
    *,
    checkpoints: bool = False,
    progress: Progress | None = None,
) -> Shared:
    """Fetch a remote's runs and join them with ours.

    Args:
        repo: where to.
        remote: where from.
        wanted: names there; None: all but those that were removed here.
        checkpoints: whether to bring the checkpoints along.
        progress: gets what git says.

    Raises:
        RemoteProblem: the remote cannot be reached.
        RunNotFound: it has no run of a wanted name.
        CheckpointNotHere, LfsProblem: it does not give the checkpoints.
    """
    there, notes = list_remote(repo, remote)
    for name in wanted or ():
        if name not in there:
            raise RunNotFound(name, why=f"{remote.shown} has no run named {name!r}")
    known = read_tracking(repo, remote)
    buried = read_tombstones(repo).oids if wanted is None else frozenset()
    chosen = {
        name: found
        for name, found in there.items()
        if (wanted is None or name in wanted)
        and found[1] not in buried
        and names.why_not_a_name(name) is None
    }
    news = {name: found for name, found in chosen.items() if known.get(name) != found[1]}
    fetch_refs(
        repo, remote, news, everything=not known and len(news) == len(there), progress=progress
    )
    done = Joiner(repo, remote, set(there)).join(list(chosen), asked_for=wanted is not None)
    for name in there:
        if why := names.why_not_a_name(name):
            done.add(name, LEFT_OUT, why=f"its name is none of a run's: {why}")
    if checkpoints:
        now = read_tracking(repo, remote)
        tips = [now[n] for n in chosen if n in now]
        bring(repo, missing_of(repo, tips), progress)
        fetch_checkpoints(repo, remote.address, tips, progress)
    if are_new(repo, remote, notes):
        fetch_notes(repo, remote)
    if wanted is None:
        _note_gone(repo, remote, known.keys() - there.keys(), done)
    note_fetch(repo)
    return done


def _note_gone(repo: Repository, remote: Remote, gone: Collection[str], done: Shared) -> None:
    """Note which runs a remote has lost; one that it has by another name is none of them."""
    if not gone:
        return
    ids = read_ids(repo, remote.tracking)
    renamed = {run_id for name, run_id in ids.items() if name not in gone}
    ours = RunStore(repo).refs()
    for name in sorted(gone):
        if name in ours and ids.get(name) not in renamed:
            done.add(name, GONE)


class Joiner:
    """Joins what was fetched from one remote with the runs that are here.

    A run is known by its id. Whatever happens here, a ref of a run only ever moves forward.

    Args:
        repo: where.
        remote: whose runs.
        there: the names that it has now.
    """

    def __init__(self, repo: Repository, remote: Remote, there: Collection[str]) -> None:
        self.repo = repo
        self.remote = remote
        self.there = there
        self.store = RunStore(repo)
        self.done = Shared(remote.shown)

    def join(self, chosen: Collection[str], *, asked_for: bool = False) -> Shared:
        """Join these runs; `asked_for`: also those that were removed here."""
        tracking = read_tracking(self.repo, self.remote)
        theirs = {name: tracking[name] for name in chosen if name in tracking}
        self.ids = read_ids(self.repo, self.remote.tracking)
        self._read_ours()
        if asked_for:
            exhume(self.repo, [self.ids[name] for name in theirs])
        buried = read_tombstones(self.repo).ids
        plain = {
            name: oid
            for name, oid in theirs.items()
            if name not in self.refs
            and self.ids[name] not in self.names_by_id
            and self.ids[name] not in buried
        }
        self._create(plain)
        for name, oid in theirs.items():
            if name in plain:
                continue
            if self.refs.get(name) == oid:
                self.done.unchanged += 1
            elif self.ids[name] in buried and self.ids[name] not in self.names_by_id:
                note_seen(self.repo, self.ids[name], oid)
                update_refs(self.repo, [RefChange(self.remote.tracking + name, oid, None)])
            else:
                self._join_guarded(name, oid)
        return self.done

    def _read_ours(self) -> None:
        self.refs = self.store.refs()
        self.our_ids = read_ids(self.repo, names.REF_PREFIX)
        self.names_by_id = {run_id: n for n, run_id in self.our_ids.items() if run_id}

    def _create(self, plain: Mapping[str, str]) -> None:
        """Runs that are not here in any form, all at once."""
        try:
            changes = [RefChange(names.ref_of(name), None, oid) for name, oid in plain.items()]
            if changes:
                update_refs(self.repo, changes)
        except GitexpError:
            # Somebody is faster with one of them, or `a` stands where `a/b` should.
            for name, oid in plain.items():
                self._create_one(name, oid)
            return
        for name in plain:
            self.done.add(name, NEW)

    def _create_one(self, name: str, oid: str) -> None:
        other = self._with_id(name, self.ids[name])
        for at in (name, other):
            try:
                self.store.point(at, oid, None)
            except (RunExists, GitexpError) as error:
                why = error.message
                continue
            self.done.add(at, NEW, there="" if at == name else name)
            return
        self.done.add(name, LEFT_OUT, why=why)

    def _join_guarded(self, name: str, oid: str) -> None:
        for attempt in range(_TRIES):
            try:
                self._join(name, oid)
                return
            except RefMoved as error:
                # A supervisor or another fetch moved it: look again.
                self._read_ours()
                if attempt == _TRIES - 1:
                    self.done.add(name, LEFT_OUT, why=error.message)
            except (MalformedRun, RunExists) as error:
                self.done.add(name, LEFT_OUT, why=error.message)
                return

    def _join(self, name: str, theirs: str) -> None:
        run_id = self.ids[name]
        own = name if self.our_ids.get(name) == run_id else self.names_by_id.get(run_id)
        if own is None and name not in self.refs:
            self._create_one(name, theirs)
        elif own is None:
            self._make_way(name, theirs)
        elif own != name and name not in self.refs and self._was_renamed_there(own, theirs):
            oid, what = self._joined(name, run_id, self.refs[own], theirs)
            self.store.rename(own, name, self.refs[own], oid)
            self.done.add(name, RENAMED, was=own)
        else:
            ours = self.refs[own]
            oid, what = self._joined(own, run_id, ours, theirs)
            if oid == ours:
                self.done.unchanged += 1
                return
            self.store.point(own, oid, ours)
            self.done.add(own, what, there=name if name != own else "")

    def _joined(self, name: str, run_id: str, ours: str, theirs: str) -> tuple[str, str]:
        if is_ancestor(self.repo, theirs, ours):
            return ours, CHANGED
        if is_ancestor(self.repo, ours, theirs):
            return theirs, CHANGED
        if not run_id:
            raise MalformedRun(name, "its commits do not tell its id")
        return merge_chains(self.repo, name, ours, theirs), MERGED

    def _was_renamed_there(self, own: str, theirs: str) -> bool:
        if own in self.there or self._runs_here(own):
            return False
        # Unless it is we who renamed it since, and the remote does not know yet.
        ours = self.refs[own]
        base = self.repo.git("merge-base", ours, theirs, ok=(0, 1)).decode().strip()
        before, here, there = (self._name_in(oid) for oid in (base, ours, theirs))
        return here in ("", before) or there != before

    def _name_in(self, oid: str) -> str:
        """The name that a run has in its own files; empty if they cannot be read."""
        if not oid:
            return ""
        try:
            return self.store.read_run(oid, "").name
        except GitexpError:
            return ""

    def _make_way(self, name: str, theirs: str) -> None:
        """Two runs of one name: ours takes another, as long as nobody else knows it by this."""
        ours_is_known = any(
            self.our_ids[name] and read_ids(self.repo, prefix).get(name) == self.our_ids[name]
            for prefix in (f"{names.FETCHED_PREFIX}{n}/" for n in remote_names(self.repo))
        )
        if self._runs_here(name):
            self.done.add(
                name,
                LEFT_OUT,
                why=f"another run of {self.remote.shown}'s has the name of one that is running "
                "here",
                hint=f"`gitexp show {self.remote.name}/{name}` shows it; the next fetch after "
                "the end sorts it out",
            )
        elif ours_is_known:
            other = self._with_id(name, self.ids[name])
            self.store.point(other, theirs, None)
            self.done.add(other, NEW, there=name)
        else:
            other = self._with_id(name, self.our_ids[name])
            rename(self.repo, name, other)
            self.store.point(name, theirs, None)
            self.done.add(other, RENAMED, was=name)
            self.done.add(name, NEW)
            self._read_ours()

    def _runs_here(self, name: str) -> bool:
        return folders.find_journal(self.repo.common_dir, name) is not None

    def _with_id(self, name: str, run_id: str) -> str:
        return name_with_id(name, run_id)


def name_with_id(name: str, run_id: str) -> str:
    """The name that a run takes where its own is taken: the same wherever that happens."""
    return f"{name}-{run_id[:4]}" if run_id else f"{name}-2"
