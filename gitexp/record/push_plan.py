"""A push before it is made: what the remote has, what we have, and so what is to be sent."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gitexp.errors import GitCommandFailed, GitexpError
from gitexp.journal import folders
from gitexp.record.fetching import Joiner, name_with_id
from gitexp.record.merging import is_ancestor
from gitexp.record.refusals import explain, is_hook
from gitexp.schema import names
from gitexp.schema.shared import (
    BEHIND,
    CHANGED,
    GONE,
    LEFT_OUT,
    MERGED,
    NEW,
    REFUSED,
    RENAMED,
    Shared,
)
from gitexp.store.fetch import fetch_refs
from gitexp.store.push import Answer, RefPush, push_refs
from gitexp.store.reader import missing_objects
from gitexp.store.refs import read_refs
from gitexp.store.remote import Remote, list_remote, read_ids, read_tracking
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.tombstones import exhume
from gitexp.store.transfer import Progress


@dataclass(frozen=True, slots=True)
class Item:
    """A run that is to be sent."""

    name: str
    oid: str
    there: str  # its name at the remote
    what: str  # NEW, CHANGED or RENAMED
    was: str = ""  # the name at the remote that it gives up
    was_oid: str = ""

    @property
    def other(self) -> str:
        """Its name at the remote, where that is another."""
        return "" if self.there == self.name else self.there


class Plan:
    """What the remote has, what we have, and so what is to be sent."""

    def __init__(
        self, repo: Repository, remote: Remote, chosen: Collection[str] | None, as_branches: bool
    ) -> None:
        self.repo = repo
        self.remote = remote
        self.asked_for = chosen is not None
        self.prefix = names.BRANCH_PREFIX if as_branches else names.REF_PREFIX
        self.done = Shared(remote.shown)
        self.there = list_remote(repo, remote).runs
        self.chosen = chosen
        self.maybe_pointers: Sequence[tuple[str, str]] = ()  # (path, oid), see measure()
        self.waiting: list[str] = []  # runs whose names another one gives up in this push
        if (
            not as_branches
            and self.there
            and not any(ref.startswith(names.REF_PREFIX) for ref, _ in self.there.values())
        ):
            self.prefix = names.BRANCH_PREFIX  # what it took so far
        self._read()

    def _read(self) -> None:
        self.refs = RunStore(self.repo).refs()
        self.ids = read_ids(self.repo, names.REF_PREFIX)
        self.tracking = read_tracking(self.repo, self.remote)
        self.their_ids = read_ids(self.repo, self.remote.tracking)
        known = {n: i for n, i in self.their_ids.items() if i and n in self.there}
        self.likely_by_id = {run_id: name for name, run_id in known.items()}
        self.by_id = {i: n for n, i in known.items() if self.there[n][1] == self.tracking[n]}

    def wanted(self) -> list[str]:
        """The names of the runs to look at."""
        return [n for n in (self.refs if self.chosen is None else self.chosen) if n in self.refs]

    def look_for_renamed(self) -> None:
        """Learn the ids of new runs there, where one of ours is there by its name no more."""
        gone = [
            name
            for name in self.wanted()
            if name not in self.there
            and (run_id := self.ids.get(name))
            and self.their_ids.get(name) == run_id
            and run_id not in self.likely_by_id
        ]
        if gone:
            new = {n: f for n, f in self.there.items() if self.tracking.get(n) != f[1]}
            fetch_refs(self.repo, self.remote, new)
            self._read()

    def diverged(self) -> list[str]:
        """Runs whose name at the remote is at a commit that ours does not go on from."""
        suspects = {}
        for name in self.wanted():
            at = self._name_there(name)
            if self._clashes_while_running(name, at):
                continue
            if at in self.there and self.there[at][1] != self.refs[name]:
                suspects[name] = self.there[at][1]
        unknown = missing_objects(self.repo, suspects.values())
        return [
            name
            for name, theirs in suspects.items()
            if theirs in unknown or not self._in_line(theirs, self.refs[name])
        ]

    def _clashes_while_running(self, name: str, there: str) -> bool:
        """Whether it is known that another run has the name, and ours cannot be renamed yet."""
        known = there in self.there and self.tracking.get(there) == self.there[there][1]
        other = known and self.their_ids.get(there) != self.ids.get(name)
        return other and folders.find_journal(self.repo.common_dir, name) is not None

    def _in_line(self, theirs: str, ours: str) -> bool:
        return is_ancestor(self.repo, theirs, ours) or is_ancestor(self.repo, ours, theirs)

    def _name_there(self, name: str) -> str:
        """The remote's name of the run; a run of another id may have it."""
        run_id = self.ids.get(name, "")
        known_as = self.by_id.get(run_id) or self.likely_by_id.get(run_id, name)
        return name if name in self.there else known_as

    def settle(self, diverged: Sequence[str]) -> None:
        """Fetch what the remote has under these names, and join it with what is here."""
        ids = {name: self.ids.get(name, "") for name in diverged}
        at = {name: self._name_there(name) for name in diverged}
        fetch_refs(self.repo, self.remote, {n: self.there[n] for n in set(at.values())})
        joined = Joiner(self.repo, self.remote, set(self.there)).join(list(at.values()))
        self._read()
        # What only came here is the business of a fetch. A clash with a run that is running is
        # none yet: it goes to the remote under another name.
        self.done.runs += [
            run
            for run in joined.runs
            if run.what in (MERGED, RENAMED, LEFT_OUT)
            and not (run.what == LEFT_OUT and self._clashes_while_running(run.name, run.name))
        ]
        if self.chosen is not None:
            now = {run_id: name for name, run_id in self.ids.items()}
            renamed = {name: now.get(ids[name], name) for name in diverged}
            self.chosen = [renamed.get(name, name) for name in self.chosen]

    def items(self, *, dry_run: bool = False) -> list[Item]:
        """What is to be sent; the rest is noted."""
        items = []
        freed = {self.by_id.get(self.ids.get(n, "")) for n in self.wanted() if n not in self.there}
        for name in self.wanted():
            oid, run_id = self.refs[name], self.ids.get(name, "")
            known_as = self.by_id.get(run_id)
            if name in self.there and name in freed and self.their_ids.get(name) != run_id:
                self.waiting.append(name)
                continue
            if name in self.there:
                item = self._into(name, name, oid)
            elif known_as is not None and self._is_renamed(name):
                was_oid = self.there[known_as][1]
                if is_ancestor(self.repo, was_oid, oid):
                    item = Item(name, oid, name, RENAMED, known_as, was_oid)
                else:
                    item = self._into(name, known_as, oid)
            elif known_as is not None:
                item = self._into(name, known_as, oid)
            elif self.their_ids.get(name) == run_id and run_id and not self.asked_for:
                hint = f"`gitexp push {name}` puts it back"
                self.done.add(name, GONE, hint=hint)
                continue
            else:
                item = Item(name, oid, name, NEW)
            if item is not None:
                items.append(item)
        if not dry_run:
            exhume(self.repo, [self.ids.get(item.name, "") for item in items])
        return items

    def _into(self, name: str, there: str, oid: str) -> Item | None:
        theirs = self.there[there][1]
        if theirs == oid:
            self.done.unchanged += 1
            return None
        run_id = self.ids.get(name, "")
        their_id = self.their_ids.get(there) if self.tracking.get(there) == theirs else None
        if their_id is not None and their_id != run_id:
            # Ours is running, so that it cannot be renamed here yet.
            other = name_with_id(name, run_id)
            if other in self.there:
                return None if self.there[other][1] == oid else Item(name, oid, other, CHANGED)
            return Item(name, oid, other, NEW)
        if missing_objects(self.repo, [theirs]) or not is_ancestor(self.repo, theirs, oid):
            what = f"{self.remote.shown} has news of it"
            self.done.add(name, BEHIND, why=what, hint="`gitexp fetch` brings it")
            return None
        return Item(name, oid, there, CHANGED)

    def _is_renamed(self, name: str) -> bool:
        """Whether a run got its name here, rather than a suffix because the name was taken."""
        try:
            return RunStore(self.repo).read_run(self.refs[name], name).name == name
        except GitexpError:
            return False

    def push_part(self, item: Item, oid: str, progress: Progress | None) -> None:
        """Send a run as far as an older commit of its chain; a refusal shows with the next one."""
        push_refs(self.repo, self.remote, [RefPush(oid, self._ref(item))], progress)

    def push(self, batch: Sequence[Item], progress: Progress | None) -> None:
        """Send a batch, and note what became of it."""
        answers, said = self._send(batch, progress)
        if len(batch) > 1 and all(is_hook(answers.get(self._ref(i))) for i in batch):
            # The remote's hook looks at a push as a whole: find the run that it minds.
            middle = len(batch) // 2
            self.push(batch[:middle], progress)
            self.push(batch[middle:], progress)
            return
        script = ""
        for item in batch:
            answer = answers.get(self._ref(item), Answer(False, "no answer"))
            if answer.ok:
                script += f"update {self.remote.tracking}{item.there}\0{item.oid}\0\0"
                if item.was:
                    script += f"delete {self.remote.tracking}{item.was}\0\0"
                self.done.add(item.name, item.what, there=item.other, was=item.was)
            else:
                why, hint = explain(answer.why, said, self._ref(item))
                self.done.add(item.name, REFUSED, why=why, hint=hint)
        if script:
            # What the remote has is asked anew each time: these refs only spare work.
            with contextlib.suppress(GitCommandFailed):
                self.repo.git("update-ref", "--stdin", "-z", input=script.encode())

    def _send(
        self, batch: Sequence[Item], progress: Progress | None
    ) -> tuple[dict[str, Answer], str]:
        pushes = [RefPush(item.oid, self._ref(item)) for item in batch]
        # The old name goes with the push that brings the new one: nothing is ever without a name.
        pushes += [
            RefPush(None, self.there[item.was][0], item.was_oid) for item in batch if item.was
        ]
        return push_refs(self.repo, self.remote, pushes, progress)

    def _ref(self, item: Item) -> str:
        known = self.there.get(item.there)
        return known[0] if known is not None else self.prefix + item.there

    def known_oids(self) -> set[str]:
        """Commits that the remote has, as far as we know."""
        branches = read_refs(self.repo, f"refs/remotes/{self.remote.name}/").values()
        return {oid for _, oid in self.there.values()} | set(branches)
